"""Training as users run it, on a few synthetic images."""

import csv
import json
import os
import shutil
import signal
import threading
import time

import keras
import numpy as np
import pytest

import keras_resnets as kr
from keras_resnets.runs import Run
from keras_resnets.training.preemption import HandlePreemption
from keras_resnets.training.trainer import segments
from tests.small_networks import OneBlock


@pytest.fixture(scope="module")
def images():
    """Sixty-four 8x8 images of two classes, bright on the left or on the right."""
    rng = np.random.default_rng(0)
    labels = np.arange(64) % 2
    pixels = rng.integers(0, 100, (64, 8, 8, 1))
    for image, label in zip(pixels, labels, strict=True):
        image[:, 4 * label : 4 * label + 4] += 120
    split = kr.data.Split(pixels.astype("uint8"), labels)
    return kr.data.ImageSet("halves", ("left", "right"), split, split, kr.data.Augmentation(1, flip=False))


def train(images, path, network=OneBlock, **options):
    values = {"recipe": "he_cifar", "batch_size": 16, "epochs": 3, "learning_rate": 0.02}
    return kr.train(network, images, run_dir=path, **{**values, **options})


@pytest.fixture(scope="module")
def run(images, tmp_path_factory):
    return train(images, tmp_path_factory.mktemp("runs") / "whole")


def test_the_directory_tells_all(run, images):
    config = json.loads(run.config.read_text())
    assert config["network"] == "OneBlock" and config["dataset"] == "halves" and config["seed"] == 0
    assert config["recipe"]["iterations"] == 12 and config["recipe"]["schedule"]["at"] == [6, 9]
    assert config["class_names"] == ["left", "right"]
    assert config["versions"]["keras"] == keras.__version__
    assert config["machine"]["cores"] == os.cpu_count()
    np.testing.assert_array_equal(run.read_mean(), kr.data.per_pixel_mean(images.train))
    with run.metrics.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["iteration"] for row in rows] == ["4", "8", "12"]
    assert [row["epoch"] for row in rows] == ["1", "2", "3"]
    result = run.read_result()
    assert result["iterations"] == 12
    assert result["test_error"] == pytest.approx(float(rows[-1]["test_error"]))
    assert result["best_test_error"] == pytest.approx(min(float(row["test_error"]) for row in rows))
    assert run.figure.read_bytes().startswith(b"\x89PNG")
    assert any(run.tensorboard.rglob("events.out.tfevents.*"))
    assert not [file.name for file in run.path.rglob("*partial*")]


def test_the_saved_weights_give_the_recorded_error(run, images):
    row = run.read_metrics()[-1]
    found = kr.evaluate(run.load("last"), images.test, mean=run.read_mean())
    assert found.top1_error == pytest.approx(row["test_error"], abs=1e-4)
    assert found.negative_log_likelihood == pytest.approx(row["test_loss"], rel=1e-3)
    best = kr.evaluate(run.load("best"), images.test, mean=run.read_mean())
    assert best.top1_error == pytest.approx(run.read_result()["best_test_error"], abs=1e-4)


def test_it_learns_and_options_of_the_network_reach_it(images, tmp_path):
    run = train(images, tmp_path / "long", epochs=12, network_options={"shortcut": "C"})
    assert run.read_result()["test_error"] < 5
    assert any("_shortcut_bn" in layer.name for layer in run.load("last").layers)


def assert_equal_weights(run, other):
    for ours, theirs in zip(run.load("last").get_weights(), other.load("last").get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-5)


def test_the_seed_fixes_the_run(run, images, tmp_path):
    assert_equal_weights(run, train(images, tmp_path / "same"))


@pytest.mark.slow
def test_another_seed_gives_another_run(run, images, tmp_path):
    other = train(images, tmp_path / "other", seed=1)
    kernels = (r.load("last").get_layer("stem_conv").get_weights()[0] for r in (run, other))
    assert np.abs(np.subtract(*kernels)).max() > 1e-3


class StopAt(threading.Thread):
    """Sends this process a signal once a run's metrics have so many rows."""

    def __init__(self, run, rows, number):
        super().__init__(daemon=True)
        self.run_directory, self.rows, self.number = run, rows, number

    def run(self):
        while len(self.run_directory.read_metrics()) < self.rows:
            time.sleep(0.01)
        os.kill(os.getpid(), self.number)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_resnet20_stopped_at_any_time_goes_on_as_if_nothing_had_happened(number, images, tmp_path):
    whole = train(images, tmp_path / "whole", "resnet20", epochs=6)
    stopped = Run(tmp_path / "stopped")
    handlers = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    watcher = StopAt(stopped, 1, number)
    watcher.start()
    with pytest.raises(KeyboardInterrupt):
        train(images, stopped.path, "resnet20", epochs=6)
    watcher.join()
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == handlers
    assert stopped.last.exists() and stopped.figure.exists() and not stopped.result.exists()
    assert 1 <= len(stopped.read_metrics()) < 6

    resumed = train(images, stopped.path, "resnet20", epochs=6, existing="resume")
    assert [row["iteration"] for row in resumed.read_metrics()] == [4.0 * n for n in range(1, 7)]
    assert_equal_weights(whole, resumed)


