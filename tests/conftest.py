"""What the tests share: figures measured elsewhere, and small images."""

import csv
import gc
import os
import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

DATA = Path(__file__).parent / "data"

gc.disable()  # a sixth of the time in which TensorFlow is imported goes into collections that find nothing


def published_counts():
    with (DATA / "counts.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def pytest_collection_finish(session):
    """Leave TensorFlow's 440,000 objects out of later collections, of which each `clear_session()` asks for one."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    gc.enable()


_peak = 0


@pytest.fixture(autouse=True)
def no_models_left():
    """Models are cycles of objects, which Python collects late: tens of gigabytes of them would pile up in a worker."""
    global _peak
    yield
    if (peak := resource.getrusage(resource.RUSAGE_SELF).ru_maxrss) > 1.05 * _peak:
        gc.collect()
        _peak = peak


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def fresh_python():
    """Run Python code in a process of its own and return what it printed."""

    def run(code, *arguments, **environment):
        done = subprocess.run(
            [sys.executable, "-c", f"import gc; gc.disable()\n{code}", *map(str, arguments)],
            env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", **environment},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout

    return run


@pytest.fixture
def loaded_elsewhere(fresh_python, tmp_path):
    """Save a model, load it in a process that has imported the package alone, and return that one's outputs."""

    def run(model, images):
        model.save(tmp_path / "model.keras")
        np.save(tmp_path / "images.npy", images)
        fresh_python(
            "import sys, numpy, keras_resnets, keras\n"
            "model = keras.saving.load_model(sys.argv[1] + '/model.keras', safe_mode=True)\n"
            "outputs = model.predict_on_batch(numpy.load(sys.argv[1] + '/images.npy'))\n"
            "numpy.save(sys.argv[1] + '/outputs.npy', outputs)",
            tmp_path,
        )
        return np.load(tmp_path / "outputs.npy")

    return run
