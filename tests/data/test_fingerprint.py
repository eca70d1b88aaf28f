"""What a data set is known again by."""

import builtins
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import keras_resnets as kr
from tests.data.pictures import encoded, folder, smooth


@pytest.fixture
def pets(tmp_path):
    return folder(tmp_path / "pets", count=5)


def arrays(pixels=None, labels=None, names=("a", "b")):
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (3000, 2, 2, 1)).astype("uint8") if pixels is None else pixels
    split = kr.data.Split(pixels, np.arange(len(pixels)) % 2 if labels is None else labels)
    return kr.data.ImageSet("noise", names, split, split, kr.data.Augmentation(0, flip=False))


def of_folder(path):
    return kr.data.fingerprint(kr.data.from_folder(path))


def differing(was, is_now):
    return {(part, name) for part in ("train", "test") for name in was[part] if was[part][name] != is_now[part][name]}


def test_it_is_the_same_wherever_the_folder_lies_and_however_it_is_named(pets, tmp_path, monkeypatch):
    expected = of_folder(pets)
    assert expected["kind"] == "files" and set(expected["train"]) == {"names", "sizes", "labels"}
    monkeypatch.chdir(tmp_path)
    assert of_folder("pets") == of_folder("./pets/") == of_folder("../" + tmp_path.name + "/pets") == expected
    monkeypatch.chdir(pets)
    assert of_folder(".") == expected
    pets.rename(tmp_path / "moved")
    assert of_folder(tmp_path / "moved") == expected


def test_a_table_of_the_same_files_by_relative_and_absolute_paths(pets, tmp_path, monkeypatch):
    rows = [f"{name}/{k:03}.jpg,{name}" for name in ("cat", "dog") for k in range(5)]
    (pets / "relative.csv").write_text("\n".join(["path,label", *rows]))
    (pets / "absolute.csv").write_text("\n".join(["path,label", *(f"{pets}/{row}" for row in rows)]))
    monkeypatch.chdir(tmp_path)
    tables = ("pets/relative.csv", pets / "relative.csv", "pets/absolute.csv", pets / "absolute.csv")
    assert all(kr.data.fingerprint(kr.data.from_csv(table)) == of_folder(pets) for table in tables)


def test_each_change_of_files_is_seen_where_it_is(pets):
    was = of_folder(pets)
    (pets / "cat" / "000.jpg").write_bytes(encoded(smooth(seed=50)))
    assert differing(was, of_folder(pets)) == {("train", "sizes")}
    was = of_folder(pets)
    for old, new in (("cat", "old"), ("dog", "cat"), ("old", "dog")):  # swapped, and named as before
        (pets / old).rename(pets / new)
    assert differing(was, of_folder(pets)) == {("train", "sizes"), ("test", "sizes")}
    was = of_folder(pets)
    (pets / "dog" / "004.jpg").rename(pets / "dog" / "100.jpg")
    assert differing(was, of_folder(pets)) == {("test", "names")}
    images = kr.data.from_folder(pets)
    other = replace(images, train=replace(images.train, labels=images.train.labels[::-1]))
    assert differing(kr.data.fingerprint(images), kr.data.fingerprint(other)) == {("train", "labels")}


def test_an_image_that_was_turned_by_its_header_is_seen(pets):
    images = kr.data.from_folder(pets)
    turned = replace(images, train=replace(images.train, orientations=images.train.orientations + 1))
    assert differing(kr.data.fingerprint(images), kr.data.fingerprint(turned)) == {("train", "sizes")}


def test_files_are_asked_for_their_size_once_and_not_opened(pets, monkeypatch):
    images = kr.data.from_folder(pets)
    asked, stat = [], os.stat
    monkeypatch.setattr(os, "stat", lambda path, **options: asked.append(path) or stat(path, **options))
    monkeypatch.setattr(builtins, "open", None)
    monkeypatch.setattr(Path, "open", None)
    kr.data.fingerprint(images)
    assert sorted(asked) == sorted(images.train.paths + images.test.paths)


def test_a_file_that_has_gone_is_seen(pets):
    images = kr.data.from_folder(pets)
    was = kr.data.fingerprint(images)
    Path(images.test.paths[0]).unlink()
    assert differing(was, kr.data.fingerprint(images)) == {("test", "sizes")}


def test_each_change_of_arrays_is_seen_where_it_is():
    images = arrays()
    was = kr.data.fingerprint(images)
    assert was["kind"] == "arrays" and set(was["train"]) == {"pixels", "labels"}
    pixels = images.train.images.copy()
    pixels[-1, 1, 1, 0] ^= 1
    assert differing(was, kr.data.fingerprint(arrays(pixels))) == {("train", "pixels"), ("test", "pixels")}
    assert differing(was, kr.data.fingerprint(arrays(labels=np.arange(3000) // 3 % 2))) == {
        ("train", "labels"),
        ("test", "labels"),
    }
    reversed_twice = np.asfortranarray(images.train.images)[::-1][::-1]
    assert kr.data.fingerprint(arrays(reversed_twice)) == was  # whatever their order in memory
