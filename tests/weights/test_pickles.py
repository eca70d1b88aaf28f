"""PyTorch's files, read without PyTorch, and files that mean harm.

tests/data/torch was written by torch.save of PyTorch 2.13: every tensor is a range from 0, as the test says.
"""

import io
import os
import pickle
import random
import struct
import zipfile

import ml_dtypes
import numpy as np
import pytest

from keras_resnets.weights import pickles
from keras_resnets.weights.pickles import read_torch_file
from tests.conftest import DATA
from tests.torch_files import archive, dictionary, integer, name, storage, tensor, text

FILES = DATA / "torch"


def counted(*shape, dtype="float32"):
    return np.arange(np.prod(shape)).reshape(shape).astype(dtype)


@pytest.mark.parametrize("name", ["zip.pth", "protocol4.pth", "legacy.pth"])
def test_every_kind_of_tensor_is_read(name):
    checkpoint = read_torch_file(FILES / name)
    expected = {
        "plain": counted(2, 3, 1, 2),
        "channels_last": counted(2, 3, 4, 5),
        "strided": counted(40)[3::5],
        "half": counted(3, dtype="float16"),
        "bfloat16": counted(5, dtype=ml_dtypes.bfloat16),
        "double": counted(4, dtype="float64"),
        "parameter": counted(2, 2),
        "scalar": np.array(7),
        "bool": np.array([True, False]),
        "empty": np.zeros(0, "float32"),
    }
    assert checkpoint["state_dict"].keys() == expected.keys()
    for key, array in checkpoint["state_dict"].items():
        np.testing.assert_array_equal(array, expected[key], strict=True)
        assert not array.flags.writeable
    assert (checkpoint["epoch"], checkpoint["rate"], checkpoint["done"], checkpoint["size"]) == (3, 0.1, None, (1, 2))
    assert checkpoint["optimizer"]["param_groups"] == [{"betas": (0.9, 0.999)}]


@pytest.mark.parametrize(
    "name, words",
    [
        ("module.pth", "names 'torch.nn.modules.linear.Linear', which is not read"),
        ("script.pt", "is a TorchScript program"),
    ],
)
def test_models_are_refused_with_the_way_to_a_state_dict(name, words):
    with pytest.raises(ValueError, match=r"torch\.save\(model\.state_dict\(\), path\)") as caught:
        read_torch_file(FILES / name)
    assert words in str(caught.value)


def refused(path):
    with pytest.raises(ValueError) as caught:
        read_torch_file(path)
    message = str(caught.value)
    assert message.startswith(repr(str(path))) and len(message) < 400 and "\n" not in message
    return message


def test_the_files_written_by_hand_are_read_where_they_are_sound(tmp_path):
    path = archive(tmp_path / "x.pth", dictionary(tensor(1, (1, 3), (9, 1))))
    np.testing.assert_array_equal(read_torch_file(path)["key"], [[1, 2, 3]])


class Harm:
    """What Python's own unpickler would run."""

    def __reduce__(self):
        return os.system, (f"touch {self.path}",)


@pytest.mark.parametrize("protocol", range(6))
def test_a_command_is_not_run(tmp_path, protocol):
    Harm.path = tmp_path / "harmed"
    path = archive(tmp_path / "x.pth", pickle.dumps({"key": Harm()}, protocol))
    refused(path)
    assert not Harm.path.exists()
    pickle.loads(pickle.dumps(Harm(), protocol))
    assert Harm.path.exists()


@pytest.mark.parametrize(
    "content",
    [
        name("os", "system"),
        name("builtins", "getattr"),
        name("builtins", "eval"),
        name("__builtin__", "eval"),
        name("torch", "load"),
        name("torch", "serialization.os.system"),
        name("torch.serialization", "os.system"),
        name("torch._utils", "_rebuild_tensor_v2.__globals__"),
        name("collections", "OrderedDict.__class__"),
        name("collections", "namedtuple"),
        name("torch", "FloatStorage.from_file"),
        name("torch.storage", "_load_from_bytes"),
        name("numpy", "ndarray"),
        text("os") + text("system") + b"\x93",
        text("torch") + text("hub.load") + b"\x93",
    ],
    ids=repr,
)
def test_a_name_that_is_not_of_a_state_dict_is_refused_and_named(tmp_path, content):
    assert "which is not read" in refused(archive(tmp_path / "x.pth", dictionary(content)))


