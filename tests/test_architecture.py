"""The house as designed: imports run one way, and importing the package brings in nothing heavy."""

import ast
import functools
from importlib import import_module
from pathlib import Path

import keras
import numpy as np
import pytest

import keras_resnets
import keras_resnets as kr
from keras_resnets import _names, _registration
from tests.small_networks import SmallDenseNet, SmallResNet

PACKAGE = Path(keras_resnets.__file__).parent
SHARED = {  # what every room may use
    "_checking": "_errors",
    "_errors": "",
    "_files": "",
    "_finite": "_errors _keras_files",
    "_keras_files": "_errors",
    "_lazy": "",
    "_names": "_checking _errors",
    "_network": "",
    "_renamed": "",
    "_text": "",
}
BELOW = {
    "_registration": "",
    "plotting": "",
    "environment": "",
    "layers": "images",
    "blocks": "layers",
    "images": "",
    "weights": "images layers",
    "networks": "layers blocks weights",
    "augment": "images",
    "data": "images augment",
    "complexity": "layers networks",
    "backbone": "layers networks",
    "checkpoints": "",
    "runs": "checkpoints",
    "evaluation": "images augment layers weights networks data runs",
    "training": "plotting environment images augment layers networks data complexity checkpoints runs",
    "export": "environment images augment layers weights networks data runs evaluation training",
    "analysis": "plotting images layers weights networks data complexity backbone runs evaluation training",
    "launch": "",
    "doctor": "environment training",
    "tuning": "plotting environment networks data complexity runs training launch",
    "commands": "plotting weights networks data complexity evaluation training export analysis launch doctor",
    "options": "",
    "cli": "__version__ commands options",
    "__main__": "cli",
    "__init__": "_registration layers weights networks data complexity backbone evaluation training export analysis "
    "tuning",
}


def room(path):
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports_of(path):
    """The rooms of the package that a file imports, inside functions too."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("keras_resnets"):
            inner = node.module.split(".")[1:]
            yield from [inner[0]] if inner else [alias.name for alias in node.names]
        elif isinstance(node, ast.Import):
            yield from (n.name.split(".")[1] for n in node.names if n.name.startswith("keras_resnets."))


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_run_one_way(path):
    own = room(path)
    allowed = SHARED[own].split() if own in SHARED else [*BELOW[own].split(), *SHARED]
    assert set(imports_of(path)) <= {own, *allowed}


IMPORT = """
import pathlib, sys, keras, numpy
before = set(sys.modules)
import keras_resnets
print(*set(sys.modules) - before)
model = keras.saving.load_model(sys.argv[1], safe_mode=True)
print(type(model.optimizer).__name__, type(model.loss).__name__)
before = set(sys.modules)
import keras_resnets.data
print(*set(sys.modules) - before)
folder = pathlib.Path(sys.argv[2])
for file in folder.glob("*.keras"):
    network = keras.saving.load_model(file, safe_mode=True)
    numpy.save(file.with_suffix(".npy"), network(numpy.load(folder / "images.npy"), training=False))
