"""Sentences that the package's errors are made of."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def unknown(kind: str, given: object, allowed: Iterable[str]) -> str:
    """The sentence for a name that is none of those allowed, with the nearest of them where one is near.

    Args:
        kind: what is being named, e.g. ``"implementation"``.
        given: what was given for it.
        allowed: the names that would have been accepted.

    Returns:
        One sentence or two, for an error to carry.

    Example:
        >>> unknown("shortcut", "a", ["A", "B", "C"])
        "Unknown shortcut 'a': choose one of 'A', 'B', 'C'; did you mean 'A'?"
    """
    names = list(allowed)
    folded = {name.lower(): name for name in names}
    near = difflib.get_close_matches(str(given).lower(), folded, n=1)
    choices = ", ".join(repr(name) for name in names)
    hint = f"; did you mean {folded[near[0]]!r}?" if near else "."
    return f"Unknown {kind} {given!r}: choose one of {choices}{hint}"


def positive_integer(name: str, value: object) -> int:
    """`value`, if it is one.

    Raises:
        ValueError: if it is not.
    """
    if not is_positive_integer(value):
        raise ValueError(f"{name} must be a positive integer, not {value!r}.")
    return value  # type: ignore[return-value]


def is_positive_integer(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0