@pytest.mark.parametrize(
    "content",
    [
        b"(S'true'\nios\nsystem\n",  # INST
        b"(" + name("torch", "Size") + b"o",  # OBJ
        name("collections", "OrderedDict") + b")\x81",  # NEWOBJ
        name("collections", "OrderedDict") + b")}\x92",  # NEWOBJ_EX
        b"\x82\x01",
        b"\x83\x01\x00",
        b"\x84\x01\x00\x00\x00",  # EXT1, EXT2, EXT4
        b"Pidentity\n",  # PERSID
        b"\x97",  # NEXT_BUFFER
        b"I1\n",
        b"Vtext\n",
        b"\x8b\x04\x00\x00\x00\x01\x00\x00\x00",  # LONG4
    ],
    ids=repr,
)
def test_an_instruction_that_state_dicts_do_not_need_is_refused(tmp_path, content):
    assert "holds the pickle instruction" in refused(archive(tmp_path / "x.pth", dictionary(content)))


ORDERED_DICT = name("collections", "OrderedDict")


@pytest.mark.parametrize(
    "content",
    [
        text("print") + b")R",  # a call of a string
        name("torch", "FloatStorage") + b")R",  # of a type
        name("torch", "float32") + b")R",
        ORDERED_DICT + b"}R",  # without arguments
        ORDERED_DICT + text("ab") + b"\x85R",  # of something else than pairs
        ORDERED_DICT + b"}b",  # attributes of a constructor
        tensor() + b"}" + text("__setstate__") + name("torch", "Size") + b"sb",  # of a tensor
        b"]" + b"}" + text("append") + text("x") + b"sb",  # of a list
        name("torch._utils", "_rebuild_parameter") + text("x") + b"\x85R",
        name("torch._utils", "_rebuild_tensor_v2") + b")R",
        text("storage") + b"Q",  # identities of storages
        b"(" + text("storage") + text("FloatStorage") + text("0") + text("cpu") + integer(4) + b"tQ",
        b"(" + text("storage") + name("torch", "Size") + text("0") + text("cpu") + integer(4) + b"tQ",
        b"(" + text("module") + name("torch", "Size") + text("f.py") + text("code") + b"tQ",
        storage(numel=-1),
        b"]" + tensor() + b"a" + tensor(of=storage(numel=3), shape=(3,)) + b"a",  # two sizes
        b"})" + b"\x85" * 100_000 + text("x") + b"s",  # a dictionary's key, deeply nested
        b"(((" + b"t",
        b"t",
        b"0",
        b"h\x05",
    ],
    ids=lambda content: repr(content[:30]),
)
def test_a_malformed_pickle_is_refused(tmp_path, content):
    refused(archive(tmp_path / "x.pth", dictionary(content)))


@pytest.mark.parametrize(
    "content",
    [
        tensor(shape=(5,)),
        tensor(offset=1),
        tensor(shape=(2, 3), strides=(2, 1)),
        tensor(shape=(2,), strides=(4,)),
        tensor(offset=-1),
        tensor(offset=-4),
        tensor(strides=(-1,), offset=3),
        tensor(shape=(-4,)),
        tensor(shape=(1 << 62, 1 << 62), strides=(0, 0)),
        tensor(shape=(1 << 40,), strides=(0,)),  # one element for terabytes
        tensor(shape=(2, 2), strides=(1,)),
        tensor(shape=(0, 1 << 61), strides=(1, 1)),
        tensor(shape=(1,) * 40, strides=(1,) * 40),
        tensor(shape=(1 << 40,), of=storage(numel=1 << 40)),  # more than the file holds
        tensor(of=storage("DoubleStorage")),
        tensor(of=storage(key="1")),
        tensor(of=storage(key="../data.pkl")),
    ],
)
def test_a_tensor_beyond_its_storage_is_refused(tmp_path, content):
    assert "is damaged" in refused(archive(tmp_path / "x.pth", dictionary(content)))


def test_nesting_and_memos_take_no_stack_and_no_memory(tmp_path):
    deep = b"]" * 100_000 + b"a" * 99_999
    assert read_torch_file(archive(tmp_path / "deep.pth", dictionary(deep)))["key"]
    doubled = b"](]q\x00" + b"h\x00h\x00\x86q\x00" * 1_000 + b"e"  # 2 ** 1,000 leaves
    assert read_torch_file(archive(tmp_path / "doubled.pth", dictionary(doubled)))["key"]
    far = b"]r\xff\xff\xff\xff"  # the C unpickler allots a table up to the number
    assert read_torch_file(archive(tmp_path / "far.pth", dictionary(far)))["key"] == []


