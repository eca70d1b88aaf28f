"""TFRecords and prepared sets become folders: the same bytes, whole or absent."""

import threading
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from keras_resnets import data
from keras_resnets.cli import main
from keras_resnets.data.unpacking import write
from tests.data.pictures import encoded, smooth


def feature(value):
    if isinstance(value, bytes):
        return tf.train.Feature(bytes_list=tf.train.BytesList(value=[value]))
    return tf.train.Feature(int64_list=tf.train.Int64List(value=[value]))


def records(path, labels, **names):
    names = {"image": "image/encoded", "label": "image/class/label", **names}
    contents = [encoded(smooth(seed=k), "PNG" if k % 2 else "JPEG") for k in range(len(labels))]
    with tf.io.TFRecordWriter(str(path)) as writer:
        for content, label in zip(contents, labels, strict=True):
            features = {names["image"]: feature(content), names["label"]: feature(label)}
            writer.write(tf.train.Example(features=tf.train.Features(feature=features)).SerializeToString())
    return contents


def test_records_become_a_folder(tmp_path):
    train = records(tmp_path / "a", [1, 2, 1])
    records(tmp_path / "b", [2, 1])
    names = ["cat", "dog"]
    folder = data.unpack_tfrecords([tmp_path / "a"], [tmp_path / "b"], tmp_path / "pets", class_names=names, first=1)
    images = data.from_folder(folder)
    assert (images.class_names, len(images.test)) == (("cat", "dog"), 2)
    assert [Path(path).read_bytes() for path in images.train.paths] == [train[0], train[2], train[1]]
    assert {Path(path).suffix for path in images.train.paths} == {".jpg", ".png"}
    with pytest.raises(FileExistsError, match="choose another folder"):
        data.unpack_tfrecords([tmp_path / "a"], [tmp_path / "b"], folder)


def test_the_command_unpacks_records(tmp_path, capsys):
    records(tmp_path / "a", [1, 2, 1], image="bytes")
    command = ["data", "unpack-tfrecords", str(tmp_path / "pets"), "--train", str(tmp_path / "a"), "--first", "1"]
    assert main([*command, "--test", str(tmp_path / "a"), "--image", "bytes"]) == 0
    assert f"--dataset {tmp_path / 'pets'}" in capsys.readouterr().out
    assert data.from_folder(tmp_path / "pets").class_names == ("00000", "00001")


@pytest.mark.parametrize(
    "options, words",
    [
        ({"image": "pixels"}, r"Cannot read .* as examples with pixels"),
        ({"class_names": ["cat", "dog"]}, "Image 1 of train has the label 2, but classes are 0 to 1"),
        ({"first": 2}, "label -1, but classes are 0 on"),
    ],
)
def test_records_that_do_not_fit_leave_nothing(options, words, tmp_path):
    records(tmp_path / "a", [1, 2])
    with pytest.raises(ValueError, match=words):
        data.unpack_tfrecords([tmp_path / "a"], [tmp_path / "a"], tmp_path / "pets", **options)
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_truncated_file_leaves_nothing(tmp_path):
    records(tmp_path / "a", [0, 1])
    (tmp_path / "a").write_bytes((tmp_path / "a").read_bytes()[:-30])
    with pytest.raises(ValueError, match=r"Cannot read .* as examples: record 1 claims"):
        data.unpack_tfrecords([tmp_path / "a"], [tmp_path / "a"], tmp_path / "pets")
    with pytest.raises(FileNotFoundError, match=r"Cannot find file .*nowhere"):
        data.unpack_tfrecords([tmp_path / "nowhere"], [], tmp_path / "pets")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_prepared_set_becomes_a_folder(tmp_path):
    import tensorflow_datasets as tfds

    class Pets(tfds.core.GeneratorBasedBuilder):
        VERSION = tfds.core.Version("1.0.0")

        def _info(self):
            label = tfds.features.ClassLabel(names=["cat", "dog"])
            features = tfds.features.FeaturesDict({"image": tfds.features.Image(), "label": label})
            return self.dataset_info_from_configs(features=features)

        def _split_generators(self, manager):
            return {"train": self._generate_examples(4), "test": self._generate_examples(2)}

        def _generate_examples(self, count):
            for k in range(count):
                yield k, {"image": smooth(height=20 + k, seed=k), "label": k % 2}

    with pytest.raises(FileNotFoundError, match="pets is not prepared"):
        data.unpack_tfds("pets", tmp_path / "files", tmp_path)
    Pets(data_dir=tmp_path).download_and_prepare()
    images = data.from_folder(data.unpack_tfds("pets", tmp_path / "files", tmp_path))
    assert (images.class_names, images.train.labels.tolist(), len(images.test)) == (("cat", "dog"), [0, 0, 1, 1], 2)
    assert sorted(images.train.sizes[:, 0].tolist()) == [20, 21, 22, 23]
    pixels = tf.io.decode_png(Path(images.train.paths[0]).read_bytes())
    assert any(np.array_equal(pixels, smooth(height=20 + k, seed=k)) for k in range(4))


