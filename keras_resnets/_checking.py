"""Checks of the arguments of public functions by their annotations: a wrong one is refused in one sentence."""

from __future__ import annotations

import collections.abc
import functools
import inspect
import itertools
import math
import os
import types
import typing
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Annotated, Any, Literal, TypeVar

from keras_resnets._errors import unknown

F = TypeVar("F", bound=Callable[..., Any])
LONGEST_VALUE = 80  # characters of a value in a sentence
MOST_ITEMS = 1000  # items of a sequence or mapping that are checked
LARGEST = 2**63
SEQUENCES = (list, tuple, collections.abc.Sequence)


class WrongArgumentError(TypeError, ValueError):
    """An argument has a type or a value that is not allowed; both a TypeError and a ValueError."""


@dataclass(frozen=True)
class Range:
    """Range of a number: its description for error messages, its test, and a noun phrase."""

    text: str
    holds: Callable[[float], bool]
    phrase: str


@dataclass(frozen=True)
class Phrase:
    """Noun phrase for what an annotation allows, in place of one made of its types."""

    phrase: str


Positive = Annotated[float, Range("positive", lambda x: x > 0, "a positive number")]
NotNegative = Annotated[float, Range("0 or more", lambda x: x >= 0, "a number of at least 0")]
Share = Annotated[float, Range("from 0 to 1", lambda x: 0 <= x <= 1, "a number from 0 to 1")]
BelowOne = Annotated[float, Range("at least 0 and below 1", lambda x: 0 <= x < 1, "at least 0 and less than 1")]
InsideOne = Annotated[float, Range("above 0 and below 1", lambda x: 0 < x < 1, "above 0 and less than 1")]
Count = Annotated[int, Range("positive", lambda x: x > 0, "a positive integer")]
Natural = Annotated[int, Range("0 or more", lambda x: x >= 0, "an integer of at least 0")]
Seed = Annotated[int, Range("0 to 2**32 - 1", lambda x: 0 <= x < 2**32, "an integer from 0 to 4,294,967,295")]


def checked(function: F, *, kind: str = "argument", own: Collection[str] = (), old: Collection[str] = ()) -> F:
    """Decorate a public function, or a class, so that its arguments are checked by its annotations before it runs.

    The annotations are resolved at the first call. An argument that is its parameter's default is always allowed, and
    an empty text only as the default.

    Args:
        function: Function, or class whose `__init__` is decorated.
        kind: Noun for its parameters in the error message for an unknown one.
        own: Parameters that the function checks itself, with a sentence that says more than their annotations do.
        old: Former names of parameters, which its signature hides; it checks all arguments of a call with one itself.

    Raises:
        WrongArgumentError: At a call, if an argument is not allowed or there is no parameter of its name; the sentence
            names the parameter, what was given and what is allowed.
    """
    if isinstance(function, type):
        made: Any = function
        made.__init__ = checked(made.__init__, kind=kind, own=own, old=old)
        return function
    signature = inspect.signature(function)
    hints = functools.cache(functools.partial(hints_of, function))

    @functools.wraps(function)
    def call(*args: Any, **keywords: Any) -> Any:
        refuse_unknown(
            f"{kind} of {function.__qualname__.removesuffix('.__init__')}",
            signature,
            [name for name in keywords if name not in old],
        )
        try:
            given = signature.bind(*args, **keywords).arguments
        except TypeError:
            return function(*args, **keywords)  # Python says which argument is missing
        for name, value in given.items():
            if name in hints() and name not in own and value is not signature.parameters[name].default:
                refuse_wrong(name, value, hints()[name], signature.parameters[name].default)
        return function(*args, **keywords)

    return call  # type: ignore[return-value]


