"""Calls of the public functions with one wrong argument each, and what becomes of them.

`python -m tests.wrong_arguments [SHARE] [SEED]` prints the shares of all calls, or of a part drawn by a seed.
"""

import collections
import contextlib
import inspect
import io
import os
import random
import shutil
import signal
import sys
import tempfile
import typing
import warnings
from pathlib import Path

import numpy as np

import keras_resnets as kr
from keras_resnets._checking import hints_of
from keras_resnets.complexity import bottleneck_parameters, complexity, equal_cost_width
from tests.small_networks import SmallResNet

MODULES = ("analysis", "data", "evaluation", "export", "training", "tuning", "weights")
BUILDERS = ("ResNet20", "ResNeXt29", "DenseNet40_12", "GoogLeNet", "VGG16")  # a builder of each kind of design
CLASSES = (
    *("Classifier", "Preprocessing", "Split", "ImageSet", "ImageTransform", "Augmentation", "Pictures", "Protocol"),
    "CardinalitySpace",
)
PACKAGE = str(Path(kr.__file__).parent)
LONGEST = 20  # seconds of a call


class Odd:
    """A value of a type that no function takes."""

    def __repr__(self):
        return "Odd()"


class NoPath(os.PathLike):
    def __fspath__(self):
        return b"bytes"

    def __repr__(self):
        return "NoPath()"


def values():
    """Values of every kind, of which each parameter gets those that its annotation does not allow."""
    return [
        *(None, True, 7, -1, 0, 10**30, 1.5, float("nan"), float("inf"), -0.5, 1j, "", "x", "no\0path", b"x"),
        *([], (), [None], ["x", 1], [-1], {}, {"x": 1}, {1: "x"}, {"x"}, object, Odd(), NoPath(), len),
        *(np.zeros((2, 3)), np.zeros(0), np.array(["a"]), np.array(None), Path("missing/file"), range(3)),
    ]


def images_of(count):
    pixels = np.arange(count * 256, dtype=np.uint8).reshape(count, 16, 16, 1).repeat(3, axis=-1)
    return pixels, np.arange(count) % 2


def good(folder):
    """Return right values by the name of a parameter."""
    model = SmallResNet(input_shape=(16, 16, 3), classes=2)
    split = kr.data.Split(*images_of(8))
    dataset = kr.data.ImageSet("noise", ("a", "b"), split, split, kr.data.Augmentation(0, flip=False))
    classifier = kr.Classifier(model, kr.weights.Preprocessing(size=16, resize=16), ("a", "b"))
    recipe = kr.recipes.find("he_cifar")
    path = folder / "out.keras"
    return {
        **dict.fromkeys(("model", "network", "models", "source", "target", "of"), model),
        **dict.fromkeys(("path", "folder", "directory", "run", "validation"), path),
        **dict.fromkeys(("train", "test"), split),
        **{
            "classifier": classifier,
            "networks": [classifier],
            "pictures": kr.evaluation.pictures_of(images_of(4)),
            "protocol": "one_crop",
        },
        **{"images": images_of(4), "predictions": np.eye(2), "depths": (2, 2, 2), "labels": np.arange(4) % 2},
        **{"split": split, "batch_size": 2, "dataset": dataset, "image_shape": (16, 16, 3), "shape": (16, 16, 3)},
        **{"paths": [path], "files": [path], "runs": [path], "results": [], "transform": kr.data.ImageTransform()},
        **{"recipe": recipe, "changes": {}, "steps_per_epoch": 10, "iterations": 10, "assignments": []},
        **{"name": "x", "mode": "torch", "cut": "centre", "scales": None, "mirrored": False, "value": 1},
        **{"class_names": ("a", "b"), "cardinality": 2, "base_width": 4, "augmentation": kr.data.Augmentation()},
    }


SPECIAL = {  # where a name has another meaning
    "preprocess_input": {"of": kr.weights.Preprocessing()},
    "build": {"name": "resnet20"},
    "explain": {"images": images_of(4)[0]},
    "train": {"network": "resnet20", "dataset": "digits"},
    "plan": {"network": "resnet20", "dataset": "digits"},
    "search": {"network": "resnext29_8x64d", "dataset": "digits"},
    "CardinalitySpace": {"network": "resnext29_8x64d"},
    "recipe_for": {"network": "resnet20"},
    "import_archives": {"name": "mnist"},
    "load": {"name": "digits"},
    "find": {"name": "he_cifar"},
    "find_format": {"name": "onnx"},
    "options_of": {"name": "onnx"},
    "read_report": {"directory": "missing"},
    "load_torch_weights": {"source": {}},
    "load_weights": {"source": "missing.npz"},
    "classifier_of": {"source": "missing"},
    "from_source": {"source": {"path": "missing"}},
    "Split": {"images": images_of(4)[0]},
    "Pictures": {"images": list(images_of(4)[0])},
    "pictures_of": {"given": "missing"},
    "common_side": {"images": None},
    "in_memory": {"images": None},
    "unpack_imagenet": {"train": "missing.tar"},
    "unpack_tfrecords": {"train": ["missing"], "test": ["missing"]},
}


def functions():
    """Yield (name, function) of the public functions and of the classes that users make objects of."""
    seen = set()
    rooms = [kr, *(getattr(kr, name) for name in MODULES), kr.recipes]
    for room in rooms:
        for name in room.__all__:
            member = getattr(room, name)
            if inspect.ismodule(member) or not callable(member) or id(member) in seen:
                continue
            seen.add(id(member))
            if name in kr._names.BUILDERS and name not in BUILDERS:
                continue
            if inspect.isclass(member) and name not in CLASSES:
                continue
            yield name, member
    for function in (complexity, bottleneck_parameters, equal_cost_width):
        yield function.__name__, function


