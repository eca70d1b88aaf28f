"""The page about a run: what it shows, and that it asks for nothing from elsewhere."""

import base64
import io
import re

import numpy as np
import pytest
from PIL import Image

import keras_resnets as kr
from keras_resnets.analysis.pages.html import in_words, page, png, settings
from keras_resnets.cli import main
from keras_resnets.evaluation.metrics import reliability


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A ResNet-20 of two mini-batches on scikit-learn's digits."""
    return kr.train("resnet20", "digits", run_dir=tmp_path_factory.mktemp("runs") / "run", iterations=2)


def test_a_report_of_curves_shows_a_run_of_one_epoch(run):
    assert kr.analysis.report(run.path, curves_only=True) == run.path / "report.html"
    text = run.report.read_text(encoding="utf-8")
    assert text.count('<img class="figure"') == text.count("data:image/svg+xml;base64,") == 1
    (picture,) = re.findall(r"data:image/svg\+xml;base64,([^\"]+)", text)
    assert b"<use" in base64.b64decode(picture)  # the marks of one epoch, through which no line goes
    assert not re.search(r"https?://|<script|<link|@import|url\(", text)
    error, row = run.read_result()["test_error"], run.read_metrics()[-1]
    for part in (f"{error:.2f} %", f"training error {row['train_error']:.2f} %", "he_cifar", "269 k", "2.52 M"):
        assert part in text
    assert "Most confident mistakes" not in text


@pytest.mark.slow
def test_the_whole_report_has_mistakes_with_what_they_rest_on(run, tmp_path):
    arguments = ["report", str(run.path), "--limit", "6", "--trials", "1", "--output", str(tmp_path / "report.html")]
    assert main(arguments) == 0
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert not re.search(r"https?://|<script|<link|@import|url\(", text)
    assert text.count("data:image/svg+xml;base64,") == 5  # curves, reliability and three analyses
    assert text.count("data:image/png;base64,") == 2 * text.count(" taken for <b>") == 24
    parts = ("Errors on 355 test images", "[3x3, 16; 3x3, 16] x 3", "2^9 paths", "without stage3_block3", "stem_conv")
    for part in (*parts, "by Grad-CAM", "Confusion matrix", "95 % interval"):
        assert part in text
    evaluation = kr.evaluate(run.path)
    assert f"Top-1 error {evaluation.top1_error:.2f} % ({evaluation.errors} images)" in text


def test_names_are_no_html():
    content = {
        "title": "<script>alert(1)</script>",
        "figures": (),
        "curves": "",
        "architecture": "a < b",
        "settings": {"Data": {"data set": "<b>"}},
        "command": '"><i>',
        "ended": False,
        "test": None,
        "sections": (),
    }
    text = page("report.html.jinja", content)
    assert "<script>" not in text and "<b>" not in text and "<i>" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text and "<pre>a &lt; b</pre>" in text
    assert "The training has not ended." in text


@pytest.mark.parametrize(
    "value, words",
    [
        ({"kind": "sgd", "nesterov": True, "weight_decay": 0.0005}, "sgd, nesterov yes, weight decay 0.0005"),
        ({"kind": "cross_entropy", "label_smoothing": 0.0}, "cross_entropy"),
        ({"pad": 4, "flip": True, "mixup": None}, "pad 4, flip yes"),
        ({"kind": "steps", "at": [32000, 48000], "factor": 0.1}, "steps, at 32,000 and 48,000, factor 0.1"),
        (["cat", "dog"], "cat and dog"),
        (50000, "50,000"),
        (False, "no"),
    ],
)
def test_settings_are_words(value, words):
    assert in_words(value) == words


def test_settings_stand_in_groups_and_leave_out_what_is_not_set(run):
    groups = settings(run.read_config())
    assert list(groups) == ["Network", "Data", "Recipe", "Machine", "Versions"]
    assert groups["Data"]["data set"] == "digits" and groups["Data"]["image"] == "8 x 8 x 1"
    assert groups["Recipe"]["optimizer"].startswith("sgd, momentum 0.9") and "warmup" not in groups["Recipe"]


def test_the_reliability_diagram_counts_each_answer_once():
    confidence, correct = np.array([0.05, 0.95, 1.0, 0.5]), np.array([False, True, True, False])
    images, confidences, right = reliability(confidence, correct, bins=10)
    np.testing.assert_array_equal(images, [1, 0, 0, 0, 1, 0, 0, 0, 0, 2])
    np.testing.assert_allclose(confidences[[0, 4, 9]], [0.05, 0.5, 1.95])
    assert right.sum() == right[9] == 2


@pytest.mark.parametrize("channels", [1, 3])
def test_pictures_are_written_as_they_are(channels):
    image = np.random.default_rng(0).integers(0, 256, (5, 7, channels), np.uint8)
    read = np.asarray(Image.open(io.BytesIO(base64.b64decode(png(image)))))
    np.testing.assert_array_equal(read.reshape(image.shape), image)
