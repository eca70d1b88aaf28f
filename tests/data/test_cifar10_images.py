"""CIFAR-10 from PNG files, on a CIFAR-10 of twelve images that the test publishes."""

import hashlib
import io
import tarfile
import zlib
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from keras_resnets import data
from keras_resnets.data import cifar10_images
from keras_resnets.data.cifar10_images import CLASSES, Place
from tests.data.pictures import encoded

LABELS = {"train": ("cat", "dog", "cat", "truck", "airplane", "frog", "ship", "bird", "deer", "horse"),
          "test": ("truck", "cat")}  # fmt: skip


def png(pixels, kind="PNG", **options):
    return encoded(np.frombuffer(pixels, np.uint8).reshape(32, 32, 3), kind, **options)


@pytest.fixture
def images(monkeypatch):
    """Twelve images by their places, published as the whole of CIFAR-10."""
    random = np.random.default_rng(0)
    places = [Place(split, label, f"{label}_{n}") for split, labels in LABELS.items() for n, label in enumerate(labels)]
    made = {place: random.integers(0, 256, (32, 32, 3), dtype=np.uint8).tobytes() for place in places}
    wanted = {hashlib.sha256(pixels).hexdigest()[:8]: place for place, pixels in made.items()}
    monkeypatch.setattr(cifar10_images, "published", lambda: wanted)
    monkeypatch.setattr(cifar10_images, "DIGEST", cifar10_images.digest_of(made))
    return made


@pytest.fixture
def folder(images, tmp_path):
    root = tmp_path / "images"
    for place, pixels in images.items():
        file = root / str(place)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(png(pixels))
    (root / "train" / "list.txt").write_text("other files are left out")
    return root


def packed(folder, path, mode="w:gz", name="cifar"):
    with tarfile.open(path, mode) as tar:
        tar.add(folder, name)
    return path


def pairs(split, names):
    return sorted((names[label], image.tobytes()) for image, label in zip(split.images, split.labels, strict=True))


@pytest.mark.parametrize("given", ["folder", "tar", "two"])
def test_images_are_imported_and_read_back_equal(given, images, folder, tmp_path):
    if given == "folder":
        paths = [folder]
    elif given == "tar":
        paths = [packed(folder, tmp_path / "images.tar.gz")]
    else:
        paths = [folder / "test", packed(folder / "train", tmp_path / "train.tar", "w", name="train")]
    prepared = data.import_archives("cifar10", paths, tmp_path / "data")
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["cifar10"], "working files were left behind"
    assert prepared.is_relative_to(tmp_path / "data" / "cifar10")
    loaded = data.load("cifar10", tmp_path / "data")
    assert loaded.class_names == CLASSES
    for name, split in (("train", loaded.train), ("test", loaded.test)):
        expected = sorted((place.label, pixels) for place, pixels in images.items() if place.split == name)
        assert pairs(split, CLASSES) == expected


def file_of(folder, name):
    return folder / "train" / "cat" / f"{name}.png"


def remove(folder):
    file_of(folder, "cat_0").unlink()


def double(folder):
    file_of(folder, "again").write_bytes(file_of(folder, "cat_0").read_bytes())


def alter(folder):
    pixels = np.array(Image.open(file_of(folder, "cat_0")))
    pixels[3, 4, 0] ^= 1
    file_of(folder, "cat_0").write_bytes(encoded(pixels, "PNG"))


def alter_all(folder):
    for file in folder.rglob("*.png"):
        small = io.BytesIO(png(np.array(Image.open(file)).tobytes(), "JPEG"))
        file.write_bytes(encoded(Image.open(small).convert("RGB"), "PNG"))


def swap_class(folder):
    file_of(folder, "cat_0").rename(folder / "train" / "dog" / "cat_0.png")


def swap_split(folder):
    file_of(folder, "cat_0").rename(folder / "test" / "cat" / "cat_0.png")


def keep_as_jpeg(folder):
    pixels = np.array(Image.open(file_of(folder, "cat_0")))
    file_of(folder, "cat_0").with_suffix(".jpg").write_bytes(encoded(pixels))


def rename_class(folder):
    (folder / "train" / "cat").rename(folder / "train" / "kitten")


