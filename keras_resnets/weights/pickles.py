"""PyTorch's own files, `torch.save(model.state_dict(), path)`, read without PyTorch and without trusting them.

A pickle is a program: Python's own reader runs the functions that it names. This reader runs none. It knows the few
instructions of state dicts and the few global names in them, which stand for the inert classes below. Arrays are views
of the bytes read, checked against their size, so that a small file cannot ask for much memory.

Both formats are read: the zip archive of PyTorch 1.6 and later, and the older sequence of pickles and raw storages.
"""

import functools
import io
import mmap
import pickletools
import struct
import zipfile
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any, BinaryIO

import ml_dtypes
import numpy as np

LEGACY_MAGIC = 0x1950A86A20F9469CFC6C
LEGACY_PROTOCOL = 1001
LEGACY_START = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19."  # the pickle of LEGACY_MAGIC
ZIP_START = b"PK\x03\x04"
# Errors of zipfile for damaged archives.
ZIP_FAULTS = (
    zipfile.BadZipFile,
    NotImplementedError,
    RuntimeError,
    ValueError,
    OverflowError,
    OSError,
    EOFError,
    struct.error,
)
PICKLE_LIMIT = 16 << 20  # bytes; names and shapes of 1,202 layers take 1.5 MB
DIMENSIONS_LIMIT = 32
ADVICE = "In PyTorch, torch.save(model.state_dict(), path) writes a file that can be read here."


class Refused(ValueError):
    """Error for a file that is damaged, or holds more than a state dict."""


@dataclass(frozen=True)
class Name:
    """Global name that a pickle may hold; `call` is its inert constructor, `dtype` the type of a storage."""

    title: str
    call: Callable | None = None
    dtype: type | None = None


@dataclass(frozen=True)
class Storage:
    """Flat part of the file: `numel` elements of `dtype`, from the element `start` of the storage `key`."""

    key: str
    dtype: type
    numel: int
    start: int = 0


@dataclass(frozen=True)
class Tensor:
    """Strided view of a storage; offset and strides count elements."""

    storage: Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


def read_torch_file(path: Path) -> Any:
    """Read a file of `torch.save`: dictionaries, lists and numbers, with read-only arrays for tensors.

    Raises:
        ValueError: If the file is damaged or holds anything but tensors and plain values.
    """
    with path.open("rb") as file:
        start = file.read(len(LEGACY_START))
        read = _read_zip if start.startswith(ZIP_START) else _read_legacy if start == LEGACY_START else None
        if read is None:
            raise ValueError(f"{str(path)!r} is not a file that torch.save wrote. {ADVICE}")
        try:
            return read(file)
        except Refused as fault:
            raise ValueError(f"{str(path)!r} {fault} {ADVICE}") from None
        except ZIP_FAULTS as fault:
            raise ValueError(f"{str(path)!r} is damaged or cut short: {fault}.") from None


def _read_zip(file: BinaryIO) -> Any:
    with zipfile.ZipFile(file) as archive:
        entries = {entry.filename: entry for entry in archive.infolist()}
        if any(name.endswith("/constants.pkl") or "/code/" in name for name in entries):
            raise Refused("is a TorchScript program, not a state dict.")
        # torch.save stores without compression; so an archive unpacks to no more than its own size.
        if any(entry.compress_type != zipfile.ZIP_STORED for entry in entries.values()):
            raise Refused("is compressed, as torch.save never writes it.")
        if sum(entry.file_size for entry in entries.values()) > file.seek(0, io.SEEK_END):
            raise Refused("claims to hold more than its own size.")
        contents = [name for name in entries if name.count("/") == 1 and name.endswith("/data.pkl")]
        if len(contents) != 1:
            raise Refused("is a zip archive that torch.save did not write: it has no NAME/data.pkl.")
        folder = contents[0].removesuffix("data.pkl")
        if f"{folder}byteorder" in entries and archive.read(f"{folder}byteorder") != b"little":
            raise Refused("is of a big-endian machine.")
        value = _Pickle(io.BytesIO(archive.read(f"{folder}data.pkl"))).load()

        def content(key: str) -> bytes:
            if f"{folder}data/{key}" not in entries:
                raise Refused(f"is damaged: its storage {key[:40]!r} is missing.")
            return archive.read(f"{folder}data/{key}")

        return _with_arrays(value, functools.cache(content))


