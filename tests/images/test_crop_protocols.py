"""The papers' crops, pixel by pixel, against a definition in loops and against Pillow's filter written out in NumPy."""

import numpy as np
import pytest

from keras_resnets.evaluation import CROPS_144, MULTI_SCALE, ONE_CROP, TEN_CROPS, Protocol, find_protocol
from keras_resnets.images.crop_protocols import of_three_squares, squares

LANDSCAPE, PORTRAIT = (61, 90), (97, 64)


def photograph(rng, height, width, channels=3):
    """Smooth and noisy at once."""
    y, x = (axis[..., None] for axis in np.mgrid[:height, :width])
    waves = 90 * np.sin(y / 7 + np.arange(channels)) * np.cos(x / 5) + 128
    return np.clip(waves + rng.normal(0, 12, (height, width, channels)), 0, 255).astype("uint8")


def triangle(x):
    return np.maximum(0, 1 - np.abs(x))


def cubic(x, a=-0.5):
    """Keys 1981."""
    x = np.abs(x)
    near, far = (a + 2) * x**3 - (a + 3) * x**2 + 1, a * (x**3 - 5 * x**2 + 8 * x - 4)
    return np.where(x < 1, near, np.where(x < 2, far, 0))


FILTERS = {"bilinear": (triangle, 1), "bicubic": (cubic, 2)}


def naive_weights(length, wanted, interpolation):
    """What each new pixel takes of each old one: the filter, as wide as a new pixel where that is wider."""
    kernel, support = FILTERS[interpolation]
    scale = max(1.0, length / wanted)
    weights = np.zeros((wanted, length))
    for new in range(wanted):
        at = (new + 0.5) * length / wanted
        for old in range(length):
            if abs(old + 0.5 - at) < support * scale + 1:
                weights[new, old] = kernel((old + 0.5 - at) / scale)
        weights[new] /= weights[new].sum()
    return weights


def naive_resize(image, height, width, interpolation="bilinear"):
    rows = naive_weights(image.shape[0], height, interpolation)
    columns = naive_weights(image.shape[1], width, interpolation)
    across = np.clip(np.floor(np.einsum("xw,hwc->hxc", columns, image) + 0.5), 0, 255)
    return np.clip(np.floor(np.einsum("yh,hxc->yxc", rows, across) + 0.5), 0, 255)


def naive_window(image, top, left, size):
    crop = np.zeros((size, size, image.shape[2]))
    for y in range(size):
        for x in range(size):
            crop[y, x] = image[top + y, left + x]
    return crop


def naive_mirror(crop):
    return np.stack([crop[:, x] for x in range(crop.shape[1] - 1, -1, -1)], axis=1)


def naive_five(image, size):
    bottom, right = image.shape[0] - size, image.shape[1] - size
    corners = [(0, 0), (0, right), (bottom, 0), (bottom, right), (round(bottom / 2), round(right / 2))]
    return [naive_window(image, top, left, size) for top, left in corners]


def naive_shorter(image, length, interpolation="bilinear"):
    height, width = image.shape[:2]
    if height < width:
        return naive_resize(image, length, int(length * width / height), interpolation)
    return naive_resize(image, int(length * height / width), length, interpolation)


def naive_three_squares(image):
    height, width = image.shape[:2]
    if height < width:
        return [naive_window(image, 0, left, height) for left in (0, round((width - height) / 2), width - height)]
    return [naive_window(image, top, 0, width) for top in (0, round((height - width) / 2), height - width)]


def naive_144(image, size, scales):
    """Szegedy et al. 2014, sec. 7, from outside to inside: 4 scales, 3 squares, 6 crops, 2 mirror images."""
    scaled = []
    for scale in scales:
        crops = []
        for square in naive_three_squares(naive_shorter(image, scale)):
            crops += [*naive_five(square, size), naive_resize(square, size, size)]
        scaled.append(np.stack(crops + [naive_mirror(crop) for crop in crops]))
    return scaled


def crops(protocol, image, size, shorter=None, interpolation="bilinear"):
    return list(protocol.crops(image, size, shorter=shorter or size, interpolation=interpolation))


@pytest.mark.parametrize("shape", [LANDSCAPE, PORTRAIT, (64, 64)])
def test_144_crops_are_the_papers(shape, rng):
    image = photograph(rng, *shape)
    found = crops(CROPS_144, image, 28)  # the scales are an eighth of the paper's
    expected = naive_144(image, 28, (32, 36, 40, 44))
    assert [some.shape for some in found] == [(36, 28, 28, 3)] * 4
    for some, naive in zip(found, expected, strict=True):
        difference = np.abs(some.astype(float) - naive)
        assert difference.max() <= 2  # Pillow computes in fixed point, here twice
        assert (difference == 0).mean() > 0.98


