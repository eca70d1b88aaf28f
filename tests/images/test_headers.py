"""Headers agree with Pillow's reading of the same file; what is no image, or too large a one, is refused by them."""

import os

import pytest
from PIL import Image

from keras_resnets.images.headers import read_header
from tests.data.pictures import black, encoded, of_scans, png, png_that_promises, smooth, zeros


@pytest.fixture
def written(tmp_path):
    def write(content):
        path = tmp_path / "picture.jpg"  # whatever it is
        path.write_bytes(content)
        return path

    return write


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "BMP"])
@pytest.mark.parametrize("size", [(1, 1), (3, 70), (201, 20_000)])
def test_sizes_and_kinds_are_read(kind, size, written):
    header = read_header(written(encoded(Image.new("RGB", size[::-1]).convert("P" if kind == "GIF" else "RGB"), kind)))
    assert (header.kind, header.height, header.width) == (kind.lower(), *size)
    assert header.upright_size == size
    assert header.sound == (kind != "BMP")


@pytest.mark.parametrize("options", [{"progressive": True}, {"icc_profile": bytes(70_000)}, {"comment": b"\xff\xc0"}])
def test_any_segments_may_come_first(options, written):
    header = read_header(written(encoded(smooth(40, 60), **options)))
    assert (header.height, header.width, header.sound) == (40, 60, True)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("endian", [">", "<"])
def test_exifs_orientation_is_read(orientation, endian, written):
    exif = Image.Exif()
    exif.endian = endian
    exif[0x0110], exif[0x0112] = "a camera", orientation
    header = read_header(written(encoded(smooth(40, 60), exif=exif.tobytes())))
    assert header.orientation == orientation
    assert header.upright_size == ((40, 60) if orientation < 5 else (60, 40))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF"])
def test_a_missing_end_leaves_doubts(kind, written):
    whole = encoded(Image.fromarray(smooth()).convert("P" if kind == "GIF" else "RGB"), kind)
    assert not read_header(written(whole[:-20])).sound
    assert read_header(written(whole + b"\0\0\0\0")).sound


@pytest.mark.parametrize(
    "content, words",
    [
        (b"", "empty"),
        (b"GIF89a", "cut short within its header"),
        (encoded(smooth())[:100], "cut short within its header"),
        (b"\xff\xd8\xff\xd9", "without a frame"),
        (b"\xff\xd8\xff\xe0\x00\x04abcdef", "broken segments"),
        (b"notes, no picture", "no JPEG, PNG, GIF or BMP"),
        (b"RIFF\x24\0\0\0WEBPVP8 ", "no JPEG, PNG, GIF or BMP"),
        (png_that_promises(0, 5), "0x5 pixels"),
        (png_that_promises(60_000, 60_000), "60,000x60,000 pixels, more than the 67,108,864"),
        (encoded(Image.new("P", (4, 4)), "BMP"), "a BMP of 8 bits a pixel"),
        (encoded(Image.new("L", (201, 2)), "PNG"), "201x2 pixels: one side is more than 100 times the other"),
        (of_scans(101), "a JPEG of 101 scans, more than the 100"),
        (of_scans(90, 2048, 2048), "4,194,304 pixels in 90 scans, 377,487,360 together, more than the 268,435,456"),
        (png(32, 32, ("IDAT", zeros(100))), "packed bytes of pixels, more than the 69,028 that its size needs"),
        (black(32, 32, ("zTXt", b"a\0\0" + zeros(70))), "bytes of packed texts, more than the 65,536"),
        (black(32, 32, ("iTXt", b"a\0\1\0\0\0" + zeros(70))), "bytes of packed texts, more than the 65,536"),
        (black(32, 32, *[("tIME", b"")] * 70_000), "a PNG of more than 65,536 chunks"),
    ],
)
def test_what_is_no_image_is_told(content, words, written):
    with pytest.raises(ValueError, match=words):
        read_header(written(content))


@pytest.mark.parametrize(
    "content",
    {
        "the usual scans": encoded(smooth(40, 60), progressive=True),
        "many scans": of_scans(100),
        "a large photograph": encoded(Image.new("RGB", (7000, 5000))),
        "a large progressive one": encoded(Image.new("RGB", (6000, 4000)), progressive=True),
        "pixels that do not pack": encoded(Image.effect_noise((700, 500), 90), "PNG", compress_level=0),
        "a long text that is not packed": black(32, 32, ("iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + bytes(500_000))),
        "a thumbnail": encoded(smooth(), exif=b"Exif\0\0MM\0*" + 200 * b"\xff\xda\xff\xd9"),
    }.values(),
)
def test_usual_images_are_within_the_limits(content, written):
    assert read_header(written(content)).sound


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.jpg")
    with pytest.raises(OSError, match="no regular file"):
        read_header(tmp_path / "pipe.jpg")
