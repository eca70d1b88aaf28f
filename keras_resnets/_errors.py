"""Sentences that the package's errors are made of."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from numbers import Real

MOST_NAMES = 100  # that a sentence lists
SHOWN = 10  # names of things that do not fit, that a sentence lists
LONGEST_NAME = 100  # characters of such a name


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
    near = _nearest(str(given), names)
    choices = ", ".join(repr(name) for name in names) if len(names) <= MOST_NAMES else f"{len(names):,} names"
    hint = f"; did you mean {near!r}?" if near else "."
    return f"Unknown {kind} {given!r}: choose one of {choices}{hint}"


def _nearest(given: str, names: list[str]) -> str | None:
    """The most similar name, whatever the case; of equally similar ones that with the longest common beginning."""

    def likeness(name: str) -> tuple[float, int]:
        matcher = difflib.SequenceMatcher(None, given.lower(), name.lower())
        first = matcher.get_matching_blocks()[0]
        return matcher.ratio(), first.size if first.a == first.b == 0 else 0

    best = max(names, key=likeness, default=None)
    return best if best is not None and likeness(best)[0] >= 0.6 else None


def printable(path: object) -> str:
    """Return a path as text that can be written anywhere: bytes of its name that are no UTF-8 are shown as escapes."""
    return str(path).encode("utf-8", "backslashreplace").decode("utf-8")


def positive_integer(name: str, value: object) -> int:
    """`value`, if it is one.

    Raises:
        ValueError: if it is not.
    """
    if not is_positive_integer(value):
        raise ValueError(f"{name} must be a positive integer, not {value!r}.")
    return value  # type: ignore[return-value]


def is_positive_integer(value: object) -> bool:
    """Whether `value` counts something; True and 1.0 do not."""
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def fraction(name: str, value: object) -> float:
    """`value`, if it is a number of at least 0 and less than 1.

    Raises:
        ValueError: if it is not.
    """
    if isinstance(value, bool) or not isinstance(value, Real) or not 0 <= float(value) < 1:
        raise ValueError(f"{name} must be at least 0 and less than 1, not {value!r}.")
    return float(value)


def listed(names: Iterable[str]) -> str:
    """Return names in a row, the first ten of them and the number of the others; control characters are escaped."""
    names = list(names)
    rest = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    shown = (name[:LONGEST_NAME] for name in names[:SHOWN])
    return ", ".join(name if name.isprintable() else repr(name) for name in shown) + rest
