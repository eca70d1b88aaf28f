"""Weights from keras.applications against keras.applications itself, drawn at random."""

import socket
import zlib

import keras
import numpy as np
import pytest

import keras_resnets as kr
from keras_resnets.weights.keras_applications import norm_arrays

# Theirs: ours, the options that make it theirs, and a small size that leaves something of every map.
FAMILIES = {
    "ResNet50": ("resnet50", {"downsample": "1x1"}, 32),
    "ResNet50V2": ("preact_resnet50", {"variant": "keras_applications"}, 64),
    "VGG16": ("vgg16", {}, 32),
    "DenseNet121": ("densenet121", {}, 64),
    "InceptionV3": ("inception_v3", {}, 107),
}
SIBLINGS = {
    "ResNet101": ("resnet101", {"downsample": "1x1"}, 64),
    "ResNet152": ("resnet152", {"downsample": "1x1"}, 64),
    "ResNet101V2": ("preact_resnet101", {"variant": "keras_applications"}, 64),
    "ResNet152V2": ("preact_resnet152", {"variant": "keras_applications"}, 64),
    "DenseNet169": ("densenet169", {}, 64),
    "DenseNet201": ("densenet201", {}, 64),
    "VGG19": ("vgg19", {}, 32),
    "InceptionResNetV2": ("inception_resnet_v2", {}, 107),
}
TOLERANCES = {"InceptionResNetV2": 1e-5}  # Keras's Rescaling has its factor, the scale of a branch, in float32


def randomized(title, size, **options):
    """A network of keras.applications whose every weight, moving statistics included, is drawn by its own path."""
    model = getattr(keras.applications, title)(
        weights=None, input_shape=(size, size, 3), classifier_activation=None, **options
    )
    for layer in model.layers:
        for variable in layer.weights:
            variable.assign(drawn(f"{layer.name}/{variable.name}", variable))
    return model


def drawn(path, variable):
    rng = np.random.default_rng(zlib.crc32(path.encode()))
    draws = {
        "kernel": lambda: rng.normal(size=variable.shape) * np.sqrt(2 / np.prod(variable.shape[:-1])),
        "gamma": lambda: rng.uniform(0.8, 1.2, variable.shape),
        "moving_variance": lambda: rng.uniform(0.5, 1.5, variable.shape),
    }
    return draws.get(variable.name, lambda: rng.normal(size=variable.shape) * 0.1)()


def assert_equal_outputs(model, theirs, size, tolerance=1e-4):
    """Outputs for two fixed images, relative to the distance between them."""
    images = np.random.default_rng(0).normal(size=(2, size, size, 3)).astype(model.compute_dtype)
    found, expected = (keras.ops.convert_to_numpy(each(images, training=False)) for each in (model, theirs))
    assert np.linalg.norm(found - expected) < tolerance * np.linalg.norm(expected[0] - expected[1])


def assert_carries_over(title, name, options, size):
    """In float64, where neither the depth nor the order of operations blurs what is exact."""
    keras.config.set_dtype_policy("float64")
    try:
        theirs = randomized(title, size)
        model = kr.build(name, input_shape=(size, size, 3), classifier_activation=None, **options)
        kr.load_keras_applications_weights(model, theirs)
        assert_equal_outputs(model, theirs, size, TOLERANCES.get(title, 1e-9))
    finally:
        keras.config.set_dtype_policy("float32")


@pytest.mark.parametrize(
    "title",
    [pytest.param(title, marks=() if title == "ResNet50" else pytest.mark.slow) for title in FAMILIES],
)
def test_logits_are_theirs(title):
    assert_carries_over(title, *FAMILIES[title])


@pytest.mark.slow
@pytest.mark.parametrize("title", SIBLINGS)
def test_logits_of_the_siblings_are_theirs(title):
    assert_carries_over(title, *SIBLINGS[title])


@pytest.fixture(scope="module")
def vgg16():
    return randomized("VGG16", 32, classes=7)


@pytest.fixture(scope="module")
def resnet50():
    return randomized("ResNet50", 64)


def body(model, layer):
    return keras.Model(model.inputs, model.get_layer(layer).output)


