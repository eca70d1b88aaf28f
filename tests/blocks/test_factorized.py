"""Inception modules against the papers' arithmetic and figures."""

from functools import partial

import keras
import numpy as np
import pytest

import keras_resnets as kr
from keras_resnets.blocks import factorized

FIVE = (("5x5", 64, 5),)
TWO_THREES = (("3x3_1", 64, 3), ("3x3_2", 64, 3))
SEVEN = (("7x7", 64, 7),)
ONE_SEVEN = (("1x7", 64, (1, 7)), ("7x1", 64, (7, 1)))


def model_of(block, shape, **options):
    inputs = keras.Input(shape)
    return keras.Model(inputs, block(inputs, name="block", **options))


def branch(*convolutions, channels=64, size=17):
    inputs = keras.Input((size, size, channels))
    return keras.Model(inputs, factorized.branch(inputs, *convolutions, name="branch"))


def operations(*convolutions):
    return kr.complexity(branch(*convolutions)).multiply_accumulates


def test_two_3x3_save_28_percent_of_a_5x5():
    """Szegedy et al. 2015, sec. 3.1: (9 + 9) / 25."""
    assert operations(*TWO_THREES) * 25 == operations(*FIVE) * 18
    assert 1 - operations(*TWO_THREES) / operations(*FIVE) == pytest.approx(0.28)


def test_a_1x3_and_a_3x1_save_33_percent_of_a_3x3():
    """Szegedy et al. 2015, sec. 3.2: 54 weights against 81 where three channels become three."""
    rows = {"3x3": [("3x3", 3, 3)], "1x3, 3x1": [("1x3", 3, (1, 3)), ("3x1", 3, (3, 1))]}
    weights = {
        name: sum(w.shape.num_elements() for w in kernels(branch(*row, channels=3))) for name, row in rows.items()
    }
    assert weights == {"3x3": 81, "1x3, 3x1": 54}
    assert 1 - weights["1x3, 3x1"] / weights["3x3"] == pytest.approx(1 / 3)


def test_a_1x7_and_a_7x1_save_71_percent_of_a_7x7():
    """Szegedy et al. 2015, sec. 3.2: 2 n against n * n, a saving that grows with n."""
    whole = operations(*SEVEN)
    factors = operations(*ONE_SEVEN)
    assert factors * 7 == whole * 2


def kernels(model):
    return [layer.kernel for layer in model.layers if isinstance(layer, keras.layers.Conv2D)]


@pytest.mark.parametrize("whole, factors", [(FIVE, TWO_THREES), (SEVEN, ONE_SEVEN)])
def test_factors_see_what_the_whole_sees(whole, factors):
    """The pixels that one bright pixel reaches when all weights are positive."""
    image = np.zeros((1, 17, 17, 64), "float32")
    image[0, 8, 8] = 1

    def reached(convolutions):
        model = branch(*convolutions)
        for kernel in kernels(model):
            kernel.assign(np.ones(kernel.shape))
        return np.asarray(model(image))[0, ..., 0] > 0

    np.testing.assert_array_equal(reached(whole), reached(factors))
    assert reached(whole).sum() == whole[0][2] ** 2


# fmt: off
MODULES = [
    # module                                                                         reads           gives
    (partial(factorized.triple3x3, ones=64, threes=(64, 64), doubles=(64, 96),
             pool="avg", pool_proj=32),                                              (28, 28, 192),  (28, 28, 256)),
    (partial(factorized.triple3x3_reduction, threes=(128, 160), doubles=(64, 96)),   (28, 28, 320),  (14, 14, 576)),
    (partial(factorized.inception_a, ones=64, pool_proj=32),                         (35, 35, 192),  (35, 35, 256)),
    (partial(factorized.reduction_a, three=384, doubles=(64, 96, 96)),               (35, 35, 288),  (17, 17, 768)),
    (partial(factorized.inception_b, width=128),                                     (17, 17, 768),  (17, 17, 768)),
    (factorized.reduction_b,                                                         (17, 17, 768),  (8, 8, 1280)),
    (factorized.inception_c,                                                         (8, 8, 1280),   (8, 8, 2048)),
]
# fmt: on


@pytest.mark.parametrize("module, reads, gives", MODULES)
def test_modules_map_grid_to_grid(module, reads, gives):
    assert model_of(module, reads).output_shape == (None, *gives)


@pytest.mark.parametrize("size", [5, 6, 7])
def test_the_branches_of_a_padded_reduction_agree_at_any_size(size):
    module = partial(factorized.triple3x3_reduction, threes=(4, 8), doubles=(4, 8))
    assert model_of(module, (size, size, 3)).output_shape == (None, -(-size // 2), -(-size // 2), 19)


def test_a_pool_passed_through_a_reduction_is_the_maximum(rng):
    images = rng.uniform(size=(1, 7, 7, 2)).astype("float32")
    found = model_of(partial(factorized.reduction_a, three=4, doubles=(4, 4, 4)), (7, 7, 2))(images)
    expected = [[images[0, i : i + 3, j : j + 3].max((0, 1)) for j in (0, 2, 4)] for i in (0, 2, 4)]
    np.testing.assert_array_equal(np.asarray(found)[0, ..., -2:], expected)
