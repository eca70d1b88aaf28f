"""Headers agree with Pillow's reading of the same file; what is no image, or too large a one, is refused by them."""

import pytest
from PIL import Image

from keras_resnets.images.headers import read_header
from tests.data.pictures import encoded, png_that_promises, smooth


@pytest.fixture
def written(tmp_path):
    def write(content):
        path = tmp_path / "picture.jpg"  # whatever it is
        path.write_bytes(content)
        return path

    return write


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "BMP"])
@pytest.mark.parametrize("size", [(1, 1), (3, 70), (41, 20_000)])
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
    ],
)
def test_what_is_no_image_is_told(content, words, written):
    with pytest.raises(ValueError, match=words):
        read_header(written(content))
