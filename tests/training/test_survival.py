"""Trainings that are killed, preempted, out of room or out of range, and what is left of them.

One table holds every setting with a state of its own against every way to be cut short; one of its cases is quick.
"""

import errno
import functools
import importlib.util
import itertools
import json
import os
import re
import signal
import subprocess
import sys
import time

import keras
import numpy as np
import pytest

import keras_resnets as kr
from keras_resnets import _files
from keras_resnets.checkpoints import random_states
from keras_resnets.cli import main
from keras_resnets.runs import Run
from keras_resnets.training import recipes
from keras_resnets.training.compiling import create_variables
from keras_resnets.training.preemption import SaveOften
from keras_resnets.training.state import Interval, interval
from tests.data.pictures import folder

SGD = {"epochs": 3, "batch_size": 16, "learning_rate": 0.05, "optimizer": "sgd"}
TIMES = ("seconds", "images_per_second")


@pytest.fixture(scope="module")
def images():
    """Ninety-six 6x6 images of three classes, each bright in a third of its own: six batches of sixteen."""
    rng = np.random.default_rng(0)
    labels = np.arange(96) % 3
    pixels = rng.integers(0, 100, (96, 6, 6, 1))
    for image, label in zip(pixels, labels, strict=True):
        image[:, 2 * label : 2 * label + 2] += 120
    split = kr.data.Split(pixels.astype("uint8"), labels)
    return kr.data.ImageSet("thirds", ("left", "middle", "right"), split, split, kr.data.Augmentation(1, flip=False))


def small(*, classes, input_shape, classifier_activation):
    """A network with all that a resumption must bring back: dropout, stochastic depth, moving statistics."""
    inputs = x = keras.Input(input_shape)
    x = keras.layers.Conv2D(6, 3, strides=2, name="conv")(x)
    x = keras.layers.BatchNormalization(momentum=0.5, name="norm")(x)
    branch_inputs = keras.Input(x.shape[1:])
    branch = keras.layers.Dropout(0.2, name="inner_dropout")(
        keras.layers.Conv2D(6, 3, padding="same", name="inner_conv")(branch_inputs)
    )
    x = kr.layers.StochasticDepth(keras.Model(branch_inputs, branch), 0.5, name="sum")(x, x)
    x = keras.layers.Flatten(name="flat")(keras.layers.ReLU(name="relu")(x))
    x = keras.layers.Dropout(0.5, name="dropout")(x)
    return keras.Model(inputs, keras.layers.Dense(classes, name="main", dtype="float32")(x), name="small")


def trained(images, path, existing="refuse", options=None, **values):
    recipe = recipes.Recipe(name="small", **{**SGD, **values})
    return kr.train(small, images, recipe=recipe, run_dir=path, existing=existing, **(options or {}))


class Killed(BaseException):
    """Ends a training as SIGKILL would: nothing is saved on the way."""


def killing_after(batches):
    """A SaveOften that ends the training after so many batches, before it would save."""

    class Killing(SaveOften):
        def on_train_batch_end(self, batch, logs=None):
            if self.counter.batches == batches:
                raise Killed
            super().on_train_batch_end(batch, logs)

    return Killing


def killed(images, path, batches, existing="refuse", **values):
    with pytest.MonkeyPatch.context() as patch, pytest.raises(Killed):
        patch.setattr("keras_resnets.training.trainer.SaveOften", killing_after(batches))
        trained(images, path, existing, **values)


def assert_equal_runs(run, other):
    """Bit for bit: weights, the optimizer's variables, random states, and the history but for its times."""
    for which in ("last", "best"):
        model, twin = run.load(which), other.load(which)
        for ours, theirs in zip(model.variables, twin.variables, strict=True):
            np.testing.assert_array_equal(ours, theirs, err_msg=f"{which}: {ours.path}")
        for ours, theirs in zip(model.optimizer.variables, twin.optimizer.variables, strict=True):
            np.testing.assert_array_equal(ours, theirs, err_msg=f"{which}: {ours.path}")
        for ours, theirs in zip(random_states(model), random_states(twin), strict=True):
            np.testing.assert_array_equal(ours, theirs, err_msg=f"{which}: {ours.path}")
    for ours, theirs in zip(run.read_metrics(), other.read_metrics(), strict=True):
        assert {k: v for k, v in ours.items() if k not in TIMES} == {k: v for k, v in theirs.items() if k not in TIMES}


