"""CIFAR-10 from folders or tars of PNG files; every image is compared with the published ones."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import lzma
import tarfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePath

import numpy as np

from keras_resnets._errors import listed

CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
SPLITS = ("train", "test")
BATCHES = {"train": tuple(f"data_batch_{number}.bin" for number in range(1, 6)), "test": ("test_batch.bin",)}
DIGEST = "d13914647504dde7ae31175fadc0d70ae61f5ab04030fa805031a777df8fbc71"
"""`digest_of` of the 60,000 published images."""

_LIST = Path(__file__).with_name("cifar10_images.csv.xz")
_IMAGES = (".png", ".jpg", ".jpeg")
_SHAPE = (32, 32, 3)
_MOST_BYTES = 1 << 16  # of a PNG file; 32x32 pixels are 3 KB even uncompressed
_NAMED = 3  # images that an error lists
_DAMAGED = (EOFError, tarfile.TarError, gzip.BadGzipFile, lzma.LZMAError, zlib.error)


@dataclass(frozen=True)
class Place:
    """Split, class and name of an image in CIFAR-10; the name has no suffix."""

    split: str
    label: str
    name: str

    def __str__(self) -> str:
        return f"{self.split}/{self.label}/{self.name}.png"


def holds_images(path: Path) -> bool:
    """Return whether a path is a folder, or a tar whose first file is an image."""
    if path.is_dir():
        return True
    try:
        with tarfile.open(path) as archive:
            first = next((member for member in archive if member.isfile()), None)
    except (OSError, *_DAMAGED):
        return False
    return first is not None and first.name.lower().endswith(_IMAGES)


def write_archive(images: dict[Place, bytes], archive: Path) -> None:
    """Write CIFAR-10's binary archive from what `read_images` returns."""
    with tarfile.open(archive, "w:gz", compresslevel=1) as tar:
        _add(tar, "batches.meta.txt", "\n".join((*CLASSES, "")).encode())
        for split, names in BATCHES.items():
            records = [_record(place, image) for place, image in images.items() if place.split == split]
            for number, name in enumerate(names):
                first, last = (len(records) * edge // len(names) for edge in (number, number + 1))
                _add(tar, name, b"".join(records[first:last]))


def read_images(paths: Iterable[Path]) -> dict[Place, bytes]:
    """Read the pixels of the 60,000 published images, in the order of their list.

    Args:
        paths: Folders and tars, whose images' paths end in `train/CLASS/NAME.png` or `test/CLASS/NAME.png`.

    Returns:
        The bytes of each image, uint8 `[32, 32, 3]`.

    Raises:
        FileNotFoundError: A path does not exist.
        ValueError: An image is missing, doubled, altered, in a wrong place or no PNG; the message names it.
    """
    wanted = published()
    found: dict[Place, bytes] = {}
    origin: dict[Place, str] = {}
    altered: list[str] = []
    for file, encoded in _files(paths):
        split, label = _split_and_class(file)
        pixels = _decoded(encoded, file)
        place = wanted.get(_key(pixels))
        if place is None:
            altered.append(file)
            continue
        if place in found:
            raise ValueError(f"CIFAR-10 has each image once, but {file} holds the same pixels as {origin[place]}.")
        if (place.split, place.label) != (split, label):
            raise ValueError(f"{file} belongs in {place.split}/{place.label}: it is CIFAR-10's {place}.")
        found[place], origin[place] = pixels, file
    _refuse_altered(altered, len(wanted))
    if missing := [place for place in wanted.values() if place not in found]:
        raise ValueError(
            f"{len(missing):,} of CIFAR-10's {len(wanted):,} images are missing: {listed(missing, _NAMED)}."
        )
    ordered = {place: found[place] for place in wanted.values()}
    if (digest := digest_of(ordered)) != DIGEST:
        raise ValueError(f"The images are not CIFAR-10's: their digest is {digest}, the published one {DIGEST}.")
    return ordered


def digest_of(images: dict[Place, bytes]) -> str:
    """Return the SHA-256 of all (split, label, pixels) in hexadecimal; the order of the images does not change it."""
    each = sorted(
        hashlib.sha256(place.split.encode() + _record(place, image)).digest() for place, image in images.items()
    )
    return hashlib.sha256(b"".join(each)).hexdigest()


@cache
def published() -> dict[str, Place]:
    """Read the published places by the first eight hexadecimal digits, all distinct, of the pixels' SHA-256."""
    with lzma.open(_LIST, "rt", encoding="utf-8", newline="") as file:
        return {row["sha256"]: Place(row["split"], row["class"], row["name"]) for row in csv.DictReader(file)}


def _key(pixels: bytes) -> str:
    return hashlib.sha256(pixels).hexdigest()[:8]


def _record(place: Place, pixels: bytes) -> bytes:
    """Return an image in the format of the binary archive: its label, then its red, green and blue plane."""
    planes = np.frombuffer(pixels, np.uint8).reshape(_SHAPE).transpose(2, 0, 1)
    return bytes([CLASSES.index(place.label)]) + planes.tobytes()


def _files(paths: Iterable[Path]) -> Iterator[tuple[str, bytes]]:
    """Yield the path and content of each image file in folders and tars; other files are left out."""
    for path in paths:
        if not path.exists():
            raise FileNotFoundError(f"Cannot find {path}: CIFAR-10 is read from a folder or a tar of PNG files.")
        yield from _of_folder(path) if path.is_dir() else _of_tar(path)


def _of_folder(folder: Path) -> Iterator[tuple[str, bytes]]:
    for file in sorted(folder.resolve().rglob("*")):
        if file.suffix.lower() in _IMAGES and file.is_file():
            with file.open("rb") as stream:
                yield str(file), stream.read(_MOST_BYTES + 1)


def _of_tar(path: Path) -> Iterator[tuple[str, bytes]]:
    try:
        with tarfile.open(path) as archive:
            for member in archive:
                if member.isfile() and member.name.lower().endswith(_IMAGES):
                    stream = archive.extractfile(member)
                    assert stream is not None  # None only for members other than files
                    yield f"{path}/{member.name}", stream.read(_MOST_BYTES + 1)
    except _DAMAGED as error:
        raise ValueError(f"Cannot read {path} to its end: {error}.") from error


def _split_and_class(file: str) -> tuple[str, str]:
    if not file.lower().endswith(".png"):
        raise ValueError(
            f"Cannot take {file}: JPEG copies of CIFAR-10 have lost detail (a network that errs on 8.27 % of the "
            "originals errs on 19.6 % of such copies); give the lossless PNG files, or the original archive."
        )
    split, label = ("", "", *PurePath(file).parts[:-1])[-2:]
    if split not in SPLITS or label not in CLASSES:
        raise ValueError(
            f"Cannot place {file}: its path must end in train/CLASS/NAME.png or test/CLASS/NAME.png, where CLASS is "
            f"one of {', '.join(CLASSES)}."
        )
    return split, label


def _decoded(encoded: bytes, file: str) -> bytes:
    """Decode the pixels of a PNG file, as bytes `[32, 32, 3]`."""
    from PIL import Image

    if len(encoded) > _MOST_BYTES:
        raise ValueError(f"{file} is larger than {_MOST_BYTES:,} bytes, the limit for an image of 32x32 pixels.")
    try:
        with Image.open(io.BytesIO(encoded), formats=("PNG",)) as image:
            if (image.height, image.width, len(image.getbands())) != _SHAPE:
                raise ValueError(f"{file} has {image.width}x{image.height} pixels of mode {image.mode}, not 32x32 RGB.")
            return image.tobytes()
    except (OSError, SyntaxError) as error:
        raise ValueError(f"Cannot read image {file}: {error}.") from error


def _refuse_altered(files: list[str], images: int) -> None:
    if not files:
        return
    advice = "" if len(files) * 10 < images else "; they look like PNG files made from JPEG copies, which cost accuracy"
    raise ValueError(
        f"The pixels of {len(files):,} images are not CIFAR-10's: {listed(files, _NAMED, longest=None)}{advice}."
    )


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(f"cifar-10-batches-bin/{name}")
    member.size = len(content)
    tar.addfile(member, io.BytesIO(content))
