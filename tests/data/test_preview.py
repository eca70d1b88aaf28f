"""The picture of an augmentation: the test's view first, the training's behind it."""

import numpy as np
import pytest
from PIL import Image

from keras_resnets import data
from keras_resnets.cli import main
from tests.data.pictures import folder


def test_a_row_begins_with_the_image_as_in_the_test(tmp_path):
    images = data.from_folder(folder(tmp_path / "pets"), augmentation=data.ImageTransform(64))
    path = data.show(images, tmp_path / "grid.png", images=3, draws=2)
    grid = np.asarray(Image.open(path))
    assert grid.shape == (3 * 66 - 2, 3 * 66 - 2, 3)
    first = data.centres([images.train.paths[k] for k in (0, 8, 15)], images.augmentation)
    np.testing.assert_array_equal(grid[66:130, :64], np.rint(255 * np.clip(first[1], 0, 1)))
    assert np.any(grid[:64, 66:130] != grid[:64, :64])
    assert np.all(grid[64:66] == 255)


def test_small_gray_images_are_enlarged_and_drawn_again_alike(tmp_path):
    paths = [tmp_path / name for name in ("grid.png", "again.png")]
    for path in paths:
        assert main(["data", "show", "digits", "--output", str(path), "--images", "2", "--draws", "3"]) == 0
    grid, again = (np.asarray(Image.open(path)) for path in paths)
    assert grid.shape[:2] == (2 * 66 - 2, 4 * 66 - 2)
    np.testing.assert_array_equal(grid, again)


@pytest.mark.slow
def test_a_grid_of_files_is_drawn_again_alike(tmp_path):
    images = data.from_folder(folder(tmp_path / "pets"), augmentation=data.ImageTransform(64, jitter=0.4))
    paths = [data.show(images, tmp_path / name, images=3, draws=2) for name in ("grid.png", "again.png")]
    np.testing.assert_array_equal(*(np.asarray(Image.open(path)) for path in paths))


def test_images_in_memory_are_drawn_by_words_too(tmp_path):
    command = ["data", "show", "digits", "--output", str(tmp_path / "grid.png"), "--images", "2", "--draws", "3"]
    assert main([*command, "--augmentation", "padding 1, 8 crop, cutout 4, mixup 1.0"]) == 0
    assert Image.open(tmp_path / "grid.png").size == (4 * 66 - 2, 2 * 66 - 2)


@pytest.mark.slow
@pytest.mark.parametrize("recipe, size", [("torchvision_v1", 224), ("torchvision_v2", 176)])
def test_the_command_takes_a_recipes_name(recipe, size, tmp_path):
    folder(tmp_path / "pets", count=5)
    command = ["data", "show", str(tmp_path / "pets"), "--output", str(tmp_path / "grid.png"), "--images", "2"]
    assert main([*command, "--augmentation", recipe, "--draws", "1"]) == 0
    assert Image.open(tmp_path / "grid.png").size == (2 * size + 2, 2 * size + 2)


def test_what_does_not_fit_is_refused_in_a_sentence(tmp_path, capsys):
    command = ["data", "show", "digits", "--output", str(tmp_path / "grid.png"), "--augmentation"]
    assert main([*command, "flp"]) == 1
    assert "did you mean 'flip'" in capsys.readouterr().err
    assert main([*command, "torchvision_v1"]) == 1
    assert "keep their size, 8 x 8, and are not cut to 224 x 224" in capsys.readouterr().err


@pytest.mark.parametrize("count", [0, 17])
def test_rows_that_are_not_there_are_refused(count, tmp_path):
    images = data.from_folder(folder(tmp_path / "pets"))
    with pytest.raises(ValueError, match=r"images must be a positive|16 training images, not 17"):
        data.show(images, tmp_path / "grid.png", images=count)
