"""The graph reads a JPEG's orientation as `data.headers` does."""

import struct

import pytest
import tensorflow as tf
from PIL import Image

from keras_resnets.images.exif_in_graph import segments
from keras_resnets.images.headers import read_header
from tests.data.pictures import encoded, smooth


@pytest.fixture(scope="module")
def read():
    return tf.function(lambda contents: segments(contents)[0], input_signature=[tf.TensorSpec([], tf.string)])


def exif(value, endian="<"):
    found = Image.Exif()
    found.endian = endian
    found[0x010F], found[0x0110], found[0x0112] = "somebody", "a camera", value
    return found.tobytes()


def segment(marker, content):
    return bytes([0xFF, marker]) + struct.pack(">H", len(content) + 2) + content


PLAIN = encoded(smooth(20, 30))
TURNED = encoded(smooth(20, 30), exif=exif(6))


@pytest.mark.parametrize("endian", "<>")
@pytest.mark.parametrize("value", range(1, 9))
def test_every_orientation(value, endian, read):
    assert read(encoded(smooth(20, 30), exif=exif(value, endian))) == value


@pytest.mark.parametrize(
    "content",
    {
        "none": PLAIN,
        "an impossible one": encoded(smooth(20, 30), exif=exif(9)),
        "behind a profile": encoded(smooth(20, 30), exif=exif(3), icc_profile=bytes(150_000)),
        "behind others": TURNED[:2] + segment(0xE1, b"http://ns.adobe.com/xap/1.0/") + segment(0xFE, b"") + TURNED[2:],
        "behind filling": TURNED[:2] + b"\xff\xff" + TURNED[2:],
        "cut short": PLAIN[:2] + segment(0xE1, exif(6)[:20]) + PLAIN[2:],
        "no order": PLAIN[:2] + segment(0xE1, b"Exif\0\0XX" + exif(6)[8:]) + PLAIN[2:],
        "a directory elsewhere": PLAIN[:2] + segment(0xE1, b"Exif\0\0II*\0\xff\xff\xff\xff") + PLAIN[2:],
        "a directory that promises": PLAIN[:2] + segment(0xE1, b"Exif\0\0II*\0\x08\0\0\0\xff\xff") + PLAIN[2:],
        "an empty segment": PLAIN[:2] + segment(0xE1, b"") + PLAIN[2:],
    }.values(),
)
def test_what_the_package_reads_elsewhere_is_read_here(content, read, tmp_path):
    (tmp_path / "image.jpg").write_bytes(content)
    assert read(content) == read_header(tmp_path / "image.jpg").orientation


@pytest.mark.parametrize("content", [b"", b"\xff\xd8\xff", b"\xff\xd8\xff\xe1\xff", b"\xff\xd8" + b"\xff" * 1_000_000])
def test_rubbish_is_upright(content, read):
    assert read(content) == 1