@pytest.mark.slow
def test_a_resnet20_is_resumed_in_the_middle_of_an_epoch(images, tmp_path):
    """A run that was stopped after 7 of 12 iterations, its second epoch half done."""

    class AfterSeven(HandlePreemption):
        def on_train_batch_end(self, batch, logs=None):
            self.stopping = int(self.model.optimizer.iterations) == 7
            super().on_train_batch_end(batch, logs)

    whole = train(images, tmp_path / "whole", "resnet20")
    with pytest.MonkeyPatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("keras_resnets.training.trainer.HandlePreemption", AfterSeven)
        train(images, tmp_path / "stopped", "resnet20")
    resumed = train(images, tmp_path / "stopped", "resnet20", existing="resume")
    assert [row["iteration"] for row in resumed.read_metrics()] == [4, 8, 12]
    assert_equal_weights(whole, resumed)


@pytest.fixture
def ended(run, tmp_path):
    """A copy of the run that is trained once for all."""
    return Run(shutil.copytree(run.path, tmp_path / "ended"))


def test_a_lost_result_is_written_again(ended, images):
    result = ended.read_result()
    ended.result.unlink()
    again = train(images, ended.path, existing="resume").read_result()
    assert again["test_error"] == result["test_error"]


def test_resuming_an_ended_run_changes_nothing(ended, images):
    before = {file.name: file.read_bytes() for file in (ended.metrics, ended.last, ended.result)}
    again = train(images, ended.path, existing="resume")
    assert {file.name: file.read_bytes() for file in (again.metrics, again.last, again.result)} == before


def test_a_training_that_stopped_early_stays_stopped(images, tmp_path):
    """With a learning rate this small no epoch is better than the first."""
    first = train(images, tmp_path / "run", iterations=None, epochs=9, learning_rate=1e-9, patience=2)
    rows = first.read_metrics()
    assert len(rows) < 9 and first.read_result()["iterations"] == rows[-1]["iteration"]
    again = train(
        images, tmp_path / "run", existing="resume", iterations=None, epochs=9, learning_rate=1e-9, patience=2
    )
    assert again.read_metrics() == rows


def test_a_second_run_is_refused_and_the_first_untouched(run, images):
    before = run.last.read_bytes()
    with pytest.raises(FileExistsError, match="holds a run already"):
        train(images, run.path)
    with pytest.raises(ValueError, match="seed 0 there, 7 now"):
        train(images, run.path, existing="resume", seed=7)
    with pytest.raises(ValueError, match="learning_rate 0\\.02 there, 0\\.2 now"):
        train(images, run.path, existing="resume", learning_rate=0.2)
    assert run.last.read_bytes() == before


def test_overwriting_leaves_what_is_not_its_own(ended, images):
    (ended.path / "notes.txt").write_text("mine")
    assert len(train(images, ended.path, epochs=1, existing="overwrite").read_metrics()) == 1
    assert (ended.path / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize("existing", ["refuse", "resume", "overwrite"])
def test_a_directory_with_other_things_is_refused(existing, images, tmp_path):
    (tmp_path / "thesis.tex").write_text("...")
    with pytest.raises(FileExistsError, match="is not empty and holds no run"):
        train(images, tmp_path, existing=existing)
    assert [file.name for file in tmp_path.iterdir()] == ["thesis.tex"]


def test_two_processes_never_share_a_directory(images, tmp_path):
    with Run(tmp_path / "run").locked(), pytest.raises(FileExistsError, match="Another process"):
        train(images, tmp_path / "run")


@pytest.mark.parametrize(
    "options, words",
    [
        ({"network": "resnet21"}, "did you mean 'resnet20'"),
        ({"dataset": "cifar11"}, "did you mean 'cifar10'"),
        ({"dataset": "digits", "recipe": "he"}, "Unknown recipe 'he'"),
        ({"dataset": "digits", "existing": "replace"}, "choose one of 'refuse', 'resume', 'overwrite'"),
        ({"dataset": "digits", "learning_rate": 0.0}, "learning_rate must be positive"),
        ({"dataset": "digits", "batch_size": 100_000}, "100000"),
        ({"dataset": "digits", "epochs": 1, "iterations": 1}, "not both"),
        ({"dataset": "digits", "epochs": 0}, "epochs must be a positive number or None, not 0"),
        ({"dataset": "digits", "network_options": {"shortcut": "D"}}, "Unknown shortcut 'D'"),
    ],
)
def test_wrong_settings_leave_nothing_behind(options, words, tmp_path):
    with pytest.raises(ValueError) as caught:
        kr.train(run_dir=tmp_path / "run", **options)
    assert words in str(caught.value)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    "start, end, expected",
    [
        (0, 12, [(0, 0, 3, 4)]),
        (0, 10, [(0, 0, 2, 4), (8, 2, 3, 2)]),
        (7, 12, [(7, 1, 2, 1), (8, 2, 3, 4)]),
        (5, 7, [(5, 1, 2, 2)]),
        (0, 3, [(0, 0, 1, 3)]),
        (12, 12, []),
    ],
)
def test_segments(start, end, expected):
    assert list(segments(start, end, steps_per_epoch=4)) == expected


def test_a_run_from_before_a_setting_was_there_goes_on(ended, images):
    config = ended.read_config()
    del config["precision"], config["sync_batch_norm"]
    ended.config.write_text(json.dumps(config))
    train(images, ended.path, existing="resume")
    with pytest.raises(ValueError, match="precision 'float32' there, 'bfloat16' now"):
        train(images, ended.path, existing="resume", precision="bfloat16")
