"""Values that are not finite, found and refused."""

import keras
import ml_dtypes
import numpy as np
import pytest

from keras_resnets._finite import OutputCheck, finite, finite_rows, refuse_values


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf"), 1e300])
def test_one_value_is_enough(value):
    assert not finite(np.array([0.0, value])) and finite(np.array([0.0, 1e30]))


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", ml_dtypes.bfloat16])
def test_every_kind_of_float_is_looked_at(dtype):
    good, bad = np.ones((2, 3), dtype), np.array([[1, np.nan, 1], [1, 1, 1]], dtype)
    assert finite(good) and not finite(bad)
    assert finite_rows(good).tolist() == [True, True] and finite_rows(bad).tolist() == [False, True]
    assert finite_rows(np.zeros((0, 3), dtype)).shape == (0,)


def test_whole_numbers_are_finite():
    assert finite(np.array([2**63 - 1])) and finite(np.array([True]))


def test_the_source_and_the_arrays_are_named():
    named = [(f"w{k}", np.array([np.nan if k % 2 else 0.0])) for k in range(30)]
    with pytest.raises(ValueError, match=r"weights of 'a.keras': 15 of 30 arrays hold NaN .*: w1, w3.*w19 and 5 more"):
        refuse_values(named, "'a.keras'")
    refuse_values(named[::2], "'a.keras'")


def test_images_are_counted_once_however_many_crops_they_have():
    inputs = keras.Input((2,))
    check = OutputCheck(keras.Model(inputs, keras.layers.Dense(2)(inputs), name="net"))
    assert check.see([0, 0, 1], np.ones((3, 2)))
    assert not check.see([1, 1, 2], [[np.nan, 0], [np.inf, 0], [0, 0]])
    assert not check.see([3], np.ones((1, 2)))
    with pytest.raises(FloatingPointError, match="'net' are not finite for 1 of 4 images, though"):
        check.refuse()
