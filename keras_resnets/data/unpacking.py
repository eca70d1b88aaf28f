"""TFRecords and sets of tensorflow-datasets, unpacked into a folder, which can be read from any step on."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from keras_resnets._checking import Natural, checked
from keras_resnets._errors import unknown
from keras_resnets._files import alone, filling, open_regular

if TYPE_CHECKING:
    import tensorflow as tf

SUFFIXES = {b"\xff\xd8": ".jpg", b"\x89P": ".png", b"GI": ".gif", b"BM": ".bmp"}
PARTS = ("train", "val")
TEST_SPLITS = ("validation", "test")
FORBIDDEN = {"/", "\\", "\0"}  # in the name of a class

Examples = Iterable[tuple[bytes, int]]


@checked
def unpack_tfrecords(
    train: Sequence[str | os.PathLike[str]],
    test: Sequence[str | os.PathLike[str]],
    folder: str | os.PathLike[str],
    *,
    class_names: Sequence[str] | None = None,
    image: str = "image/encoded",
    label: str = "image/class/label",
    first: Natural = 0,
) -> Path:
    """Write the images of TFRecord files to `folder`, in `train` and `val`, a folder each class.

    Args:
        train: TFRecord files of `tf.train.Example` with the training images.
        test: TFRecord files with the test images.
        folder: Path of the folder to make; it is complete or does not exist.
        class_names: Name of each class, which names its folder; by default the label in five digits.
        image: Name of the feature that holds an encoded image.
        label: Name of the feature that holds its label, an integer.
        first: Label of the first class; 1 in TensorFlow's ImageNet.

    Returns:
        The folder, for `from_folder`.

    Raises:
        FileExistsError: The folder exists, or another process writes it.
        FileNotFoundError: A file does not exist.
        ValueError: A record is damaged or lacks a feature, a label is out of range, or a class name cannot name a
            folder.
    """
    missing = [os.fspath(path) for path in (*train, *test) if not Path(path).is_file()]
    if missing:
        raise FileNotFoundError(f"Cannot find file {missing[0]!r}.")
    parts = {part: _of_records(files, image, label, first) for part, files in zip(PARTS, (train, test), strict=True)}
    return write(parts, folder, class_names)


@checked
def unpack_tfds(name: str, folder: str | os.PathLike[str], data_dir: str | os.PathLike[str] | None = None) -> Path:
    """Write the images of any image classification set of tensorflow-datasets to `folder`, as they are encoded.

    The test images are those of its split "validation" or, without it, "test".

    Args:
        name: Name in tensorflow-datasets, such as "imagenette/320px-v2"; the set must be prepared.
        folder: Path of the folder to make; it is complete or does not exist.
        data_dir: Directory of prepared data, as for `load`.

    Returns:
        The folder, for `from_folder`; its classes are in alphabetical order.

    Raises:
        FileExistsError: The folder exists.
        FileNotFoundError: The set is not prepared.
        ValueError: The set lacks images with one label each, or a training or test split.
    """
    import tensorflow_datasets as tfds

    builder = tfds.builder(name, data_dir=None if data_dir is None else os.fspath(data_dir))
    if not builder.data_path.exists():
        raise FileNotFoundError(
            f"{name} is not prepared under {builder.data_dir_root}: tfds.builder({name!r}).download_and_prepare() does."
        )
    features = builder.info.features
    if not {"image", "label"} <= set(features):
        raise ValueError(f"{name} has the features {sorted(features)} and needs image and label.")
    tested = next((split for split in TEST_SPLITS if split in builder.info.splits), None)
    if "train" not in builder.info.splits or tested is None:
        splits = sorted(builder.info.splits)
        raise ValueError(f"{name}: {unknown('splits', splits, ('train', *TEST_SPLITS))}")

    def examples(split: str) -> Iterator[tuple[bytes, int]]:
        encoded = builder.as_dataset(split=split, decoders={"image": tfds.decode.SkipDecoding()})
        for example in encoded.as_numpy_iterator():
            yield example["image"], int(example["label"])

    names = [name.replace("/", "_") for name in features["label"].names]
    counts = {
        part: builder.info.splits[split].num_examples for part, split in zip(PARTS, ("train", tested), strict=True)
    }
    return write({"train": examples("train"), "val": examples(tested)}, folder, names, counts)


def _of_records(
    files: Sequence[str | os.PathLike[str]], image: str, label: str, first: int
) -> Iterator[tuple[bytes, int]]:
    import tensorflow as tf

    features: dict[str, Any] = {image: tf.io.FixedLenFeature([], tf.string), label: tf.io.FixedLenFeature([], tf.int64)}

    def parsed(record: tf.Tensor) -> Mapping[str, tf.Tensor]:
        return tf.io.parse_single_example(record, features)

    for file in files:
        _check_framing(Path(file))
        try:
            for example in tf.data.TFRecordDataset(os.fspath(file)).map(parsed).as_numpy_iterator():
                yield example[image], int(example[label]) - first
        except tf.errors.OpError as error:
            raise ValueError(
                f"Cannot read {os.fspath(file)!r} as examples with {image} and {label}: "
                f"{str(error.message).splitlines()[0]}"
            ) from None


def _check_framing(file: Path) -> None:
    """Raise if a record of a TFRecord file claims to be longer than the file: TensorFlow would allocate the claim.

    A record is its length, 8 bytes, little endian, that one's checksum, 4, the content, and its checksum, 4.
    """
    size, position, number = file.stat().st_size, 0, 0
    with open_regular(file) as records:
        while position < size:
            records.seek(position)
            head = records.read(8)
            length = int.from_bytes(head, "little")
            if len(head) < 8 or length > size - position - 16:
                claim = f"claims {length:,} bytes" if len(head) == 8 else "is cut short"
                raise ValueError(
                    f"Cannot read {str(file)!r} as examples: record {number} {claim}, and the file ends after "
                    f"{size - position:,}."
                )
            position += length + 16
            number += 1


def write(
    parts: Mapping[str, Examples],
    folder: str | os.PathLike[str],
    class_names: Sequence[str] | None,
    counts: Mapping[str, int] | None = None,
) -> Path:
    """Write examples as files to a temporary folder, then rename it.

    Args:
        parts: Images and labels of each part, by its name.
        folder: Path of the folder to make; it is complete or does not exist.
        class_names: Name of each class; by default the label in five digits.
        counts: Known number of images of each part, by its name.

    Raises:
        FileExistsError: The folder exists, or another process writes it.
        ValueError: A class name cannot name a folder, a label is out of range, or the parts have no images.
        OSError: Files are missing or left over at the end.
    """
    path = Path(folder).expanduser()
    if class_names is not None:
        _check_names(class_names)
    with alone(path):
        if os.path.lexists(path):
            raise FileExistsError(f"Cannot write {str(path)!r}: it exists; choose another folder.")
        with filling(path.with_name(f".{path.name}.partial")) as temporary:
            for part, examples in parts.items():
                written = _write_part(temporary / part, part, examples, class_names)
                _check_count(temporary / part, written, (counts or {}).get(part, written))
            if not any(temporary.iterdir()):
                raise ValueError(f"Cannot make {str(path)!r} without images.")
            temporary.rename(path)
    return path


def _write_part(folder: Path, part: str, examples: Examples, class_names: Sequence[str] | None) -> int:
    """Write the images of a part, and return their number."""
    written = 0
    for number, (content, label) in enumerate(examples):
        if label < 0 or (class_names is not None and label >= len(class_names)):
            known = "0 on" if class_names is None else f"0 to {len(class_names) - 1}"
            raise ValueError(f"Image {number} of {part} has the label {label}, but classes are {known}.")
        target = folder / (f"{label:05}" if class_names is None else class_names[label])
        target.mkdir(parents=True, exist_ok=True)
        with (target / f"{number:08}{SUFFIXES.get(content[:2], '')}").open("xb") as file:
            file.write(content)
        written += 1
    return written


def _check_names(names: Sequence[str]) -> None:
    """Raise if a class name occurs twice or cannot name a folder on every system."""
    for name in names:
        # Names that begin with a dot are hidden: from_folder leaves them out.
        if not name or name.startswith(".") or FORBIDDEN & {*name}:
            raise ValueError(
                f"Cannot make a folder of the class name {name!r}: a name is not empty, does not begin with a dot and "
                "holds no slash, no backslash and no NUL."
            )
    twice = sorted(name for name, count in Counter(names).items() if count > 1)
    if twice:
        raise ValueError(f"Cannot make two folders of one class name, {twice[0]!r}: each class has its own.")


def _check_count(folder: Path, written: int, expected: int) -> None:
    """Raise if the number of files in a part's folder differs from the number of images."""
    found = sum(len(files) for _, _, files in os.walk(folder))  # none where the folder is not there
    if not found == written == expected:
        raise OSError(
            f"Cannot finish {str(folder.parent)!r}: {folder.name} has {expected:,} images, {written:,} were written "
            f"and {found:,} files are there. Something else has changed the folder, or the images were not all read."
        )
