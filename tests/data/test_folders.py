"""Folders and tables of image files: what is found, how it is split, and what is left out."""

import csv
import logging
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from keras_resnets import data
from tests.data.pictures import encoded, folder, png_that_promises, smooth


def names_of(split):
    return sorted("/".join(Path(path).parts[-2:]) for path in split.paths)


def test_every_fifth_file_of_a_class_is_tested(tmp_path):
    images = data.from_folder(folder(tmp_path / "pets"))
    assert (images.name, images.class_names, images.image_shape) == ("pets", ("cat", "dog"), (224, 224, 3))
    assert names_of(images.test) == ["cat/004.jpg", "cat/009.jpg", "dog/004.jpg", "dog/009.jpg"]
    assert len(images.train) == 16 and not set(images.train.paths) & set(images.test.paths)
    assert images.train.labels.tolist() == [0] * 8 + [1] * 8
    assert images.train.sizes.tolist() == [[40, 60]] * 16
    assert images.bad == ()


@pytest.mark.parametrize("test", ["val", "test", "validation"])
def test_train_and_val_are_taken_as_they_are(test, tmp_path):
    folder(tmp_path / "train", count=3)
    folder(tmp_path / test, count=2)
    (tmp_path / "train" / ".hidden").write_text("")
    images = data.from_folder(tmp_path)
    assert (len(images.train), len(images.test), images.class_names) == (6, 4, ("cat", "dog"))


def test_folders_below_a_class_belong_to_it(tmp_path):
    folder(tmp_path / "pets" / "cat", ("black", "white"), count=2)
    folder(tmp_path / "pets" / "dog", ("small", "large"), count=2)
    images = data.from_folder(tmp_path / "pets", test_share=0.5)
    assert images.class_names == ("cat", "dog")
    assert (len(images.train), len(images.test)) == (4, 4)


def test_folders_that_do_not_fit_are_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="Cannot find folder"):
        data.from_folder(tmp_path / "nowhere")
    with pytest.raises(ValueError, match="no folders of images"):
        data.from_folder(tmp_path)
    with pytest.raises(ValueError, match="has no test images"):
        data.from_folder(folder(tmp_path / "few", count=2))
    folder(tmp_path / "set" / "train", ("cat",), count=1)
    folder(tmp_path / "set" / "val", ("cat", "cow"), count=1)
    with pytest.raises(ValueError, match="lack: 'cow'"):
        data.from_folder(tmp_path / "set")


def table(path, rows):
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def test_a_table_of_paths_and_labels(tmp_path):
    folder(tmp_path)
    rows = [[f"{name}/{k:03}.jpg", name, "train" if k else "val"] for name in ("dog", "cat") for k in range(3)]
    images = data.from_csv(table(tmp_path / "pets.csv", [["path", "label", "split"], *rows]))
    assert (images.name, images.class_names) == ("pets", ("cat", "dog"))
    assert images.train.labels.tolist() == [1, 1, 0, 0]
    assert names_of(images.test) == ["cat/000.jpg", "dog/000.jpg"]


def test_labels_that_are_numbers_are_in_their_order(tmp_path):
    folder(tmp_path)
    rows = [["cat/000.jpg", "10"], ["cat/001.jpg", "9"], ["cat/002.jpg", "10"]]
    images = data.from_csv(table(tmp_path / "t.csv", [["path", "label"], *rows]), test_share=0.5)
    assert images.class_names == ("9", "10")


def test_labels_out_of_range_are_left_out_and_named(tmp_path):
    folder(tmp_path)
    rows = [*([f"cat/{k:03}.jpg", "0"] for k in range(9)), ["dog/000.jpg", "dog"], ["dog/001.jpg", "2"]]
    path = table(tmp_path / "t.csv", [["path", "label"], *rows])
    images = data.from_csv(path, class_names=["cat", "dog"], max_bad=0.1)
    assert images.bad == (("dog/001.jpg", "the label '2' is none of the 2 classes"),)
    assert len(images.train) + len(images.test) == 10


@pytest.mark.parametrize(
    "rows, words",
    [
        ([["file", "label"]], r"\['file', 'label'\] and needs path"),
        ([["path", "label", "split"], ["a", "b", "trian"]], "did you mean 'train'"),
    ],
)
def test_tables_that_do_not_fit_are_refused(rows, words, tmp_path):
    with pytest.raises(ValueError, match=words):
        data.from_csv(table(tmp_path / "t.csv", rows))


