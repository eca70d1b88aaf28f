"""Public names that have changed, kept for one release."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from typing import Any


def renamed(module: str, names: Mapping[str, str], found: Mapping[str, Any]) -> Callable[[str], Any]:
    """Make the `__getattr__` of a module that answers to old names with a `DeprecationWarning`.

    Args:
        module: The module's `__name__`.
        names: Old name to new name.
        found: The module's `globals()`.
    """

    def get(name: str) -> Any:
        if name not in names:
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        new = names[name]
        warnings.warn(f"{module}.{name} is now {module}.{new}.", DeprecationWarning, stacklevel=2)
        return found[new]

    return get
