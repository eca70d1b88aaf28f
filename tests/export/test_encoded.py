"""Files are decoded as Pillow decodes them; what is no image, too large or damaged is told, and harms no neighbour."""

import functools
import zlib
from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from keras_resnets.export.encoded import DAMAGED, NO_KIND, decoded, examined
from keras_resnets.images.crop_protocols import ONE_CROP
from keras_resnets.images.preprocessing import Preprocessing
from keras_resnets.images.with_pillow import pixels_of
from tests.data.pictures import black, cut, encoded, of_scans, png, png_that_promises, smooth, zeros

MOST_PIXELS = 1 << 20
NOISE = np.random.default_rng(0).integers(0, 256, (60, 101, 3), dtype=np.uint8)
PICTURE = Image.fromarray(NOISE)
WELL = {
    "JPEG": encoded(NOISE),
    "JPEG, progressive": encoded(NOISE, progressive=True),
    "JPEG, gray": encoded(PICTURE.convert("L")),
    "JPEG, CMYK": encoded(Image.fromarray(smooth(50, 60)).convert("CMYK")),
    "JPEG, of the network's size": encoded(NOISE[:32, :32]),
    "JPEG, on its side": encoded(
        NOISE, exif=b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"
    ),
    "PNG": encoded(NOISE, "PNG"),
    "PNG, portrait": encoded(PICTURE.transpose(Image.Transpose.TRANSPOSE), "PNG"),
    "PNG, of one pixel": encoded(NOISE[:1, :1], "PNG"),
    "PNG, a long text": black(40, 30, ("iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + bytes(200_000))),
    "PNG, gray": encoded(PICTURE.convert("L"), "PNG"),
    "PNG, black and white": encoded(PICTURE.convert("1"), "PNG"),
    "PNG, palette": encoded(PICTURE.convert("P"), "PNG"),
    "PNG, alpha": encoded(np.dstack([NOISE, NOISE[..., 0]]), "PNG"),
    "PNG, gray and alpha": encoded(PICTURE.convert("LA"), "PNG"),
}
FLIPPED = bytearray(encoded(NOISE, "PNG"))
FLIPPED[500] ^= 0xFF
REFUSED = {
    "nothing": (b"", NO_KIND),
    "text": (b"no image", NO_KIND),
    "GIF": (encoded(PICTURE.convert("P"), "GIF"), NO_KIND),
    "BMP": (encoded(NOISE, "BMP"), NO_KIND),
    "WebP": (b"RIFF\x24\0\0\0WEBPVP8 ", NO_KIND),
    "a bomb": (png_that_promises(60_000, 60_000), "60000x60000 pixels, more than the 1,048,576 that are decoded"),
    "a larger one": (png_that_promises(2**32 - 1, 2**32 - 1), "4294967295x4294967295 pixels, more than"),
    "a JPEG that is too large": (encoded(Image.new("L", (1025, 1024))), "1025x1024 pixels, more than"),
    "no height": (png_that_promises(5, 0), "5x0 pixels"),
    "a thread": (png_that_promises(1, 60_000), "1x60000 pixels: one side is more than 100 times the other"),
    "many scans": (of_scans(101), "a JPEG of more than the 100 scans that are decoded"),
    "a packed bomb": (png(32, 32, ("IDAT", zeros(100))), "a PNG of 101"),
    "a packed text": (black(32, 32, ("zTXt", b"a\0\0" + zeros(70))), "a PNG of 71"),
    "a packed text of another kind": (black(32, 32, ("iTXt", b"a\0\1\0\0\0" + zeros(70))), "a PNG of 71"),
    "a JPEG that was ended": (cut(encoded(NOISE)), DAMAGED),
    "a progressive JPEG that was ended": (cut(encoded(NOISE, progressive=True)), DAMAGED),
    "half a JPEG": (encoded(NOISE)[:2000], DAMAGED),
    "a JPEG's header": (encoded(NOISE)[:60], DAMAGED),
    "a JPEG's beginning": (b"\xff\xd8\xff", DAMAGED),
    "half a PNG": (encoded(NOISE, "PNG")[:2000], DAMAGED),
    "a PNG's beginning": (encoded(NOISE, "PNG")[:20], DAMAGED),
    "a PNG without pixels": (png_that_promises(20, 20), DAMAGED),
    "a flipped bit": (bytes(FLIPPED), DAMAGED),
}


@functools.cache
def reader(interpolation, channels):
    expected = replace(Preprocessing.of_training(channels=channels, size=32, resize=40), interpolation=interpolation)
    read = functools.partial(decoded, expected=expected, most_pixels=MOST_PIXELS)
    return tf.function(read, input_signature=[tf.TensorSpec([None], tf.string)])


@pytest.mark.parametrize(
    "interpolation, channels",
    [
        *[("bilinear", 1), ("bicubic", 3)],
        *(pytest.param(*pair, marks=pytest.mark.slow) for pair in (("bilinear", 3), ("bicubic", 1))),
    ],
)
def test_a_centre_is_that_of_pillow_to_a_level(interpolation, channels, tmp_path):
    found, error = reader(interpolation, channels)(list(WELL.values()))
    assert not any(error.numpy())
    for (kind, content), centre in zip(WELL.items(), found.numpy(), strict=True):
        (tmp_path / "image").write_bytes(content)
        pixels = pixels_of(tmp_path / "image", channels)
        expected = next(ONE_CROP.crops(pixels, 32, shorter=40, interpolation=interpolation))[0].astype(int)
        exact = pixels.shape[:2] == (32, 32) and "gray" not in kind and channels == 3
        assert np.abs(centre - expected).max() <= (0 if exact else 1), kind
        assert np.abs(centre - expected).mean() < 0.1, kind


def test_16_bits_keep_the_upper_8():
    deep = Image.fromarray(NOISE[..., 0].astype(np.uint16) << 8 | 0x7F)
    found, _ = reader("bilinear", 1)([encoded(deep, "PNG"), encoded(NOISE[..., 0], "PNG")])
    assert np.array_equal(found[0], found[1])


def test_what_cannot_be_taken_is_told_and_its_neighbours_are_unharmed():
    batch = [content for refused, _ in REFUSED.values() for content in (refused, WELL["JPEG"])]
    pixels, error = reader("bilinear", 3)(batch)
    for (kind, (_, words)), said in zip(REFUSED.items(), error.numpy()[::2], strict=True):
        assert said.decode().startswith(words), kind
    assert not any(error.numpy()[1::2]) and not pixels.numpy()[::2].any()
    alone, _ = reader("bilinear", 3)([WELL["JPEG"]])
    assert all(np.array_equal(one, alone[0]) for one in pixels.numpy()[1::2])


def test_bytes_that_chance_changed_never_fail_a_request():
    random = np.random.default_rng(1)
    files = []
    for content in [WELL["JPEG"], WELL["PNG"], WELL["JPEG, on its side"]] * 100:
        changed = np.frombuffer(content, np.uint8).copy()
        changed[random.integers(0, min(len(changed), 400), 3)] = random.integers(0, 256, 3)
        files.append(changed.tobytes()[: random.integers(1, len(content) + 1)])
    pixels, error = reader("bilinear", 3)([*files, WELL["PNG"]])
    assert not error.numpy()[-1] and pixels.numpy()[-1].any()
    assert np.isfinite(pixels).all()


def test_a_png_that_unpacks_to_more_than_it_promises_is_no_bomb():
    header = png_that_promises(8, 8)
    start, end = header.index(b"IDAT") - 4, header.index(b"IEND") - 4
    packed = zlib.compress(bytes(50_000_000), 9)
    chunk = len(packed).to_bytes(4, "big") + b"IDAT" + packed
    chunk += zlib.crc32(chunk[4:]).to_bytes(4, "big")
    _, error = reader("bilinear", 3)([header[:start] + chunk + header[end:]])
    assert error.numpy()[0].decode() in ("", DAMAGED)


def test_scans_of_many_pixels_are_refused():
    shape, _, _, error = examined(tf.constant(of_scans(90, 2048, 2048)), 1 << 24)
    words = "a JPEG of 4194304 pixels in 90 scans, 377487360 together, more than the 268,435,456 that are decoded"
    assert (tuple(shape.numpy()), error.numpy().decode()) == ((2048, 2048), words)
    assert not examined(tf.constant(of_scans(90, 1024, 1024)), 1 << 24)[3].numpy()
