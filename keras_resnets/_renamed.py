"""Public names that have changed, kept for one release."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Mapping
from typing import Any


def renamed(module: str, names: Mapping[str, str], get: Callable[[str], Any] | None = None) -> Callable[[str], Any]:
    """Make the `__getattr__` of a module that answers to old names with a `DeprecationWarning`.

    Args:
        module: The module's `__name__`.
        names: Old name to new name.
        get: The module's own `__getattr__`, if it has one, for all other names.
    """

    def answer(name: str) -> Any:
        if name in names:
            warnings.warn(f"{module}.{name} is now {module}.{names[name]}.", DeprecationWarning, stacklevel=2)
            return getattr(sys.modules[module], names[name])
        if get is not None:
            return get(name)
        raise AttributeError(f"module {module!r} has no attribute {name!r}")

    return answer
