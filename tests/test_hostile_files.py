"""Files of strangers: whatever their bytes are, what reads them raises the package's own sentence or nothing."""

import io
import random
import resource
import traceback
import warnings
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import keras_resnets as kr
from keras_resnets.training import recipes
from keras_resnets.weights.load import load_weights
from keras_resnets.weights.reading import read_state
from tests import torch_files
from tests.small_networks import OneBlock

FILES = 2000  # damaged files for each reader
PACKAGE = str(Path(kr.__file__).parent)
RECIPE = """\
base: he_cifar
epochs: 3
batch_size: 64
optimizer: {momentum: 0.8, nesterov: true}
augmentation: "padding 4, 32 crop, flip"
schedule: {at: [1, 2]}
"""


@pytest.fixture(scope="module")
def model():
    """A network that is small enough for thousands of files; each reader leaves it as it is or fills it whole."""
    return OneBlock(input_shape=(8, 8, 3), classes=2)


def safetensors(path, model):
    from safetensors.numpy import save_file

    save_file({name: np.ascontiguousarray(array) for name, array in kr.to_torch_weights(model).items()}, path)


def image(kind, **options):
    def write(path, model):
        pixels = np.random.default_rng(0).integers(0, 256, (24, 20, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(path, kind, **options)

    return write


def classifier(path, model):
    kr.Classifier(model, kr.weights.Preprocessing(size=8, resize=8), class_names=("cat", "dog")).save(path)


WRITERS = {
    "state.pth": lambda path, model: torch_files.archive(path, torch_files.dictionary(torch_files.tensor())),
    "state.npz": lambda path, model: np.savez(path, **kr.to_torch_weights(model)),
    "packed.npz": lambda path, model: np.savez_compressed(path, **kr.to_torch_weights(model)),
    "state.safetensors": safetensors,
    "saved.safetensors": classifier,
    "saved.keras": classifier,
    "saved.weights.h5": lambda path, model: model.save_weights(path),
    "recipe.yaml": lambda path, model: path.write_text(RECIPE),
    "image.jpg": image("JPEG", quality=80),
    "progressive.jpg": image("JPEG", progressive=True),
    "image.png": image("PNG"),
}


def read(path, model, pixels):
    """Read a file by the reader that its suffix has."""
    if path.suffix == ".pth":
        read_state(path)
    elif path.suffix == ".keras":
        kr.Classifier.open(path)
    elif path.name in ("saved.safetensors", "saved.weights.h5"):
        load_weights(model, path)
    elif path.suffix in (".npz", ".safetensors"):
        kr.load_torch_weights(model, path)
    elif path.suffix == ".yaml":
        recipes.read(path)
    else:
        pixels.predict([path])


def bytes_changed(content, draw):
    """Damage bytes in one to four places: cut, flip, overwrite, insert, remove or repeat."""
    content = bytearray(content)
    for _ in range(draw.randint(1, 4)):
        start = draw.randrange(len(content) + 1)
        end = min(len(content), start + draw.choice([1, 2, 4, 8, 64]))
        kind = draw.choice(["cut", "flip", "odd", "insert", "remove", "repeat"])
        if kind == "cut" and draw.random() < 0.3:
            del content[start:]
        elif kind == "flip" and start < end:
            content[start] ^= 1 << draw.randrange(8)
        elif kind == "odd":
            content[start:end] = draw.choice([b"\x00", b"\xff", b"\x7f", b"9", b"-", b"{", b"'"]) * (end - start)
        elif kind == "insert":
            content[start:start] = draw.randbytes(end - start)
        elif kind == "remove":
            del content[start:end]
        elif kind == "repeat":
            content[end:end] = content[start:end]
    return bytes(content)


def mutated(content, draw):
    """Damage a file, or half of the time a member of an archive, whose checksum then fits its damaged content."""
    if not zipfile.is_zipfile(io.BytesIO(content)) or draw.random() < 0.5:
        return bytes_changed(content, draw)
    result = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as given, zipfile.ZipFile(result, "w") as made:
        chosen = draw.choice(given.namelist())
        for member in given.infolist():
            data = given.read(member)
            made.writestr(member.filename, bytes_changed(data, draw) if member.filename == chosen else data)
    return result.getvalue()


def refusal(path, model, pixels):
    """Return the sentence in which a reader refuses a file, None if it takes it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            read(path, model, pixels)
        except (OSError, ValueError) as fault:
            raised_in = traceback.extract_tb(fault.__traceback__)[-1].filename
            assert raised_in.startswith(PACKAGE), f"raised in {raised_in}: {fault!r}"
            return str(fault)
    return None


@pytest.mark.slow
@pytest.mark.parametrize("name", WRITERS)
def test_no_damaged_file_ends_in_a_traceback(name, model, tmp_path):
    path = tmp_path / name
    WRITERS[name](path, model)
    pixels = kr.Classifier(model, kr.weights.Preprocessing(size=8, resize=8), class_names=("cat", "dog"))
    whole = path.read_bytes()
    assert refusal(path, model, pixels) is None
    before = model.get_weights()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    refused = 0
    for seed in range(FILES):
        path.write_bytes(mutated(whole, random.Random(seed)))
        try:
            sentence = refusal(path, model, pixels)
        except BaseException as fault:
            raise AssertionError(f"file {seed}: {type(fault).__name__}: {str(fault)[:500]}") from fault
        if sentence is None:
            model.set_weights(before)
        else:
            refused += 1
            assert sentence and len(sentence) < 5000, (seed, sentence[:300])
            assert all(map(np.array_equal, model.get_weights(), before)), seed
    assert refused > FILES / 10
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak < 2**20, "KiB more than at the start"