def allows(hint, value):
    """Return whether an annotation allows a value, by its outer type alone; no number of a public function is negative,
    infinite or beyond 64 bits."""
    if isinstance(value, int | float) and not 0 <= value < 2**63:
        return False
    if hint in (typing.Any, inspect.Parameter.empty):
        return False
    if isinstance(hint, str) or typing.get_origin(hint) in (typing.Union, type(int | str)):
        return any(allows(one, value) for one in typing.get_args(hint))
    if typing.get_origin(hint) is typing.Annotated:
        return allows(typing.get_args(hint)[0], value)
    if typing.get_origin(hint) is typing.Literal:
        return any(type(value) is type(choice) and value == choice for choice in typing.get_args(hint))
    kind = typing.get_origin(hint) or hint
    if hint is type(None) or hint is None:
        return value is None
    if isinstance(value, bool):
        return kind is bool
    if kind is float and isinstance(value, int):
        return True
    if kind in (collections.abc.Sequence, collections.abc.Iterable) and isinstance(value, str | bytes):
        return False
    return isinstance(kind, type) and isinstance(value, kind)


NONSENSE = {"", "no\0path"}


def calls(share=1.0, seed=0):
    """Yield (name, function, parameter, value) of calls, a part of them drawn by a seed."""
    draw = random.Random(seed)
    for name, function in functions():
        hints = hints_of(function.__init__ if inspect.isclass(function) else function)
        for parameter in inspect.signature(function).parameters.values():
            if parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL) or name == "simple":
                continue
            for value in values():
                is_default = value is None and parameter.default is None
                nonsense = isinstance(value, str) and value in NONSENSE and parameter.default != value
                if not is_default and (nonsense or not allows(hints[parameter.name], value)) and draw.random() < share:
                    yield name, function, parameter.name, value


class TooLong(BaseException):
    pass


def outcome(name, function, parameter, value, right):
    """Return "clear", "raw", "taken" or "too long", and what the call has said."""
    given = {**right, **SPECIAL.get(name, {}), parameter: value}
    signature = inspect.signature(function)
    arguments = {
        each.name: given[each.name]
        for each in signature.parameters.values()
        if each.name in given
        and (each.default is each.empty or each.name == parameter)
        and each.kind not in (each.VAR_KEYWORD, each.VAR_POSITIONAL)
    }

    signal.setitimer(signal.ITIMER_REAL, LONGEST)
    try:
        positional = [arguments.pop(p.name) for p in signature.parameters.values() if p.kind is p.POSITIONAL_ONLY]
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            function(*positional, **arguments)
        return "taken", ""
    except TooLong:
        return "too long", ""
    except Exception as error:
        return ("clear" if is_clear(error, parameter, value) else "raw"), f"{type(error).__name__}: {error}"
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def is_clear(error, parameter, value):
    """Return whether an error is a sentence of the package that names the parameter or what was given."""
    text = str(error)
    trace = error.__traceback__
    while trace.tb_next:
        trace = trace.tb_next
    of_package = trace.tb_frame.f_code.co_filename.startswith(PACKAGE)
    shown = repr(value)[:20]
    words = (parameter, parameter.replace("_", " "), parameter.rstrip("s"), shown)
    names = any(word in text for word in words)
    names = names or parameter in text.lower()
    return of_package and "\n" not in text.strip() and text.endswith((".", "?")) and names and len(text) < 900


@contextlib.contextmanager
def apart(folder):
    """Work in a folder, with a timer of a call that raises TooLong; all is put back at the end, a test's timer too."""

    def too_long(*_):
        raise TooLong

    handler = signal.signal(signal.SIGALRM, too_long)
    left, interval = signal.setitimer(signal.ITIMER_REAL, 0)
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
        signal.signal(signal.SIGALRM, handler)
        signal.setitimer(signal.ITIMER_REAL, left, interval)


def measure(share=1.0, seed=0):
    """Return the outcomes of calls: a list of (name, parameter, value, outcome, words).

    The outcome of a refused call that leaves files is "files".
    """
    found = []
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings(), apart(folder):
        warnings.simplefilter("ignore")
        right = good(Path(folder))
        for name, function, parameter, value in calls(share, seed):
            kind, words = outcome(name, function, parameter, value, right)
            left = sorted(path.name for path in Path(folder).iterdir())
            if left and kind != "taken":
                kind, words = "files", f"{', '.join(left)} after {words}"
            for path in left:
                shutil.rmtree(path) if Path(path).is_dir() else Path(path).unlink()
            found.append((name, parameter, repr(value)[:40], kind, words))
    return found


def shares(found):
    """Return the shares of the outcomes."""
    counted = collections.Counter(kind for *_, kind, _ in found)
    return {kind: counted[kind] / len(found) for kind in ("clear", "raw", "taken", "too long", "files")}


if __name__ == "__main__":
    outcomes = measure(*(float(word) for word in sys.argv[1:]))
    print(f"{len(outcomes)} calls:", ", ".join(f"{kind} {share:.1%}" for kind, share in shares(outcomes).items()))
    for name, parameter, value, kind, words in outcomes:
        if kind != "clear":
            print(kind, f"{name}({parameter}={value})", words.replace("\n", " ")[:150], sep="\t")