@pytest.mark.parametrize("shape", [LANDSCAPE, PORTRAIT, (64, 64)])
def test_where_nothing_is_resized_the_crops_are_exact(shape, rng):
    image, shorter = photograph(rng, *shape), min(shape)
    (ten,) = crops(TEN_CROPS.at(shorter * 224 // 16), image, 16)
    naive = naive_five(image, 16)
    np.testing.assert_array_equal(ten, naive + [naive_mirror(crop) for crop in naive])
    for square, expected in zip(squares(image), naive_three_squares(image), strict=True):
        np.testing.assert_array_equal(square, expected)
    of_squares = of_three_squares(image, 16, "bilinear").reshape(3, 6, 16, 16, 3)
    for six, square in zip(of_squares, naive_three_squares(image), strict=True):
        np.testing.assert_array_equal(six[:5], naive_five(square, 16))
        assert np.abs(six[5] - naive_resize(square, 16, 16)).max() <= 1


@pytest.mark.parametrize("interpolation", ["bilinear", "bicubic"])
@pytest.mark.parametrize("shape", [LANDSCAPE, PORTRAIT])
def test_one_crop_is_the_centre_of_the_resized_image(shape, interpolation, rng):
    image = photograph(rng, *shape)
    (found,) = crops(ONE_CROP, image, 28, shorter=32, interpolation=interpolation)
    naive = naive_shorter(image, 32, interpolation)
    centre = naive_window(naive, round((naive.shape[0] - 28) / 2), round((naive.shape[1] - 28) / 2), 28)
    assert np.abs(found[0] - centre).max() <= 1


def test_one_crop_is_what_preprocess_input_makes(rng):
    import keras_resnets as kr

    way = kr.weights.Preprocessing(size=28, resize=32, mean=(0.0,) * 3, std=(1.0,) * 3, scale=1.0)
    for shape in (LANDSCAPE, PORTRAIT):
        image = photograph(rng, *shape)
        (found,) = crops(ONE_CROP, image, way.size, shorter=way.resize)
        np.testing.assert_array_equal(found, kr.preprocess_input(image, way))


def test_an_image_of_the_networks_size_is_taken_as_it_is(rng):
    image = photograph(rng, 32, 32)
    (found,) = crops(ONE_CROP, image, 32, shorter=37)
    np.testing.assert_array_equal(found, image[None])


def test_several_scales_show_the_whole_image(rng):
    image = photograph(rng, *LANDSCAPE)
    found = crops(MULTI_SCALE, image, 28)
    assert [some.shape[1:3] for some in found] == [(k, k * 90 // 61) for k in (28, 32, 48, 60, 80)]
    for some in found:
        assert np.abs(some[0] - naive_resize(image, *some.shape[1:3])).max() <= 1


@pytest.mark.parametrize("protocol, count", [(ONE_CROP, 1), (TEN_CROPS, 10), (CROPS_144, 144), (MULTI_SCALE, 5)])
def test_the_number_of_crops_is_known(protocol, count, rng):
    for channels in (1, 3):
        found = crops(protocol, photograph(rng, 40, 52, channels), 28, shorter=32)
        assert sum(map(len, found)) == protocol.crops_an_image == count
        assert all(some.dtype == np.uint8 and some.shape[-1] == channels for some in found)


def test_protocols_have_names():
    assert find_protocol("ten_crops") is find_protocol(10) is find_protocol(TEN_CROPS) is TEN_CROPS
    assert find_protocol("144") is CROPS_144
    with pytest.raises(ValueError, match="did you mean 'ten_crops'"):
        find_protocol("tencrops")


def test_what_cannot_be_cut_is_said(rng):
    with pytest.raises(ValueError, match="crop of 28 pixels is larger than an image whose shorter side is 25"):
        crops(TEN_CROPS.at(200), photograph(rng, 40, 52), 28)
    with pytest.raises(ValueError, match="did you mean 'centre'"):
        Protocol("mine", None, "center", False)
    with pytest.raises(ValueError, match="scale must be a positive integer"):
        MULTI_SCALE.at(0)
    with pytest.raises(ValueError, match="one scale or more"):
        MULTI_SCALE.at()
