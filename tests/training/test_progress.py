"""What a training tells of its pace: in a terminal, in a file, and for TensorBoard."""

import json
import sys
from types import SimpleNamespace

import keras
import numpy as np
import pytest

import keras_resnets as kr
from keras_resnets.runs import Run
from keras_resnets.training import progress, recipes
from keras_resnets.training.progress import Progress, duration


@pytest.fixture(scope="module")
def images():
    """Sixty-four grey images of two classes: four batches."""
    pixels = np.full((64, 4, 4, 1), 100, "uint8")
    split = kr.data.Split(pixels, np.arange(64) % 2)
    return kr.data.ImageSet("grey", ("a", "b"), split, split, kr.data.Augmentation(0, flip=False))


def linear(*, classes, input_shape, classifier_activation):
    inputs = keras.Input(input_shape)
    return keras.Model(inputs, keras.layers.Dense(classes, name="main")(keras.layers.Flatten(name="flat")(inputs)))


@pytest.fixture
def train(images, tmp_path):
    def trained():
        recipe = recipes.Recipe(name="small", epochs=2, batch_size=16, learning_rate=0.05, optimizer="sgd")
        return kr.train(linear, images, recipe=recipe, run_dir=tmp_path / "run")

    return trained


def test_into_a_file_it_prints_plain_lines_and_everywhere_it_is_logged(train, capsys, monkeypatch):
    monkeypatch.setattr(progress, "PERIOD", 0.0)
    run = train()
    out = capsys.readouterr().out
    assert "\x1b" not in out and "\b" not in out
    first, *lines = out.splitlines()
    assert first == "linear, input 4x4x1, 64 training images, not augmented; about 0.0 MB for a batch of 16"
    assert lines[0].startswith("iteration 1/8  train loss ") and lines[0].endswith(" images/s")
    assert lines[1].startswith("iteration 2/8") and " images/s  " in lines[1] and lines[1].endswith(" left")
    assert [line.split("  ")[0] for line in lines if line.startswith("epoch")] == ["epoch 1/2", "epoch 2/2"]
    assert_everything_is_logged(run)


def test_in_a_terminal_keras_bar_tells_it(train, capsys, monkeypatch):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    train()
    out = capsys.readouterr().out
    assert "Epoch 2/2" in out and "images_per_second:" in out and "minutes_left:" in out
    assert "minutes_left: 0.0000" not in out
    assert "iteration" not in out


def assert_everything_is_logged(run):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    rows = run.read_metrics()
    lines = [json.loads(line) for line in run.log.read_text().splitlines()]
    assert [line["event"] for line in lines] == ["start", *4 * ["steps"], "epoch", *4 * ["steps"], "epoch", "end"]
    epochs = [line for line in lines if line["event"] == "epoch"]
    for row, line in zip(rows, epochs, strict=True):
        assert row["images_per_second"] > 0
        assert {name: line[name] for name in row} == pytest.approx(row)
    steps = [line for line in lines if line["event"] == "steps"]
    assert [line["iteration"] for line in steps] == list(range(1, 9))
    assert steps[-1]["learning_rate"] == pytest.approx(0.05) and steps[-1]["seconds_left"] == 0
    events = EventAccumulator(str(run.tensorboard / "train"))
    events.Reload()
    tags = set(events.Tags()["tensors"])
    assert {"epoch_loss", "epoch_learning_rate", "epoch_images_per_second"} <= tags


def test_pace_and_time_left(tmp_path, monkeypatch):
    """A first batch of ten seconds, in which something is compiled, then one a second: 16 images/s."""
    clock = [0.0]
    monkeypatch.setattr(progress, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    counter = SimpleNamespace(batches=0)
    watch = Progress(Run(tmp_path), counter, end=103, images=16, accumulation=1, lines=True)
    watch.on_epoch_begin(0)
    watch.printed = 1e9
    for seconds, batches in ((10, 1), (11, 2), (13, 4)):
        clock[0], counter.batches = float(seconds), batches
        watch.on_train_batch_end(batches - 1, {"loss": 1.0})
    assert watch.rate == pytest.approx(16)
    assert watch.seconds_left() == pytest.approx(99)
    assert watch.in_words(watch.seconds_left()) == "16.0 images/s  2 min left"


@pytest.mark.parametrize(
    "seconds, words", [(0, "0 s"), (89, "89 s"), (100, "2 min"), (3600, "60 min"), (9000, "2.5 h"), (1e6, "277.8 h")]
)
def test_duration(seconds, words):
    assert duration(seconds) == words