def hints_of(function: Callable[..., Any]) -> dict[str, Any]:
    """Return the annotations of a function's single parameters, resolved in the module that defines it."""
    names = getattr(inspect.unwrap(function), "__globals__", {})
    several = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    found = {
        name: parameter.annotation
        for name, parameter in inspect.signature(function).parameters.items()
        if parameter.kind not in several and parameter.annotation is not parameter.empty
    }
    return typing.get_type_hints(types.SimpleNamespace(__annotations__=found), names, include_extras=True)


def refuse_unknown(what: str, signature: inspect.Signature, keywords: Iterable[str]) -> None:
    """Raise WrongArgumentError for a keyword that is no parameter, with the nearest one."""
    parameters = signature.parameters.values()
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
        return
    allowed = [p.name for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY) and p.name != "self"]
    for name in keywords:
        if name not in allowed:
            raise WrongArgumentError(unknown(what, name, allowed))


def refuse_wrong(name: str, value: Any, hint: Any, default: Any = None) -> None:
    """Raise WrongArgumentError if an annotation does not allow the value of a parameter."""
    empty = isinstance(value, str) and not value and default != ""
    if fits(value, hint) and not (empty and hint is not Any):
        return
    if not empty and fits(_made_finite(value), hint):
        raise WrongArgumentError(f"{name} must be finite, not {in_words(value)}.")
    choices = names_in(hint)
    if choices and isinstance(value, str) and not empty:
        raise WrongArgumentError(unknown(f"value of {name}", value, choices))
    raise WrongArgumentError(f"{name} must be {allowed_by(hint)}, not {'empty' if empty else in_words(value)}.")


def names_in(hint: Any) -> tuple[str, ...]:
    """Return the names that an annotation allows, if it allows no other text."""
    found: tuple[str, ...] = ()
    for option in options_of(hint):
        if option in (str, Any):
            return ()
        if typing.get_origin(option) is Literal:
            found += tuple(choice for choice in typing.get_args(option) if isinstance(choice, str))
    return found


def options_of(hint: Any) -> tuple[Any, ...]:
    """Return the alternatives of a union, or the annotation itself."""
    return typing.get_args(hint) if typing.get_origin(hint) in (types.UnionType, typing.Union) else (hint,)


def fits(value: Any, hint: Any) -> bool:
    """Return whether an annotation allows a value; annotations of other kinds allow all."""
    options = options_of(hint)
    if len(options) > 1:
        return any(fits(value, option) for option in options)
    if hint is Any:
        return True
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is Annotated:
        return fits(value, arguments[0]) and all(rule.holds(value) for rule in arguments[1:] if isinstance(rule, Range))
    if origin is Literal:
        return any(type(value) is type(choice) and value == choice for choice in arguments)
    kind = origin or hint
    if kind in PLAIN:
        return PLAIN[kind][1](value)
    if _is_ndarray(kind):
        return _is_array_like(value)
    if kind in SEQUENCES:
        return _fits_sequence(value, kind, arguments)
    if kind is collections.abc.Iterable:
        return (
            hasattr(value, "__iter__")
            and not isinstance(value, str | bytes | Mapping)
            and (not isinstance(value, list | tuple) or _items_fit(value, arguments))
        )
    if isinstance(kind, type) and issubclass(kind, Mapping):
        return isinstance(value, Mapping) and _mapping_fits(value, arguments)
    return not isinstance(kind, type) or isinstance(value, kind)


def _fits_sequence(value: Any, kind: type, arguments: tuple[Any, ...]) -> bool:
    if isinstance(value, str | bytes) or not (isinstance(value, collections.abc.Sequence) or _is_array(value)):
        return False
    if _is_array(value) and not getattr(value, "size", 0):
        return False
    if kind is tuple and arguments and arguments[-1] is not Ellipsis:
        return len(value) == len(arguments) and all(map(fits, value, arguments))
    return _items_fit(value, arguments)


def _items_fit(values: Any, arguments: tuple[Any, ...]) -> bool:
    return not arguments or all(fits(item, arguments[0]) for item in itertools.islice(values, MOST_ITEMS))


