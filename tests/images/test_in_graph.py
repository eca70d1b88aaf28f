"""Crops against Pillow and tf.image; their draws against the papers' distributions."""

import io

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image, ImageOps

from keras_resnets.images import in_graph
from tests.data.pictures import encoded, smooth


def keys(count):
    return tf.stack([tf.zeros(count, tf.int64), tf.range(count, dtype=tf.int64)], axis=1)


def windows(draw, count):
    """`[count, 4]` of a function from a key to a view."""
    return tf.function(lambda: tf.map_fn(lambda key: draw(key).window, keys(count), tf.int32))().numpy()


def test_areas_and_aspects_are_the_papers():
    shape = tf.constant([3000, 4000])
    top, left, height, width = windows(lambda key: in_graph.area_and_aspect(shape, key, 224), 3000).T.astype(float)
    areas, ratios = height * width / 12e6, width / height
    assert areas.min() > 0.079 and areas.max() < 1.001 and ratios.min() > 0.749 and ratios.max() < 1.334
    # Small patches always fit: among them area and logarithm are uniform.
    small = areas < 0.5
    np.testing.assert_allclose(np.histogram(areas[small], 4, (0.08, 0.5))[0] / small.sum(), 0.25, atol=0.04)
    logs = np.log(ratios[small]) / np.log(4 / 3)
    np.testing.assert_allclose(np.histogram(logs, 4, (-1, 1))[0] / small.sum(), 0.25, atol=0.04)
    assert abs(np.corrcoef(areas[small], logs)[0, 1]) < 0.1
    for corner, room in ((top, 3000 - height), (left, 4000 - width)):
        assert corner.min() >= 0 and (corner <= room).all()
        places = (corner / np.maximum(room, 1))[small]
        np.testing.assert_allclose(np.histogram(places, 4, (0, 1))[0] / small.sum(), 0.25, atol=0.04)


@pytest.mark.parametrize(
    "shape, window",
    [((10, 20_000), (0, 9993, 10, 13)), ((20_000, 10), (9993, 0, 13, 10)), ((1, 1), (0, 0, 1, 1))],
)
def test_an_image_in_which_no_draw_fits_gives_its_middle(shape, window):
    found = windows(lambda key: in_graph.area_and_aspect(tf.constant(shape), key, 224), 5)
    np.testing.assert_array_equal(found, [window] * 5)


def whole_then_crop(pixels, resized, offset, size):
    image = tf.image.resize(pixels.astype(np.float32), resized, antialias=True)
    return image[offset[0] : offset[0] + size, offset[1] : offset[1] + size] / 255


def rendered(pixels, view, size):
    top, left, height, width = view.window.numpy()
    return in_graph.render(tf.constant(pixels[top : top + height, left : left + width]), view, size)


@pytest.mark.parametrize("shape", [(300, 500), (500, 301), (24, 40), (224, 224), (40, 1000)])
def test_the_centre_is_that_of_the_image_resized_as_a_whole(shape):
    pixels = np.random.default_rng(0).integers(0, 256, (*shape, 3), dtype=np.uint8)
    side = 64 * np.array(shape) // min(shape)
    offset = [round((length - 56) / 2) for length in side]
    expected = whole_then_crop(pixels, side, offset, 56)
    view = in_graph.one_crop(tf.constant(shape), 56, 64)
    np.testing.assert_allclose(rendered(pixels, view, 56), expected, atol=1e-3)
    if min(shape) > 100:
        assert np.prod(view.window.numpy()[2:]) < 0.95 * np.prod(shape), "more is decoded than is needed"


def test_a_padded_crop_is_that_of_the_padded_image_and_its_places_are_uniform():
    pixels = np.random.default_rng(0).integers(0, 256, (6, 8, 3), dtype=np.uint8)
    around = np.pad(pixels, [(2, 2), (2, 2), (0, 0)]) / np.float32(255)
    possible = {(y, x): around[y : y + 6, x : x + 6] for y in range(5) for x in range(7)}
    draw = tf.function(lambda key: in_graph.padded(tf.constant([6, 8]), key, 6, 2))
    found = []
    for key in keys(300):
        image = rendered(pixels, draw(key), 6)
        found.append(next(place for place, crop in possible.items() if np.allclose(crop, image, atol=1e-6)))
    for axis, count in ((0, 5), (1, 7)):
        shares = np.bincount([place[axis] for place in found], minlength=count) / len(found)
        np.testing.assert_allclose(shares, 1 / count, atol=0.08)


def test_an_image_smaller_than_its_crop_keeps_all_its_pixels():
    pixels = np.full((3, 20, 3), 255, np.uint8)
    image = rendered(pixels, in_graph.padded(tf.constant([3, 20]), keys(1)[0], 10, 1), 10).numpy()
    assert image.sum() == 3 * 10 * 3 or image.sum() == 3 * 9 * 3


