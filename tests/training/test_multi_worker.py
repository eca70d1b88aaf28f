"""Two real processes that train as one cluster over the loopback interface."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import keras
import numpy as np
import pytest

from keras_resnets.launch import free_ports, tf_config
from keras_resnets.runs import Run

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="TensorFlow's strategy"),
]

WORKER = """
import json, sys
import keras, numpy as np, keras_resnets as kr
from keras_resnets.training.devices import AverageStatistics, devices, synchronize
kind, synchronized, file = sys.argv[1], sys.argv[2] == "True", sys.argv[3]
where = devices(kind)
images = kr.data.load("digits")
keras.config.set_dtype_policy("float64")  # in float32 a rounding that turns a ReLU's sign moves weights by 1e-3
keras.utils.set_random_seed(0)
with where.scope():
    model = kr.ResNet20(input_shape=(8, 8, 1), classifier_activation=None)
    if synchronized:
        synchronize(model)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(kr.training.CoupledSGD(0.01, 0.9), loss, metrics=["accuracy"], jit_compile=False)
    training = where.sharded(kr.data.training_batches(images.train, 32, augmentation=images.augmentation))
    tests = where.sharded(kr.data.test_batches(images.test, 100))
    options = {"epochs": 2, "steps_per_epoch": 2, "shuffle": False, "verbose": 0}
    history = model.fit(training, validation_data=tests, callbacks=[AverageStatistics(where)], **options).history
    told = {"chief": where.chief, "history": history, "evaluated": model.evaluate(tests, verbose=0)}
    logits = model.predict(tests.map(lambda images, labels: images), verbose=0)
correct = float(np.mean(logits.argmax(-1) == images.test.labels))
np.savez(file, logits, *(variable.numpy() for variable in model.variables))
print(json.dumps({**told, "correct": correct, "asked": [where.any_worker(not where.chief), where.any_worker(False)]}))
"""


def run(tmp_path, kind, synchronized):
    """What each worker told, and its logits and weights."""
    count = 2 if kind == "multi_worker" else 1
    addresses = [f"localhost:{port}" for port in free_ports(count)]
    files = [tmp_path / f"{kind}{index}.npz" for index in range(count)]
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", WORKER, kind, str(synchronized), file],
            env={**environment, **({"TF_CONFIG": tf_config(addresses, index)} if count > 1 else {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for index, file in enumerate(files)
    ]
    outputs = [process.communicate(timeout=300) for process in processes]
    for process, (_, error) in zip(processes, outputs, strict=True):
        assert process.returncode == 0, error[-3000:]
    return [json.loads(out.splitlines()[-1]) for out, _ in outputs], [list(np.load(file).values()) for file in files]


@pytest.fixture(scope="module", params=[True, False], ids=["synchronized", "apart"])
def two(request, tmp_path_factory):
    return request.param, run(tmp_path_factory.mktemp("two"), "multi_worker", request.param)


def test_workers_end_with_equal_weights_and_moving_statistics(two):
    _, (_, (first, second)) = two
    for a, b in zip(first, second, strict=True):
        np.testing.assert_array_equal(a, b)


def test_metrics_are_global_and_equal(two):
    _, ((first, second), _) = two
    assert (first["chief"], second["chief"]) == (True, False)
    for told in (first, second):
        assert told["history"] == first["history"]
        assert told["evaluated"] == first["evaluated"]
        assert told["evaluated"][1] == pytest.approx(
            told["correct"]
        )  # of all images, the last batch's uneven parts too
        assert told["asked"] == [True, False]


def test_with_synchronized_norms_their_weights_equal_those_of_one_worker(two, tmp_path):
    synchronized, ((told, _), (weights, _)) = two
    (alone,), (expected,) = run(tmp_path, "single", synchronized)
    difference = max(np.abs(a - b).max() for a, b in zip(weights, expected, strict=True))
    assert (difference < 1e-9) == synchronized
    assert (told["history"]["loss"] == pytest.approx(alone["history"]["loss"], rel=1e-6)) == synchronized


COMMAND = ["train", "resnet20", "--dataset", "digits", "--epochs", "4", "--batch-size", "32", "--learning-rate", "0.01"]


def launched(run_dir, *options):
    """`keras-resnets launch` on two workers, begun."""
    command = [sys.executable, "-m", "keras_resnets.cli", "launch", "--workers", "2", *options, "--"]
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    arguments = [*command, *COMMAND, "--run-dir", run_dir]
    return subprocess.Popen(arguments, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def workers_of(launcher):
    """The processes that a launcher has started, the chief first."""
    return sorted(map(int, Path(f"/proc/{launcher.pid}/task/{launcher.pid}/children").read_text().split()))


def last_weights(run_dir):
    return [np.asarray(variable) for variable in Run(run_dir).load("last").variables]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    run_dir = tmp_path_factory.mktemp("undisturbed") / "run"
    launcher = launched(run_dir)
    out, error = launcher.communicate(timeout=500)
    assert launcher.returncode == 0, error[-3000:]
    return run_dir, out


def test_the_chief_alone_prints_and_writes(undisturbed):
    run_dir, out = undisturbed
    assert [line.split()[1] for line in out.splitlines() if line.startswith("epoch")] == ["1/4", "2/4", "3/4", "4/4"]
    assert out.count("Test error") == 1
    assert [row["epoch"] for row in Run(run_dir).read_metrics()] == [1, 2, 3, 4]


@pytest.mark.skipif(sys.platform != "linux", reason="finds the workers in /proc")
@pytest.mark.parametrize("victim", [0, 1])
def test_a_worker_that_is_killed_leaves_the_weights_of_an_undisturbed_run(victim, undisturbed, tmp_path):
    launcher = launched(tmp_path / "run", "--restarts", "1")
    deadline = time.monotonic() + 300
    while not (tmp_path / "run" / "metrics.csv").exists():
        assert time.monotonic() < deadline and launcher.poll() is None, launcher.communicate()[1][-3000:]
        time.sleep(0.05)
    os.kill(workers_of(launcher)[victim], signal.SIGKILL)
    _, error = launcher.communicate(timeout=500)
    assert launcher.returncode == 0, error[-3000:]
    assert "All workers start again, from the last checkpoint; restarts left: 0." in error
    for found, expected in zip(last_weights(tmp_path / "run"), last_weights(undisturbed[0]), strict=True):
        np.testing.assert_array_equal(found, expected)
    assert [row["epoch"] for row in Run(tmp_path / "run").read_metrics()] == [1, 2, 3, 4]