def _mapping_fits(value: Mapping[Any, Any], arguments: tuple[Any, ...]) -> bool:
    items = itertools.islice(value.items(), MOST_ITEMS)
    return not arguments or all(fits(key, arguments[0]) and fits(item, arguments[1]) for key, item in items)


def _is_array(value: Any) -> bool:
    """Return whether a value is an array of numbers, of NumPy or of a library that NumPy reads."""
    kind = getattr(getattr(value, "dtype", None), "kind", None)
    return hasattr(value, "__array__") and not isinstance(value, type) and kind not in ("O", "U", "S", "M", "m")


def _is_array_like(value: Any) -> bool:
    """Return whether a value is an array, or a list of numbers or of equally long lists of them."""
    if not isinstance(value, list | tuple):
        return _is_array(value)
    import numpy as np

    try:
        return bool(value) and np.asarray(value).dtype.kind in "biuf"
    except (ValueError, TypeError):
        return False


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and "\0" not in value


def _is_path(value: Any) -> bool:
    return isinstance(value, os.PathLike) and _is_text(value.__fspath__())


def _is_integer(value: Any) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool) and abs(int(value)) < LARGEST


def _is_number(value: Any) -> bool:
    return _is_integer(value) or (isinstance(value, Real) and not isinstance(value, int) and math.isfinite(value))


def _made_finite(value: Any) -> Any:
    """Return a number, or a list or tuple of numbers, with 1/2 in place of those that are not finite."""
    if type(value) in (list, tuple):
        return type(value)(_made_finite(item) for item in value)
    return 0.5 if isinstance(value, float) and not math.isfinite(value) else value


PLAIN: dict[Any, tuple[str, Callable[[Any], bool]]] = {
    type(None): ("None", lambda value: value is None),
    bool: ("True or False", lambda value: isinstance(value, bool)),
    int: ("an integer", _is_integer),
    float: ("a number", _is_number),
    str: ("a text", _is_text),
    os.PathLike: ("a path", _is_path),
    collections.abc.Callable: ("a callable", callable),
}


def allowed_by(hint: Any) -> str:
    """Return in words what an annotation allows."""
    return " or ".join(dict.fromkeys(_phrase(option) for option in options_of(hint)))


def _phrase(hint: Any) -> str:
    """Return what one alternative of an annotation allows, as a noun phrase."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is Annotated:
        return " and ".join(rule.phrase for rule in arguments[1:] if isinstance(rule, Range | Phrase)) or _phrase(
            arguments[0]
        )
    if origin is Literal:
        return ", ".join(map(repr, arguments))
    kind = origin or hint
    if kind in PLAIN:
        return PLAIN[kind][0]
    if _is_ndarray(kind):
        return "an array of numbers"
    if kind is tuple and arguments and arguments[-1] is not Ellipsis:
        return f"({', '.join(map(allowed_by, arguments))})"
    if kind in SEQUENCES or kind is collections.abc.Iterable:
        return f"a list, each item {allowed_by(arguments[0])}" if arguments and arguments[0] is not Any else "a list"
    if isinstance(kind, type) and issubclass(kind, Mapping):
        return "a mapping of names to values"
    name = getattr(kind, "__name__", str(kind))
    name = f"keras.{name}" if getattr(kind, "__module__", "").startswith("keras.src") else name
    return f"{'an' if name[0] in 'AEIOUaeiou' else 'a'} {name}"


def _is_ndarray(kind: Any) -> bool:
    """Return whether a type is NumPy's array, which need not be imported for it."""
    return getattr(kind, "__module__", "") == "numpy" and getattr(kind, "__name__", "") == "ndarray"


def in_words(value: Any) -> str:
    """Return a value in one short line; of an array its shape and type."""
    if hasattr(value, "__array__") and hasattr(value, "shape"):
        return f"an array of shape {tuple(value.shape)} and type {getattr(value, 'dtype', 'unknown')}"
    return " ".join(f"{value!r:.{LONGEST_VALUE}}".split())
