"""Recipes with changed values or length, and recipes in files."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from keras_resnets._checking import Count, checked
from keras_resnets._errors import is_positive_integer, one_line, unknown
from keras_resnets.training.recipes.record import Exponential, Recipe, Steps
from keras_resnets.training.recipes.typed import fields_of

SUFFIXES = (".yaml", ".yml")
MOST_BYTES = 1 << 20  # of a YAML file
MOST_BASES = 20  # files, each the base of the one before
DEEPEST = 20  # mappings and lists in one another
SCALING = {"none": 0.0, "linear": 1.0, "square_root": 0.5}  # exponents of the ratio of the batch sizes


@checked
def override(recipe: Recipe, changes: Mapping[str, Any]) -> Recipe:
    """Return a recipe with other values; a new length does not scale the schedule, as `scaled` does.

    With a new batch size the learning rate follows by the rule `scaling`, unless a learning rate is given too.

    Args:
        recipe: Recipe to start from.
        changes: Values by key: "learning_rate" is a field, "optimizer.momentum" a field of a part. A part is given by
            its kind, or as a mapping, which replaces a part of another kind and changes fields of one of the same.

    Raises:
        ValueError: If a key is unknown or a value not allowed; the message has the nearest key or the allowed values.

    Example:
        >>> override(HE_CIFAR, {"learning_rate": 0.05, "optimizer.nesterov": True}).optimizer.nesterov
        True
    """
    content = recipe.to_mapping()
    if {"epochs", "iterations"} & changes.keys():
        content |= {"epochs": None, "iterations": None}
    for key, value in changes.items():
        name, _, inner = key.partition(".")
        if name not in content:
            raise ValueError(_unknown_key(key, recipe))
        content[name] = _merged(content[name], {inner: value} if inner else value, within=bool(inner))
    changed = Recipe(**content)
    if "learning_rate" in changes:
        return changed
    ratio = changed.batch_size / recipe.batch_size
    return replace(changed, learning_rate=recipe.learning_rate * ratio ** SCALING[changed.scaling])


def _merged(now: Any, value: Any, within: bool) -> Any:
    """Return `value` in place of `now`, or merged into it where both are the same part."""
    if isinstance(now, str) and within:
        now = {"kind": now}
    if not isinstance(now, Mapping) or not isinstance(value, Mapping):
        return value
    same_part = "kind" in now and value.get("kind", now["kind"]) == now["kind"]
    return {**now, **value} if within or same_part else value


def _unknown_key(key: str, recipe: Recipe) -> str:
    """Return the error message for an unknown key, with the nearest key."""
    parts = {name: value for name, value in recipe.to_mapping().items() if isinstance(value, Mapping)}
    inner = {field: f"{name}.{field}" for name, part in parts.items() for field in part if field != "kind"}
    if key in inner:
        return f"Unknown key {key!r} of a recipe; did you mean {inner[key]!r}?"
    return unknown("key of a recipe", key, [*fields_of(Recipe), *inner.values()])


@checked
def in_iterations(recipe: Recipe, steps_per_epoch: Count) -> Recipe:
    """Return a recipe with its times in iterations.

    Args:
        recipe: Recipe in epochs or iterations.
        steps_per_epoch: Number of updates in one pass through the training images.

    Raises:
        ValueError: If `steps_per_epoch` is not a positive integer.
    """
    if recipe.epochs is None:
        return recipe
    return stretched(recipe, max(1, round(recipe.epochs * steps_per_epoch)))


@functools.partial(checked, own={"iterations"})
def scaled(recipe: Recipe, iterations: int) -> Recipe:
    """Return a recipe scaled to a number of iterations, with warm-up, steps and running average in proportion.

    The patience of a plateau, which is in epochs, does not change.

    Raises:
        ValueError: If `iterations` is not a positive integer, or the recipe is in epochs (`in_iterations` comes first).
    """
    if not is_positive_integer(iterations):
        raise ValueError(f"A training takes at least 1 iteration, a whole number, not {iterations!r}.")
    if recipe.iterations is None:
        raise ValueError(f"The recipe {recipe.name!r} is in epochs: in_iterations() comes before scaled().")
    if iterations == recipe.iterations:
        return recipe
    # The average of the weights looks back 1 / (1 - momentum) iterations.
    forgotten = (1 - recipe.ema) * recipe.iterations / iterations
    return replace(stretched(recipe, iterations), ema=max(0.0, 1 - forgotten) if recipe.ema else 0.0)


def stretched(recipe: Recipe, iterations: int) -> Recipe:
    """Return a recipe with another length and the times of its schedule in proportion."""
    ratio = iterations / recipe.length
    schedule, warmup = recipe.schedule, recipe.warmup
    if isinstance(schedule, Steps):
        schedule = replace(schedule, at=tuple(round(time * ratio) for time in schedule.at))
    elif isinstance(schedule, Exponential):
        schedule = replace(schedule, every=schedule.every * ratio)
    if warmup:
        warmup = replace(warmup, length=round(warmup.length * ratio))
    return replace(recipe, epochs=None, iterations=iterations, schedule=schedule, warmup=warmup)


def read(path: str | os.PathLike[str], find: Callable[[str], Recipe], above: tuple[Path, ...] = ()) -> Recipe:
    """Read a recipe from a YAML file.

    Args:
        path: The file; its `base` is another file or the name of a recipe.
        find: Function that returns the recipe of a name.
        above: Files that this one is a base of, directly or through others.
    """
    path = Path(path)
    if not path.is_file():
        raise ValueError(f"Cannot find recipe file {str(path)!r}.")
    if path.resolve() in above or len(above) == MOST_BASES:
        raise ValueError(f"{str(path)!r} is its own base, or the end of more than {MOST_BASES} bases.")
    content = _content(path)
    if not isinstance(content, dict) or not all(isinstance(key, str) for key in content):
        raise ValueError(
            f"Cannot read recipe {str(path)!r}: it must be a mapping of keys to values, such as `learning_rate: 0.1`."
        )
    content = {"name": path.stem, **content}
    try:
        if "base" not in content:
            return _from_nothing(content)
        base = content.pop("base")
        if not isinstance(base, str):
            raise ValueError(f"base must be the name of a recipe or a YAML file, not {base!r:.100}.")
        of_file = Path(base).suffix in SUFFIXES
        return override(read(base, find, (*above, path.resolve())) if of_file else find(base), content)
    except ValueError as error:
        raise ValueError(f"{str(path)!r}: {error}") from None


def _content(path: Path) -> Any:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ValueError(f"it has more than {MOST_BYTES:,} bytes")
        return parsed(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ValueError(f"Cannot read {str(path)!r} as YAML: {one_line(error)}.") from None


def parsed(text: str) -> Any:
    """Return the value of a YAML text, of plain types.

    Raises:
        ValueError: If it is not YAML, has an alias, or is nested more than `DEEPEST` times.
    """
    import yaml

    try:
        depth = 0
        for event in yaml.parse(text, yaml.SafeLoader):
            if isinstance(event, yaml.AliasEvent):
                raise ValueError(f"it holds the alias *{event.anchor}: write the value out")
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > DEEPEST:
                raise ValueError(f"it is nested more than {DEEPEST} times")
        return yaml.safe_load(text)
    except Exception as error:  # PyYAML lets half a dozen kinds through, such as a KeyError for `!!bool x`
        raise ValueError(one_line(error)) from None


def _from_nothing(content: dict[str, Any]) -> Recipe:
    names = fields_of(Recipe)
    for key in content:
        if key not in names:
            raise ValueError(unknown("key of a recipe", key, [*names, "base"]))
    missing = [name for name in ("batch_size", "learning_rate", "optimizer") if name not in content]
    if missing:
        raise ValueError(f"A recipe without a base needs {', '.join(missing)}.")
    return Recipe(**content)


def value_of(text: str) -> Any:
    """Return the value of a text of the command line: a number, true, a list [60, 120], {kind: lamb}, or a word.

    Raises:
        ValueError: If it is not YAML.
    """
    try:
        return parsed(text)
    except ValueError:
        raise ValueError(
            f"Cannot read value {text!r:.100}: give a number, a word, a list [60, 120] or {{kind: lamb}}."
        ) from None


@checked
def settings_of(assignments: list[str]) -> dict[str, Any]:
    """Return settings such as `["learning_rate=0.05"]` as keys and values for `override`.

    Raises:
        ValueError: If one has no "=".
    """
    settings = {}
    for assignment in assignments:
        key, equals, text = assignment.partition("=")
        if not equals:
            raise ValueError(f"A setting is KEY=VALUE, such as learning_rate=0.05, not {assignment!r}.")
        settings[key.strip()] = value_of(text)
    return settings
