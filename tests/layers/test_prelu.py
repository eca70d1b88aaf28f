"""PReLU against its definition, and the slopes that it shares."""

import keras
import numpy as np
import pytest

from keras_resnets.layers import prelu


@pytest.mark.parametrize("shape", [(4, 5, 3), (None, None, 3), (3,)])
@pytest.mark.parametrize("shared", ["channel", "layer"])
def test_it_is_the_definition(shape, shared, rng):
    inputs = keras.Input(shape)
    model = keras.Model(inputs, prelu(inputs, shared=shared, name="prelu"))
    (slopes,) = model.weights
    assert slopes.shape[-1] == np.prod(slopes.shape) == (3 if shared == "channel" else 1)
    np.testing.assert_array_equal(slopes, 0.25)
    slopes.assign(rng.normal(size=slopes.shape))
    x = rng.normal(size=(2, *(n or 6 for n in shape))).astype("float32")
    expected = np.maximum(x, 0) + np.asarray(slopes) * np.minimum(x, 0)
    np.testing.assert_allclose(model.predict_on_batch(x), expected, rtol=1e-6)
