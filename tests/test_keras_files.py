"""Files of Keras that declare more than they may hold."""

import json
import zipfile

import h5py
import keras
import numpy as np
import pytest

from keras_resnets._finite import load_model
from keras_resnets._keras_files import ROOM, WEIGHTS, bytes_of, load_keras_model, load_keras_weights

MEGABYTE = 1 << 20
PEAK = """
import json, sys, resource, keras, keras_resnets as kr
from keras_resnets.evaluation import Classifier

def model():
    return kr.ResNet20(classes=2, input_shape=(32, 32, 3))

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10

kr.load_torch_weights(model(), kr.to_torch_weights(model()))
for path in sys.argv[1:]:
    before, fault = peak(), ""
    try:
        Classifier.open(path) if path.endswith(".keras") else kr.ResNet20(classes=2, weights=path)
    except ValueError as error:
        fault = " ".join(str(error).split())
    print(json.dumps([peak() - before, fault]))
"""


@pytest.fixture
def model():
    inputs = keras.Input((4,))
    return keras.Model(inputs, keras.layers.Dense(3, name="dense")(inputs), name="small")


def bomb(group, name, megabytes):
    """Declare an array of zeros that takes no bytes in the file."""
    del group[name]
    group.create_dataset(name, (megabytes * MEGABYTE // 4,), "float32", chunks=(MEGABYTE,), compression="gzip")


def first_array(file):
    found = []
    file.visititems(lambda name, item: found.append(item) if isinstance(item, h5py.Dataset) else None)
    return found[0].parent, found[0].name.split("/")[-1]


def bombed(model, path, megabytes):
    model.save_weights(path)
    with h5py.File(path, "a") as file:
        bomb(*first_array(file), megabytes)
    return path


def archive_of(model, path, weights, compression=zipfile.ZIP_STORED):
    """Save a model with the file `weights` in place of its own."""
    plain = path.with_name("plain.keras")
    model.save(plain)
    with zipfile.ZipFile(plain) as whole, zipfile.ZipFile(path, "w", compression) as changed:
        for name in whole.namelist():
            changed.writestr(name, weights.read_bytes() if name == WEIGHTS else whole.read(name))
    return path


def test_declared_gigabytes_are_refused_with_both_sizes(model, tmp_path):
    path = bombed(model, tmp_path / "x.weights.h5", 400)
    words = rf"'.*x.weights.h5' into 'small': its arrays take {400 * MEGABYTE + 12:,} bytes .* most {60 + ROOM:,} are"
    with pytest.raises(ValueError, match=words):
        load_keras_weights(model, path)
    with pytest.raises(ValueError, match=r"^Cannot load model '.*x.keras': its arrays take .* unpacked"):
        load_keras_model(archive_of(model, tmp_path / "x.keras", path))
    with pytest.raises(ValueError, match="its arrays take"):
        load_keras_weights(model, tmp_path / "x.keras")


def test_a_member_that_unpacks_to_much_more_is_refused(model, tmp_path):
    (tmp_path / "zeros").write_bytes(bytes(300 * MEGABYTE))
    path = archive_of(model, tmp_path / "x.keras", tmp_path / "zeros", zipfile.ZIP_DEFLATED)
    assert path.stat().st_size < MEGABYTE
    with pytest.raises(ValueError, match="its members take"):
        load_keras_model(path)


def test_whole_files_load_also_compressed_and_trained_ones(model, tmp_path):
    model.compile("adam", "mse")
    model.fit(np.ones((2, 4)), np.ones((2, 3)), verbose=0)
    model.save(tmp_path / "x.keras")
    model.save_weights(tmp_path / "x.weights.h5")
    again = archive_of(model, tmp_path / "y.keras", tmp_path / "x.weights.h5", zipfile.ZIP_DEFLATED)
    for path in (tmp_path / "x.keras", again):
        np.testing.assert_array_equal(load_keras_model(path).get_weights()[0], model.get_weights()[0])
    assert load_keras_model(again, compile=True).optimizer.iterations == 1
    fresh = keras.models.clone_model(model)
    for path in (again, tmp_path / "x.weights.h5"):
        fresh.set_weights([np.zeros_like(array) for array in fresh.get_weights()])
        load_keras_weights(fresh, path)
        np.testing.assert_array_equal(fresh.get_weights()[0], model.get_weights()[0])
    assert bytes_of(fresh) == 60


def linked(file):
    group, name = first_array(file)
    del group[name]
    group[name] = h5py.SoftLink("/elsewhere")


def twice(file):
    file["again"] = file["layers"]


def texts(file):
    file.create_dataset("texts", (3,), h5py.string_dtype())


def chunk(file):
    size = ROOM // 4 + MEGABYTE
    file.create_dataset("chunk", (1,), "float32", maxshape=(None,), chunks=(size,), compression="gzip")


@pytest.mark.parametrize(
    "change, words",
    [
        (linked, "is a link to elsewhere"),
        (twice, "has two names"),
        (texts, "values of no fixed size"),
        (chunk, "its arrays take"),
    ],
)
def test_what_has_no_sure_size_is_refused(change, words, model, tmp_path):
    path = tmp_path / "x.weights.h5"
    model.save_weights(path)
    with h5py.File(path, "a") as file:
        change(file)
    with pytest.raises(ValueError, match=words):
        load_keras_weights(model, path)


def cut(path):
    path.write_bytes(path.read_bytes()[:-100])


def without_config(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x", "")


@pytest.mark.parametrize(
    "damage", [cut, without_config, lambda path: path.write_bytes(b"")], ids=["cut", "another zip", "empty"]
)
def test_a_damaged_file_is_named_in_one_sentence(damage, model, tmp_path):
    path = tmp_path / "x.keras"
    model.save(path)
    damage(path)
    with pytest.raises(ValueError, match=r"^Cannot load model '.*x\.keras': [^\n]+\.$"):
        load_model(path)
    path.unlink()
    with pytest.raises(FileNotFoundError, match=r"^Cannot load model '.*x\.keras': there is no such file\.$"):
        load_model(path)


@pytest.mark.slow
def test_no_small_file_takes_gigabytes(tmp_path, fresh_python):
    """Megabytes that a file of each format adds, one after the other, to a process that has loaded a model before."""
    import keras_resnets as kr

    model = kr.ResNet20(classes=2)
    paths = [tmp_path / name for name in ("x.weights.h5", "x.keras", "x.npz", "x.safetensors")]
    archive_of(model, paths[1], bombed(model, paths[0], 1200))
    deflated_npz(paths[2], 1200)
    sparse_safetensors(paths[3], 60_000)
    lines = fresh_python(PEAK, *paths).strip().splitlines()[-len(paths) :]
    for path, (added, fault) in zip(paths, map(json.loads, lines), strict=True):
        assert ("do not fit 'resnet20'" if path.suffix == ".safetensors" else str(path)) in fault
        assert added < 600, path.name


def deflated_npz(path, megabytes):
    header = {"descr": "<f4", "fortran_order": False, "shape": (megabytes * MEGABYTE // 4,)}
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("conv1.weight.npy", "w", force_zip64=True) as file,
    ):
        np.lib.format.write_array_header_1_0(file, header)
        for _ in range(megabytes):
            file.write(bytes(MEGABYTE))


def sparse_safetensors(path, megabytes):
    """Write a file whose one array lies in a hole."""
    size = megabytes * MEGABYTE
    header = b'{"conv1.weight":{"dtype":"F32","shape":[%d],"data_offsets":[0,%d]}}' % (size // 4, size)
    with path.open("wb") as file:
        file.write(len(header).to_bytes(8, "little") + header)
        file.truncate(8 + len(header) + size)
