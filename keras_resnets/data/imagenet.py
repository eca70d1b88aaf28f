"""ImageNet (ILSVRC 2012) from its two archives, which need a login to download: checked, then unpacked."""

from __future__ import annotations

import os
import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from keras_resnets._checking import checked
from keras_resnets.data.archives import Archive, identify
from keras_resnets.data.unpacking import write

_URL = "http://www.image-net.org/challenges/LSVRC/2012/nnoupb/"
# Sizes and SHA-256 as tensorflow-datasets has them registered (imagenet2012_corrupted).
TRAIN = Archive(
    f"{_URL}ILSVRC2012_img_train.tar",
    "ILSVRC2012_img_train.tar",
    147_897_477_120,
    "b08200a27a8e34218a0e58fde36b0fe8f73bc377f4acea2d91602057c3ca45bb",
)
VALIDATION = Archive(
    f"{_URL}ILSVRC2012_img_val.tar",
    "ILSVRC2012_img_val.tar",
    6_744_924_160,
    "c7e06a6c0baccf06d8dbeb6577d71efff84673a5dbdd50633ab44f8ea0456ae0",
)


@checked
def unpack_imagenet(
    train: str | os.PathLike[str], validation: str | os.PathLike[str], folder: str | os.PathLike[str]
) -> Path:
    """Write ImageNet's images to `folder`, in `train` and `val`, a folder a synset, after checking both archives.

    Sizes are compared first, then the SHA-256, which takes minutes; only then is anything written, about 155 GB. The
    labels of the validation images come with tensorflow-datasets.

    Args:
        train: Path of ILSVRC2012_img_train.tar.
        validation: Path of ILSVRC2012_img_val.tar.
        folder: Path of the folder to make; it is complete or does not exist.

    Returns:
        The folder, for `from_folder`; its classes are in the order of the synsets, as torchvision, timm and Keras have
        them.

    Raises:
        FileExistsError: The folder exists.
        FileNotFoundError: An archive does not exist.
        ValueError: An archive is cut short or is not the published one.
    """
    files = Path(train).expanduser(), Path(validation).expanduser()
    for file, archive in zip(files, (TRAIN, VALIDATION), strict=True):
        if file.is_file() and file.stat().st_size != archive.size:
            size = file.stat().st_size
            raise ValueError(f"{file} is not {archive.name}: expected {archive.size:,} bytes, found {size:,}.")
    for file, archive in zip(files, (TRAIN, VALIDATION), strict=True):
        identify(file, [archive], "imagenet")
    synsets = _lines("labels.txt")
    numbers = {synset: number for number, synset in enumerate(synsets)}
    tested = [numbers[synset] for synset in _lines("validation_labels.txt")]
    return write({"train": _training(files[0], numbers), "val": _validation(files[1], tested)}, folder, synsets)


def _lines(name: str) -> list[str]:
    """Read the words of a file that comes with tensorflow-datasets."""
    import tensorflow_datasets as tfds

    return tfds.core.tfds_path(f"datasets/imagenet2012/{name}").read_text().split()


def _training(archive: Path, numbers: dict[str, int]) -> Iterator[tuple[bytes, int]]:
    """Yield image and label of each training image; the archive holds an archive a synset."""
    with tarfile.open(archive, "r:") as outer:
        for member in outer:
            with tarfile.open(fileobj=outer.extractfile(member), mode="r:") as inner:
                for image in inner:
                    yield _content(inner, image), numbers[Path(member.name).stem]


def _validation(archive: Path, labels: Sequence[int]) -> Iterator[tuple[bytes, int]]:
    """Yield image and label of each validation image; ILSVRC2012_val_00000001.JPEG has the first label."""
    with tarfile.open(archive, "r:") as images:
        for image in images:
            yield _content(images, image), labels[int(Path(image.name).stem.rsplit("_", 1)[1]) - 1]


def _content(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    stream = archive.extractfile(member)
    if stream is None:
        raise ValueError(f"Cannot read {member.name}: it is not a regular file.")
    return stream.read()