def cut(folder):
    content = file_of(folder, "cat_0").read_bytes()
    file_of(folder, "cat_0").write_bytes(content[: len(content) // 2])


def enlarge(folder):
    file_of(folder, "cat_0").write_bytes(encoded(np.zeros((64, 64, 3), np.uint8), "PNG"))


def lengthen(folder):
    file_of(folder, "cat_0").write_bytes(bytes((1 << 16) + 1))


REFUSED = [
    (remove, r"1 of CIFAR-10's 12 images are missing: train/cat/cat_0\.png\."),
    (double, r"cat/cat_0\.png holds the same pixels as .*cat/again\.png\."),
    (alter, r"pixels of 1 images are not CIFAR-10's: \S*train/cat/cat_0\.png"),
    (alter_all, r"pixels of 12 images are not CIFAR-10's: .* and 9 more; they look like PNG files made from JPEG"),
    (swap_class, r"dog/cat_0\.png belongs in train/cat: it is CIFAR-10's train/cat/cat_0\.png\."),
    (swap_split, r"test/cat/cat_0\.png belongs in train/cat: it is CIFAR-10's train/cat/cat_0\.png\."),
    (keep_as_jpeg, r"Cannot take \S*cat/cat_0\.jpg: JPEG copies of CIFAR-10 have lost detail"),
    (rename_class, r"Cannot place \S*train/kitten/cat_0\.png: its path must end in train/CLASS/NAME\.png"),
    (cut, r"Cannot read image \S*cat/cat_0\.png: "),
    (enlarge, r"cat/cat_0\.png has 64x64 pixels of mode RGB, not 32x32 RGB\."),
    (lengthen, r"cat/cat_0\.png is larger than 65,536 bytes"),
]


@pytest.mark.parametrize("kind", ["folder", "tar"])
@pytest.mark.parametrize("spoil, sentence", REFUSED, ids=[spoil.__name__ for spoil, _ in REFUSED])
def test_a_fault_is_named_in_a_sentence_and_nothing_is_written(kind, spoil, sentence, folder, tmp_path):
    spoil(folder)
    path = folder if kind == "folder" else packed(folder, tmp_path / "images.tar")
    with pytest.raises(ValueError, match=sentence) as raised:
        data.import_archives("cifar10", [path], tmp_path / "data")
    assert "\n" not in str(raised.value)
    assert not (tmp_path / "data").exists(), "something was written before every image was checked"


def test_a_path_that_does_not_exist_is_named(folder, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"Cannot find \S*nowhere: CIFAR-10 is read from a folder or a tar"):
        data.import_archives("cifar10", [folder, tmp_path / "nowhere"], tmp_path / "data")
    assert not (tmp_path / "data").exists()


def test_a_tar_that_is_cut_short_is_refused(folder, tmp_path):
    path = packed(folder, tmp_path / "images.tar.gz")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(ValueError, match=r"Cannot read \S*images\.tar\.gz to its end"):
        data.import_archives("cifar10", [path], tmp_path / "data")
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    "number, sentence",
    [
        (0, r"images\.tar\.gz is none of the files of cifar10"),
        (7, r"Cannot read \S*gz to its end: .*invalid block type"),
    ],
)
def test_a_tar_that_cannot_be_unpacked_is_refused(number, sentence, folder, tmp_path):
    whole = packed(folder, tmp_path / "whole.tar", "w").read_bytes()
    with tarfile.open(tmp_path / "whole.tar") as tar:
        inside = [member.offset_data for member in tar if member.name.endswith(".png")][number] + 1_000
    packer = zlib.compressobj(wbits=31)
    sound = packer.compress(whole[:inside]) + packer.flush(zlib.Z_FULL_FLUSH)
    (tmp_path / "images.tar.gz").write_bytes(sound + b"\xff" * 5_000)  # no block begins with three ones
    with pytest.raises(ValueError, match=sentence):
        data.import_archives("cifar10", [tmp_path / "images.tar.gz"], tmp_path / "data")
    assert not (tmp_path / "data").exists()


def test_images_in_other_places_than_published_have_another_digest(images, monkeypatch, folder, tmp_path):
    monkeypatch.setattr(cifar10_images, "DIGEST", "0" * 64)
    with pytest.raises(ValueError, match=r"The images are not CIFAR-10's: their digest is [0-9a-f]{64}, the published"):
        data.import_archives("cifar10", [folder], tmp_path / "data")
    first, second = list(images)[:2]
    swapped = {**images, first: images[second], second: images[first]}
    assert cifar10_images.digest_of(swapped) != cifar10_images.digest_of(images)
    assert cifar10_images.digest_of(dict(reversed(images.items()))) == cifar10_images.digest_of(images)


def test_an_archive_is_told_from_images(folder, tmp_path):
    with tarfile.open(tmp_path / "binary.tar.gz", "w:gz") as tar:
        tar.add(folder / "train" / "list.txt", "batches.meta.txt")
    given = [folder, packed(folder / "train" / "cat", tmp_path / "cat.tar"), tmp_path / "binary.tar.gz", Path(__file__)]
    assert [cifar10_images.holds_images(path) for path in given] == [True, True, False, False]


def test_the_packaged_list_has_every_image_once():
    wanted = cifar10_images.published()
    assert len(wanted) == len(set(wanted.values())) == 60_000
    counts = Counter((place.split, place.label) for place in wanted.values())
    assert counts == {
        (split, label): count for split, count in (("train", 5_000), ("test", 1_000)) for label in CLASSES
    }
    assert all(len(key) == 8 and int(key, 16) >= 0 for key in wanted)
