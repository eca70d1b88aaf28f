"""State dicts from files and mappings."""

import struct
import zipfile

import ml_dtypes
import numpy as np
import pytest
from safetensors.numpy import save_file

from keras_resnets.weights import reading
from keras_resnets.weights.reading import read_state
from tests.conftest import DATA

STATE = {"conv1.weight": np.arange(4, dtype="float32"), "bn1.bias": np.ones(2, "float16")}


def assert_same(found, expected):
    assert found.keys() == expected.keys()
    for name, array in expected.items():
        np.testing.assert_array_equal(found[name], array, strict=True)


@pytest.mark.parametrize("write", [save_file, lambda state, path: np.savez(path.with_suffix(".npz"), **state)])
def test_files_of_arrays(tmp_path, write):
    path = tmp_path / "state.safetensors"
    write(STATE, path)
    (path,) = tmp_path.iterdir()
    assert_same(read_state(path), STATE)
    assert_same(read_state(str(path)), STATE)


def test_bfloat16_of_safetensors(tmp_path):
    header = b'{"x":{"dtype":"BF16","shape":[3],"data_offsets":[0,6]}}'
    content = np.array([1, -2, 0.5], ml_dtypes.bfloat16).tobytes()
    (tmp_path / "x.safetensors").write_bytes(struct.pack("<Q", len(header)) + header + content)
    np.testing.assert_array_equal(read_state(tmp_path / "x.safetensors")["x"].astype("float32"), [1, -2, 0.5])


def test_a_checkpoint_of_torch():
    assert len(read_state(DATA / "torch" / "zip.pth")) == 10


@pytest.mark.parametrize("prefix", ["module.", "model.", "_orig_mod.", "module.module.", "_orig_mod.module."])
def test_prefixes_of_all_names_go(prefix):
    assert_same(read_state({prefix + name: array for name, array in STATE.items()}), STATE)


def test_a_prefix_of_some_names_stays():
    state = {"module.weight": np.zeros(1), "weight": np.zeros(2)}
    assert_same(read_state(state), state)


def test_counts_of_steps_go():
    assert_same(read_state({**STATE, "bn1.num_batches_tracked": np.array(3), "n_averaged": np.array(3)}), STATE)


@pytest.mark.parametrize("key", reading.WRAPPINGS)
def test_wrappings_are_opened(key):
    assert_same(read_state({"epoch": 3, key: {"module." + name: array for name, array in STATE.items()}}), STATE)
    assert_same(read_state({"model": {key: STATE}}), STATE)


def test_averaged_weights_win():
    other = {name: array + 1 for name, array in STATE.items()}
    assert_same(read_state({"model": other, "optimizer": {"lr": 1}, "model_ema": {"module": 0, **STATE}}), STATE)
    assert_same(read_state({"state_dict": other, "state_dict_ema": STATE}), STATE)


def test_tensors_of_torch_and_variables():
    class Tensor:
        """As much of a tensor of PyTorch as is asked for."""

        shape, dtype = (2,), "torch.bfloat16"

        def detach(self):
            return self

        def cpu(self):
            return self

        def is_floating_point(self):
            return True

        def float(self):
            return self

        def numpy(self):
            return np.ones(2, "float32")

    np.testing.assert_array_equal(read_state({"x": Tensor()})["x"], np.ones(2))


def short(path):
    np.savez(path, x=np.zeros(100))
    path.write_bytes(path.read_bytes()[:-50])


def pickled(path):
    np.savez(path, x=np.array([{}], dtype=object))


def member(path, content, method=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr("x.npy", content)


def patched(path, offset, value):
    """Set flags (6) or method (8) of the one member, in its own header and in the central directory."""
    member(path, b"x" * 100)
    content = bytearray(path.read_bytes())
    content[offset] = content[content.index(b"PK\x01\x02") + offset + 2] = value
    path.write_bytes(content)


def header(path, content):
    path.write_bytes(struct.pack("<Q", len(content)) + content)


@pytest.mark.parametrize(
    "name, write, words",
    [
        ("missing.pth", lambda path: None, "Cannot find file"),
        ("x.txt", lambda path: path.write_text("x"), "Unknown format of weights '.txt'"),
        ("x.safetensors", lambda path: path.write_bytes(b"\xff" * 100), "damaged or cut short"),
        ("x.safetensors", lambda path: save_file({"x": np.zeros(2, "uint16")}, path), "of the type U16"),
        ("x.npz", lambda path: path.write_bytes(b"PK"), "cannot be read"),
        ("x.npz", short, "cannot be read"),
        ("x.npz", pickled, "Object arrays cannot be loaded"),
        ("x.npz", lambda path: np.savez(path), "holds no state dict"),
        ("x.npz", lambda path: member(path, b"\x93NUMPY\x01\x00\x08\x00{'a': [\n"), "cannot be read"),
        ("x.npz", lambda path: member(path, b"\x93NUMPY\x01\x00\x10\x27" + b"(" * 10_000), "cannot be read"),
        ("x.npz", lambda path: member(path, b"x" * 100, zipfile.ZIP_LZMA), "compressed by another method"),
        ("x.npz", lambda path: patched(path, 8, 99), "compressed by another method"),
        ("x.npz", lambda path: patched(path, 6, 1), "encrypted"),
        ("x.safetensors", lambda path: path.write_bytes(b""), "damaged or cut short"),
        ("x.safetensors", lambda path: header(path, b"[" * 100_000), "damaged or cut short"),
    ],
)
def test_files_that_are_refused(tmp_path, name, write, words):
    write(tmp_path / name)
    with pytest.raises(ValueError) as caught:
        read_state(tmp_path / name)
    assert words in str(caught.value)
    assert name in str(caught.value) or name == "x.txt"
    assert "\n" not in str(caught.value)


def test_an_npz_that_unpacks_to_too_much_is_refused(tmp_path, monkeypatch):
    np.savez_compressed(tmp_path / "x.npz", x=np.zeros(100_000))
    monkeypatch.setattr(reading, "UNPACKED_LIMIT", 100_000)
    with pytest.raises(ValueError, match="unpacks to"):
        read_state(tmp_path / "x.npz")


RECURSIVE: dict = {}
RECURSIVE["model"] = RECURSIVE


@pytest.mark.parametrize("state", [{}, {"state_dict": {}}, {"epoch": 3}, {0: np.zeros(1)}, RECURSIVE])
def test_what_holds_no_arrays_is_refused(state):
    with pytest.raises(ValueError, match="holds no state dict"):
        read_state(state)
