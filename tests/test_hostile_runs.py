"""Run directories of strangers: whatever their files hold, what reads them raises one sentence or nothing."""

import json
import random
import shutil
import warnings

import keras
import numpy as np
import pytest

import keras_resnets as kr
from keras_resnets import analysis
from keras_resnets._files import sha256
from keras_resnets.training import recipes
from tests.data.pictures import folder

SEEDS = 40  # damaged runs for each reader
FAULTS = (OSError, ValueError, FloatingPointError, TypeError)
ODD = [None, True, -1, 0, 10**400, 1e308, float("nan"), float("inf"), "", "x" * 5000, "\ud800", [], [[]], {}, {"a": 1}]
FILES = ("config.json", "metrics.csv", "checkpoints.json", "mean.npy", "last.keras", "log.jsonl", "result.json")
RECIPE = recipes.Recipe(
    name="small", epochs=1, batch_size=4, learning_rate=0.01, optimizer="sgd", augmentation="area 35 to 100 %, 16 crop"
)


def small(name="small", *, classes=1000, input_shape=(16, 16, 3), classifier_activation=None, **options):
    inputs = keras.Input(input_shape)
    x = keras.layers.Flatten(name="flat")(keras.layers.Conv2D(2, 3, strides=4, name="conv")(inputs))
    return keras.Model(inputs, keras.layers.Dense(classes, name="main")(x), name=name)


@pytest.fixture(scope="module")
def ended(tmp_path_factory):
    """The images and the run of a training of one epoch."""
    pets = folder(tmp_path_factory.mktemp("data") / "pets")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("keras_resnets.training.compiling.build", small)
        yield pets, kr.train("resnet20", str(pets), recipe=RECIPE, run_dir=tmp_path_factory.mktemp("runs") / "run").path


def resumed(run, pets):
    return kr.train("resnet20", str(pets), recipe=RECIPE, run_dir=run, existing="resume")


READERS = {
    "open": lambda run, pets: kr.Classifier.open(run),
    "evaluate": lambda run, pets: kr.evaluate(run, str(pets)),
    "draw": lambda run, pets: analysis.draw_runs([run], curves_only=True),
    "report": lambda run, pets: analysis.report(run, curves_only=True),
    "resume": resumed,
}


def told(read, run, pets):
    """Return whether a reader told a fault; any other error, or more than a sentence, fails the test."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            read(run, pets)
        except FAULTS as fault:
            assert str(fault) and len(str(fault)) < 5000, repr(str(fault))[:300]
            return True
    return False


def places(value, above=()):
    """The path of each value in a JSON document."""
    if above:
        yield above
    if isinstance(value, dict | list):
        for key in value if isinstance(value, dict) else range(len(value)):
            yield from places(value[key], (*above, key))


def changed(document, place, value):
    """Replace the value at a place; `...` removes it."""
    document = json.loads(json.dumps(document))
    inner = document
    for key in place[:-1]:
        inner = inner[key]
    if value is ...:
        del inner[place[-1]]
    else:
        inner[place[-1]] = value
    return document


def mutate(run, draw):
    """Change one file of a run in a way drawn from a seeded generator; return what was done."""
    path = run / draw.choice(FILES)
    content = path.read_bytes()
    if path.suffix == ".json" and draw.random() < 0.7:
        document = json.loads(content)
        place, value = draw.choice(list(places(document))), draw.choice([*ODD, ...])
        path.write_text(json.dumps(changed(document, place, value)))
        return path.name, place, repr(value)[:20]
    if path.suffix == ".csv" and draw.random() < 0.7:
        cells = [line.split(",") for line in content.decode().splitlines()]
        row = draw.choice(cells)
        row[draw.randrange(len(row))] = value = draw.choice(["", "nan", "inf", "-1", "1e400", "9" * 40, "x", '"'])
        path.write_text("\n".join(map(",".join, cells)) + "\n")
        return path.name, value
    if path.suffix == ".npy" and draw.random() < 0.7:
        value = draw.choice(
            [np.zeros(3), np.float32(1), np.full((16, 16, 3), np.nan), np.array(["x"]), np.zeros((0, 3))]
        )
        np.save(path, value)
        return path.name, value.shape
    kind = draw.choice(["cut", "flip", "gone", "empty", "noise"])
    position = draw.randrange(len(content))
    if kind == "gone":
        path.unlink()
    else:
        flipped = content[:position] + bytes([content[position] ^ 1 << draw.randrange(8)]) + content[position + 1 :]
        path.write_bytes({"cut": content[:position], "flip": flipped, "empty": b"", "noise": draw.randbytes(99)}[kind])
    record = run / "checkpoints.json"
    if path.name == "last.keras" and path.exists() and draw.random() < 0.7:
        text = record.read_text().replace(json.loads(record.read_text())["last"][0]["sha256"], sha256(path))
        record.write_text(text)
    return path.name, kind, position


@pytest.mark.slow
@pytest.mark.parametrize("reader", READERS)
def test_no_run_directory_ends_in_a_traceback(reader, ended, tmp_path):
    pets, whole = ended
    faults = 0
    for seed in range(SEEDS):
        run = shutil.copytree(whole, tmp_path / "run")
        done = mutate(run, random.Random(seed))
        try:
            faults += told(READERS[reader], run, pets)
        except BaseException as fault:
            raise AssertionError(f"{seed}: {done}: {type(fault).__name__}: {str(fault)[:300]}") from fault
        finally:
            shutil.rmtree(run)
    assert 0 < faults < SEEDS
