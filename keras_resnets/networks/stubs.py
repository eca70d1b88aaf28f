"""Type stub of the builders, whose signatures are made at run time: what editors, mypy and griffe read.

`python -m keras_resnets.networks.stubs` writes it beside this file.
"""

import inspect
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras_resnets.networks as networks
from keras_resnets._files import write_text
from keras_resnets._names import BUILDERS

STUB = Path(__file__).with_name("__init__.pyi")
LINE = 120  # characters

HEADER = '''\
"""Networks of the papers. Made by `python -m keras_resnets.networks.stubs`; a test holds it current."""

import os
from collections.abc import Callable, Sequence
from typing import Any

import keras

from keras_resnets._names import list_models as list_models
from keras_resnets.networks.registry import build as build
'''


def stub() -> str:
    """Return the text of the stub: every builder with its options, their types and its docstring."""
    names = "".join(f'    "{name}",\n' for name in networks.__all__)
    functions = [function_stub(name, getattr(networks, name)) for name in BUILDERS]
    return "\n".join([HEADER, f"__all__ = [\n{names}]\n", *functions])


def function_stub(name: str, function: Callable[..., Any]) -> str:
    """Return the stub of one builder."""
    given = inspect.signature(function).parameters.values()
    words = [parameter_stub(p) for p in given]
    if options := [index for index, p in enumerate(given) if p.kind is p.KEYWORD_ONLY]:
        words.insert(options[0], "*")
    parameters = "".join(f"    {word},\n" for word in words)
    docstring = textwrap.indent(wrapped(f'"""{inspect.getdoc(function)}\n"""', LINE - 4), "    ")
    return f"def {name}(\n{parameters}) -> keras.Model:\n{docstring}\n"


def parameter_stub(parameter: inspect.Parameter) -> str:
    """Return a parameter as source code, such as `classes: int | None = None`."""
    kind = inspect.formatannotation(parameter.annotation).replace("collections.abc.", "").replace("typing.", "")
    default = repr(parameter.default)
    return f"{parameter.name}: {kind} = " + (f'"{default[1:-1]}"' if isinstance(parameter.default, str) else default)


def wrapped(docstring: str, width: int) -> str:
    """Return a docstring with the lines of each entry filled anew; entries start at an indentation of 0 or 4."""
    entries: list[str] = []
    for line in docstring.splitlines():
        if line.startswith(" " * 8):
            entries[-1] += " " + line.strip()
        else:
            entries.append(line)
    return "\n".join(
        textwrap.fill(entry, width, subsequent_indent=" " * 8 if entry.startswith(" ") else "", break_long_words=False)
        for entry in entries
    )


if __name__ == "__main__":
    write_text(STUB, stub())
    print(STUB)