def test_a_dictionary_that_holds_itself_ten_thousand_times_ends(tmp_path):
    itself = b"".join(text(str(key)) + b"h\x00" for key in range(10_000))
    assert len(read_torch_file(archive(tmp_path / "x.pth", b"\x80\x02}q\x00(" + itself + b"u."))) == 10_000


def test_a_compressed_archive_is_refused(tmp_path):
    assert "is compressed" in refused(
        archive(tmp_path / "x.pth", b"\0" * 1_000_000, compress_type=zipfile.ZIP_DEFLATED)
    )


def test_an_archive_whose_entries_overlap_is_refused(tmp_path):
    """Twenty names for one storage would be read twenty times."""
    path = archive(tmp_path / "x.pth", dictionary(tensor()), {"00": np.zeros(10_000)})
    content = path.read_bytes()
    entry = content[content.rindex(b"PK\x01\x02") : content.rindex(b"PK\x05\x06")]
    entries = b"".join(entry.replace(b"data/00", b"data/%02d" % number) for number in range(1, 20))
    content = bytearray(content.replace(entry, entry + entries))
    end = content.rindex(b"PK\x05\x06")
    size = struct.unpack_from("<I", content, end + 12)[0] + len(entries)
    struct.pack_into("<HHI", content, end + 8, 21, 21, size)
    path.write_bytes(content)
    assert "claims to hold more than its own size" in refused(path)


def test_a_table_of_contents_without_end_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(pickles, "PICKLE_LIMIT", 1_000)
    assert "beyond" in refused(archive(tmp_path / "x.pth", dictionary(b"]" + b"]a" * 1_000)))


@pytest.mark.parametrize("name", ["zip.pth", "legacy.pth"])
def test_a_file_cut_short_is_refused(tmp_path, name):
    whole, path = (FILES / name).read_bytes(), tmp_path / "x.pth"
    for length in (0, 3, 20, 200, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:length])
        refused(path)


@pytest.mark.parametrize("name", ["zip.pth", "protocol4.pth", "legacy.pth"])
def test_damage_ends_in_a_sentence_or_in_arrays(tmp_path, name):
    whole, path, rng, refusals = (FILES / name).read_bytes(), tmp_path / "x.pth", random.Random(0), 0
    for _ in range(300):
        content = bytearray(whole)
        for _ in range(rng.choice((1, 2, 20))):
            content[rng.randrange(len(content))] = rng.choice((0, 0x80, 0xFF, ord("R"), rng.randrange(256)))
        path.write_bytes(content)
        try:
            read_torch_file(path)
        except ValueError as fault:
            assert str(fault).startswith(repr(str(path)))
            refusals += 1
    assert refusals > 100


def test_what_is_no_file_of_torch_is_refused(tmp_path):
    path = tmp_path / "x.pth"
    path.write_bytes(pickle.dumps({"key": np.zeros(3)}))
    assert "is not a file that torch.save wrote" in refused(path)
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("readme.txt", "hello")
    assert "torch.save did not write" in refused(path)
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("x/data.pkl", dictionary(text("x")))
        file.writestr("x/byteorder", b"big")
    assert "big-endian" in refused(path)


def test_views_of_storages_in_old_files(tmp_path):
    """Before PyTorch 0.4 a storage could be a part of another: (key, offset, elements)."""
    content = io.BytesIO((FILES / "legacy.pth").read_bytes())
    start = b"".join(pickle.dumps(pickle.load(content), 2) for _ in range(3))
    view = b"(" + text("a") + integer(1) + integer(2) + b"t"
    whole = b"(" + text("storage") + name("torch", "FloatStorage") + text("0") + text("cpu") + integer(4) + view + b"tQ"
    storages = pickle.dumps(["0"], 2) + struct.pack("<q", 4) + counted(4).tobytes()
    path = tmp_path / "x.pth"
    path.write_bytes(start + dictionary(tensor(shape=(2,), of=whole)) + storages)
    np.testing.assert_array_equal(read_torch_file(path)["key"], [1, 2])
    path.write_bytes(start + dictionary(tensor(shape=(3,), of=whole)) + storages)
    refused(path)
