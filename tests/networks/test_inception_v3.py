"""Inception-v2 and v3 against the paper's table, the releases' counts, and each other."""

import keras
import numpy as np
import pytest

import keras_resnets as kr
from keras_resnets.networks.abstract import abstract_init

# fmt: off
# Szegedy et al. 2015, arXiv 1512.00567, Table 1: what each row gives, and what the release has in its place where they
# differ. The paper prints what a row reads; the next row's is what it gives.
TABLE_1 = [
    # row                     gives             layer                   the release
    ("conv 3x3/2",            (149, 149,   32), "stem_conv1",           None),
    ("conv 3x3/1",            (147, 147,   32), "stem_conv2",           None),
    ("conv padded 3x3/1",     (147, 147,   64), "stem_conv3",           None),
    ("pool 3x3/2",            ( 73,  73,   64), "stem_pool1",           None),
    ("conv 3x3/1",            ( 71,  71,   80), "stem_conv4",           ("conv 1x1/1", ( 73,  73,  80))),
    ("conv 3x3/2",            ( 35,  35,  192), "stem_conv5",           ("conv 3x3/1", ( 71,  71, 192))),
    ("conv 3x3/1",            ( 35,  35,  288), "stem_pool2",           ("pool 3x3/2", ( 35,  35, 192))),
    ("3 modules of Fig. 5",   ( 17,  17,  768), "stage2_block1_concat", None),
    ("5 modules of Fig. 6",   (  8,   8, 1280), "stage3_block1_concat", None),
    ("2 modules of Fig. 7",   (  8,   8, 2048), "stage3_block3_concat", None),
    ("pool 8x8",              (           2048,), "head_pool",          None),
]
# fmt: on
AUX = ("AuxLogits", 128 * 768 + 2 * 128, 768 * 5 * 5 * 128 + 2 * 768, (768 + 1) * 1000)


@pytest.fixture(scope="module")
def v3():
    with abstract_init():
        return kr.InceptionV3()


def test_the_grids_are_those_of_table_1_or_of_the_release(v3):
    for row, gives, layer, release in TABLE_1:
        kind, shape = release or (row, gives)
        assert v3.get_layer(layer).output.shape[1:] == shape, row
        if kind.startswith(("conv", "pool 3x3")):
            size = getattr(v3.get_layer(layer), "kernel_size", None) or v3.get_layer(layer).pool_size
            assert kind.endswith(f"{size[0]}x{size[1]}/{v3.get_layer(layer).strides[0]}"), row


def test_a_7x7_gives_inception_v2_the_same_grid():
    with abstract_init():
        v2 = kr.InceptionV2()
    assert v2.get_layer("stem_conv1").kernel_size == (7, 7)
    assert v2.get_layer("stem_conv1").output.shape[1:] == (147, 147, 64)
    assert v2.get_layer("stem_pool2").output.shape[1:] == (35, 35, 192)


def test_inception_v2_is_v3_but_for_the_factorized_7x7(v3):
    """Counted by hand: 7x7 against 3x3, 3x3, 3x3, each with its norm."""
    with abstract_init():
        v2, v3 = kr.complexity(kr.InceptionV2()), kr.complexity(v3)
    kernels = 7 * 7 * 3 * 64, (9 * 3 * 32, 9 * 32 * 32, 9 * 32 * 64)
    assert v3.trainable - v2.trainable == sum(kernels[1]) + 2 * (32 + 32 + 64) - (kernels[0] + 2 * 64)
    factored = np.dot(kernels[1], (149**2, 147**2, 147**2))
    assert v3.multiply_accumulates - v2.multiply_accumulates == factored - kernels[0] * 147**2


def test_counts_with_the_auxiliary_classifier_and_without_gammas(v3):
    """torchvision 0.28 with its auxiliary classifier; keras.applications 3.15, whose norms have no gammas."""
    gammas = sum(layer.gamma.shape[0] for layer in v3.layers if isinstance(layer, keras.layers.BatchNormalization))
    assert kr.complexity(v3).trainable - gammas == 23_817_352
    with abstract_init():
        with_aux = kr.complexity(kr.InceptionV3(aux=True))
    assert with_aux.trainable == kr.complexity(v3).trainable + sum(AUX[1:]) == 27_161_264


