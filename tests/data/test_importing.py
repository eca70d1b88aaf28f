"""Importing archives, on a CIFAR-10 of twelve images whose checksum is registered for the test."""

import gzip
import hashlib
import io
import shutil
import tarfile

import numpy as np
import pytest

from keras_resnets import data
from keras_resnets.data.archives import CONTENTS, Archive, Content, identify

CLASSES = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]
CIFAR10 = "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz"
SVHN_FILES = ["extra_32x32.mat", "test_32x32.mat", "train_32x32.mat"]


def cifar10_archive(path):
    """Two images in each of the six files; returns their pixels and labels by file."""
    random = np.random.default_rng(0)
    parts = {}
    with tarfile.open(path, "w:gz") as archive:

        def add(name, content):
            member = tarfile.TarInfo(f"cifar-10-batches-bin/{name}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))

        add("batches.meta.txt", "\n".join(CLASSES).encode())
        for name in [*(f"data_batch_{number}.bin" for number in range(1, 6)), "test_batch.bin"]:
            labels = random.integers(0, 10, 2).astype(np.uint8)
            planes = random.integers(0, 256, (2, 3, 32, 32), dtype=np.uint8)
            add(
                name,
                b"".join(bytes([label]) + plane.tobytes() for label, plane in zip(labels, planes, strict=True)),
            )
            parts[name] = planes.transpose(0, 2, 3, 1), labels
    return parts


@pytest.fixture
def cifar10(tmp_path, monkeypatch):
    """The archive, registered with tensorflow-datasets as the published one, and what is in it."""
    import tensorflow_datasets as tfds
    from tensorflow_datasets.core.download import checksums

    file = tmp_path / "given" / "cifar-10-binary.tar.gz"
    file.parent.mkdir()
    parts = cifar10_archive(file)
    infos = tfds.builder_cls("cifar10").url_infos
    monkeypatch.setitem(infos, CIFAR10, checksums.compute_url_info(file))
    return file, parts


def pairs(split):
    return sorted((label, image.tobytes()) for image, label in zip(split.images, split.labels.tolist(), strict=True))


def test_an_imported_archive_is_read_back(cifar10, tmp_path):
    file, parts = cifar10
    data_dir = tmp_path / "data"
    prepared = data.import_archives("cifar10", [file], data_dir)
    assert prepared.is_relative_to(data_dir / "cifar10")
    assert [path.name for path in data_dir.iterdir()] == ["cifar10"], "copies or links were left behind"
    assert [path.name for path in (data_dir / "cifar10").iterdir()] == [prepared.name]

    loaded = data.load("cifar10", data_dir)
    assert loaded.class_names == tuple(CLASSES)
    assert loaded.augmentation == data.Augmentation(pad=4, flip=True)
    test_images, test_labels = parts.pop("test_batch.bin")
    train_images, train_labels = (np.concatenate(arrays) for arrays in zip(*parts.values(), strict=True))
    assert pairs(loaded.test) == pairs(data.Split(test_images, test_labels))
    assert pairs(loaded.train) == pairs(data.Split(train_images, train_labels))
    assert file.exists()


def test_importing_twice_and_under_another_name_is_fine(cifar10, tmp_path):
    file, _ = cifar10
    renamed = shutil.copy(file, tmp_path / "something else")
    first = data.import_archives("cifar10", [renamed], tmp_path / "data")
    written = {path: path.stat().st_mtime_ns for path in first.iterdir()}
    assert data.import_archives("cifar10", [str(file), renamed], tmp_path / "data") == first
    assert {path: path.stat().st_mtime_ns for path in first.iterdir()} == written


@pytest.mark.parametrize("stop", [KeyboardInterrupt, OSError])
def test_an_interrupted_import_leaves_nothing_and_can_be_repeated(cifar10, tmp_path, monkeypatch, stop):
    import tensorflow_datasets as tfds

    file, _ = cifar10
    builder_class = tfds.builder_cls("cifar10")
    generate = builder_class._generate_examples

    def interrupted(self, prefix, paths):
        yield next(generate(self, prefix, paths))
        raise stop

    with monkeypatch.context() as patch, pytest.raises(stop):
        patch.setattr(builder_class, "_generate_examples", interrupted)
        data.import_archives("cifar10", [file], tmp_path / "data")
    assert [path for path in (tmp_path / "data").rglob("*") if path.is_file()] == []

    data.import_archives("cifar10", [file], tmp_path / "data")
    assert len(data.load("cifar10", tmp_path / "data").train) == 10


def test_a_second_import_at_once_is_refused(cifar10, tmp_path, monkeypatch):
    from keras_resnets.data import importing

    file, _ = cifar10
    prepare = importing.prepare

    def meanwhile(*arguments, **options):
        with pytest.raises(FileExistsError, match="Another process writes"):
            data.import_archives("cifar10", [file], tmp_path / "data")
        prepare(*arguments, **options)

    monkeypatch.setattr(importing, "prepare", meanwhile)
    prepared = data.import_archives("cifar10", [file], tmp_path / "data")
    assert len(data.load("cifar10", tmp_path / "data").train) == 10
    assert [path.name for path in prepared.parent.iterdir()] == [prepared.name]


def refused(tmp_path, error, sentence, name, files):
    with pytest.raises(error, match=sentence) as raised:
        data.import_archives(name, files, tmp_path / "data")
    assert "\n" not in str(raised.value)
    assert not (tmp_path / "data").exists(), "something was written before every file was checked"


def test_a_truncated_archive_is_refused(cifar10, tmp_path):
    file, _ = cifar10
    whole = file.read_bytes()
    file.write_bytes(whole[:-100])
    found = hashlib.sha256(whole[:-100]).hexdigest()
    sentence = (
        f"cifar-10-binary.tar.gz is cut short: expected {len(whole):,} bytes, SHA-256 "
        f"{hashlib.sha256(whole).hexdigest()}; found {len(whole) - 100:,} bytes, SHA-256 {found}"
    )
    refused(tmp_path, ValueError, sentence, "cifar10", [file])


def test_an_altered_archive_is_refused(cifar10, tmp_path):
    file, _ = cifar10
    altered = bytearray(file.read_bytes())
    altered[len(altered) // 2] ^= 1
    file.write_bytes(altered)
    refused(tmp_path, ValueError, "cifar-10-binary.tar.gz is not the published file", "cifar10", [file])


def test_a_foreign_file_is_refused(cifar10, tmp_path):
    foreign = tmp_path / "notes.txt"
    foreign.write_text("notes")
    sentence = r"notes.txt is none of the files of cifar10: expected cifar-10-binary.tar.gz \(.*found 5 bytes"
    refused(tmp_path, ValueError, sentence, "cifar10", [cifar10[0], foreign])


def test_a_file_that_is_not_there_is_named(tmp_path):
    sentence = r"Cannot find file .*nowhere.gz; mnist is made from .*train-labels-idx1-ubyte.gz \(28,881 bytes\)"
    refused(tmp_path, FileNotFoundError, sentence, "mnist", [tmp_path / "nowhere.gz"])


def test_archives_that_were_not_given_are_named(tmp_path):
    sentence = ".*".join(["svhn_cropped also needs", *SVHN_FILES])
    refused(tmp_path, ValueError, sentence, "svhn_cropped", [])


def test_digits_need_no_import(tmp_path):
    refused(tmp_path, ValueError, "digits comes with scikit-learn", "digits", [])


def test_an_unknown_set_gets_the_nearest(tmp_path):
    refused(tmp_path, ValueError, "did you mean 'mnist'", "minst", [])


@pytest.fixture
def labels(monkeypatch):
    """A gzip file that is registered, and what it holds."""
    payload = bytes(range(200)) * 40
    published = gzip.compress(payload, mtime=1)
    archive = Archive("http://host/labels.gz", "labels.gz", len(published), hashlib.sha256(published).hexdigest())
    monkeypatch.setitem(CONTENTS, archive.sha256, Content(len(payload), hashlib.sha256(payload).hexdigest()))
    return payload, archive


def test_a_file_compressed_anew_is_known_by_what_it_holds(labels, tmp_path):
    payload, archive = labels
    again = tmp_path / "again.gz"
    again.write_bytes(gzip.compress(payload, compresslevel=1, mtime=2))
    assert hashlib.sha256(again.read_bytes()).hexdigest() != archive.sha256
    assert identify(again, [archive], "toy") == archive


@pytest.mark.parametrize(
    "spoil",
    [
        lambda payload: gzip.compress(payload[:-1] + b"!"),
        lambda payload: gzip.compress(payload)[:-20],
        lambda payload: gzip.compress(payload + b"!"),
        lambda payload: gzip.compress(bytes(1 << 26)),
    ],
    ids=["altered", "cut short", "longer", "a bomb"],
)
def test_a_file_that_holds_something_else_is_not_known(labels, tmp_path, monkeypatch, spoil):
    payload, archive = labels
    unpacked, read = [], gzip.GzipFile.read

    def counted(file, size=-1):
        block = read(file, size)
        unpacked.append(len(block))
        return block

    monkeypatch.setattr(gzip.GzipFile, "read", counted)
    other = tmp_path / "other.gz"
    other.write_bytes(spoil(payload))
    with pytest.raises(ValueError, match="none of the files of toy"):
        identify(other, [archive], "toy")
    assert sum(unpacked) <= 2 << 20, "more was unpacked than any archive holds"


def test_the_contents_are_those_of_fashion_mnist():
    import tensorflow_datasets as tfds

    names = {info.checksum: info.filename for info in tfds.builder_cls("fashion_mnist").url_infos.values()}
    # An IDX file of n images is 16 + 784 n bytes, one of n labels 8 + n.
    assert {names[checksum]: content.size for checksum, content in CONTENTS.items()} == {
        "train-images-idx3-ubyte.gz": 16 + 784 * 60_000,
        "train-labels-idx1-ubyte.gz": 8 + 60_000,
        "t10k-images-idx3-ubyte.gz": 16 + 784 * 10_000,
        "t10k-labels-idx1-ubyte.gz": 8 + 10_000,
    }
