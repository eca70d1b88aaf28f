"""Files of Keras, whose declared sizes are compared with what they may hold before an array is read.

A few megabytes of HDF5 or zip can declare gigabytes of zeros, which Keras would read, and keep until it raises.
"""

from __future__ import annotations

import os
import zipfile
from collections.abc import Collection, Iterator
from io import BytesIO
from math import prod
from pathlib import Path

import h5py
import keras
import numpy as np

from keras_resnets._errors import one_line

ROOM = 200 << 20  # bytes that a file may hold beside a model's weights, such as another head
WEIGHTS = "model.weights.h5"  # member of a .keras file
OPTIMIZER = ("optimizer", "optimizer_weights")  # groups that a model without an optimizer does not read


def bytes_of(model: keras.Model) -> int:
    """Return the bytes of a model's variables, at least four a value, as files may hold float32 for 16-bit weights."""
    return sum(prod(variable.shape) * max(4, np.dtype(variable.dtype).itemsize) for variable in model.variables)


def load_keras_model(path: str | os.PathLike[str], *, compile: bool = False) -> keras.Model:
    """Load a `.keras` file that unpacks to little more than its own size.

    The model is not known before the file is read. Keras writes members and arrays as they are, without compression;
    so the members together, and the arrays together, may take as many bytes as the file, plus `ROOM` for files that
    were compressed afterwards.

    Args:
        path: The file.
        compile: Whether the model gets the optimizer, losses and metrics of the file.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is damaged, no model, or unpacks to more.
    """
    path = Path(path)
    try:
        _refuse_oversized_archive(path)
        return keras.saving.load_model(path, compile=compile)
    except FileNotFoundError:
        raise FileNotFoundError(f"Cannot load model {str(path)!r}: there is no such file.") from None
    except Exception as fault:  # a damaged file raises a dozen kinds: of zipfile, h5py and Keras
        raise ValueError(f"Cannot load model {str(path)!r}: {one_line(fault)}.") from fault


def load_keras_weights(model: keras.Model, path: str | os.PathLike[str]) -> None:
    """Load the weights of a .weights.h5, .h5 or .keras file whose arrays take at most the model's bytes plus `ROOM`.

    Raises:
        ValueError: If the file is damaged, holds more, or does not fit; the model may have taken some of the weights.
    """
    path = Path(path)
    try:
        _refuse_oversized_weights(model, path)
        model.load_weights(path)
    except Exception as fault:  # as for `load_keras_model`
        raise ValueError(f"Cannot load weights {str(path)!r} into {model.name!r}: {one_line(fault)}.") from fault


def _refuse_oversized_archive(path: Path) -> None:
    most = path.stat().st_size + ROOM
    with zipfile.ZipFile(path) as archive:
        _refuse_above(sum(entry.file_size for entry in archive.infolist()), most, "its members")
        if WEIGHTS not in archive.namelist():
            raise ValueError(f"it holds no {WEIGHTS}")
        with h5py.File(BytesIO(archive.read(WEIGHTS)), "r") as file:
            _refuse_above(_declared_bytes(file), most, "its arrays")


def _refuse_oversized_weights(model: keras.Model, path: Path) -> None:
    most = bytes_of(model) + ROOM
    unread = () if getattr(model, "optimizer", None) else OPTIMIZER
    if path.suffix != ".keras":
        with h5py.File(path, "r") as file:
            _refuse_above(_declared_bytes(file, unread), most, "its arrays")
        return
    _refuse_oversized_archive(path)
    with zipfile.ZipFile(path) as archive, h5py.File(BytesIO(archive.read(WEIGHTS)), "r") as file:
        _refuse_above(_declared_bytes(file, unread), most, "its arrays")


def _refuse_above(size: int, most: int, what: str) -> None:
    if size > most:
        raise ValueError(f"{what} take {size:,} bytes unpacked, where at most {most:,} are expected")


def _declared_bytes(file: h5py.File, unread: Collection[str] = ()) -> int:
    """Return the bytes that the arrays of a file declare, each under each of its names, without reading them.

    Args:
        file: An HDF5 file.
        unread: Groups at the top that do not count.

    Raises:
        ValueError: If the file has links to elsewhere, a group under two names, or values of no fixed size.
    """
    total = 0
    for array in _arrays(file, unread):
        if array.dtype.hasobject:
            raise ValueError(f"its array {array.name[:100]!r} holds values of no fixed size")
        total += max(prod(array.shape or ()), prod(array.chunks or ())) * array.dtype.itemsize
    return total


def _arrays(file: h5py.File, unread: Collection[str]) -> Iterator[h5py.Dataset]:
    groups, seen = [file], set()
    while groups:
        group = groups.pop()
        address = h5py.h5o.get_info(group.id).addr
        if address in seen:
            raise ValueError(f"its group {group.name[:100]!r} has two names")
        seen.add(address)
        for name in group:
            if group is file and name in unread:
                continue
            if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                raise ValueError(f"its name {name[:100]!r} is a link to elsewhere")
            item = group[name]
            if isinstance(item, h5py.Group):
                groups.append(item)
            elif isinstance(item, h5py.Dataset):
                yield item
