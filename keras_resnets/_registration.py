"""Registration of the package's classes with Keras, whichever of the two is imported first.

Keras loads a `.keras` file in safe mode only if the classes in it are registered, which their modules do when they are
imported. `import keras_resnets` is to be enough for that, and is not to import Keras, which takes seconds.
"""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from typing import Any

# Modules of the classes that a saved model can hold. Apart from Keras they import nothing that imports Keras: they are
# loaded where Keras is first imported, which may be in the middle of another module of this package.
MODULES = ("layers", "training.losses", "training.optimizers", "training.schedules")


def register() -> None:
    """Register the package's layers, losses, optimizers and schedules: now, or as soon as Keras has been imported."""
    if "keras" in sys.modules:
        _import_all()
    else:
        sys.meta_path.insert(0, _KerasFinder())


def _import_all() -> None:
    for name in MODULES:
        import_module(f"{__package__}.{name}")


class _KerasFinder(MetaPathFinder):
    """Finder that leaves finding Keras to the others, and has `MODULES` imported right after it."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """Return the specification of Keras by the next finder that has one; None for any other module."""
        if name != "keras":
            return None
        for finder in sys.meta_path:
            spec = finder.find_spec(name, path, target) if finder is not self else None
            if spec is not None and spec.loader is not None:
                self._follow(spec.loader)
                return spec
        return None

    def _follow(self, loader: Loader) -> None:
        """Let this loader, once it has executed a module, import `MODULES`."""
        execute = loader.exec_module

        def exec_module(module: Any) -> None:
            execute(module)
            del loader.exec_module
            if self in sys.meta_path:
                sys.meta_path.remove(self)
            _import_all()

        loader.exec_module = exec_module  # type: ignore[method-assign]