LAMB = {"optimizer": "lamb", "schedule": "one_cycle", "clipping": {"threshold": 0.5}}
ADAMW = {"optimizer": {"kind": "adamw", "weight_decay": 0.5, "exclude": ["norms", "biases"]}}
WARM_UP = {"schedule": "cosine", "warmup": {"length": 1}}
FILES = {"augmentation": "area 35 to 100 %, 16 crop, flip", "batch_size": 2, "learning_rate": 0.01}
SETTINGS = {
    "dropout": {},
    "average": {"ema": 0.8, "optimizer": {"kind": "rmsprop", "epsilon": 1.0}},
    "parts": {"accumulation": 2},
    "plateau": {
        "schedule": {"kind": "plateau", "factor": 0.5, "patience": 1},
        "learning_rate": 1e-6,
        "epochs": 5,
    },
    "one_cycle": LAMB,
    "one_cycle, average": {**LAMB, "ema": 0.9},
    "exclusions": ADAMW,
    "warm-up": WARM_UP,
    "all at once": {**ADAMW, **WARM_UP, "accumulation": 2, "ema": 0.8, "clipping": {"threshold": 0.5}},
    "loss scale": {"options": {"precision": "float16"}},
    "two at a time": {"options": {"steps_per_execution": 2, "checkpoint_every": 2}},
    "files": FILES,
}


@pytest.fixture(scope="module")
def pets(tmp_path_factory):
    return folder(tmp_path_factory.mktemp("data") / "pets")  # 16 to train: eight batches of two


def source(name, images, pets):
    """The data set and the settings of a row of the table, saved at every third iteration."""
    values = {**SETTINGS[name], "options": {"checkpoint_every": 3, **SETTINGS[name].get("options", {})}}
    return (str(pets) if name == "files" else images), values


@pytest.fixture(scope="module")
def whole(images, pets, tmp_path_factory):
    """A function from the name of a setting to a run by it that nothing has cut short."""

    @functools.cache
    def trained_by(name):
        dataset, values = source(name, images, pets)
        return trained(dataset, tmp_path_factory.mktemp("whole") / "run", **values)

    return trained_by


def starts(run):
    return [json.loads(line)["iteration"] for line in run.log.read_text().splitlines() if '"start"' in line]


def killed_twice(name, dataset, path, values):
    """Inside the second epoch, an iteration after a checkpoint, and later."""
    parts = values.get("accumulation", 1)
    killed(dataset, path, 10 * parts, **values)
    killed(dataset, path, 16 * parts, existing="resume", **values)
    return [0, 8, 14] if name == "two at a time" else [0, 9, 15]


def signalled(dataset, path, batch, number, **values):
    """Train until this process sends itself a signal once so many batches are done."""

    class Signalling(SaveOften):
        def on_train_batch_end(self, index, logs=None):
            if self.counter.batches == batch:
                os.kill(os.getpid(), number)

    handlers = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    with pytest.MonkeyPatch.context() as patch, pytest.raises(KeyboardInterrupt) as caught:
        patch.setattr("keras_resnets.training.trainer.SaveOften", Signalling)
        trained(dataset, path, **values)
    assert caught.type is (kr.training.Preempted if number == signal.SIGTERM else KeyboardInterrupt)
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == handlers
    run = Run(path)
    assert run.checkpoints.load("last")[1].batches == batch
    assert run.figure.exists() and not run.result.exists()


