"""The house as designed: imports run one way, and importing the package brings in nothing heavy."""

import ast
from pathlib import Path

import pytest

import keras_resnets

PACKAGE = Path(keras_resnets.__file__).parent
SHARED = {"_errors": "", "_files": "", "_renamed": "", "_finite": "_errors"}  # what every room may use
BELOW = {
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
    "training": "images augment layers networks data complexity checkpoints runs",
    "export": "images augment layers weights networks data runs evaluation training",
    "analysis": "images layers weights networks data complexity runs evaluation training",
    "launch": "",
    "doctor": "training",
    "tuning": "networks data complexity runs training launch",
    "commands": "weights networks data complexity evaluation training export analysis launch doctor",
    "cli": "commands",
    "__init__": "layers weights networks data complexity backbone evaluation training export analysis tuning",
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


def test_importing_brings_in_nothing_heavy(fresh_python):
    """Keras itself imports matplotlib and scikit-learn where they are installed; the package adds neither."""
    code = "import sys, keras; before = set(sys.modules); import keras_resnets; print(*set(sys.modules) - before)"
    added = {module.split(".")[0] for module in fresh_python(code).split()}
    assert "keras_resnets" in added
    heavy = {"tensorflow_datasets", "keras_tuner", "matplotlib", "sklearn", "tensorboard"}
    assert not added & (heavy | {"tf2onnx", "onnx", "onnxruntime", "ai_edge_litert"})


def test_old_names_answer_with_a_warning():
    with pytest.warns(DeprecationWarning, match=r"data\.Photographs is now keras_resnets\.data\.ImageTransform"):
        assert keras_resnets.data.Photographs is keras_resnets.data.ImageTransform
    with pytest.raises(AttributeError, match="no attribute 'Photograph'"):
        keras_resnets.data.Photograph  # noqa: B018


def test_every_public_name_is_there_and_documented():
    for name in keras_resnets.__all__:
        assert getattr(keras_resnets, name).__doc__, name
