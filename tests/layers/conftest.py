"""What the tests of layers share."""

import importlib.util

import numpy as np
import pytest


@pytest.fixture
def on_jax(tmp_path, fresh_python):
    """A function that gives what `layer`, an expression of `keras_resnets.layers`, makes of maps on JAX."""
    if importlib.util.find_spec("jax") is None:
        pytest.skip("JAX is not installed (extra 'test')")

    def found(layer, maps):
        np.save(tmp_path / "maps.npy", maps)
        fresh_python(
            "import sys, numpy as np\n"
            "from keras_resnets import layers\n"
            f"np.save(sys.argv[1] + '/found.npy', layers.{layer}(np.load(sys.argv[1] + '/maps.npy')))",
            tmp_path,
            KERAS_BACKEND="jax",
        )
        return np.load(tmp_path / "found.npy")

    return found