def test_the_shorter_side_and_the_place_are_uniform():
    shape = tf.constant([300, 500])
    seen = set()
    draw = tf.function(lambda key: in_graph.shorter_side(shape, key, 20, (24, 27)))
    for view in map(draw, keys(400)):
        side = round(float(view.scale[0]) * 300)
        offset = view.window.numpy()[:2] * view.scale.numpy() - view.translation.numpy()
        seen.add((side, *np.rint(offset).astype(int)))
        assert float(view.scale[1]) * 500 == pytest.approx(side * 500 // 300)
    assert {side for side, _, _ in seen} == {24, 25, 26, 27}
    assert {top for side, top, _ in seen if side == 24} == set(range(5))
    assert {left for side, _, left in seen if side == 24} == set(range(21))


def test_a_crop_of_a_random_side_is_one_of_the_image_resized_as_a_whole():
    pixels = np.random.default_rng(0).integers(0, 256, (90, 120, 3), dtype=np.uint8)
    for key in keys(20):
        view = in_graph.shorter_side(tf.constant([90, 120]), key, 32, (40, 150))
        resized = np.rint(view.scale.numpy() * [90, 120]).astype(int)
        offset = np.rint(view.window.numpy()[:2] * view.scale.numpy() - view.translation.numpy()).astype(int)
        np.testing.assert_allclose(rendered(pixels, view, 32), whole_then_crop(pixels, resized, offset, 32), atol=1e-3)


WHOLE = [0, 0, 40, 60]


def decoded(content, orientation=1, window=WHOLE):
    view = in_graph.View(tf.constant(window), tf.ones(2), tf.zeros(2))
    return in_graph.decode(tf.constant(content), tf.constant(orientation), view)[0].numpy()


@pytest.mark.parametrize(
    "image, kind",
    [
        (Image.fromarray(smooth()), "JPEG"),
        (Image.fromarray(smooth()).convert("L"), "JPEG"),
        (Image.fromarray(smooth()).convert("CMYK"), "JPEG"),
        (Image.fromarray(smooth()), "PNG"),
        (Image.fromarray(smooth()).convert("P"), "PNG"),
        (Image.fromarray(smooth()).convert("RGBA"), "PNG"),
        (Image.fromarray(smooth()).convert("LA"), "PNG"),
        (Image.fromarray(smooth()).convert("1"), "PNG"),
        (Image.fromarray(smooth()).convert("P"), "GIF"),
        (Image.fromarray(smooth()), "BMP"),
        (Image.fromarray(smooth()).convert("RGBA"), "BMP"),
    ],
    ids=lambda value: value if isinstance(value, str) else value.mode,
)
def test_pixels_are_pillows(image, kind):
    content = encoded(image, kind)
    with Image.open(io.BytesIO(content)) as opened:
        expected = np.asarray(opened.convert("RGB")).astype(int)
    assert np.abs(decoded(content) - expected).max() <= 3
    np.testing.assert_array_equal(decoded(content, window=[3, 5, 20, 30]), decoded(content)[3:23, 5:35])


def test_sixteen_bits_keep_the_upper_eight():
    gray = np.random.default_rng(0).integers(0, 65536, (40, 60)).astype(np.uint16)
    np.testing.assert_array_equal(decoded(encoded(gray, "PNG")), np.repeat((gray >> 8)[..., None], 3, 2))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_images_are_turned_as_pillow_turns_them(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    content = encoded(smooth(), exif=exif.tobytes())
    with Image.open(io.BytesIO(content)) as image:
        expected = np.asarray(ImageOps.exif_transpose(image)).astype(int)
    found = decoded(content, orientation, [0, 0, *expected.shape[:2]])
    assert found.shape == expected.shape
    assert np.abs(found - expected).max() <= 3


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_file_of_another_size_than_its_header_had_is_an_error(kind):
    with pytest.raises(tf.errors.InvalidArgumentError):
        decoded(encoded(smooth(20, 20), kind))


@pytest.mark.parametrize("orientation", [1, 6])
@pytest.mark.parametrize("shape, side", [((301, 403), 80), ((803, 601), 70), ((1603, 1200), 60)])
def test_large_jpegs_are_decoded_smaller_and_look_alike(shape, side, orientation):
    """1.9, 4.3 and 10 times the pixels that 40 of the output lie over."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    content = encoded(np.asarray(Image.fromarray(smooth()).resize(shape[::-1])), exif=exif.tobytes())
    with Image.open(io.BytesIO(content)) as image:
        pixels = np.asarray(ImageOps.exif_transpose(image))
    for key in keys(3):
        whole = in_graph.shorter_side(tf.constant(pixels.shape[:2]), key, 40, (side, side))
        decoded, seen = in_graph.decode(tf.constant(content), tf.constant(orientation), whole)
        factor = round(float(seen.scale[0] / whole.scale[0]))
        assert factor == {301: 1, 803: 4, 1603: 8}[shape[0]]
        assert np.prod(decoded.shape) < 1.5 * np.prod(whole.window.numpy()[2:]) * 3 / factor**2
        found, expected = in_graph.render(decoded, seen, 40), rendered(pixels, whole, 40)
        assert np.abs(found - expected).mean() < 0.005 and np.abs(found - expected).max() < 0.03
