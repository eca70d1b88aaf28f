"""Whatever renders an image for a network, the same pixels are cut."""

import numpy as np
import pytest
import tensorflow as tf

import keras_resnets as kr
from keras_resnets.images import crop_protocols, in_graph, with_pillow
from keras_resnets.images.preprocessing import Preprocessing, center_offset
from tests.data.pictures import encoded, smooth

SIZE = 224


def of_graph(expected):
    """Training's validation and the served `classify_bytes` cut so."""

    @tf.function(input_signature=[tf.TensorSpec([], tf.string), tf.TensorSpec([2], tf.int32)])
    def cut(contents, shape):
        return in_graph.center_crop(contents, tf.constant(1), shape, None, expected)

    return cut


def test_halves_round_to_even_in_every_kind_of_number():
    sides = range(SIZE, 401)
    expected = [round((side - SIZE) / 2) for side in sides]
    assert [center_offset(side, SIZE) for side in sides] == expected
    assert center_offset(np.array(sides), SIZE).tolist() == expected
    assert center_offset(tf.constant(sides), SIZE).numpy().tolist() == expected


@pytest.mark.parametrize(
    "widths",
    [range(SIZE, SIZE + 8), range(393, 401), pytest.param(range(SIZE, 401), marks=pytest.mark.slow)],
    ids=lambda widths: f"{widths[0]} to {widths[-1]}",
)
@pytest.mark.parametrize("portrait", [False, True], ids=["landscape", "portrait"])
def test_every_renderer_cuts_the_same_pixels(portrait, widths, rng):
    expected = Preprocessing(SIZE, SIZE, mean=(0,) * 3, std=(1,) * 3, scale=1.0)
    cut = of_graph(expected)
    for width in widths:
        image = rng.integers(0, 256, (SIZE, width, 3), dtype=np.uint8)
        first = center_offset(width, SIZE)
        cropped = image[:, first : first + SIZE]
        if portrait:
            image, cropped = image.transpose(1, 0, 2).copy(), cropped.transpose(1, 0, 2)
        found = {
            "evaluation": next(crop_protocols.ONE_CROP.crops(image, SIZE, shorter=SIZE, interpolation="bilinear"))[0],
            "ten crops": crop_protocols.corners_and_centre(image, SIZE, "bilinear")[4],
            "prediction": with_pillow.center_crop(image, expected),
            "preprocess_input": kr.preprocess_input(image, expected)[0],
            "graph": cut(encoded(image, "PNG"), image.shape[:2]).numpy(),
        }
        for name, pixels in found.items():
            np.testing.assert_array_equal(pixels, cropped, err_msg=f"{name}, {width} pixels")


@pytest.mark.parametrize("interpolation", ["bilinear", "bicubic"])
def test_resized_images_differ_by_rounding_alone(interpolation):
    expected = Preprocessing(SIZE, 256, interpolation)
    cut = of_graph(expected)
    for width in range(SIZE + 1, 401, 25):
        image = smooth(SIZE, width, seed=width)
        ours = with_pillow.center_crop(image, expected).astype(int)
        apart = np.abs(ours - cut(encoded(image, "PNG"), image.shape[:2]).numpy())
        assert apart.max() <= 2 and (apart > 0).mean() < 0.005, width  # either pass may round a half otherwise


def test_standardization_is_the_same_to_the_bit(rng):
    pixels = rng.integers(0, 256, (2, 8, 8, 3), dtype=np.uint8)
    ways = (
        Preprocessing(8, 8),
        Preprocessing(8, 8, channels="BGR", scale=1.0, mean=(103.939, 116.779, 123.68), std=(1, 1, 1)),
        Preprocessing.of_training(rng.random((8, 8, 3), np.float32), size=8),
    )
    for way in ways:
        np.testing.assert_array_equal(way.standardize(pixels), in_graph.standardize(tf.constant(pixels), way).numpy())
