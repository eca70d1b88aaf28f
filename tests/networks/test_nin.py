"""NIN and DSN against the layers of their authors' releases."""

import keras
import numpy as np
import pytest

import keras_resnets as kr
from keras_resnets.networks.abstract import abstract_init

# cuda-convnet's file of NIN for CIFAR-10: kernel, channels in and out, side of the map.
RELEASE = {
    "stage1_block1_conv": (5, 3, 192, 32),
    "stage1_block2_conv1": (1, 192, 160, 32),
    "stage1_block2_conv2": (1, 160, 96, 32),
    "stage2_block1_conv": (5, 96, 192, 16),
    "stage2_block2_conv1": (1, 192, 192, 16),
    "stage2_block2_conv2": (1, 192, 192, 16),
    "stage3_block1_conv": (3, 192, 192, 8),
    "stage3_block2_conv1": (1, 192, 192, 8),
    "head_conv": (1, 192, 10, 8),
}


def readers_of(model, name):
    """The layers that read a layer's output, by their classes."""
    nodes = model.get_layer(name)._outbound_nodes
    return sorted(type(node.operation).__name__ for node in nodes)


@pytest.mark.parametrize("build", [kr.NIN, kr.DSN])
def test_the_layers_are_those_of_the_release(build):
    with abstract_init():
        model = build()
    convolutions = [layer for layer in model.layers if isinstance(layer, keras.layers.Conv2D)]
    found = {
        each.name: (each.kernel_size[0], each.kernel.shape[2], each.filters, each.output.shape[1])
        for each in convolutions
    }
    assert found == RELEASE
    for name in RELEASE:
        rectified = name != "head_conv" or build is kr.NIN
        assert readers_of(model, name) == (["ReLU"] if rectified else ["GlobalAveragePooling2D"])
    assert [layer.rate for layer in model.layers if isinstance(layer, keras.layers.Dropout)] == [0.5, 0.5]


def test_100_classes_widen_the_last_convolution_alone():
    with abstract_init():
        assert kr.complexity(kr.NIN(classes=100)).trainable == 984_356
        assert kr.NIN(include_top=False, pooling="avg").output_shape == (None, 192)


def test_companions_read_the_convolutions_ahead_of_their_relu():
    """2,580,510 weights in training, none for inference (the release's network for CIFAR-10)."""
    with abstract_init():
        model = kr.DSN(aux=True)
        assert list(model.output) == ["main", "aux1", "aux2", "aux3"]
        for stage, inputs in enumerate((32 * 32 * 192, 16 * 16 * 192, 8 * 8 * 192), 1):
            assert readers_of(model, f"stage{stage}_block1_conv") == ["Flatten", "ReLU"]
            assert model.get_layer(f"aux{stage}_dense").kernel.shape == (inputs, 10)
        assert kr.complexity(model).trainable == 966_986 + 2_580_510 == 3_547_496
        with pytest.raises(ValueError, match="or aux=False"):
            kr.DSN(aux=True, input_shape=(None, None, 3))


@pytest.mark.parametrize("build", [kr.NIN, kr.DSN])
def test_the_head_is_the_mean_of_a_channel_a_class(build, rng):
    model = build(input_shape=(None, None, 3), classifier_activation=None)
    images = rng.normal(size=(2, 9, 14, 3)).astype("float32")
    logits = model.predict_on_batch(images)
    maps = kr.features(model, "stage3").predict_on_batch(images)["stage3"]
    kernel, bias = map(np.asarray, model.get_layer("head_conv").weights)
    expected = maps @ kernel[0, 0] + bias
    if build is kr.NIN:
        expected = np.maximum(expected, 0)
    np.testing.assert_allclose(logits, expected.mean(axis=(1, 2)), rtol=1e-4, atol=1e-5)
    assert not kr.evaluation.metrics.gives_probabilities(model)
    assert kr.evaluation.metrics.gives_probabilities(build())


def test_under_mixed_precision_the_head_computes_in_float32():
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model = kr.NIN()
    finally:
        keras.config.set_dtype_policy("float32")
    head = [layer for layer in model.layers if layer.name.startswith("head")]
    assert len(head) == 4 and {layer.compute_dtype for layer in head} == {"float32"}
    assert model.get_layer("stage3_block2_conv1").compute_dtype == "bfloat16"
