"""A fingerprint of a data set, by which a resumed training sees that it goes on with the images that it began with."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from typing import Any

import numpy as np

from keras_resnets._checking import checked
from keras_resnets.data.arrays import ImageSet, Split
from keras_resnets.data.folders import FileSet, FileSplit

_AT_ONCE = 1024  # images in memory that are hashed as one piece


@checked
def fingerprint(images: ImageSet | FileSet) -> dict[str, Any]:
    """Return SHA-256 digests of the training and the test part of a data set, in the order of their images.

    Of image files: the names, relative to the set's root; the sizes, in bytes and in pixels, with the orientation; the
    labels. Each file costs one `stat`, and none is opened: a file that was replaced by one of equal sizes is not
    noticed. Of images in memory: the pixels and the labels.

    Returns:
        `kind`, "files" or "arrays", and for `train` and `test` the digests by what they are of, in hexadecimal.
    """
    if isinstance(images, FileSet):
        parts = {part: _of_files(getattr(images, part), images.root) for part in ("train", "test")}
        return {"kind": "files", **parts}
    return {"kind": "arrays", **{part: _of_arrays(getattr(images, part)) for part in ("train", "test")}}


def _of_files(split: FileSplit, root: str) -> dict[str, str]:
    sizes = np.fromiter(map(_bytes_of, split.paths), "<i8", len(split))
    shown = np.column_stack([split.sizes, split.orientations]).astype("<i8")
    return {
        "names": _digest(os.fsencode(name) + b"\0" for name in _relative(split.paths, root)),
        "sizes": _digest((sizes.tobytes(), shown.tobytes())),
        "labels": _labels(split),
    }


def _of_arrays(split: Split) -> dict[str, str]:
    pieces = (split.images[first : first + _AT_ONCE] for first in range(0, len(split), _AT_ONCE))
    return {"pixels": _digest(piece.tobytes() for piece in pieces), "labels": _labels(split)}


def _relative(paths: Iterable[str], root: str) -> Iterable[str]:
    """Return the paths as they are below the root, with `/` on every system; those elsewhere stay as they are."""
    given, whole = os.path.join(root, ""), os.path.join(os.path.abspath(root), "")  # noqa: PTH100, PTH118
    return (path.removeprefix(given).removeprefix(whole).replace(os.sep, "/") for path in paths)


def _bytes_of(path: str) -> int:
    """Return the size of a file; -1 where it is gone, which differs from any size."""
    try:
        return os.stat(path).st_size  # noqa: PTH116
    except OSError:
        return -1


def _labels(split: Split | FileSplit) -> str:
    return _digest([split.labels.astype("<i8").tobytes()])


def _digest(pieces: Iterable[bytes]) -> str:
    found = hashlib.sha256()
    for piece in pieces:
        found.update(piece)
    return found.hexdigest()