def _read_legacy(file: BinaryIO) -> Any:
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view:
        magic, protocol, system = (_Pickle(view).load() for _ in range(3))
        if magic != LEGACY_MAGIC or protocol != LEGACY_PROTOCOL or not isinstance(system, dict):
            raise Refused("is of a version of torch.save that is not known here.")
        if system.get("little_endian") is not True:
            raise Refused("is of a big-endian machine.")
        pickle = _Pickle(view)
        value, keys = pickle.load(), _Pickle(view).load()
        if not isinstance(keys, list) or not all(isinstance(key, str) and key in pickle.roots for key in keys):
            raise Refused("is damaged: its list of storages does not fit its tensors.")
        contents = {}
        for key in keys:
            dtype, numel = pickle.roots[key]
            size = numel * np.dtype(dtype).itemsize
            if int.from_bytes(view.read(8), "little") != numel or size > len(view) - view.tell():
                raise Refused(f"is damaged or cut short: its storage {key[:40]!r} is not whole.")
            contents[key] = view.read(size)

        def content(key: str) -> bytes:
            if key not in contents:
                raise Refused(f"is damaged: its storage {key[:40]!r} is missing.")
            return contents[key]

        return _with_arrays(value, content)


def _with_arrays(value: Any, content: Callable[[str], bytes]) -> Any:
    """Return `value` with arrays in place of tensors, also in nested dictionaries, as checkpoints have them.

    A dictionary is converted once, because a few kilobytes can refer to it 10 ** 12 times.
    """
    converted: dict[tuple[int, int], dict] = {}

    def convert(value: Any, depth: int) -> Any:
        if isinstance(value, Tensor):
            return _array(value, content(value.storage.key))
        if not isinstance(value, dict) or depth == 0:
            return value
        if (id(value), depth) not in converted:
            converted[id(value), depth] = {key: convert(inner, depth - 1) for key, inner in value.items()}
        return converted[id(value), depth]

    return convert(value, depth=3)


def _array(tensor: Tensor, content: bytes) -> np.ndarray:
    storage, dtype = tensor.storage, np.dtype(tensor.storage.dtype)
    if len(content) < (storage.start + storage.numel) * dtype.itemsize:
        raise Refused(f"is damaged or cut short: its storage {storage.key[:40]!r} is too small.")
    elements = np.frombuffer(content, dtype, storage.numel, storage.start * dtype.itemsize)[tensor.offset :]
    strides = [stride * dtype.itemsize if n > 1 else 0 for n, stride in zip(tensor.shape, tensor.strides, strict=True)]
    return np.lib.stride_tricks.as_strided(elements, tensor.shape, strides, writeable=False)


def _ordered_dict(pairs: Any = ()) -> OrderedDict:
    _demand(isinstance(pairs, (list, tuple)) and all(isinstance(p, (list, tuple)) and len(p) == 2 for p in pairs))
    result: OrderedDict = OrderedDict()
    for key, value in pairs:
        result[_key(key)] = value
    return result


def _tensor(storage: Any, offset: Any, shape: Any, strides: Any, *_bookkeeping: Any) -> Tensor:
    """Stand in for `torch._utils._rebuild_tensor_v2`; gradients and hooks are ignored."""
    _demand(isinstance(storage, Storage) and _is_size(offset) and _is_shape(shape) and _is_shape(strides))
    shape, strides = tuple(shape), tuple(strides)
    _demand(len(shape) == len(strides) <= DIMENSIONS_LIMIT)
    _demand(0 not in shape or shape == (0,))
    last = offset + sum((n - 1) * stride for n, stride in zip(shape, strides, strict=True))
    if last >= storage.numel + (shape == (0,)) or prod(shape) > storage.numel:
        raise Refused("is damaged: a tensor reaches beyond its storage.")
    return Tensor(storage, offset, shape, strides)


