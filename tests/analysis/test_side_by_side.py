"""The page that sets runs side by side."""

import re
from types import SimpleNamespace

import numpy as np
import pytest

import keras_resnets as kr
from keras_resnets.analysis.pages.side_by_side import Pair, differences, refuse_different_images
from keras_resnets.cli import main
from keras_resnets.runs import Run
from tests.small_networks import OneBlock, SmallPlain


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Two small networks after three mini-batches each, of a callable's own name."""
    directory = tmp_path_factory.mktemp("runs")
    options = {"recipe": "he_cifar", "iterations": 3}
    plain = kr.train(SmallPlain, "digits", run_dir=directory / "plain", **options)
    return plain, kr.train(OneBlock, "digits", run_dir=directory / "residual", learning_rate=0.05, **options)


def test_the_page_sets_errors_curves_and_settings_side_by_side(runs, tmp_path, capsys):
    output = tmp_path / "out" / "page.html"
    assert main(["compare", *(str(run.path) for run in runs), "--output", str(output)]) == 0
    assert capsys.readouterr().out.strip().endswith(str(output))
    text = output.read_text(encoding="utf-8")
    assert not re.search(r"https?://|<script|<link|@import|url\(", text)
    first, second = (kr.evaluate(run.path) for run in runs)
    for one in (first, second):
        low, high = one.interval
        assert f"{one.top1_error:.2f} % ({low:.2f} to {high:.2f})" in text
        assert all(f"{row.error:.2f} %" in text for row in one.per_class)
    both, only_first, only_second = map(int, re.findall(r"(\d+)<", text[text.index("plain, residual") :])[:3])
    assert (both + only_first, both + only_second) == (first.errors, second.errors)
    assert "Recipe: learning rate" in text and "Recipe: name" not in text
    assert "Errors on the same 355 images" in text


def test_curves_alone_need_no_weights(runs, tmp_path):
    path = kr.analysis.compare_runs(runs, tmp_path / "page.html", curves_only=True)
    assert "Error of each class" not in path.read_text(encoding="utf-8")


def test_the_probability_is_that_of_a_fair_coin():
    assert Pair("a", "b", both=5, only_first=0, only_second=5).p_value == pytest.approx(2 / 2**5)
    assert Pair("a", "b", both=5, only_first=4, only_second=4).p_value == 1.0
    assert Pair("a", "b", both=5, only_first=0, only_second=0).p_value == 1.0


def test_settings_that_are_alike_are_left_out():
    a = {"Recipe": {"name": "x", "ema": "0.9"}, "Data": {"images": "3"}}
    b = {"Recipe": {"name": "y"}, "Data": {"images": "3"}}
    assert differences([a, b]) == {"Recipe: name": ["x", "y"], "Recipe: ema": ["0.9", ""]}


def test_what_cannot_be_compared_is_refused(runs, tmp_path):
    with pytest.raises(ValueError, match="Give two runs or more to compare, not 1"):
        kr.analysis.compare_runs(runs[:1], tmp_path / "page.html")
    with pytest.raises(FileNotFoundError, match="holds no run"):
        kr.analysis.compare_runs([runs[0], tmp_path / "none"], tmp_path / "page.html")
    begun = Run(tmp_path / "begun")
    begun.path.mkdir()
    begun.config.write_bytes(runs[0].config.read_bytes())
    with pytest.raises(ValueError, match=r"No epoch of the run in .*begun' has ended"):
        kr.analysis.compare_runs([runs[0], begun], tmp_path / "page.html")
    one = SimpleNamespace(class_names=("a", "b"), labels=np.array([0, 1]), numbers=np.array([0, 1]))
    other = SimpleNamespace(class_names=("a", "b"), labels=np.array([1, 0]), numbers=np.array([0, 1]))
    refuse_different_images(["x", "y"], [one, one])
    with pytest.raises(ValueError, match="'x' and 'y': their test images or classes differ"):
        refuse_different_images(["x", "y"], [one, other])
    assert not (tmp_path / "page.html").exists()