def test_another_number_of_classes(vgg16):
    model = kr.VGG16(classes=3, input_shape=(32, 32, 3))
    head = np.array(model.get_layer("head_dense").kernel)
    kr.load_keras_applications_weights(model, vgg16, skip_head=True)
    assert_equal_outputs(body(model, "head_dense2_relu"), body(vgg16, "fc2"), 32)
    np.testing.assert_array_equal(model.get_layer("head_dense").kernel, head)


def test_a_model_without_the_top_takes_one_that_has_it(vgg16):
    model = kr.VGG16(include_top=False, input_shape=(None, None, 3))
    kr.load_keras_applications_weights(model, vgg16)
    assert_equal_outputs(model, body(vgg16, "block5_pool"), 32)
    assert model.preprocessing == kr.weights.keras_applications_preprocessing("caffe")


@pytest.mark.parametrize("file", [pytest.param("model.keras", marks=pytest.mark.slow), "model.weights.h5", "model.h5"])
def test_files(file, vgg16, tmp_path):
    theirs = body(vgg16, "block5_pool")
    (theirs.save_weights if file.endswith(".weights.h5") else theirs.save)(tmp_path / file)
    model = kr.VGG16(include_top=False, input_shape=(32, 32, 3))
    kr.load_keras_applications_weights(model, tmp_path / file)
    assert_equal_outputs(model, theirs, 32)


@pytest.mark.slow
@pytest.mark.parametrize("top", [False, True])
def test_another_number_of_classes_from_a_file(top, resnet50, tmp_path):
    theirs = resnet50 if top else body(resnet50, "conv5_block3_out")
    theirs.save_weights(tmp_path / "model.weights.h5")
    model = kr.ResNet50(downsample="1x1", classes=3, input_shape=(64, 64, 3))
    kr.load_keras_applications_weights(model, tmp_path / "model.weights.h5", skip_head=True)
    assert_equal_outputs(body(model, "stage4_block3_relu"), body(resnet50, "conv5_block3_out"), 64)


def test_a_bias_another_epsilon_and_no_gamma_are_folded_exactly(rng):
    ours = keras.layers.BatchNormalization(epsilon=1e-5)
    theirs = keras.layers.BatchNormalization(epsilon=1.001e-5, scale=False)
    for layer in (ours, theirs):
        layer.build((None, 3))
    beta, mean, bias = rng.normal(size=(3, 3))
    theirs.set_weights([beta, mean, np.array([0, 1e-8, 1])])
    for kind, array in norm_arrays(ours, theirs, bias).items():
        getattr(ours, kind).assign(array)
    x = rng.normal(size=(5, 3)).astype("float32")
    np.testing.assert_allclose(ours(x), theirs(x + bias), rtol=2e-5)
    ours.moving_variance.assign(theirs.moving_variance)
    assert not np.allclose(ours(x), theirs(x + bias), rtol=2e-4)


def test_imagenet_is_what_keras_downloads(vgg16, monkeypatch):
    asked = []
    monkeypatch.setattr(keras.applications, "VGG16", lambda **options: asked.append(options) or vgg16)
    kr.load_keras_applications_weights(kr.VGG16(include_top=False), "imagenet")
    assert asked == [{"weights": "imagenet", "include_top": False}]


def test_a_failed_download_is_told_with_its_address(monkeypatch):
    def fail(**options):
        raise Exception("URL fetch failure on https://example.com/vgg16.h5: None -- Name or service not known")

    monkeypatch.setattr(keras.applications, "VGG16", fail)
    patience = socket.getdefaulttimeout()
    with pytest.raises(OSError, match=r"VGG16 could not be downloaded .*https://example.com/vgg16.h5.*give its path"):
        kr.load_keras_applications_weights(kr.VGG16(include_top=False), "imagenet")
    assert socket.getdefaulttimeout() == patience