def _parameter(tensor: Any, *_bookkeeping: Any) -> Tensor:
    _demand(isinstance(tensor, Tensor))
    return tensor


def _size(shape: Any = ()) -> tuple:
    _demand(_is_shape(shape))
    return tuple(shape)


def _bookkeeping(*_arguments: Any) -> None:
    """Stand in for devices, which are ignored."""


CALLS: dict[tuple[str, str], Callable] = {
    ("collections", "OrderedDict"): _ordered_dict,
    ("torch._utils", "_rebuild_tensor"): _tensor,
    ("torch._utils", "_rebuild_tensor_v2"): _tensor,
    ("torch._utils", "_rebuild_parameter"): _parameter,
    ("torch", "Size"): _size,
    ("torch", "device"): _bookkeeping,
}
STORAGES: dict[str, type] = {
    "FloatStorage": np.float32,
    "DoubleStorage": np.float64,
    "HalfStorage": np.float16,
    "BFloat16Storage": ml_dtypes.bfloat16,
    "LongStorage": np.int64,
    "IntStorage": np.int32,
    "ShortStorage": np.int16,
    "CharStorage": np.int8,
    "ByteStorage": np.uint8,
    "BoolStorage": np.bool_,
}
DTYPES = ("float32", "float64", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool")

# The global names that PyTorch writes for dictionaries of tensors; all others are refused.
NAMES = {
    **{key: Name(".".join(key), call=call) for key, call in CALLS.items()},
    **{(module, t): Name(f"{module}.{t}", dtype=d) for module in ("torch", "torch.cuda") for t, d in STORAGES.items()},
    **{("torch", title): Name(f"torch.{title}") for title in DTYPES},
}
_MARK = object()


class _Pickle:
    """Reader of one pickle of a stream, on a stack of inert values."""

    def __init__(self, stream: Any) -> None:
        self.stream = stream
        self.stack: list[Any] = []
        self.memo: dict[int, Any] = {}
        self.roots: dict[str, tuple[type, int]] = {}  # type and elements of each whole storage

    def load(self) -> Any:
        """Run the instructions up to STOP and return the value on the stack."""
        start = self.stream.tell()
        try:
            for instruction, argument, position in pickletools.genops(self.stream):
                if position is not None and position - start > PICKLE_LIMIT:
                    raise Refused(
                        f"has a table of contents beyond {PICKLE_LIMIT >> 20} MiB, too large for a state dict."
                    )
                if instruction.name == "STOP":
                    return self._pop()
                self._run(instruction.name, argument)
        except Refused:
            raise
        except (ValueError, IndexError, KeyError, OverflowError, UnicodeError) as fault:
            raise Refused(f"is damaged or cut short: {str(fault)[:100]}.") from None
        raise Refused("is damaged or cut short.")

    def _run(self, name: str, argument: Any) -> None:
        if name in ("PROTO", "FRAME"):
            return
        if name in CONSTANTS:
            self.stack.append(CONSTANTS[name]())
        elif name in ARGUMENTS:
            self.stack.append(argument)
        elif name == "MARK":
            self.stack.append(_MARK)
        elif name in ("BINPUT", "LONG_BINPUT", "MEMOIZE"):
            self.memo[len(self.memo) if argument is None else argument] = self.stack[-1]
        elif name in ("BINGET", "LONG_BINGET"):
            self.stack.append(self.memo[argument])
        elif name in TUPLES:
            count = TUPLES[name]
            items = self._to_mark() if count is None else [self._pop() for _ in range(count)][::-1]
            self.stack.append(tuple(items))
        elif name in ("APPEND", "APPENDS"):
            items = self._to_mark() if name == "APPENDS" else [self._pop()]
            _demand(type(self.stack[-1]) is list)
            self.stack[-1].extend(items)
        elif name in ("SETITEM", "SETITEMS"):
            items = self._to_mark() if name == "SETITEMS" else [self._pop(), self._pop()][::-1]
            _demand(isinstance(self.stack[-1], dict) and len(items) % 2 == 0)
            for key, value in zip(items[::2], items[1::2], strict=True):
                self.stack[-1][_key(key)] = value
        elif name == "GLOBAL":
            module, _, title = argument.partition(" ")
            self.stack.append(_find(module, title))
        elif name == "STACK_GLOBAL":
            title, module = self._pop(), self._pop()
            _demand(isinstance(module, str) and isinstance(title, str))
            self.stack.append(_find(module, title))
        elif name == "BINPERSID":
            self.stack.append(self._storage(self._pop()))
        elif name == "REDUCE":
            arguments, function = self._pop(), self._pop()
            _demand(isinstance(function, Name) and function.call is not None and isinstance(arguments, tuple))
            self.stack.append(_call(function, arguments))
        elif name == "BUILD":
            # An OrderedDict's attributes: PyTorch keeps version numbers of modules there.
            self._pop()
            _demand(isinstance(self.stack[-1], OrderedDict))
        else:
            raise Refused(f"holds the pickle instruction {name}, which a state dict does not need.")

    def _pop(self) -> Any:
        _demand(bool(self.stack) and self.stack[-1] is not _MARK)
        return self.stack.pop()

    def _to_mark(self) -> list:
        items = []
        while self.stack[-1] is not _MARK:
            items.append(self.stack.pop())
        self.stack.pop()
        return items[::-1]

    def _storage(self, identity: Any) -> Storage:
        """Return the storage of a persistent id ("storage", type, key, device, elements), in old files with a view."""
        if isinstance(identity, tuple) and identity[:1] == ("module",):
            raise Refused("is a whole pickled model, whose code would have to be run.")
        _demand(isinstance(identity, tuple) and len(identity) in (5, 6) and identity[0] == "storage")
        kind, key, _, numel = identity[1:5]
        _demand(isinstance(kind, Name) and kind.dtype is not None and isinstance(key, str) and _is_size(numel))
        if self.roots.setdefault(key, (kind.dtype, numel)) != (kind.dtype, numel):
            raise Refused(f"is damaged: its storage {key[:40]!r} has two sizes.")
        view = identity[5] if len(identity) == 6 else None
        if view is None:
            return Storage(key, kind.dtype, numel)
        _demand(isinstance(view, tuple) and len(view) == 3 and _is_size(view[1]) and _is_size(view[2]))
        _demand(view[1] + view[2] <= numel)
        return Storage(key, kind.dtype, view[2], view[1])


CONSTANTS: dict[str, Callable] = {
    "NONE": lambda: None,
    "NEWTRUE": lambda: True,
    "NEWFALSE": lambda: False,
    "EMPTY_DICT": dict,
    "EMPTY_LIST": list,
    "EMPTY_TUPLE": tuple,
}
ARGUMENTS = frozenset(
    [
        "BININT",
        "BININT1",
        "BININT2",
        "LONG1",
        "BINFLOAT",
        "BINUNICODE",
        "SHORT_BINUNICODE",
        "BINUNICODE8",
        "BINSTRING",
        "SHORT_BINSTRING",
    ]
)
TUPLES: dict[str, int | None] = {"TUPLE": None, "TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}


def _find(module: str, title: str) -> Name:
    """Return the inert stand-in of a global name, from a table; nothing is imported."""
    if (module, title) not in NAMES:
        raise Refused(f"names {f'{module}.{title}'[:80]!r}, which is not read: it is more than a state dict.")
    return NAMES[module, title]


def _call(function: Name, arguments: tuple) -> Any:
    try:
        return function.call(*arguments)  # type: ignore[misc]
    except TypeError:
        raise Refused(f"is damaged: {function.title} is given {len(arguments)} arguments.") from None


def _key(value: Any) -> Any:
    """Return a dictionary's key; tuples are refused, because hashing nested ones could exhaust the stack."""
    _demand(isinstance(value, (str, int, float, bool, type(None))))
    return value


def _is_size(value: Any) -> bool:
    return type(value) is int and 0 <= value < 1 << 62


def _is_shape(value: Any) -> bool:
    return isinstance(value, (tuple, list)) and all(_is_size(n) for n in value)


def _demand(sound: bool) -> None:
    if not sound:
        raise Refused("is damaged, or its pickle is none that torch.save writes.")