def signalled_inside(number, name, dataset, path, values):
    """Inside the second epoch, and inside a batch where that is in two parts."""
    parts = values.get("accumulation", 1)
    signalled(dataset, path, 10 * parts - (parts - 1), number, **values)
    return [0, (10 * parts - (parts - 1)) // parts]


def signalled_after(number, name, dataset, path, values):
    """After the last batch of the second epoch, whose test is run all the same."""
    parts, epoch = values.get("accumulation", 1), 8 if name == "files" else 6
    signalled(dataset, path, 2 * epoch * parts, number, **values)
    assert len(Run(path).read_metrics()) == 2
    return [0, 2 * epoch]


ENDS = {
    "killed": killed_twice,
    "SIGTERM inside": functools.partial(signalled_inside, signal.SIGTERM),
    "SIGTERM after": functools.partial(signalled_after, signal.SIGTERM),
    "SIGINT inside": functools.partial(signalled_inside, signal.SIGINT),
    "SIGINT after": functools.partial(signalled_after, signal.SIGINT),
}
QUICK = ("all at once", "SIGTERM inside")


@pytest.mark.parametrize(
    "name, end",
    [
        pytest.param(name, end, marks=() if (name, end) == QUICK else pytest.mark.slow)
        for name in SETTINGS
        for end in ENDS
    ],
)
def test_a_run_that_is_cut_short_ends_as_the_whole_one(name, end, images, pets, whole, tmp_path):
    dataset, values = source(name, images, pets)
    begun = ENDS[end](name, dataset, tmp_path / "run", values)
    resumed = trained(dataset, tmp_path / "run", existing="resume", **values)
    assert_equal_runs(whole(name), resumed)
    assert starts(resumed) == begun


@pytest.fixture(scope="module")
def scaled_and_saved_by_the_clock(images, tmp_path_factory):
    options = {"precision": "float16", "checkpoint_every": "0.001s"}
    return trained(images, tmp_path_factory.mktemp("scaled") / "run", epochs=1, options=options)


def test_a_loss_scale_and_its_steps_come_back(scaled_and_saved_by_the_clock):
    optimizer = scaled_and_saved_by_the_clock.load("last").optimizer
    assert isinstance(optimizer, keras.optimizers.LossScaleOptimizer)
    assert (int(optimizer.iterations), int(optimizer.step_counter)) == (6, 6)


@pytest.mark.slow
def test_updates_that_a_loss_scale_skips_shift_no_data(images, tmp_path, monkeypatch):
    """A scale of 2^40 overflows in the first steps, whose updates are skipped while the data go on."""
    scaled = keras.optimizers.LossScaleOptimizer
    made = scaled.__init__
    monkeypatch.setattr(scaled, "__init__", lambda self, inner, **_: made(self, inner, initial_scale=2.0**40))
    options = {"precision": "float16", "checkpoint_every": 2}
    whole = trained(images, tmp_path / "whole", options=options)
    assert int(whole.load("last").optimizer.iterations) < 18
    assert [row["iteration"] for row in whole.read_metrics()] == [6, 12, 18]
    killed(images, tmp_path / "killed", 9, options=options)
    assert_equal_runs(whole, trained(images, tmp_path / "killed", "resume", options=options))


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="They are TensorFlow's errors.")
@pytest.mark.parametrize(
    "kind, words",
    [
        ("InternalError", r"The device failed: CUDA_ERROR_LAUNCH_FAILED\."),
        pytest.param(
            "ResourceExhaustedError",
            r"ran out of memory \(a smaller batch needs less\): CUDA_ERROR_LAUNCH_FAILED\.",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_a_device_that_fails_ends_the_run_in_one_sentence_and_it_goes_on(kind, words, images, whole, tmp_path):
    import tensorflow as tf

    class Failing(SaveOften):
        def on_train_batch_end(self, batch, logs=None):
            if self.counter.batches == 10:
                raise getattr(tf.errors, kind)(
                    None, None, "Graph execution error:\n\n<stack traces unavailable>\nCUDA_ERROR_LAUNCH_FAILED"
                )
            super().on_train_batch_end(batch, logs)

    with pytest.MonkeyPatch.context() as patch, pytest.raises(kr.training.DeviceError) as caught:
        patch.setattr("keras_resnets.training.trainer.SaveOften", Failing)
        trained(images, tmp_path / "run")
    assert re.match(rf".*{words} It was after iteration 10; last.keras is whole and from before\.", str(caught.value))
    run = Run(tmp_path / "run")
    assert run.checkpoints.load("last")[1].batches == 6 and '"device_failed"' in run.log.read_text()
    assert_equal_runs(whole("dropout"), trained(images, run.path, "resume"))


def test_a_clock_that_jumps_moves_no_save_and_no_weight(images, whole, tmp_path, monkeypatch):
    """Intervals and speeds are taken from a clock that no one sets; only log.jsonl and the records tell the time."""
    jumps = itertools.cycle([0.0, 9e7, -9e7])
    now = time.time
    monkeypatch.setattr(time, "time", lambda: now() + next(jumps))
    run = trained(images, tmp_path / "run", options={"checkpoint_every": "1h"})
    assert_equal_runs(whole("dropout"), run)
    assert '"checkpoint"' not in run.log.read_text()
    assert all(0 < row["seconds"] < 600 for row in run.read_metrics())


@pytest.mark.slow
def test_the_metrics_of_a_cut_epoch_are_those_of_its_whole(images, tmp_path):
    """Its training loss and error are means over all of its batches, those before the resumption too."""
    whole = trained(images, tmp_path / "whole", epochs=1)
    killed(images, tmp_path / "killed", 5, epochs=1, options={"checkpoint_every": 4})
    resumed = trained(images, tmp_path / "killed", "resume", epochs=1, options={"checkpoint_every": 4})
    (ours,), (theirs,) = whole.read_metrics(), resumed.read_metrics()
    assert ours["train_loss"] == theirs["train_loss"] and ours["train_error"] == theirs["train_error"]


@pytest.mark.slow
def test_a_damaged_checkpoint_costs_an_epoch_and_nothing_else(images, whole, tmp_path):
    killed(images, tmp_path / "killed", 16)
    run = Run(tmp_path / "killed")
    run.last.write_bytes(run.last.read_bytes()[:-1000])
    with pytest.warns(UserWarning, match=r"last-1\.keras is used, of iteration 6"):
        resumed = trained(images, run.path, "resume")
    assert_equal_runs(whole("dropout"), resumed)


@pytest.mark.parametrize(
    "given, expected",
    [
        (500, Interval(iterations=500)),
        ("500", Interval(iterations=500)),
        ("90s", Interval(seconds=90)),
        ("10m", Interval(seconds=600)),
        ("1.5h", Interval(seconds=5400)),
    ],
)
def test_how_often(given, expected):
    assert interval(given) == expected


@pytest.mark.parametrize("given", [0, -1, 1.5, "0", "0s", "ten", "10 days", True])
def test_how_often_is_refused(given, images, tmp_path):
    with pytest.raises(ValueError, match=r"checkpoint_every is a number of iterations, such as 500, or a time"):
        trained(images, tmp_path / "run", options={"checkpoint_every": given})
    assert not (tmp_path / "run").exists()


def test_by_the_clock(scaled_and_saved_by_the_clock):
    lines = scaled_and_saved_by_the_clock.log.read_text().splitlines()
    saved = [json.loads(line)["batches"] for line in lines if '"checkpoint"' in line]
    assert saved == [1, 2, 3, 4, 5]


@pytest.mark.slow
@pytest.mark.parametrize("last", [False, True])
def test_a_full_disk_stops_the_run_and_leaves_the_last_checkpoint(last, images, whole, tmp_path, monkeypatch):
    """At the second epoch's best.keras, or its last.keras."""
    saved, save = [], keras.Model.save

    def until_full(self, path, **options):
        saved.append(path)
        if len(saved) == 4 - (not last):
            path.write_bytes(b"half a model")
            raise OSError(errno.ENOSPC, "No space left on device")
        save(self, path, **options)

    with (
        monkeypatch.context() as patch,
        pytest.raises(OSError, match=r"No space left on device.*saved before is whole"),
    ):
        patch.setattr(keras.Model, "save", until_full)
        trained(images, tmp_path / "full")
    run = Run(tmp_path / "full")
    assert run.checkpoints.load("last")[1].batches == 6
    assert_equal_runs(whole("dropout"), trained(images, run.path, "resume"))


def test_the_loss_scale_of_a_loaded_model_goes_on():
    inputs = keras.Input((3,))
    model = keras.Model(inputs, keras.layers.Dense(2)(inputs))
    model.compile(keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD()), "mse", jit_compile=False)
    create_variables(model, shares=True)
    model.optimizer.dynamic_scale.assign(8.0)
    create_variables(model, shares=True)
    assert float(model.optimizer.dynamic_scale) == 8.0 and len(model.optimizer.variables) == 6


OF_A_RUN = (
    "mean.npy",
    "config.json",
    "log.jsonl",
    "checkpoints.json",
    "best.keras",
    "metrics.csv",
    "last.keras",
    "result.json",
)


@pytest.mark.slow
@pytest.mark.parametrize("name", [*OF_A_RUN, "errors.png"])
def test_a_disk_that_is_full_at_any_file_of_a_run(name, images, whole, tmp_path, monkeypatch, capsys):
    """The error names the file; what is there is whole, and with room made the run ends as the whole one."""
    run = Run(tmp_path / "run")
    file = run.path / name
    flush, appending = _files.flush, _files.appending

    def full(path):
        if path == _files.partial(file):
            path.write_bytes(path.read_bytes()[:20])
            raise OSError(errno.ENOSPC, "No space left on device")
        flush(path)

    def unless_full(path):
        if path == file:
            raise OSError(errno.ENOSPC, "No space left on device")
        return appending(path)

    monkeypatch.setattr("keras_resnets.runs.appending", unless_full)
    for module in (_files, kr.checkpoints):
        monkeypatch.setattr(module, "flush", full)
    if name == "errors.png":
        trained(images, run.path)
        assert "Cannot draw errors.png: [Errno 28] No space left on device" in capsys.readouterr().out
    else:
        with pytest.raises(OSError, match="No space left on device") as caught:
            trained(images, run.path)
        assert name in str(caught.value) or (name == "checkpoints.json" and "best.keras" in str(caught.value))
    assert not file.exists() and not _files.partial(file).exists()
    monkeypatch.undo()
    assert_equal_runs(whole("dropout"), trained(images, run.path, "resume" if run.exists() else "refuse"))


# The command, which sends itself a signal once a batch is done.
SIGNALLING = """
import os, sys
from keras_resnets import cli
from keras_resnets.training import trainer

class Signalling(trainer.SaveOften):
    def on_train_batch_end(self, batch, logs=None):
        super().on_train_batch_end(batch, logs)
        if self.counter.batches == int(sys.argv[1]):
            os.kill(os.getpid(), int(sys.argv[2]))

trainer.SaveOften = Signalling
sys.exit(cli.main(sys.argv[3:]))
"""
DIGITS = ["train", "resnet20", "--dataset", "digits", "--set", "network_options={survival: 0.5}"]
DIGITS += ["--batch-size", "64", "--epochs", "2", "--checkpoint-every", "7", "--run-dir"]


def command(*arguments, batch=-1, number=signal.SIGKILL):
    return subprocess.run(
        [sys.executable, "-c", SIGNALLING, str(batch), str(int(number)), *map(str, arguments)],
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
        capture_output=True,
        text=True,
    )


@pytest.mark.slow
def test_killed_at_a_random_step_a_resnet_with_stochastic_depth_ends_as_if_not(tmp_path):
    """Of 44 batches, 22 an epoch."""
    assert command(*DIGITS, tmp_path / "whole").returncode == 0
    batch = int(np.random.default_rng().integers(23, 44))
    assert command(*DIGITS, tmp_path / "killed", batch=batch).returncode == -signal.SIGKILL
    assert command(*DIGITS, tmp_path / "killed", "--resume").returncode == 0
    print(f"killed after batch {batch}")
    assert_equal_runs(Run(tmp_path / "whole"), Run(tmp_path / "killed"))


@pytest.mark.slow
def test_killed_again_and_again_whatever_it_is_doing(tmp_path):
    """Twenty-four epochs, saved at every second batch, killed after a random time until it gets through."""
    arguments = [*DIGITS, tmp_path / "killed", "--epochs", "24", "--checkpoint-every", "2"]
    assert command(*DIGITS, tmp_path / "whole", "--epochs", "24").returncode == 0
    rng = np.random.default_rng()
    for patience in range(3, 100):
        process = subprocess.Popen([sys.executable, "-m", "keras_resnets.cli", *map(str, arguments), "--resume"])
        try:
            assert process.wait(timeout=9 + rng.uniform(0, patience)) == 0
            break
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    events = [json.loads(line) for line in Run(tmp_path / "killed").log.read_text().splitlines()]
    print("went on from iteration", [event["iteration"] for event in events if event["event"] == "start"])
    assert_equal_runs(Run(tmp_path / "whole"), Run(tmp_path / "killed"))


def test_preemption_has_an_exit_status_of_its_own(monkeypatch, capsys):
    def preempted(options):
        raise kr.training.Preempted

    monkeypatch.setattr("keras_resnets.commands.train", preempted)
    assert main(["train"]) == 75
    assert "the same command with --resume goes on where it stopped" in capsys.readouterr().err


@pytest.mark.slow
def test_a_preempted_process_has_that_exit_status(tmp_path):
    done = command(*DIGITS, tmp_path / "run", batch=3, number=signal.SIGTERM)
    assert done.returncode == 75, done.stderr
    assert "the same command with --resume goes on where it stopped" in done.stderr
    assert Run(tmp_path / "run").checkpoints.load("last")[1].batches == 3


@pytest.mark.slow
def test_a_full_file_system(tmp_path):
    """A limit on the size of files, which the kernel holds, stands for it: 600 kB is less than the model takes."""
    import resource

    run = Run(tmp_path / "run")
    assert command(*DIGITS, run.path, batch=30, number=signal.SIGTERM).returncode == 75
    before = run.last.read_bytes()
    limited = subprocess.run(
        [sys.executable, "-m", "keras_resnets.cli", *map(str, [*DIGITS, run.path, "--resume"])],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, 600_000)),
        capture_output=True,
        text=True,
    )
    assert limited.returncode == 1
    assert "could not be written: [Errno 27] File too large" in limited.stderr
    assert run.last.read_bytes() == before and run.checkpoints.load("last")[1].batches == 30
    assert command(*DIGITS, run.path, "--resume").returncode == 0


