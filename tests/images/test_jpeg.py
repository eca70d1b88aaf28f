"""JPEGs whose pixels end too early are refused, an end-of-image marker behind them or not; no whole one is."""

import itertools

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from keras_resnets.images import in_graph, jpeg
from tests.data.pictures import cut, encoded, smooth

NOISE = np.random.default_rng(0).integers(0, 256, (140, 160, 3), dtype=np.uint8)
KINDS = {
    "usual": {},
    "all colours": {"subsampling": 0, "quality": 100},
    "restarts": {"restart_marker_blocks": 3},
    "progressive": {"progressive": True},
}
SIZES = (1, 2, 7, 8, 9, 16, 17, 33, 60)


@pytest.fixture(scope="module")
def whole():
    return tf.function(
        lambda c: in_graph.decode_whole(c, tf.constant(1)), input_signature=[tf.TensorSpec([], tf.string)]
    )


@pytest.fixture(scope="module")
def window():
    def decoded(content, top, height):
        width = tf.image.extract_jpeg_shape(content)[1]
        view = in_graph.View(tf.stack([top, 0, height, width]), tf.ones(2), tf.zeros(2))
        return in_graph.decode(content, tf.constant(1), view)[0]

    scalar = tf.TensorSpec([], tf.int32)
    return tf.function(decoded, input_signature=[tf.TensorSpec([], tf.string), scalar, scalar])


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
@pytest.mark.parametrize("kind", KINDS)
def test_whole_images_are_decoded_as_ever(kind, mode, whole):
    for height, width in itertools.product(SIZES, (1, 16, 41)):
        content = encoded(Image.fromarray(NOISE[:height, :width]).convert(mode), **KINDS[kind])
        expected = tf.io.decode_jpeg(content, channels=3, dct_method=jpeg.EXACT)
        for trailing in (b"", b"\0\0", b"more" + content):
            assert np.array_equal(whole(content + trailing), expected), (height, width)


@pytest.mark.parametrize("size", [(60, 101), (64, 48), (57, 33), (129, 90), (2, 160)])
@pytest.mark.parametrize("kind", KINDS)
def test_images_cut_short_are_refused_whatever_ends_them(kind, size, whole, window):
    content = encoded(NOISE[: size[0], : size[1]], **KINDS[kind])
    for share in (0.3, 0.6):
        with pytest.raises(tf.errors.InvalidArgumentError):
            whole(cut(content, share))
        with pytest.raises(tf.errors.InvalidArgumentError):
            window(cut(content, share), 0, size[0])
        with pytest.raises(ValueError, match="cut short"):
            jpeg.refuse_cut(cut(content, share), content.index(b"\xff\xda"))


def test_a_window_ahead_of_the_cut_is_decoded_and_one_behind_it_is_not(window):
    content = encoded(NOISE)
    assert np.array_equal(window(cut(content), 0, 48), window(content, 0, 48))
    for top, height in ((0, 120), (100, 20), (120, 20)):
        with pytest.raises(tf.errors.InvalidArgumentError):
            window(cut(content), top, height)


def test_markers_of_a_thumbnail_are_not_taken_for_the_images(whole):
    thumbnail = encoded(smooth(20, 30))
    content = encoded(NOISE, exif=b"Exif\0\0MM\0*\0\0\0\x08\0\0" + thumbnail)
    assert np.array_equal(whole(content), whole(encoded(NOISE)))
    with pytest.raises(tf.errors.InvalidArgumentError):
        whole(cut(content))
