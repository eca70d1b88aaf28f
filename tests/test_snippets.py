"""The Python of the README and the documentation runs as pasted, each snippet alone, in a folder with photographs."""

import ast
import functools
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import keras_resnets

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def snippets():
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for found in re.finditer(r"^```python\n(.*?)^```$", text, re.DOTALL | re.MULTILINE):
            line = text.count("\n", 0, found.start()) + 2
            yield pytest.param(page, line, found[1], id=f"{page.name}:{line}")


def names_of_the_package(code):
    """Yield the dotted names that begin with `kr`, such as "evaluation.predict"."""
    for node in ast.walk(ast.parse(code)):
        parts = []
        while isinstance(node, ast.Attribute):
            parts.insert(0, node.attr)
            node = node.value
        if parts and isinstance(node, ast.Name) and node.id == "kr":
            yield ".".join(parts)


@pytest.mark.parametrize("page, line, code", list(snippets()))
def test_snippet_imports_what_it_uses_and_names_what_exists(page, line, code):
    assert "import keras_resnets as kr" in code
    names = list(names_of_the_package(code))
    assert names
    for name in names:
        functools.reduce(getattr, name.split("."), keras_resnets)


def test_no_python_is_missed():
    assert sum(page.read_text(encoding="utf-8").count("```python") for page in PAGES) == len(list(snippets())) > 10


@pytest.fixture
def photographs(tmp_path, monkeypatch, rng):
    """Stand in a folder with what a snippet may name: "photographs", with a folder a class, and "cat.jpg"."""
    monkeypatch.chdir(tmp_path)
    for name in ("cat", "dog"):
        (tmp_path / "photographs" / name).mkdir(parents=True)
        for index in range(10):
            pixels = rng.integers(0, 256, (48, 64, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(tmp_path / "photographs" / name / f"{index}.jpg")
    Image.fromarray(pixels).save(tmp_path / "cat.jpg")


@pytest.mark.slow
@pytest.mark.parametrize("page, line, code", list(snippets()))
def test_snippet_runs_as_pasted(page, line, code, photographs):
    if "import onnxruntime" in code:
        pytest.importorskip("onnxruntime")
    # The newlines give a traceback the page's line numbers.
    exec(compile("\n" * (line - 1) + code, page, "exec"), {"__name__": "__main__"})
