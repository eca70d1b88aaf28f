"""What a network expects of an image."""

import keras
import numpy as np
import pytest
from PIL import Image

import keras_resnets as kr
from keras_resnets.images.preprocessing import Preprocessing, keras_applications_preprocessing, timm_preprocessing


def photographs(rng, *shape):
    """Smooth images: coarse noise, enlarged."""
    height, width = shape[1:3]
    coarse = rng.integers(0, 256, (shape[0], 8, 8, 3)).astype("uint8")
    return np.stack([Image.fromarray(image).resize((width, height), Image.Resampling.BICUBIC) for image in coarse])


def test_images_of_the_right_size_are_scaled_and_normalized():
    images = np.zeros((2, 4, 4, 3), "uint8")
    images[..., 0], images[..., 1] = 255, 51
    way = Preprocessing(size=4, resize=4, mean=(0.5, 0.1, 0.2), std=(0.5, 0.2, 0.1))
    found = kr.preprocess_input(images, way)
    assert found.dtype == np.float32 and found.shape == (2, 4, 4, 3)
    np.testing.assert_allclose(found[0, 0, 0], [1, 0.5, -2], rtol=1e-5)
    np.testing.assert_array_equal(kr.preprocess_input(images[0].astype("float64"), way), found[:1])


@pytest.mark.parametrize("mode", ["tf", "torch", "caffe"])
def test_the_modes_of_keras_applications(mode, rng):
    images = rng.integers(0, 256, (2, 224, 224, 3)).astype("uint8")
    theirs = keras.applications.imagenet_utils.preprocess_input(images.astype("float32"), mode=mode)
    ours = kr.preprocess_input(images, keras_applications_preprocessing(mode))
    np.testing.assert_allclose(ours, theirs, atol=1e-4)
    assert keras_applications_preprocessing(mode, 299).size == 299


@pytest.mark.parametrize("interpolation", ["bilinear", "bicubic"])
@pytest.mark.parametrize("height, width", [(100, 140), (140, 100), (21, 16), (60, 60)])
def test_the_centre_is_that_of_pillow(interpolation, height, width, rng):
    """As torchvision and timm do: the shorter side is resized, the middle cut out."""
    images = photographs(rng, 2, height, width)
    way = Preprocessing(32, 36, interpolation, mean=(0, 0, 0), std=(1, 1, 1), scale=1.0)
    found = kr.preprocess_input(images, way)
    np.testing.assert_array_equal(kr.preprocess_input(images.astype("float32"), way), found)
    long = int(36 * max(height, width) / min(height, width))
    size = (long, 36) if width > height else (36, long)
    box = (round((size[0] - 32) / 2), round((size[1] - 32) / 2))
    for image, ours in zip(images, found, strict=True):
        theirs = Image.fromarray(image).resize(size, getattr(Image.Resampling, interpolation.upper()))
        theirs = np.asarray(theirs.crop((*box, box[0] + 32, box[1] + 32)), "float32")
        np.testing.assert_array_equal(ours, theirs)
    assert found.min() >= 0 and found.max() <= 255


def test_a_models_own(rng):
    model = keras.Sequential([keras.Input((32, 32, 3))])
    images = photographs(rng, 1, 40, 50)
    with pytest.raises(ValueError, match="carries no preprocessing"):
        kr.preprocess_input(images, model)
    model.preprocessing = Preprocessing(size=32, resize=36)
    np.testing.assert_array_equal(kr.preprocess_input(images, model), kr.preprocess_input(images, model.preprocessing))


def test_another_size_cuts_as_much_away():
    way = Preprocessing(size=224, resize=256).at(64)
    assert (way.size, way.resize) == (64, 73)
    assert Preprocessing().crop == 0.875


@pytest.mark.parametrize(
    "images, words",
    [
        (np.zeros((2, 4, 4, 1)), "must be RGB"),
        (np.zeros((4, 4)), "must be RGB"),
        (np.zeros((0, 4, 4, 3)), "must be RGB"),
        (np.full((1, 4, 4, 3), 256), "have 256 to 256"),
        (np.full((1, 4, 4, 3), -1.0), "values of 0 to 255"),
        (np.full((1, 4, 4, 3), np.nan), "values of 0 to 255"),
        (np.full((1, 4, 4, 3), 0.7), "multiply them by 255"),
    ],
)
def test_images_that_are_none(images, words):
    with pytest.raises(ValueError, match=words):
        kr.preprocess_input(images, Preprocessing(size=4, resize=4))


def test_dark_images_are_images():
    kr.preprocess_input(np.zeros((1, 4, 4, 3)), Preprocessing(size=4, resize=4))
    kr.preprocess_input(np.ones((1, 4, 4, 3), "uint8"), Preprocessing(size=4, resize=4))


@pytest.mark.parametrize(
    "options, words",
    [
        ({"size": 0}, "size must be a positive integer"),
        ({"size": 224, "resize": 200}, "resize must be at least the size, 224, not 200"),
        ({"interpolation": "cubic"}, "did you mean 'bicubic'"),
        ({"channels": "rgb"}, "did you mean 'RGB'"),
    ],
)
def test_what_no_preprocessing_is(options, words):
    with pytest.raises(ValueError, match=words):
        Preprocessing(**options)


def test_timms_configuration():
    """The fields of timm's config.json; its evaluation rounds 224 / 0.95 down."""
    given = {"input_size": [3, 224, 224], "mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5], "crop_pct": 0.95}
    way = timm_preprocessing({"pretrained_cfg": {**given, "interpolation": "bilinear"}, "label_names": ["a", "b"]})
    assert way == Preprocessing(224, 235, "bilinear", (0.5,) * 3, (0.5,) * 3, labels=("a", "b"))
    assert timm_preprocessing({"pretrained_cfg": given}).interpolation == "bicubic"
    assert timm_preprocessing({}) is None
