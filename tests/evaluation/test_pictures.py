"""Image files as Pillow reads them: the package's formats and limits, and one sentence for everything else."""

import logging
import os

import numpy as np
import pytest
from PIL import Image

from keras_resnets.evaluation.pictures import pictures_of, some_image_files
from keras_resnets.images.with_pillow import pixels_of
from tests.data.pictures import black, cut, encoded, of_scans, png, smooth, zeros

NOISE = np.random.default_rng(0).integers(0, 256, (60, 101, 3), dtype=np.uint8)
REFUSED = {
    "DDS": (encoded(smooth(), "DDS"), "none of the formats BMP, GIF, JPEG, PNG, PPM, TIFF, WEBP"),
    "half a DDS": (encoded(smooth(), "DDS")[:60], "none of the formats"),
    "AVIF": (b"\0\0\0\x1cftypavif\0\0\0\0mif1miafMIHB", "none of the formats"),
    "text": (b"no image", "none of the formats"),
    "an ended JPEG": (cut(encoded(NOISE)), "damaged or cut short"),
    "an ended progressive JPEG": (cut(encoded(NOISE, progressive=True)), "damaged or cut short"),
    "half a JPEG": (encoded(NOISE)[:2000], "image file is truncated"),
    "many scans": (of_scans(1500), "a JPEG of 1,500 scans, more than the 100"),
    "a thin one": (black(1000, 2), "1,000x2 pixels: one side is more than 100 times the other"),
    "a thin TIFF": (encoded(Image.new("L", (1000, 2)), "TIFF"), "one side is more than 100 times the other"),
    "a bomb": (png(32, 32, ("IDAT", zeros(100))), "more than the 69,028 that its size needs"),
    "packed texts": (black(32, 32, ("zTXt", b"a\0\0" + zeros(70))), "packed texts, more than the 65,536"),
    "a WebP cut short": (encoded(NOISE, "WEBP")[:300], ""),
    "a TIFF cut short": (encoded(NOISE, "TIFF")[:300], ""),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_not_read_gets_one_sentence(kind, tmp_path):
    content, words = REFUSED[kind]
    (tmp_path / "image").write_bytes(content)
    with pytest.raises(ValueError, match=f"^Cannot read image .*{words}") as caught:
        pixels_of(tmp_path / "image", 3)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("kind", ["BMP", "GIF", "JPEG", "PNG", "PPM", "TIFF", "WEBP", "MPO"])
@pytest.mark.parametrize("channels", [1, 3])
def test_every_format_of_the_package_is_read(kind, channels, tmp_path):
    (tmp_path / "image").write_bytes(encoded(Image.fromarray(smooth()), kind))
    assert pixels_of(tmp_path / "image", channels).shape == (40, 60, channels)


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.jpg")
    with pytest.raises(ValueError, match=r"Cannot read image .*pipe.jpg': no regular file"):
        pixels_of(tmp_path / "pipe.jpg", 3)


def test_what_is_no_file_in_a_folder_is_named_and_the_others_are_used(tmp_path, caplog):
    (tmp_path / "cat" / "folder.jpg").mkdir(parents=True)
    (tmp_path / "cat" / "cat.jpg").write_bytes(encoded(smooth()))
    os.mkfifo(tmp_path / "cat" / "pipe.png")
    (tmp_path / "cat" / "loop.png").symlink_to(tmp_path / "cat" / "loop.png")
    with caplog.at_level(logging.WARNING):
        found = pictures_of(tmp_path)
    assert [path.name for path in found.images] == ["cat.jpg"]
    assert "3 of 4 files" in caplog.text
    assert all(name in caplog.text for name in ("folder.jpg", "pipe.png", "loop.png"))


def test_a_folder_whose_subfolders_have_the_images_is_told_so(tmp_path):
    (tmp_path / "cat").mkdir()
    with pytest.raises(ValueError, match=r"has no image files\.$"):
        some_image_files(tmp_path)
    (tmp_path / "cat" / "cat.jpg").write_bytes(encoded(smooth()))
    with pytest.raises(ValueError, match=r"has no image files of its own; its subfolder 'cat' has some\.$"):
        some_image_files(tmp_path)


def test_what_is_no_labelled_data_is_told_what_would_be():
    with pytest.raises(TypeError, match=r"^given must be a Split, an ImageSet, .* with a subfolder a class, not 3\.$"):
        pictures_of(3)
