"""Packages that import each of their public names at its first use (PEP 562)."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from types import ModuleType
from typing import Any


class _LazyPackage(ModuleType):
    """Package of which a public name keeps its meaning when a submodule of the same name is imported.

    Importing `package.complexity` sets the attribute `complexity` of the package to the submodule; where the package
    offers a function of that name, the function stays.
    """

    def __setattr__(self, name: str, value: Any) -> None:
        offered = name in self.__dict__.get("_home", ())
        if not (offered and isinstance(value, ModuleType) and value.__name__ == f"{self.__name__}.{name}"):
            super().__setattr__(name, value)


def lazy(package: str, names: Mapping[str, Sequence[str]]) -> Callable[[str], Any]:
    """Make the `__getattr__` of a package whose public names are imported from its submodules at their first use.

    Args:
        package: The package's `__name__`.
        names: Module, relative to the package (".space", "..images.headers"), to the public names that it defines.
            The package's submodules are attributes too.

    Returns:
        A function of a name that raises AttributeError for one that is neither public nor a submodule.
    """
    module = sys.modules[package]
    home = {name: source for source, offered in names.items() for name in offered}
    module.__dict__["_home"] = home
    module.__class__ = _LazyPackage

    def get(name: str) -> Any:
        if name in home:
            value = module.__dict__[name] = getattr(import_module(home[name], package), name)
            return value
        submodule = f"{package}.{name}"
        if not name.startswith("_"):
            try:
                return import_module(submodule)
            except ModuleNotFoundError as error:
                if error.name != submodule:
                    raise
        raise AttributeError(f"module {package!r} has no attribute {name!r}")

    return get