"""
NETWORKS = {  # which hold each class of layers of the package's blocks
    "dense": functools.partial(SmallDenseNet, memory_efficient=True),
    "grouped": functools.partial(kr.ResNeXt29, depths=(1, 1, 1), filters=8, cardinality=2, base_width=4),
    "trained": functools.partial(SmallResNet, survival_probability=0.5),
}


def test_importing_brings_in_nothing_heavy_and_what_loads_saved_models(saved, fresh_python, rng, tmp_path):
    """In one process, whose imports take longest: Keras itself imports matplotlib and scikit-learn where they are
    installed; the package adds neither."""
    images = rng.normal(size=(4, 32, 32, 3)).astype("float32")
    np.save(tmp_path / "images.npy", images)
    models = {kind: build(input_shape=(32, 32, 3), classes=5) for kind, build in NETWORKS.items()}
    models["trained"].compile(kr.training.CoupledSGD(0.01, 0.9), "sparse_categorical_crossentropy", run_eagerly=True)
    assert np.isfinite(models["trained"].fit(images, np.arange(4), epochs=2, verbose=0).history["loss"]).all()
    for kind, model in models.items():
        assert not any(isinstance(layer, keras.layers.Lambda) for layer in model.layers)
        model.save(tmp_path / f"{kind}.keras")
    added, loaded, by_data = (line.split() for line in fresh_python(IMPORT, saved, tmp_path).splitlines())
    for kind, model in models.items():
        expected = np.asarray(model(images, training=False))
        np.testing.assert_allclose(np.load(tmp_path / f"{kind}.npy"), expected, atol=1e-6, err_msg=kind)
    assert loaded == ["CoupledSGD", "SmoothedCrossEntropy"]
    heavy = {"tensorflow_datasets", "keras_tuner", "matplotlib", "sklearn", "tensorboard", "safetensors", "scipy"}
    assert not {module.split(".")[0] for module in added} & (
        heavy | {"tf2onnx", "onnx", "onnxruntime", "ai_edge_litert"}
    )
    assert not {module.split(".")[0] for module in by_data} & {"tensorflow_datasets", "sklearn", "requests"}
    rooms = {module.split(".")[1] for module in added if module.startswith("keras_resnets.")}
    assert "layers" in rooms
    assert not rooms & {"analysis", "blocks", "networks", "evaluation", "export", "tuning", "weights", "runs"}
    assert "keras_resnets.training.trainer" not in added


def test_importing_leaves_keras_alone(fresh_python):
    code = "import sys, keras_resnets; keras_resnets.list_models(); dir(keras_resnets); print(*sys.modules)"
    modules = {module.split(".")[0] for module in fresh_python(code).split()}
    assert "keras_resnets" in modules and not modules & {"keras", "tensorflow", "numpy"}


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A compiled model of the package's layers, loss, optimizer and schedule."""
    from keras_resnets.training import CoupledSGD, SmoothedCrossEntropy, WarmUp

    inputs = keras.Input((4, 4, 4))
    x = keras_resnets.GroupedConv2D(4, 3, groups=2)(inputs)
    x = keras_resnets.layers.FusedBatchNormalization()(x)
    model = keras.Model(inputs, keras.layers.Flatten()(x))
    steps = WarmUp(keras.optimizers.schedules.CosineDecay(0.1, 100), 10, 0.0, 0.1)
    model.compile(CoupledSGD(steps, momentum=0.9), SmoothedCrossEntropy(0.1))
    path = tmp_path_factory.mktemp("saved") / "model.keras"
    model.save(path)
    return path


@pytest.mark.slow
@pytest.mark.parametrize(
    "imports", ["keras, keras_resnets", "keras_resnets, keras", "keras_resnets.training.schedules, keras"]
)
def test_a_saved_model_loads_after_the_import_alone(imports, saved, fresh_python):
    code = f"import sys, {imports}\nmodel = keras.saving.load_model(sys.argv[1], safe_mode=True)\n"
    code += "print(type(model.optimizer).__name__, type(model.loss).__name__)"
    assert fresh_python(code, saved).split() == ["CoupledSGD", "SmoothedCrossEntropy"]


@pytest.mark.slow
def test_looking_for_keras_does_not_use_up_the_registration(saved, fresh_python):
    code = (
        "import sys, importlib.util, keras_resnets\nfound = importlib.util.find_spec('keras')\nimport keras\n"
        "keras.saving.load_model(sys.argv[1], safe_mode=True)\n"
        "print(found.origin == keras.__file__, [type(f).__name__ for f in sys.meta_path].count('_KerasFinder'))\n"
        "print('exec_module' in vars(keras.__spec__.loader))"
    )
    assert fresh_python(code, saved).split() == ["True", "0", "False"]


def test_everything_that_a_file_can_hold_is_registered_at_the_import():
    """A class registered elsewhere would load only after the module that has it; `surgery` has none that is saved."""
    rooms = [PACKAGE / f"{name.replace('.', '/')}" for name in _registration.MODULES]
    for path in PACKAGE.rglob("*.py"):
        if "register_keras_serializable" in path.read_text() and path.stem != "surgery":
            assert path.parent in rooms or path.with_suffix("") in rooms, path


LONGEST = 60


def functions():
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield path.relative_to(PACKAGE), node


def test_no_function_is_long():
    """Lines of a function, signature included; its docstring does not count."""
    long = []
    for path, node in functions():
        lines = node.end_lineno - node.lineno + 1
        if ast.get_docstring(node) is not None:
            lines -= node.body[0].end_lineno - node.body[0].lineno + 1
        if lines > LONGEST:
            long.append(f"{path}: {node.name} has {lines} lines")
    assert not long


MOST_PARAMETERS = 8
FOR_USERS = {  # public entry points, builders' options, and Keras's arguments of a convolution
    "analysis/explanation.py: explain",
    "analysis/lesion.py: lesion",
    "evaluation/evaluator.py: evaluate",
    "evaluation/evaluator.py: predict",
    "layers/conventions.py: conv",
    "networks/assemble.py: assemble",
    "networks/resnet.py: bottleneck_imagenet",
    "networks/resnext.py: resnext_cifar",
    "networks/resnext.py: resnext_imagenet",
    "training/plan.py: plan",
    "training/trainer.py: train",
    "tuning/searching.py: search",
    "tuning/space.py: __init__",
}


