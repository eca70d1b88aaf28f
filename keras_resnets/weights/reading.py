"""State dicts from files and mappings, as NumPy arrays, without PyTorch."""

import json
import mmap
import os
import zipfile
from collections.abc import Callable, Mapping
from math import prod
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import safetensors

from keras_resnets._errors import one_line, unknown
from keras_resnets.weights.pickles import read_torch_file

# Keys of state dicts in a checkpoint, by precedence: averaged weights, which authors evaluate, before the last ones.
WRAPPINGS = ("state_dict_ema", "model_ema", "state_dict", "model", "net")
# Prefixes that wrappers of a module add to every name: DataParallel and AveragedModel, Lightning, torch.compile.
PREFIXES = ("module.", "model.", "_orig_mod.")
BOOKKEEPING = ("num_batches_tracked", "n_averaged")  # counts of steps that PyTorch keeps and Keras does not
UNPACKED_LIMIT = 4 << 30  # bytes of an .npz for no known model; a small one could unpack to terabytes
CHECKPOINT_COPIES = 4  # of the weights in a training's checkpoint: themselves, their average, two moments
HEADER_LIMIT = 8 << 20  # bytes of a .safetensors; names and shapes of 1,202 layers take less than 1 MB

SAFETENSORS_TYPES = {
    "F64": np.float64,
    "F32": np.float32,
    "F16": np.float16,
    "BF16": ml_dtypes.bfloat16,
    "I64": np.int64,
    "I32": np.int32,
    "I16": np.int16,
    "I8": np.int8,
    "U8": np.uint8,
    "BOOL": np.bool_,
}


def read_state(source: str | os.PathLike | Mapping, most: int | None = None) -> dict[str, np.ndarray]:
    """Return the arrays of a state dict by PyTorch's names, without wrappings, prefixes and counts of steps.

    Args:
        source: the path of a .safetensors, .npz, .pth, .pt, .th, .bin or .pth.tar file, or a mapping of arrays
            (NumPy's, or PyTorch's tensors). A checkpoint may hold the state dict under a name of `WRAPPINGS`.
        most: bytes to which an .npz file may unpack, by default `UNPACKED_LIMIT`; PyTorch's files may have
            `CHECKPOINT_COPIES` times as many. A .safetensors file is mapped, not read.

    Raises:
        ValueError: if there is no such file, it is of another format, damaged or too large, or holds no state dict.
    """
    name = "The mapping" if isinstance(source, Mapping) else repr(os.fspath(source))
    state = _unwrapped(source if isinstance(source, Mapping) else _read_file(Path(source), most or UNPACKED_LIMIT))
    arrays = {key: _as_array(value) for key, value in state.items() if isinstance(key, str) and _is_array(value)}
    arrays = {key: value for key, value in arrays.items() if not key.endswith(BOOKKEEPING)}
    if not arrays:
        raise ValueError(f"{name} holds no state dict: a dictionary of arrays by their names.")
    return _without_prefixes(arrays)


def _read_file(path: Path, most: int) -> Any:
    if not path.is_file():
        raise ValueError(f"Cannot find file {str(path)!r}.")
    if path.suffix not in READERS:
        raise ValueError(unknown("format of weights", path.suffix, READERS))
    return READERS[path.suffix](path, most)


def read_safetensors(path: Path) -> dict[str, np.ndarray]:
    """Map a .safetensors file: of one that claims gigabytes, only the arrays that are looked at take memory.

    Raises:
        ValueError: If the file is damaged.
    """
    try:
        with safetensors.safe_open(path, framework="np"):  # checks that header and arrays fit each other and the file
            pass
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            if length > HEADER_LIMIT:
                raise ValueError(f"its header has {length:,} bytes; at most {HEADER_LIMIT:,} are read")
            header = json.loads(file.read(length))
            content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        header.pop("__metadata__", None)
        return {name: _mapped(content, 8 + length, entry) for name, entry in header.items()}
    except (safetensors.SafetensorError, OSError, ValueError, RecursionError) as fault:
        raise ValueError(f"{str(path)!r} is damaged or cut short: {one_line(fault)}.") from None


def _mapped(content: mmap.mmap, start: int, entry: Mapping[str, Any]) -> np.ndarray:
    if entry["dtype"] not in SAFETENSORS_TYPES:
        raise ValueError(f"it holds arrays of the type {entry['dtype']}, which is not read")
    offset = start + entry["data_offsets"][0]
    return np.frombuffer(content, SAFETENSORS_TYPES[entry["dtype"]], prod(entry["shape"]), offset).reshape(
        entry["shape"]
    )


def _read_npz(path: Path, most: int) -> dict[str, np.ndarray]:
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
        if any(entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for entry in entries):
            raise ValueError("it is compressed by another method than those of NumPy")
        size = sum(entry.file_size for entry in entries)
        if size > most:
            raise ValueError(f"it unpacks to {size:,} bytes; at most {most:,} are read")
        with np.load(path, allow_pickle=False) as arrays:
            return dict(arrays)
    except Exception as fault:  # zipfile, zlib and NumPy raise a dozen kinds of errors for damaged files
        raise ValueError(f"{str(path)!r} cannot be read: {one_line(fault)}.") from None


def _read_torch(path: Path, most: int) -> Any:
    size = path.stat().st_size
    if size > CHECKPOINT_COPIES * most:
        raise ValueError(f"{str(path)!r} has {size:,} bytes; at most {CHECKPOINT_COPIES * most:,} are read.")
    return read_torch_file(path)


READERS: dict[str, Callable[[Path, int], Any]] = {
    ".safetensors": lambda path, most: read_safetensors(path),
    ".npz": _read_npz,
    **dict.fromkeys((".pth", ".pt", ".th", ".bin", ".tar"), _read_torch),
}


def _unwrapped(value: Any) -> Mapping:
    """Return the dictionary under `WRAPPINGS`, at most twice wrapped; a hostile one could hold itself."""
    for _ in range(3):
        if not isinstance(value, Mapping):
            return {}
        inner = next((value[key] for key in WRAPPINGS if isinstance(value.get(key), Mapping)), None)
        if inner is None:
            return value
        value = inner
    return {}


def _is_array(value: Any) -> bool:
    return hasattr(value, "shape") and hasattr(value, "dtype")


def _as_array(value: Any) -> np.ndarray:
    """Return a NumPy array, Keras variable or tensor of PyTorch, on any device, as a NumPy array."""
    if hasattr(value, "detach"):
        value = value.detach().cpu()
        return (value.float() if value.is_floating_point() else value).numpy()
    return np.asarray(value)


def _without_prefixes(arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Strip prefixes that all names share."""
    for prefix in PREFIXES:
        if all(name.startswith(prefix) for name in arrays):
            return _without_prefixes({name.removeprefix(prefix): array for name, array in arrays.items()})
    return arrays
