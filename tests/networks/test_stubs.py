"""The stub from which editors, mypy and griffe read the builders."""

import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import keras_resnets as kr
from keras_resnets._names import BUILDERS
from keras_resnets.networks import stubs


def test_the_stub_is_current():
    assert stubs.STUB.read_text(encoding="utf-8") == stubs.stub(), "run `python -m keras_resnets.networks.stubs`"


@pytest.fixture(scope="module")
def stubbed():
    """The functions of the stub, as Python reads them."""
    names = {}
    exec(compile(stubs.STUB.read_text(encoding="utf-8"), stubs.STUB, "exec"), names)
    return names


@pytest.mark.parametrize("name", BUILDERS)
def test_the_stub_has_the_signature_and_the_words_of_the_builder(name, stubbed):
    builder = getattr(kr, name)
    assert inspect.signature(stubbed[name]) == inspect.signature(builder)
    assert stubbed[name].__doc__.split() == builder.__doc__.split()


def test_the_stub_exports_what_the_package_does(stubbed):
    assert stubbed["__all__"] == kr.networks.__all__
    assert set(stubbed["__all__"]) <= set(stubbed)


def test_entries_of_a_docstring_are_filled_and_kept_apart():
    text = "Title of the network.\n\nArgs:\n    a: Some words\n        that go on.\n    b: Others."
    assert stubs.wrapped(text, 22) == (
        "Title of the network.\n\nArgs:\n    a: Some words that\n        go on.\n    b: Others."
    )


@pytest.mark.parametrize(
    "call, error",
    [
        ("ResNet50(classes=10)", None),
        ("ResNeXt50(True, None, cardinality=8, depths=(1, 1, 1, 1), input_shape=(None, None, 3))", None),
        ('ResNet50(depth="x")', 'Unexpected keyword argument "depth" for "ResNet50"'),
        ('ResNet50(classes="10")', 'Argument "classes" to "ResNet50" has incompatible type "str"'),
        ("VGG16(shortcut=None)", 'Unexpected keyword argument "shortcut" for "VGG16"'),
    ],
)
def test_mypy_checks_a_call(call, error, mypy_errors):
    assert mypy_errors[call] == ([error] if error else [])


@pytest.fixture(scope="module")
def mypy_errors(tmp_path_factory):
    """Errors of mypy by call: one run for the calls of all cases."""
    pytest.importorskip("mypy", reason="mypy is in the extra [check]")
    marks = test_mypy_checks_a_call.pytestmark
    calls = [call for mark in marks if mark.name == "parametrize" for call, _ in mark.args[1]]
    file = tmp_path_factory.mktemp("mypy") / "calls.py"
    file.write_text("import keras_resnets as kr\n" + "".join(f"kr.{call}\n" for call in calls))
    # The settings, and so the cache, of `make check`, which has read the package already.
    command = [sys.executable, "-m", "mypy", "--no-error-summary", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=Path(kr.__file__).parents[1])
    assert done.returncode in (0, 1), done.stdout + done.stderr
    found = {call: [] for call in calls}
    for line in done.stdout.splitlines():
        _, number, kind, text = line.split(":", 3)
        if kind.strip() == "error":
            found[calls[int(number) - 2]].append(text.split(";")[0].split("  [")[0].strip())
    return found
