"""DenseNets: sums of the paper's arithmetic, and the form that trades time for memory."""

import keras
import numpy as np
import pytest

import keras_resnets as kr
from keras_resnets.networks.abstract import abstract_init
from tests.networks.test_networks import DEEPEST, counted
from tests.small_networks import SmallDenseNet

# fmt: off
IMAGENET = {  # k, layers of the four stages (Table 1)
    "densenet121": (32, (6, 12, 24, 16)),
    "densenet169": (32, (6, 12, 32, 32)),
    "densenet201": (32, (6, 12, 48, 32)),
    "densenet264": (32, (6, 12, 64, 48)),
    "densenet161": (48, (6, 12, 36, 24)),
}
CIFAR = {     # L, k, millions of parameters (Table 2)
    "densenet40_12":     ( 40, 12,  1.0),
    "densenet100_12":    (100, 12,  7.0),
    "densenet100_24":    (100, 24, 27.2),
    "densenet_bc100_12": (100, 12,  0.8),
    "densenet_bc250_24": (250, 24, 15.3),
    "densenet_bc190_40": (190, 40, 25.6),
}
# fmt: on


def convolution(channels, filters, size):
    """Of a convolution and the normalization ahead of it."""
    return 2 * channels + size * size * channels * filters


def dense_stages(depths, growth, channels, classes, bottleneck, compression):
    """Of dense layers, transitions, the last normalization and the fully connected layer."""
    total = 0
    for stage, depth in enumerate(depths):
        for _ in range(depth):
            if bottleneck:
                total += convolution(channels, 4 * growth, 1) + convolution(4 * growth, growth, 3)
            else:
                total += convolution(channels, growth, 3)
            channels += growth
        if stage < len(depths) - 1:
            total += convolution(channels, int(channels * compression), 1)
            channels = int(channels * compression)
    return total + 2 * channels + (channels + 1) * classes


def with_slow_ones(names):
    return [pytest.param(name, marks=pytest.mark.slow if DEEPEST.search(name) else ()) for name in names]


@pytest.mark.parametrize("name", with_slow_ones(IMAGENET))
def test_imagenet_networks_have_the_count_of_the_arithmetic(name):
    growth, depths = IMAGENET[name]
    stem = 3 * 7 * 7 * 2 * growth + 2 * 2 * growth
    assert counted(name).trainable == stem + dense_stages(depths, growth, 2 * growth, 1000, True, 0.5)


@pytest.mark.parametrize("name", with_slow_ones(CIFAR))
def test_cifar_networks_have_the_count_of_the_arithmetic_and_of_the_paper(name):
    depth, growth, millions = CIFAR[name]
    bc = "bc" in name
    n, filters = (depth - 4) // (6 if bc else 3), 2 * growth if bc else 16
    expected = 3 * 3 * 3 * filters + dense_stages((n, n, n), growth, filters, 10, bc, 0.5 if bc else 1.0)
    assert counted(name).trainable == expected
    assert round(expected / 1e6, 1) == millions


def test_the_maps_are_those_of_table_1():
    levels = [(info.channels, info.stride) for info in kr.feature_info("densenet121")]
    assert levels == [(256, 4), (512, 8), (1024, 16), (1024, 32)]


SMALL = {"input_shape": (8, 8, 3), "classifier_activation": None}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["densenet40_12", "densenet_bc100_12"])
def test_memory_efficient_is_the_same_function_of_the_same_weights(name, rng, tmp_path):
    kept, recomputing = (kr.build(name, memory_efficient=m, **SMALL) for m in (False, True))
    assert kr.complexity(kept).by_layer[-1] == kr.complexity(recomputing).by_layer[-1]
    assert kr.complexity(kept).multiply_accumulates == kr.complexity(recomputing).multiply_accumulates
    for variable in kept.variables:
        variable.assign(rng.uniform(0.1, 0.5, variable.shape) if len(variable.shape) == 1 else variable)
    np.savez(tmp_path / "weights.npz", **kr.to_torch_weights(kept))
    kr.load_torch_weights(recomputing, tmp_path / "weights.npz")
    images, labels = rng.normal(size=(8, 8, 8, 3)).astype("float32"), np.arange(8)
    np.testing.assert_allclose(*(model.predict_on_batch(images) for model in (kept, recomputing)), atol=1e-5)
    losses = []
    for model in (kept, recomputing):
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile(keras.optimizers.SGD(0.01), loss, jit_compile=False)
        losses.append([model.train_on_batch(images, labels) for _ in range(3)])
    np.testing.assert_allclose(*losses, rtol=1e-3)
    assert len(np.unique(losses[0])) == 3


@pytest.mark.slow
def test_a_saved_one_is_loaded_by_a_fresh_process(rng, loaded_elsewhere):
    model, images = kr.DenseNet40_12(memory_efficient=True, dropout=0.2, **SMALL), rng.normal(size=(2, 8, 8, 3))
    np.testing.assert_allclose(loaded_elsewhere(model, images), model.predict_on_batch(images), atol=1e-5)


def test_frozen_stages_are_frozen_inside_too():
    model = SmallDenseNet(memory_efficient=True, **SMALL)
    kr.freeze(model, until=1)
    assert not any("stage1" in variable.path for variable in model.trainable_variables)
    assert any("stage2_transition" in variable.path for variable in model.trainable_variables)


@pytest.mark.parametrize("dropout", [-0.1, 1, "much"])
def test_a_dropout_that_is_no_fraction_is_refused(dropout):
    with pytest.raises(ValueError, match=f"dropout must be .*not {dropout!r}"):
        kr.DenseNet40_12(dropout=dropout)


def test_too_small_images_are_refused():
    with pytest.raises(ValueError, match="densenet121 needs images of at least 29x29 pixels, not 28x28"):
        kr.DenseNet121(input_shape=(28, 28, 3))
    with abstract_init():
        assert kr.DenseNet121(input_shape=(29, 29, 3), include_top=False).output_shape == (None, 1, 1, 1024)


@pytest.mark.parametrize("name", ["densenet40_12", pytest.param("densenet_bc100_12", marks=pytest.mark.slow)])
def test_an_untrained_network_keeps_the_scale_of_its_maps_also_in_16_bits(name, rng):
    keras.mixed_precision.set_global_policy("mixed_float16")
    try:
        model = kr.build(name)
    finally:
        keras.mixed_precision.set_global_policy("float32")
    maps = [layer.output for layer in model.layers if layer.name.endswith("_concat")]
    *found, outputs = keras.Model(model.input, [*maps[::10], model.output])(rng.normal(size=(2, 32, 32, 3)))
    assert np.isfinite(np.asarray(outputs)).all()
    assert max(float(np.abs(np.asarray(each, "float32")).max()) for each in found) < 100
