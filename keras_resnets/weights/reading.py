"""State dicts from files and mappings, as NumPy arrays, without PyTorch."""

import os
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import safetensors

from keras_resnets._errors import unknown
from keras_resnets.weights.pickles import read_torch_file

# Keys of state dicts in a checkpoint, by precedence: averaged weights, which authors evaluate, before the last ones.
WRAPPINGS = ("state_dict_ema", "model_ema", "state_dict", "model", "net")
# Prefixes that wrappers of a module add to every name: DataParallel and AveragedModel, Lightning, torch.compile.
PREFIXES = ("module.", "model.", "_orig_mod.")
BOOKKEEPING = ("num_batches_tracked", "n_averaged")  # counts of steps that PyTorch keeps and Keras does not
UNPACKED_LIMIT = 4 << 30  # bytes of an .npz; a small one could unpack to terabytes

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


def read_state(source: str | os.PathLike | Mapping) -> dict[str, np.ndarray]:
    """Return the arrays of a state dict by PyTorch's names, without wrappings, prefixes and counts of steps.

    Args:
        source: the path of a .safetensors, .npz, .pth, .pt, .th, .bin or .pth.tar file, or a mapping of arrays
            (NumPy's, or PyTorch's tensors). A checkpoint may hold the state dict under a name of `WRAPPINGS`.

    Raises:
        ValueError: if there is no such file, it is of another format or damaged, or holds no state dict.
    """
    name = "The mapping" if isinstance(source, Mapping) else repr(os.fspath(source))
    state = _unwrapped(source if isinstance(source, Mapping) else _read_file(Path(source)))
    arrays = {key: _as_array(value) for key, value in state.items() if isinstance(key, str) and _is_array(value)}
    arrays = {key: value for key, value in arrays.items() if not key.endswith(BOOKKEEPING)}
    if not arrays:
        raise ValueError(f"{name} holds no state dict: a dictionary of arrays by their names.")
    return _without_prefixes(arrays)


def _read_file(path: Path) -> Any:
    if not path.is_file():
        raise ValueError(f"There is no file {str(path)!r}.")
    if path.suffix not in READERS:
        raise ValueError(unknown("format of weights", path.suffix, READERS))
    return READERS[path.suffix](path)


def _read_safetensors(path: Path) -> dict[str, np.ndarray]:
    try:
        tensors = safetensors.deserialize(path.read_bytes())
    except safetensors.SafetensorError as fault:
        raise ValueError(f"{str(path)!r} is damaged or cut short: {fault}.") from None
    return {
        name: np.frombuffer(tensor["data"], _safetensors_type(tensor["dtype"], path)).reshape(tensor["shape"])
        for name, tensor in tensors
    }


def _safetensors_type(title: str, path: Path) -> type:
    if title not in SAFETENSORS_TYPES:
        raise ValueError(f"{str(path)!r} holds arrays of the type {title}, which is not read.")
    return SAFETENSORS_TYPES[title]


def _read_npz(path: Path) -> dict[str, np.ndarray]:
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
        if size <= UNPACKED_LIMIT:
            with np.load(path, allow_pickle=False) as arrays:
                return dict(arrays)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, MemoryError) as fault:
        raise ValueError(f"{str(path)!r} cannot be read: {fault}.") from None
    raise ValueError(f"{str(path)!r} unpacks to {size:,} bytes; at most {UNPACKED_LIMIT:,} are read.")


READERS: dict[str, Callable[[Path], Any]] = {
    ".safetensors": _read_safetensors,
    ".npz": _read_npz,
    **dict.fromkeys((".pth", ".pt", ".th", ".bin", ".tar"), read_torch_file),
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
