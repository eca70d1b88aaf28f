"""Comparison of a resumed training with its run: differences that are refused, and those that give a warning."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, fields
from itertools import zip_longest
from typing import Any

import keras

from keras_resnets._errors import warn_caller
from keras_resnets.runs import Run
from keras_resnets.training.config import TrainConfig

PARTS = {"train": "training", "test": "test"}
VERSIONS = ("keras_resnets", "keras", "tensorflow")  # TensorFlow reads the images whatever the backend is
MACHINE = ("processor", "accelerators")
SHOWN = 12  # digits of a SHA-256 in a sentence
LONGEST_VALUE = 300  # characters of a setting in a sentence


def compare(run: Run, now: Mapping[str, Any]) -> None:
    """Compare the run's config.json with `now`, the one that a new run of this training would have.

    Other settings, another backend and other data are refused. Other versions, devices and processors, which compute
    the same up to rounding, and data of equal fingerprint that have been moved give a warning and a line of log.jsonl.

    Raises:
        ValueError: If settings, backend or data differ.
        OSError: If config.json is damaged.
    """
    there, now = run.read_config(), json.loads(json.dumps(now))
    refused = [*_settings(there, now), *_backend(there, now), *_data(there, now)]
    if refused:
        raise ValueError(
            f"Cannot resume the run in {str(run.path)!r}, which has other settings or data: {'; '.join(refused)}."
        )
    if "data" not in there:
        _warn(
            run,
            f"The run in {str(run.path)!r} is of an earlier release, which kept no fingerprint of the data: beyond the "
            "names of the classes and the numbers of images they could not be compared.",
        )
    moved = _moved(there, now)
    if moved:
        _warn(
            run,
            f"The data of the run in {str(run.path)!r} have the same content, but have been moved: {'; '.join(moved)}.",
        )
    conditions = _conditions(there, now)
    if conditions:
        _warn(
            run,
            f"The run in {str(run.path)!r} continues under other conditions, and may not end bit for bit as an "
            f"uninterrupted one: {'; '.join(conditions)}.",
        )


def _warn(run: Run, sentence: str) -> None:
    run.note("resumed_otherwise", message=sentence)
    warn_caller(sentence)


def _settings(there: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Return the settings that differ; a setting that is missing from an older run has its default."""
    defaults = {field.name: field.default for field in fields(TrainConfig) if field.default is not MISSING}
    names = [field.name for field in fields(TrainConfig) if field.name != "dataset" or not _equal_data(there, now)]
    was = _flat({name: there.get(name, defaults[name]) if name in defaults else there[name] for name in names})
    return _differing(was, _flat({name: now[name] for name in names}))


def _backend(there: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Return the backends, if they differ: the same state of a random generator draws other numbers on each."""
    return _differing(there.get("versions", {}), now["versions"], ["backend"])


def _data(there: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Return the differences of the data: classes, shape and number of the images, and digests of their content."""
    found = [*_classes(there["class_names"], now["class_names"]), *_differing(there, now, ["image_shape"])]
    was, is_now = there.get("data", now["data"]), now["data"]
    if was.get("kind") != is_now["kind"]:
        return [*found, f"the images in {was.get('kind')} there, in {is_now['kind']} now"]
    for part, word in PARTS.items():
        count = f"{part}_images"
        if there[count] != now[count]:
            found.append(f"{there[count]:,} {word} images there, {now[count]:,} now")
        else:
            digests = was.get(part, {})
            found += [
                f"{name} of the {word} images (SHA-256) {digests.get(name, 'none')[:SHOWN]} there, {digest[:SHOWN]} now"
                for name, digest in is_now[part].items()
                if digests.get(name) != digest
            ]
    return found


def _classes(was: list[str], is_now: list[str]) -> list[str]:
    """Return the first class whose name differs, and the number of others."""
    differing = [k for k, names in enumerate(zip_longest(was, is_now)) if names[0] != names[1]]
    if not differing:
        return []
    first = differing[0]
    names = [repr(names[first]) if first < len(names) else "none" for names in (was, is_now)]
    more = f" (and {len(differing) - 1:,} more classes)" if len(differing) > 1 else ""
    return [f"class {first} {names[0]} there, {names[1]} now{more}"]


def _equal_data(there: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    return there.get("data") == now["data"]


def _moved(there: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Return the names and paths that differ, of data of equal content."""
    if not _equal_data(there, now):
        return []
    return [*_differing(there, now, ["dataset"]), *_differing(there.get("files", {}), now.get("files", {}), ["path"])]


def _conditions(there: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Return the differences in versions, devices and machine, which the last bits of a result depend on."""
    versions = (*VERSIONS, "jax") if keras.backend.backend() == "jax" else VERSIONS
    return [
        difference
        for part, names in (("versions", versions), ("devices", ("strategy", "replicas")), ("machine", MACHINE))
        if part in there
        for difference in _differing(there[part], now[part], names)
    ]


def _differing(was: Mapping[str, Any], is_now: Mapping[str, Any], names: Iterable[str] | None = None) -> list[str]:
    """Return each name whose value differs, of `names` or of all, with both values."""
    return [
        f"{name} {was.get(name)!r:.{LONGEST_VALUE}} there, {is_now.get(name)!r:.{LONGEST_VALUE}} now"
        for name in (names or {**is_now, **was})
        if was.get(name) != is_now.get(name)
    ]


def _flat(config: dict[str, Any]) -> dict[str, Any]:
    """Return the settings with the fields of the recipe among them, those of its parts as "part.field"."""
    flat = {name: value for name, value in config.items() if name != "recipe"}
    for name, value in config["recipe"].items():
        flat |= {f"{name}.{inner}": v for inner, v in value.items()} if isinstance(value, dict) else {name: value}
    return flat
