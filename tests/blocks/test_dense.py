"""Dense layers and transitions against the paper's equations, spelled out with NumPy and the layers' convolutions."""

import keras
import numpy as np
import pytest

from keras_resnets.blocks.dense import dense_layer, transition


def model_of(block, shapes, rng):
    """`block(list of inputs)`, whose norms are none of them an identity."""
    inputs = [keras.Input(shape) for shape in shapes]
    model = keras.Model(inputs, block(inputs))
    for variable in model.trainable_variables:
        if len(variable.shape) == 1:
            variable.assign(rng.uniform(0.5, 1.5, variable.shape))
    return model


def convolved(model, name, x):
    """Batch normalization, ReLU and the convolution `name`."""
    norm = model.get_layer(f"{name}_pre_bn")
    variance = np.asarray(norm.moving_variance) + norm.epsilon
    active = np.maximum((x - norm.moving_mean) / np.sqrt(variance) * norm.gamma + norm.beta, 0)
    return np.asarray(model.get_layer(name)(active))


SHAPES = [(6, 7, 5), (6, 7, 4), (6, 7, 4)]


@pytest.fixture
def maps(rng):
    return [rng.normal(size=(2, *shape)).astype("float32") for shape in SHAPES]


def test_a_layer_reads_all_maps_and_adds_one(maps, rng):
    model = model_of(lambda x: dense_layer(x, 4, bottleneck=False, name="layer"), SHAPES, rng)
    *kept, new = model(maps)
    for before, after in zip(maps, kept, strict=True):
        np.testing.assert_array_equal(after, before)
    np.testing.assert_allclose(new, convolved(model, "layer_conv1", np.concatenate(maps, -1)), atol=1e-5)
    assert new.shape == (2, 6, 7, 4)


def test_a_bottleneck_reads_them_through_four_times_the_filters(maps, rng):
    model = model_of(lambda x: dense_layer(x, 4, name="layer"), SHAPES, rng)
    middle = convolved(model, "layer_conv1", np.concatenate(maps, -1))
    assert middle.shape == (2, 6, 7, 16)
    np.testing.assert_allclose(model(maps)[-1], convolved(model, "layer_conv2", middle), atol=1e-5)


def test_the_last_layer_joins_the_maps(maps, rng):
    model = model_of(lambda x: dense_layer(x, 4, last=True, name="layer"), SHAPES, rng)
    outputs = np.asarray(model(maps))
    assert outputs.shape == (2, 6, 7, 5 + 4 + 4 + 4)
    np.testing.assert_array_equal(outputs[..., :13], np.concatenate(maps, -1))


def test_the_first_layer_reads_one_map(rng):
    model = model_of(lambda x: dense_layer(x[0], 4, name="layer"), SHAPES[:1], rng)
    assert [output.shape[-1] for output in model.outputs] == [5, 4]
    assert not any("concat" in layer.name for layer in model.layers)


@pytest.mark.parametrize("compression, channels", [(1.0, 5), (0.5, 2)])
def test_a_transition_compresses_and_halves(compression, channels, maps, rng):
    model = model_of(lambda x: transition(x[0], compression=compression, name="stage2"), SHAPES[:1], rng)
    reduced = convolved(model, "stage2_transition", maps[0])
    expected = reduced[:, :, :6].reshape(2, 3, 2, 3, 2, channels).mean((2, 4))
    np.testing.assert_allclose(model(maps[:1]), expected, atol=1e-5)


def test_dropout_follows_each_convolution():
    inputs = keras.Input(SHAPES[0])
    model = keras.Model(
        inputs, transition(dense_layer(inputs, 4, last=True, dropout=0.2, name="layer"), dropout=0.2, name="stage2")
    )
    assert [(layer.name, layer.rate) for layer in model.layers if isinstance(layer, keras.layers.Dropout)] == [
        ("layer_conv1_dropout", 0.2),
        ("layer_conv2_dropout", 0.2),
        ("stage2_transition_dropout", 0.2),
    ]
