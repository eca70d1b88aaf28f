"""The house as designed: imports run one way, and importing the package brings in nothing heavy."""

import ast
from pathlib import Path

import pytest

import keras_resnets

PACKAGE = Path(keras_resnets.__file__).parent
BELOW = {
    "_errors": set(),
    "_files": set(),
    "layers": {"_errors"},
    "blocks": {"_errors", "layers"},
    "weights": {"_errors", "_files", "layers"},
    "networks": {"_errors", "layers", "blocks", "weights"},
    "data": {"_errors"},
    "complexity": {"layers", "networks"},
    "backbone": {"_errors", "networks"},
    "checkpoints": {"_errors", "_files"},
    "runs": {"_errors", "_files", "checkpoints"},
    "evaluation": {"_errors", "_files", "networks", "weights", "data", "runs"},
    "training": {"_errors", "_files", "layers", "networks", "complexity", "data", "checkpoints", "runs"},
    "export": {"_errors", "_files", "layers", "networks", "weights", "data", "runs", "evaluation", "training"},
    "analysis": {
        "_errors",
        "_files",
        "layers",
        "networks",
        "weights",
        "data",
        "complexity",
        "runs",
        "evaluation",
        "training",
    },
    "launch": {"_errors"},
    "doctor": {"_errors", "training"},
    "tuning": {"_errors", "_files", "networks", "complexity", "data", "runs", "launch", "training"},
    "commands": {
        "doctor",
        "launch",
        "networks",
        "complexity",
        "weights",
        "data",
        "evaluation",
        "training",
        "export",
        "analysis",
    },
    "cli": {"commands"},
    "__init__": {
        "layers",
        "networks",
        "complexity",
        "backbone",
        "weights",
        "data",
        "evaluation",
        "training",
        "export",
        "analysis",
        "tuning",
    },
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
    allowed = BELOW[room(path)] | {room(path)}
    assert set(imports_of(path)) <= allowed


def test_importing_brings_in_nothing_heavy(fresh_python):
    """Keras itself imports matplotlib and scikit-learn where they are installed; the package adds neither."""
    code = "import sys, keras; before = set(sys.modules); import keras_resnets; print(*set(sys.modules) - before)"
    added = {module.split(".")[0] for module in fresh_python(code).split()}
    assert "keras_resnets" in added
    heavy = {"tensorflow_datasets", "keras_tuner", "matplotlib", "sklearn", "tensorboard"}
    assert not added & (heavy | {"tf2onnx", "onnx", "onnxruntime", "ai_edge_litert"})


def test_every_public_name_is_there_and_documented():
    for name in keras_resnets.__all__:
        assert getattr(keras_resnets, name).__doc__, name