@pytest.fixture
def broken(tmp_path):
    """Ten sound images a class and one of each kind of broken file."""
    root = folder(tmp_path / "pets")
    jpeg, png = encoded(smooth()), encoded(smooth(), "PNG")
    contents = {
        "empty.jpg": b"",
        "short.jpg": jpeg[: len(jpeg) // 2],
        "short.png": png[: len(png) // 2],
        "notes.jpg": b"no picture",
        "bomb.png": png_that_promises(50_000, 50_000),
        "webp.jpg": encoded(smooth(), "WEBP"),
    }
    for name, content in contents.items():
        (root / "cat" / name).write_bytes(content)
    (root / "cat" / "gone.jpg").symlink_to(root / "nowhere")
    return root, {*contents, "gone.jpg"}


def test_broken_files_are_left_out_and_named(broken, caplog):
    root, names = broken
    with caplog.at_level(logging.WARNING, "keras_resnets.data"):
        images = data.from_folder(root, max_bad=0.5)
    assert {Path(path).name for path, _ in images.bad} == names
    assert len(images.train) + len(images.test) == 20
    assert (
        "bad and left out: " in caplog.text
        and "7 of 27 files" in caplog.text
        and "bomb.png: 50,000x50,000 pixels" in caplog.text
    )


def test_too_many_broken_files_stop_with_their_list(broken):
    root, names = broken
    with pytest.raises(ValueError, match=r"7 of 27 files.*More than max_bad, 0\.01") as raised:
        data.from_folder(root)
    assert all(name in str(raised.value) for name in names)


def test_a_folder_that_cannot_be_read_is_one_bad_file(tmp_path, monkeypatch):
    root = folder(tmp_path / "pets")
    (root / "dog" / "more").mkdir()
    scandir = os.scandir

    def refusing(path):
        if str(path).endswith("more"):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    images = data.from_folder(root, max_bad=0.1)
    assert images.bad == ((str(root / "dog" / "more"), "a folder that cannot be read (Permission denied)"),)


def test_a_set_takes_a_recipes_words(tmp_path):
    images = data.from_folder(folder(tmp_path / "pets"))
    other = images.augmented("area 35 to 100 %, 32 crop")
    assert other.image_shape == (32, 32, 3)
    assert other.train.transform == data.ImageTransform(32, (0.35, 1.0), flip=False) == other.test.transform
    assert images.augmented("dataset").augmentation == images.augmentation
    with pytest.warns(DeprecationWarning, match="FileSplit.photographs is now FileSplit.transform"):
        assert other.train.photographs is other.train.transform


def test_odd_images_are_kept_with_their_shown_size(tmp_path):
    root = folder(tmp_path / "pets", count=5)
    exif = Image.Exif()
    exif[0x0112] = 6
    (root / "cat" / "turned.jpg").write_bytes(encoded(smooth(40, 60), exif=exif.tobytes()))
    (root / "cat" / "wide.png").write_bytes(encoded(Image.new("L", (20_000, 200)), "PNG"))
    (root / "cat" / "dot.jpg").write_bytes(encoded(Image.new("CMYK", (1, 1))))
    images = data.from_folder(root)
    sizes = {Path(p).name: s.tolist() for p, s in zip(images.train.paths, images.train.sizes, strict=True)}
    assert (sizes["turned.jpg"], sizes["wide.png"], sizes["dot.jpg"]) == ([60, 40], [200, 20_000], [1, 1])
    assert images.bad == ()
    assert np.all(images.train.orientations[[p.endswith("turned.jpg") for p in images.train.paths]] == 6)


def test_what_is_no_regular_file_is_named_and_the_others_are_used(tmp_path, caplog):
    root = folder(tmp_path / "pets")
    os.mkfifo(root / "cat" / "pipe.jpg")
    (root / "cat" / "loop.jpg").symlink_to(root / "cat" / "loop.jpg")
    (root / "cat" / "above").symlink_to(root / "cat")
    (root / "dog" / "folder.jpg").mkdir()
    images = data.from_folder(root, max_bad=0.0)
    assert len(images.train) + len(images.test) == 20
    assert sorted(Path(path).name for path, _ in images.bad) == ["above", "loop.jpg", "pipe.jpg"]
    assert "3 of 23 files" in caplog.text and "pipe.jpg: no regular file" in caplog.text


def test_a_name_that_is_no_utf_8_is_used_and_can_be_named(tmp_path, caplog):
    root = folder(tmp_path / "pets")
    name = os.fsdecode(b"caf\xe9.jpg")
    (root / "cat" / name).write_bytes(encoded(smooth()))
    (root / "dog" / name).write_bytes(b"")
    images = data.from_folder(root, max_bad=0.1)
    assert "caf\\udce9.jpg: empty" in caplog.text
    used = [path for path in (*images.train.paths, *images.test.paths) if Path(path).name == name]
    assert len(used) == 1 and data.centres(used, data.ImageTransform(size=8)).shape == (1, 8, 8, 3)
