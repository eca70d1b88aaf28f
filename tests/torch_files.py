"""Files of PyTorch's format, written by hand: a pickle's instructions and storages in a zip archive."""

import struct
import zipfile

import numpy as np


def text(string):
    return b"X" + struct.pack("<I", len(string)) + string.encode()


def name(module, title):
    return f"c{module}\n{title}\n".encode()


def integer(number):
    content = number.to_bytes(9, "little", signed=True)
    return b"\x8a" + bytes([len(content)]) + content


def storage(kind="FloatStorage", key="0", numel=4):
    return b"(" + text("storage") + name("torch", kind) + text(key) + text("cpu") + integer(numel) + b"tQ"


def tensor(offset=0, shape=(4,), strides=(1,), of=None):
    sizes = [b"(" + b"".join(map(integer, numbers)) + b"t" for numbers in (shape, strides)]
    start = name("torch._utils", "_rebuild_tensor_v2") + b"(" + (storage() if of is None else of)
    return start + integer(offset) + sizes[0] + sizes[1] + b"\x89" + name("collections", "OrderedDict") + b")RtR"


def dictionary(value, key="key"):
    return b"\x80\x02}" + text(key) + value + b"s."


def archive(path, content, storages=None, **more):
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("x/data.pkl", content, **more)
        for key, array in ({"0": np.arange(4.0, dtype="float32")} if storages is None else storages).items():
            file.writestr(f"x/data/{key}", np.asarray(array).tobytes())
    return path


def save(path, state):
    """What torch.save would write of a dictionary of contiguous float32 arrays."""
    items = b"".join(
        text(key)
        + tensor(shape=array.shape, strides=_strides(array.shape), of=storage(key=str(index), numel=array.size))
        for index, (key, array) in enumerate(state.items())
    )
    storages = {str(index): array.astype("float32") for index, array in enumerate(state.values())}
    return archive(path, b"\x80\x02}(" + items + b"u.", storages)


def _strides(shape):
    return [int(np.prod(shape[axis + 1 :])) for axis in range(len(shape))]