ON_JAX = """
import sys, keras, numpy as np, keras_resnets as kr
from keras_resnets.training import recipes
from keras_resnets.training import trainer

def small(*, classes, input_shape, classifier_activation):
    inputs = keras.Input(input_shape)
    x = keras.layers.BatchNormalization(name="norm")(keras.layers.Conv2D(6, 3, name="conv")(inputs))
    x = keras.layers.Dropout(0.5, name="dropout")(keras.layers.Flatten(name="flat")(x))
    return keras.Model(inputs, keras.layers.Dense(classes, name="main")(x), name="small")

class Killed(BaseException):
    pass

class Killing(trainer.SaveOften):
    def on_train_batch_end(self, batch, logs=None):
        if self.counter.batches == 9 and self.run.path.name == "killed":
            raise Killed
        super().on_train_batch_end(batch, logs)

def train(name, existing="refuse", rate=0.05):
    recipe = recipes.Recipe(name="small", epochs=3, batch_size=16, learning_rate=rate, optimizer="sgd", ema=0.9)
    path = f"{sys.argv[1]}/{name}"
    return kr.train(small, images, recipe=recipe, run_dir=path, existing=existing, checkpoint_every=2)

assert keras.backend.backend() == "jax"
pixels = np.random.default_rng(0).integers(0, 256, (96, 6, 6, 1)).astype("uint8")
split = kr.data.Split(pixels, np.arange(96) % 3)
images = kr.data.ImageSet("noise", ("a", "b", "c"), split, split, kr.data.Augmentation(1, flip=False))
whole = train("whole")
often, trainer.SaveOften = trainer.SaveOften, Killing
try:
    train("killed")
except Killed:
    trainer.SaveOften = often
again = train("killed", "resume")
for which in ("last", "best"):
    for ours, theirs in zip(whole.load(which).variables, again.load(which).variables, strict=True):
        np.testing.assert_array_equal(ours, theirs)
assert [row["train_loss"] for row in whole.read_metrics()] == [row["train_loss"] for row in again.read_metrics()]
try:
    train("too fast", rate=1e30)
except FloatingPointError as error:
    print(error)
"""


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("jax") is None, reason="JAX is not installed (extra 'test')")
def test_on_jax_too(tmp_path, fresh_python):
    told = fresh_python(ON_JAX, tmp_path, KERAS_BACKEND="jax").splitlines()[-1]
    assert told.startswith("The loss was ") and "gave the first such value" in told
