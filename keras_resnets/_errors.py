"""Error messages and warnings, and checks of arguments that raise them."""

from __future__ import annotations

import difflib
import sys
import warnings
from collections.abc import Iterable
from numbers import Real

MOST_NAMES = 40  # in one sentence; of more the nearest are shown
NEAREST_NAMES = 5
SHOWN = 10  # names of things that do not fit, that a sentence lists
LONGEST_NAME = 100  # characters of such a name
LONGEST_FAULT = 400  # characters of another error that a sentence quotes
PACKAGE = __name__.partition(".")[0]


def unknown(kind: str, given: object, allowed: Iterable[str], listing: str = "") -> str:
    """Return the error message for a name that is not allowed, with the nearest allowed one if one is near.

    Args:
        kind: Kind of thing that the name is for, such as "implementation".
        given: The name that was given.
        allowed: The allowed names.
        listing: Call that lists them, such as "kr.list_models()", shown where they are too many for a sentence.

    Example:
        >>> unknown("shortcut", "a", ["A", "B", "C"])
        "Unknown shortcut 'a': choose one of 'A', 'B', 'C'; did you mean 'A'?"
    """
    names = list(allowed)
    text = str(given)[:LONGEST_NAME]
    ordered = sorted(names, key=lambda name: _likeness(text, name), reverse=True)
    hint = f"; did you mean {ordered[0]!r}?" if ordered and _likeness(text, ordered[0])[0] >= 0.6 else "."
    choices = ", ".join(map(repr, names))
    if len(names) > MOST_NAMES:
        listed = f" ({listing} lists them)" if listing else ""
        choices = f"{len(names):,} names{listed}, such as {', '.join(map(repr, ordered[:NEAREST_NAMES]))}"
    return f"Unknown {kind} {given!r:.{LONGEST_NAME}}: choose one of {choices}{hint}"


def _likeness(given: str, name: str) -> tuple[float, int]:
    """Return the similarity of two names, whatever their case, and the length of their common beginning."""
    matcher = difflib.SequenceMatcher(None, given.lower(), name.lower())
    first = matcher.get_matching_blocks()[0]
    return matcher.ratio(), first.size if first.a == first.b == 0 else 0


def printable(path: object) -> str:
    """Return a path as text that can be written anywhere: bytes of its name that are no UTF-8 are shown as escapes."""
    return str(path).encode("utf-8", "backslashreplace").decode("utf-8")


def positive_integer(name: str, value: object) -> int:
    """Return a value after checking that it is a positive integer.

    Raises:
        ValueError: If it is not.
    """
    if not is_positive_integer(value):
        raise ValueError(f"{name} must be a positive integer, not {value!r}.")
    return value  # type: ignore[return-value]


def is_positive_integer(value: object) -> bool:
    """Return whether a value is a positive integer; True and 1.0 are not."""
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def fraction(name: str, value: object) -> float:
    """Return a value after checking that it is a number of at least 0 and less than 1.

    Raises:
        ValueError: If it is not.
    """
    if isinstance(value, bool) or not isinstance(value, Real) or not 0 <= float(value) < 1:
        raise ValueError(f"{name} must be at least 0 and less than 1, not {value!r}.")
    return float(value)


def listed(
    names: Iterable[object], most: int = SHOWN, *, separator: str = ", ", longest: int | None = LONGEST_NAME
) -> str:
    """Return names in a row, the first `most` of them and the number of the others; control characters are escaped.

    Args:
        names: Names, or other short texts.
        most: Number of names shown.
        separator: Text between two names.
        longest: Characters shown of a name; None for all.
    """
    texts = [str(name) for name in names]
    rest = f"{separator.rstrip(', ')} and {len(texts) - most:,} more" if len(texts) > most else ""
    shown = (text[:longest] for text in texts[:most])
    return separator.join(name if name.isprintable() else repr(name) for name in shown) + rest


def one_line(error: BaseException) -> str:
    """Return what an error says in one line without its final period, shortened; its class if it says nothing."""
    words = str(error)[:LONGEST_FAULT].split()  # what is cut off may be gigabytes
    return " ".join(words).rstrip(".") or type(error).__name__


def warn_caller(message: str, category: type[Warning] = UserWarning) -> None:
    """Give a warning at the line outside the package that led to it, whatever wraps the functions in between."""
    frame, level = sys._getframe(1), 2
    while frame.f_back is not None and str(frame.f_globals.get("__name__")).partition(".")[0] == PACKAGE:
        frame, level = frame.f_back, level + 1
    warnings.warn(message, category, stacklevel=level)
