"""Runs on scikit-learn's digits: their curves side by side, and their figures."""

import importlib

import pytest

import keras_resnets as kr
from keras_resnets.analysis import draw_runs, read_degradation
from keras_resnets.cli import main
from keras_resnets.runs import Run
from tests.small_networks import OneBlock, SmallPlain

degradation = importlib.import_module("keras_resnets.analysis.degradation")  # the package has the function of that name


def plain20(**options):
    return SmallPlain(**options)


def resnet20(**options):
    return OneBlock(**options)


@pytest.fixture(scope="module")
def of_few_layers():
    """Have small networks trained under the names of the deep ones, whose graphs take long to make."""
    small = {"plain20": plain20, "resnet20": resnet20}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(degradation, "train", lambda name, *data, **options: kr.train(small[name], *data, **options))
        yield


@pytest.fixture(scope="module")
def trained(of_few_layers, tmp_path_factory):
    """Two networks after two mini-batches each."""
    directory = tmp_path_factory.mktemp("degradation")
    return directory, kr.analysis.degradation((20,), "digits", directory=directory, iterations=2)


@pytest.fixture(scope="module")
def trained_deep(tmp_path_factory):
    """Plain-20 and ResNet-20 themselves."""
    directory = tmp_path_factory.mktemp("deep")
    return directory, kr.analysis.degradation((20,), "digits", directory=directory, iterations=2)


@pytest.mark.slow
def test_the_networks_are_those_of_their_names(trained_deep):
    directory, found = trained_deep
    assert [(curve.family, curve.depth) for curve in found.curves] == [("plain", 20), ("resnet", 20)]
    for curve in found.curves:
        expected = kr.build(curve.network, input_shape=(8, 8, 1), classes=10)
        assert Run(directory / curve.network).load().count_params() == expected.count_params()
    (point,) = kr.analysis.compare("digits", runs=[directory / "resnet20"]).points
    assert point.parameters == kr.complexity(Run(directory / "resnet20").load()).trainable


def test_one_recipe_for_all_and_a_curve_each(trained):
    directory, found = trained
    assert [(curve.network, curve.family, curve.depth) for curve in found.curves] == [
        ("plain20", "plain", 20),
        ("resnet20", "resnet", 20),
    ]
    assert found.dataset == "digits" and found.recipe == "he_cifar, 2 iterations"
    for curve in found.curves:
        assert list(curve.rows) == Run(directory / curve.network).read_metrics()
    assert "resnet: deepest less shallowest, training error +0.00 %" in found.table()
    assert read_degradation([directory / "resnet20", directory / "plain20"]) == found
    found.write_csv(directory / "curves.csv")
    lines = (directory / "curves.csv").read_text().splitlines()
    assert lines[0].startswith("network,") and [line.split(",")[0] for line in lines[1:]] == ["plain20", "resnet20"]


def test_a_second_call_trains_nothing_again(trained):
    directory, found = trained
    before = (directory / "resnet20" / "last.keras").stat().st_mtime_ns
    assert kr.analysis.degradation((20,), "digits", directory=directory, iterations=2) == found
    assert (directory / "resnet20" / "last.keras").stat().st_mtime_ns == before


def test_the_excess_is_that_of_the_deepest_over_the_shallowest(trained):
    _, found = trained
    curve = found.curves[0]
    worse = kr.analysis.Curve("plain56", "plain", 56, ({**curve.rows[-1], "train_error": 99.0},))
    deeper = kr.analysis.Degradation("digits", "he_cifar", (curve, worse))
    assert deeper.excess("plain") == pytest.approx(99 - curve.rows[-1]["train_error"])


def test_own_runs_are_compared(trained):
    run = trained[0] / "resnet20"
    comparison = kr.analysis.compare("digits", runs=[run])
    (point,) = comparison.points
    assert point.error == Run(run).read_result()["test_error"]
    assert point.parameters == kr.complexity(kr.build("resnet20", input_shape=(8, 8, 1), classes=10)).trainable
    with pytest.raises(ValueError, match="is on 'digits', not on 'cifar10'"):
        kr.analysis.compare("cifar10", runs=[run])


@pytest.mark.slow
def test_every_figure_of_several_runs(trained_deep, tmp_path, capsys):
    directory, _ = trained_deep
    runs = [str(directory / name) for name in ("plain20", "resnet20")]
    assert main(["figures", *runs, "--output", str(tmp_path / "out"), "--limit", "6", "--trials", "1"]) == 0
    names = {file.name for file in (tmp_path / "out").iterdir()}
    stems = ["plain20-errors", "plain20-responses", "plain20-lesion", "resnet20-errors", "resnet20-responses"]
    stems += ["resnet20-lesion", "resnet20-paths", "responses", "degradation"]
    assert names == {f"{stem}{suffix}" for stem in stems for suffix in (".png", ".svg")}
    assert len(capsys.readouterr().out.splitlines()) == 18


def test_the_curves_of_one_run_need_no_images(trained):
    run = Run(trained[0] / "resnet20")
    assert draw_runs([run], curves_only=True) == (run.figures / "errors.png", run.figures / "errors.svg")


def test_an_overwritten_run_leaves_no_figures_of_the_old_one(tmp_path):
    run = Run(tmp_path)
    run.figures.mkdir()
    run.report.touch()
    run.clear()
    assert not run.figures.exists() and not run.report.exists()


def test_what_cannot_be_done_is_refused_in_a_sentence(trained, tmp_path, capsys):
    directory, _ = trained
    with pytest.raises(ValueError, match=r"No plain and residual network has 21 layers: choose from \[18, 20, 32"):
        kr.analysis.degradation((20, 21), "digits")
    assert main(["figures", str(tmp_path / "none")]) == 1
    assert "holds no run" in capsys.readouterr().err
    other = tmp_path / "other"
    other.mkdir()
    text = (directory / "plain20" / "config.json").read_text().replace('"batch_size": 128', '"batch_size": 64')
    (other / "config.json").write_text(text)
    (other / "metrics.csv").write_bytes((directory / "plain20" / "metrics.csv").read_bytes())
    with pytest.raises(ValueError, match=r"Cannot compare the runs in .* they have different recipes"):
        read_degradation([directory / "plain20", other])
    (other / "metrics.csv").unlink()
    with pytest.raises(ValueError, match="No epoch of the run"):
        draw_runs([other], curves_only=True)