def test_the_auxiliary_classifier_reads_the_last_17x17_grid():
    with abstract_init():
        model = kr.InceptionV3(aux=True, classes=7)
    assert {name: output.shape for name, output in model.output.items()} == {"main": (None, 7), "aux1": (None, 7)}
    assert model.get_layer("aux1_conv1_pool").input is model.get_layer("stage2_block5_concat").output
    shapes = {name: model.get_layer(f"aux1_{name}").output.shape[1:] for name in ("conv1_pool", "conv1", "conv2")}
    assert shapes == {"conv1_pool": (5, 5, 768), "conv1": (5, 5, 128), "conv2": (1, 1, 768)}
    assert kr.complexity(model).table().count("aux1") == 1


@pytest.mark.slow
def test_the_auxiliary_classifier_is_not_for_inference():
    main = kr.inference_model(kr.InceptionV3(aux=True, classes=7))
    assert main.output_shape == (None, 7)
    assert not any(layer.name.startswith("aux1") for layer in main.layers)


def test_variants_differ_in_what_an_average_at_the_border_counts_and_in_dropout(rng):
    with abstract_init():
        release, torchvision = (kr.InceptionV3(variant=v, input_shape=(75, 75, 3)) for v in ("release", "torchvision"))
    maps = rng.normal(size=(1, 7, 7, 192)).astype("float32")
    first, second = (
        keras.Model(model.get_layer("stem_pool2").output, model.get_layer("stage1_block1_pool").output)(maps)
        for model in (release, torchvision)
    )
    assert first.shape == second.shape == (1, 7, 7, 192)
    np.testing.assert_allclose(first[:, 1:-1, 1:-1], second[:, 1:-1, 1:-1], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(first[:, 0, 0] * 4 / 9, second[:, 0, 0], rtol=1e-5, atol=1e-6)
    assert [model.get_layer("head_dropout").rate for model in (release, torchvision)] == [0.2, 0.5]


@pytest.mark.parametrize(
    "options, words",
    [
        ({"input_shape": (74, 299, 3)}, "inception_v3 needs images of at least 75x75 pixels, not 74x299."),
        ({"input_tensor": keras.Input((64, None, 3))}, "at least 75x75 pixels, not 64xNone."),
        (
            {"aux": True, "input_shape": (298, 298, 3)},
            "at least 299x299 pixels with its auxiliary classifiers, not 298x298",
        ),
        ({"variant": "pytorch"}, "Unknown variant 'pytorch': choose one of 'release', 'torchvision'"),
        ({"aux": True, "include_top": False}, "Auxiliary classifiers need include_top=True"),
    ],
)
def test_errors_say_what_was_given_and_what_is_allowed(options, words):
    with pytest.raises(ValueError) as caught:
        kr.InceptionV3(**options)
    assert words in str(caught.value)


@pytest.mark.parametrize("name", ["inception_v2", "inception_v3", "inception_resnet_v2"])
def test_the_least_image_leaves_one_pixel(name):
    with abstract_init():
        model = kr.build(name, input_shape=(75, 75, 3), include_top=False)
    assert model.output_shape[1:3] == (1, 1)


@pytest.mark.slow
def test_any_size_gives_what_the_fixed_size_gives(rng):
    fixed, free = kr.InceptionV3(input_shape=(80, 107, 3)), kr.InceptionV3(input_shape=(None, None, 3))
    free.set_weights(fixed.get_weights())
    images = rng.normal(size=(1, 80, 107, 3)).astype("float32")
    np.testing.assert_allclose(fixed.predict_on_batch(images), free.predict_on_batch(images), rtol=1e-5)


@pytest.mark.slow  # JAX compiles an initializer for each shape of kernel
def test_jax_gives_what_tensorflow_gives(tmp_path, rng, fresh_python):
    pytest.importorskip("jax", reason="JAX is not installed (extra 'test')")
    model = kr.InceptionV3(input_shape=(75, 75, 3), classes=5, classifier_activation=None)
    images = rng.normal(size=(2, 75, 75, 3)).astype("float32")
    model.save_weights(tmp_path / "model.weights.h5")
    np.save(tmp_path / "images.npy", images)
    fresh_python(
        "import sys, keras, numpy as np, keras_resnets as kr\n"
        "assert keras.backend.backend() == 'jax'\n"
        "model = kr.InceptionV3(input_shape=(75, 75, 3), classes=5, classifier_activation=None)\n"
        "model.load_weights(sys.argv[1] + '/model.weights.h5')\n"
        "np.save(sys.argv[1] + '/logits.npy', model.predict_on_batch(np.load(sys.argv[1] + '/images.npy')))",
        tmp_path,
        KERAS_BACKEND="jax",
    )
    expected = model.predict_on_batch(images)
    np.testing.assert_allclose(np.load(tmp_path / "logits.npy"), expected, atol=1e-4)
    assert np.abs(expected[0] - expected[1]).max() > 1e-2
