"""Dataclasses that check the types and ranges of their fields, as the annotations state them."""

from __future__ import annotations

import dataclasses
import math
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from keras_resnets._errors import unknown

LARGEST = 2**53


@dataclass(frozen=True)
class Typed:
    """Frozen record that checks its fields by their annotations.

    Lists become tuples, text that is a number (YAML reads 1e-4 as text) becomes that number, and a part that has a
    `kind` may be given by its kind, or as a mapping with its kind and fields.

    Raises:
        ValueError: If a value is not allowed; the message says what is.
    """

    def __post_init__(self) -> None:
        for name, hint in fields_of(type(self)).items():
            object.__setattr__(self, name, checked(name, getattr(self, name), hint))


@dataclass(frozen=True)
class Part(Typed):
    """Part of a recipe that has several forms, such as an optimizer or a schedule; `kind` names the form."""

    kind: ClassVar[str]


def fields_of(record: type) -> dict[str, Any]:
    """Return the annotations of a record's fields, by name."""
    hints = typing.get_type_hints(record, include_extras=True)
    return {field.name: hints[field.name] for field in dataclasses.fields(record)}


def parts_of(hint: Any) -> dict[str, type[Part]]:
    """Return the parts that an annotation allows, by kind."""
    options = typing.get_args(hint) if is_union(hint) else (hint,)
    return {option.kind: option for option in options if isinstance(option, type) and issubclass(option, Part)}


def is_union(hint: Any) -> bool:
    """Return whether an annotation is `A | B`."""
    return typing.get_origin(hint) in (types.UnionType, typing.Union)


def checked(name: str, value: Any, hint: Any) -> Any:
    """Return a field's value converted to its annotation.

    Raises:
        ValueError: If it is not allowed.
    """
    if is_union(hint) and type(None) in typing.get_args(hint):
        if value is None:
            return None
        hint = typing.Union[tuple(option for option in typing.get_args(hint) if option is not type(None))]  # noqa: UP007
    if parts_of(hint):
        return part(name, value, parts_of(hint))
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is Annotated:
        value = checked(name, value, arguments[0])
        if not arguments[1].holds(value):
            raise ValueError(f"{name} must be {arguments[1].text}, not {value!r:.100}.")
        return value
    if origin is Literal:
        if value not in arguments:
            raise ValueError(unknown(name, value, arguments))
        return value
    if origin is tuple:
        if not isinstance(value, list | tuple):
            raise ValueError(f"{name} must be a list, such as [{value!s:.100}], not {value!r:.100}.")
        return tuple(checked(f"{name}[{i}]", item, arguments[0]) for i, item in enumerate(value))
    return plain(name, value, origin or hint)


def plain(name: str, value: Any, kind: type) -> Any:
    """Return a value checked to be a number, a truth value, a text or a mapping."""
    if kind is float and isinstance(value, str):
        with_number = number_in(value)
        value = value if with_number is None else with_number
    allowed = {
        float: ("a number", (isinstance(value, float) and math.isfinite(value)) or _is_whole(value)),
        int: ("a whole number", _is_whole(value)),
        bool: ("true or false", isinstance(value, bool)),
        str: ("text", isinstance(value, str)),
        Mapping: ("a mapping of names to values", isinstance(value, Mapping)),
    }
    words, holds = allowed[kind]
    if not holds:
        raise ValueError(f"{name} must be {words}, not {value!r:.100}.")
    return dict(value) if kind is Mapping else value


def _is_whole(value: Any) -> bool:
    """Return whether a value is a whole number that a float holds exactly."""
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= LARGEST


def number_in(text: str) -> float | None:
    """Return the number that a text stands for; None if it is not one."""
    try:
        return float(text)
    except ValueError:
        return None


def part(name: str, value: Any, kinds: Mapping[str, type[Part]]) -> Part:
    """Return a part, given as such, by its kind, or as a mapping with its kind and fields."""
    if isinstance(value, Part) and value.kind in kinds:
        return value
    only = next(iter(kinds)) if len(kinds) == 1 else None
    if only and not isinstance(value, Mapping):
        raise ValueError(f"{name} must be a mapping of {', '.join(fields_of(kinds[only]))}, not {value!r:.100}.")
    options = dict(value) if isinstance(value, Mapping) else {"kind": value}
    kind = options.pop("kind", only)
    if kind not in kinds:
        raise ValueError(unknown(f"kind of {name}", kind, kinds))
    chosen = kinds[kind]
    for option in options:
        if option not in fields_of(chosen):
            raise ValueError(unknown(f"field of {name} {chosen.kind}", option, fields_of(chosen)))
    missing = [
        field.name
        for field in dataclasses.fields(chosen)
        if field.default is field.default_factory is dataclasses.MISSING and field.name not in options
    ]
    if missing:
        raise ValueError(f"The {name} {chosen.kind!r} needs a value for {' and '.join(missing)}.")
    try:
        return chosen(**options)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None