def test_functions_for_users_alone_have_many_parameters():
    many = set()
    for path, node in functions():
        given = node.args
        names = [*given.posonlyargs, *given.args, *given.kwonlyargs, *filter(None, (given.vararg, given.kwarg))]
        if sum(argument.arg != "self" for argument in names) > MOST_PARAMETERS:
            many.add(f"{path}: {node.name}")
    assert many == FOR_USERS


def test_docstrings_open_with_a_verb_or_a_noun():
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
                first = (ast.get_docstring(node) or "").partition(" ")[0]
                is_property = any("property" in ast.dump(each) for each in getattr(node, "decorator_list", ()))
                riddles = {"What", "That", "How", "Where", "When", "Which", *([] if is_property else ["Whether"])}
                assert first not in riddles, f"{path}: {getattr(node, 'name', '')}"


def needs_keras(path):
    nodes = [node for node in ast.parse(path.read_text()).body if isinstance(node, ast.Import | ast.ImportFrom)]
    names = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)]
    return any(name.split(".")[0] == "keras" for name in names)


def test_what_registers_imports_keras_nowhere_but_in_itself():
    """It is imported where Keras first is, which may be in the middle of any module that imports Keras."""
    for name in ("losses", "optimizers", "schedules"):
        tree = ast.parse((PACKAGE / "training" / f"{name}.py").read_text())
        for node in tree.body:
            if isinstance(node, ast.ImportFrom) and node.module.startswith("keras_resnets."):
                path = PACKAGE.joinpath(*node.module.split(".")[1:])
                assert not needs_keras(
                    path.with_suffix(".py") if path.with_suffix(".py").exists() else path / "__init__.py"
                )
    light = [path for room in ("data", "augment", "training/recipes") for path in (PACKAGE / room).glob("*.py")]
    assert not [path for path in light if needs_keras(path)]


def test_the_names_are_those_of_the_registry():
    from keras_resnets import networks
    from keras_resnets.networks import registry

    found = dict.fromkeys(_names.BUILDERS, ())
    for name, build in registry._REGISTRY.items():
        found[build.func.__name__] += (name,)
    assert found == _names.BUILDERS
    assert {*_names.BUILDERS, "build", "list_models"} == set(networks.__all__)


@pytest.mark.parametrize("package", ["", ".evaluation", ".training", ".tuning"])
def test_type_checkers_see_the_public_names(package):
    """The names imported under TYPE_CHECKING, and where from, are those that `__getattr__` imports."""
    module = import_module(f"keras_resnets{package}")
    tree = ast.parse(Path(module.__file__).read_text())
    (block,) = (node for node in tree.body if isinstance(node, ast.If))
    seen = {(node.module, alias.name) for node in block.body for alias in node.names}
    home = {name: source for source, names in module._PUBLIC.items() for name in names}
    offered = set()
    for name in module.__all__:
        source = f"{module.__name__}{home[name]}" if name in home else module.__name__
        source = source.replace(".evaluation..", ".")
        if (package, name) == ("", "complexity"):  # a module that is callable: type checkers see the function
            source = "keras_resnets.complexity"
        in_networks = not package and (name in _names.BUILDERS or name in ("build", "list_models"))
        offered.add(("keras_resnets.networks", "*") if in_networks else (source, name))
    assert seen == offered
    assert set(module.__all__) <= set(dir(module))


def test_old_names_answer_with_a_warning():
    with pytest.warns(DeprecationWarning, match=r"data\.Photographs is now keras_resnets\.data\.ImageTransform"):
        assert keras_resnets.data.Photographs is keras_resnets.data.ImageTransform
    with pytest.raises(AttributeError, match="no attribute 'Photograph'"):
        keras_resnets.data.Photograph  # noqa: B018


def test_a_star_import_brings_all_public_names():
    names = {}
    exec("from keras_resnets import *", names)
    assert set(keras_resnets.__all__) <= set(names) and names["train"] is keras_resnets.train


def test_a_function_keeps_its_name_when_its_module_is_imported():
    import keras_resnets.complexity
    import keras_resnets.training.plan

    assert callable(keras_resnets.complexity) and callable(keras_resnets.training.plan)
    assert keras_resnets.blocks.residual and keras_resnets.runs.Run
    with pytest.raises(AttributeError, match="module 'keras_resnets' has no attribute 'evaluat'"):
        keras_resnets.evaluat  # noqa: B018


def test_the_version_is_the_distribution_s():
    from importlib import metadata

    assert keras_resnets.__version__ == metadata.version("keras_resnets")


def test_every_public_name_is_there_and_documented():
    for name in keras_resnets.__all__:
        assert getattr(keras_resnets, name).__doc__, name