def test_a_second_unpacking_into_one_folder_is_refused_and_takes_nothing_from_the_first(tmp_path):
    begun, go_on = threading.Event(), threading.Event()

    def slow():
        for number in range(8):
            yield encoded(smooth(seed=number)), 0
            begun.set()
            go_on.wait(60)

    first = threading.Thread(target=write, args=({"train": slow()}, tmp_path / "pets", None))
    first.start()
    try:
        assert begun.wait(60)
        with pytest.raises(FileExistsError, match=r"Another process writes .*pets' now"):
            write({"train": iter([(b"other", 1)])}, tmp_path / "pets", None)
    finally:
        go_on.set()
        first.join()
    assert len(list((tmp_path / "pets").rglob("*.jpg"))) == 8
    assert [path.name for path in tmp_path.iterdir()] == ["pets"]


def test_files_that_are_gone_at_the_end_are_noticed(tmp_path):
    def examples():
        for number in range(3):
            yield encoded(smooth(seed=number)), 0
        (tmp_path / ".pets.partial" / "train" / "00000" / "00000001.jpg").unlink()

    with pytest.raises(OSError, match="train has 3 images, 3 were written and 2 files are there"):
        write({"train": examples()}, tmp_path / "pets", None)
    with pytest.raises(OSError, match="train has 5 images, 1 were written and 1 files are there"):
        write({"train": iter([(b"", 0)])}, tmp_path / "pets", None, {"train": 5})
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["", ".", "..", ".hidden", "/tmp", "a/b", "a\\b", "a\0b"])
def test_class_names_that_lead_elsewhere_are_refused_before_anything_is_written(name, tmp_path):
    with pytest.raises(ValueError, match="Cannot make a folder of the class name") as caught:
        write({"train": iter([(b"x", 0)]), "val": iter([(b"y", 1)])}, tmp_path / "pets", ["cat", name])
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_a_class_name_that_is_there_twice_is_refused(tmp_path):
    with pytest.raises(ValueError, match="two folders of one class name, 'cat'"):
        write({"train": iter([(b"x", 0)])}, tmp_path / "pets", ["cat", "dog", "cat"])
    assert not list(tmp_path.iterdir())


def test_links_in_the_way_of_an_unpacking_are_not_followed(tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").write_text("kept")
    (tmp_path / ".pets.partial").symlink_to(outside)
    write({"train": iter([(b"x", 0)])}, tmp_path / "pets", None)
    assert [path.name for path in outside.iterdir()] == ["kept"]
    (tmp_path / "cats").symlink_to(tmp_path / "nowhere")
    with pytest.raises(FileExistsError, match="choose another folder"):
        write({"train": iter([(b"x", 0)])}, tmp_path / "cats", None)
    (tmp_path / ".dogs.lock").symlink_to(outside / "lock")
    with pytest.raises(OSError, match="it is a link"):
        write({"train": iter([(b"x", 0)])}, tmp_path / "dogs", None)
    assert [path.name for path in outside.iterdir()] == ["kept"]


@pytest.mark.parametrize("length", [2**40, 2**63, 10_000])
def test_a_record_that_claims_more_than_its_file_is_refused_before_it_is_read(length, tmp_path):
    records(tmp_path / "a", [0, 1])
    whole = (tmp_path / "a").read_bytes()
    second = 16 + int.from_bytes(whole[:8], "little")
    (tmp_path / "a").write_bytes(whole[:second] + length.to_bytes(8, "little") + whole[second + 8 :])
    with pytest.raises(ValueError, match=rf"Cannot read .* as examples: record 1 claims {length:,} bytes"):
        data.unpack_tfrecords([tmp_path / "a"], [tmp_path / "a"], tmp_path / "pets")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
