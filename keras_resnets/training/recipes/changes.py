"""Recipes made from recipes: other values, another length, files."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from keras_resnets._errors import unknown
from keras_resnets.training.recipes.record import Exponential, Recipe, Steps
from keras_resnets.training.recipes.typed import fields_of

SCALING = {"none": 0.0, "linear": 1.0, "square_root": 0.5}  # exponents of the ratio of the batch sizes


def override(recipe: Recipe, changes: Mapping[str, Any]) -> Recipe:
    """The recipe with other values, each taken as it is: a new length does not scale the schedule (`scaled` does).

    A new batch size takes the learning rate along as `scaling` says, unless a learning rate is given too.

    Args:
        recipe: what is changed.
        changes: values by key: "learning_rate" is a field, "optimizer.momentum" a field of a part. A whole part is a
            kind, or a mapping; one without a kind, or with the kind that is there, changes the part that is there.

    Raises:
        ValueError: for an unknown key, with the nearest, or a value that is not allowed, with those that are.

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
    """`value` in place of `now`, or inside it where both are the same part."""
    if isinstance(now, str) and within:
        now = {"kind": now}
    if not isinstance(now, Mapping) or not isinstance(value, Mapping):
        return value
    same_part = "kind" in now and value.get("kind", now["kind"]) == now["kind"]
    return {**now, **value} if within or same_part else value


def _unknown_key(key: str, recipe: Recipe) -> str:
    """The sentence for a key that no recipe has, with the nearest that this one has."""
    parts = {name: value for name, value in recipe.to_mapping().items() if isinstance(value, Mapping)}
    inner = {field: f"{name}.{field}" for name, part in parts.items() for field in part if field != "kind"}
    if key in inner:
        return f"Unknown key {key!r} of a recipe; did you mean {inner[key]!r}?"
    return unknown("key of a recipe", key, [*fields_of(Recipe), *inner.values()])


def in_iterations(recipe: Recipe, steps_per_epoch: int) -> Recipe:
    """The recipe with its times in iterations.

    Args:
        recipe: of any length.
        steps_per_epoch: updates in one pass through the training images.
    """
    if recipe.epochs is None:
        return recipe
    return stretched(recipe, max(1, round(recipe.epochs * steps_per_epoch)))


def scaled(recipe: Recipe, iterations: int) -> Recipe:
    """The recipe stretched or shortened to `iterations`: warm-up, steps and average keep their share of the whole.

    The patience of a plateau stays: it is in epochs.

    Raises:
        ValueError: if `iterations` is not positive, or the recipe is in epochs (`in_iterations` comes first).
    """
    if iterations < 1:
        raise ValueError(f"A training takes at least 1 iteration, not {iterations}.")
    if recipe.iterations is None:
        raise ValueError(f"The recipe {recipe.name!r} is in epochs: in_iterations() comes before scaled().")
    # The average of the weights looks back 1 / (1 - momentum) iterations.
    forgotten = (1 - recipe.ema) * recipe.iterations / iterations
    return replace(stretched(recipe, iterations), ema=max(0.0, 1 - forgotten) if recipe.ema else 0.0)


def stretched(recipe: Recipe, iterations: int) -> Recipe:
    """The recipe with the given length and its schedule's times in proportion."""
    ratio = iterations / recipe.length
    schedule, warmup = recipe.schedule, recipe.warmup
    if isinstance(schedule, Steps):
        schedule = replace(schedule, at=tuple(round(time * ratio) for time in schedule.at))
    elif isinstance(schedule, Exponential):
        schedule = replace(schedule, every=schedule.every * ratio)
    if warmup:
        warmup = replace(warmup, length=round(warmup.length * ratio))
    return replace(recipe, epochs=None, iterations=iterations, schedule=schedule, warmup=warmup)


def read(path: str | os.PathLike[str], find: Callable[[str], Recipe]) -> Recipe:
    """The recipe in a YAML file, whose `base`, if there is one, `find` gives."""
    import yaml

    path = Path(path)
    if not path.is_file():
        raise ValueError(f"There is no recipe file {str(path)!r}.")
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ValueError(f"{str(path)!r} is no YAML: {' '.join(str(error).split())}.") from None
    if not isinstance(content, dict) or not all(isinstance(key, str) for key in content):
        raise ValueError(f"{str(path)!r} holds no recipe: a mapping of keys to values, such as `learning_rate: 0.1`.")
    content = {"name": path.stem, **content}
    try:
        if "base" in content:
            return override(find(content.pop("base")), content)
        return _from_nothing(content)
    except ValueError as error:
        raise ValueError(f"{str(path)!r}: {error}") from None


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
    """What a text on the command line stands for: a number, true, a list [60, 120], a mapping {kind: lamb}, or itself.

    Raises:
        ValueError: if it is no YAML.
    """
    import yaml

    try:
        return yaml.safe_load(text)
    except yaml.YAMLError:
        raise ValueError(f"{text!r} is no value: give a number, a word, a list [60, 120] or {{kind: lamb}}.") from None


def settings_of(assignments: list[str]) -> dict[str, Any]:
    """`["learning_rate=0.05", ...]` as keys and values for `override`.

    Raises:
        ValueError: if one has no "=".
    """
    settings = {}
    for assignment in assignments:
        key, equals, text = assignment.partition("=")
        if not equals:
            raise ValueError(f"A setting is KEY=VALUE, such as learning_rate=0.05, not {assignment!r}.")
        settings[key.strip()] = value_of(text)
    return settings
