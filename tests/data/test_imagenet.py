"""ImageNet's archives, of six images and registered for the test; the real ones' names and sizes."""

import hashlib
import io
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from keras_resnets import data
from keras_resnets.data import imagenet
from tests.data.pictures import encoded, smooth


def tar(members):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


@pytest.fixture
def archives(tmp_path, monkeypatch):
    pictures = [encoded(smooth(seed=k)) for k in range(6)]
    synsets = {
        "n01443537.tar": tar({"n01443537_10.JPEG": pictures[0]}),
        "n01440764.tar": tar({"n01440764_7.JPEG": pictures[1], "n01440764_8.JPEG": pictures[2]}),
    }
    tests = {f"ILSVRC2012_val_0000000{k}.JPEG": pictures[2 + k] for k in (2, 1, 3)}
    for name, members in (("TRAIN", synsets), ("VALIDATION", tests)):
        content = tar(members)
        (tmp_path / name).write_bytes(content)
        digest = hashlib.sha256(content).hexdigest()
        monkeypatch.setattr(imagenet, name, replace(getattr(imagenet, name), size=len(content), sha256=digest))
    labels = {
        "labels.txt": ["n01440764", "n01443537"],
        "validation_labels.txt": ["n01443537", "n01440764", "n01440764"],
    }
    monkeypatch.setattr(imagenet, "_lines", labels.__getitem__)
    return tmp_path / "TRAIN", tmp_path / "VALIDATION", pictures


def test_archives_become_a_folder(archives, tmp_path):
    train, validation, pictures = archives
    images = data.from_folder(data.unpack_imagenet(train, validation, tmp_path / "imagenet"))
    assert images.class_names == ("n01440764", "n01443537")
    assert [Path(path).read_bytes() for path in images.train.paths] == [pictures[k] for k in (1, 2, 0)]
    assert sorted(Path(path).read_bytes() for path in images.test.paths[:2]) == sorted(pictures[4:6])
    assert Path(images.test.paths[2]).read_bytes() == pictures[3]


def test_archives_are_checked_before_anything_is_written(archives, tmp_path):
    train, validation, _ = archives
    whole = validation.read_bytes()
    validation.write_bytes(whole[:-512])
    with pytest.raises(ValueError, match=f"VALIDATION is not ILSVRC2012_img_val.tar: expected {len(whole):,} bytes"):
        data.unpack_imagenet(train, validation, tmp_path / "imagenet")
    validation.write_bytes(whole[:-1] + b"!")
    with pytest.raises(ValueError, match="none of the files of imagenet"):
        data.unpack_imagenet(train, validation, tmp_path / "imagenet")
    with pytest.raises(FileNotFoundError, match=r"Cannot find file .*nowhere"):
        data.unpack_imagenet(tmp_path / "nowhere", validation, tmp_path / "imagenet")
    assert not (tmp_path / "imagenet").exists()


def test_the_published_archives_are_those_that_tensorflow_datasets_has_registered():
    import tensorflow_datasets as tfds

    infos = tfds.builder_cls("imagenet2012_corrupted").url_infos
    for archive in (imagenet.TRAIN, imagenet.VALIDATION):
        assert (infos[archive.url].size, infos[archive.url].checksum) == (archive.size, archive.sha256)
    assert len(imagenet._lines("labels.txt")) == len(set(imagenet._lines("labels.txt"))) == 1000
    assert imagenet._lines("labels.txt") == sorted(imagenet._lines("labels.txt"))
    assert len(imagenet._lines("validation_labels.txt")) == 50_000