@pytest.mark.parametrize(
    "network, source, words",
    [
        pytest.param(
            kr.ResNet50,
            "resnet50",
            ["stage2_block1_conv2 has stride 2, theirs 1", 'Build it with downsample="1x1".'],
            marks=pytest.mark.slow,
        ),
        pytest.param(
            kr.PreActResNet50,
            "resnet50",
            ["conv2_block1_preact_bn", " more", 'Build it with variant="keras_applications".'],
            marks=pytest.mark.slow,
        ),
        (
            lambda: kr.VGG19(input_shape=(32, 32, 3), classes=7),
            "vgg16",
            ["these of 'vgg16'", "stage3_block4_conv has no block3_conv4 there"],
        ),
        pytest.param(
            lambda: kr.VGG16(input_shape=(64, 64, 3), classes=7),
            "vgg16",
            ["(2048, 4096), theirs (512, 4096)"],
            marks=pytest.mark.slow,
        ),
        (lambda: kr.VGG16(input_shape=(32, 32, 3)), "vgg16", ["(4096, 1000), theirs (4096, 7)", "skip_head=True"]),
        (kr.ResNet18, "vgg16", ["'resnet18' has no counterpart", "ResNet50", "VGG19"]),
    ],
)
def test_what_does_not_fit_is_told_and_nothing_is_changed(network, source, words, request):
    model = network()
    before = model.get_weights()
    with pytest.raises(ValueError) as caught:
        kr.load_keras_applications_weights(model, request.getfixturevalue(source))
    assert all(each in str(caught.value) for each in words), caught.value
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


@pytest.mark.slow
def test_average_pools_that_count_zeros_are_told():
    model = kr.InceptionV3(variant="torchvision", include_top=False)
    theirs = keras.applications.InceptionV3(weights=None, include_top=False)
    with pytest.raises(ValueError, match=r'average pools treat the border.*Build it with variant="release"'):
        kr.load_keras_applications_weights(model, theirs)


@pytest.mark.parametrize("source, error", [("imagnet", OSError), (None, ValueError)])
def test_sources_that_are_none(source, error):
    with pytest.raises(
        error, match=r"source must be a model of keras.applications, .* or 'imagenet'.*(imagnet|NoneType)"
    ):
        kr.load_keras_applications_weights(kr.VGG16(include_top=False), source)


@pytest.mark.slow
def test_a_file_of_another_network(vgg16, tmp_path):
    body(vgg16, "block5_pool").save_weights(tmp_path / "model.weights.h5")
    with pytest.raises(ValueError, match=r"does not hold the weights of keras\.applications' VGG19: "):
        kr.load_keras_applications_weights(kr.VGG19(include_top=False), tmp_path / "model.weights.h5")


ON_JAX = """
import keras, numpy as np, keras_resnets as kr
theirs = keras.applications.VGG16(weights=None, include_top=False, input_shape=(32, 32, 3))
model = kr.VGG16(include_top=False, input_shape=(32, 32, 3))
kr.load_keras_applications_weights(model, theirs)
images = np.random.default_rng(0).normal(size=(2, 32, 32, 3))
for _ in range(2):  # a step gives its model's arrays away
    outputs = [each.predict(images, verbose=0) for each in (model, theirs)]
np.testing.assert_allclose(*outputs, atol=1e-4)
assert outputs[0].std() > 1e-3
"""


@pytest.mark.slow
def test_the_model_owns_its_arrays_on_jax(fresh_python):
    fresh_python(ON_JAX, KERAS_BACKEND="jax")


@pytest.mark.parametrize(
    "file", [*(pytest.param(file, marks=pytest.mark.slow) for file in ("model.keras", "model.weights.h5")), None]
)
def test_values_that_are_not_finite_are_refused(file, tmp_path):
    keras.utils.set_random_seed(0)
    theirs = keras.applications.VGG16(weights=None, include_top=False, input_shape=(32, 32, 3))
    theirs.get_layer("block2_conv1").bias.assign(np.full(128, np.nan))
    if file:
        (theirs.save_weights if file.endswith(".weights.h5") else theirs.save)(tmp_path / file)
    model = kr.VGG16(include_top=False, input_shape=(32, 32, 3))
    before = model.get_weights()
    source = f"'.*{file}'" if file else "the model 'vgg16'"
    words = rf"weights of {source}: 1 of 26 arrays hold NaN or infinite values, .*/bias"
    with pytest.raises(ValueError, match=words):
        kr.load_keras_applications_weights(model, tmp_path / file if file else theirs)
    for one, same in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(one, same)
