"""Conversion of weights from and to state dicts of PyTorch, without PyTorch."""

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
from safetensors.numpy import save_file

from keras_resnets._checking import checked
from keras_resnets._errors import listed, unknown, warn_caller
from keras_resnets._files import replacing
from keras_resnets._finite import refuse_values
from keras_resnets._keras_files import ROOM, bytes_of
from keras_resnets.weights.key_map import KeyMap
from keras_resnets.weights.names import KEY_MAPS
from keras_resnets.weights.reading import read_state
from keras_resnets.weights.slots import WeightSlot, layers_of, weight_slots
from keras_resnets.weights.traits import difference

LAST_LAYERS = re.compile(r"(head|aux\d+)_dense")  # layers with one unit a class
PATHS = re.compile(r"_path\d+_")


@checked
def load_torch_weights(
    model: keras.Model, source: str | os.PathLike | Mapping, *, skip_head: bool = False, prefix: str = ""
) -> None:
    """Load the weights of a PyTorch state dict with the names of torchvision, timm or another known library.

    The library is recognized by the names. All arrays are checked before the first is set; on an error the model is
    unchanged. No code of a file is executed, PyTorch is not needed, and 16-bit floats become float32. The averaged
    weights of a checkpoint (`state_dict_ema`, `model_ema`) take precedence over its last ones (`state_dict`, `model`,
    `net`). A model without the top ignores the head of a state dict.

    Args:
        model: Model of one of this package's builders, also with `include_top=False`.
        source: Path of a .safetensors, .npz, .pth, .pt, .th, .bin or .pth.tar file, or mapping from PyTorch's names to
            arrays or tensors.
        skip_head: Leave the layers with one unit a class unchanged, whatever the number of classes of the weights.
        prefix: First letters of the names of the network's arrays, such as "backbone." or "encoder_q."; arrays without
            it are left out.

    Warns:
        UserWarning: If the networks with these names compute another function from the same arrays, as torchvision's
            Inception-v3, which is `InceptionV3(variant="torchvision")`, or its ResNet-50 in
            `ResNet50(downsample="1x1")`.

    Raises:
        ValueError: If the file cannot be read, or names, shapes or values (not finite) of the arrays do not fit; or for
            the names of akamaster/pytorch_resnet_cifar10, whose option A is `shortcut="A-centered"`, in a model with
            `shortcut="A"`.
    """
    by_path = next((layer.name for layer in layers_of(model) if PATHS.search(layer.name)), None)
    if by_path is not None:
        raise ValueError(
            f"{model.name!r} has a layer for each path ({by_path!r}), PyTorch's networks have grouped convolutions: "
            'load the weights into the same network with form="c", then kr.weights.copy_between_forms(that, this).'
        )
    arrays = read_state(source, bytes_of(model) + ROOM)
    if prefix and not (arrays := _behind(prefix, arrays)):
        raise ValueError(f"No array of the weights has a name with the prefix {prefix!r}.")
    match = _best_match(model, arrays)
    kept = {name for name, slot in match.slots.items() if skip_head and LAST_LAYERS.fullmatch(slot.layer)}
    slots = {name: slot for name, slot in match.slots.items() if name not in kept}
    given = {name: array for name, array in match.arrays.items() if name not in kept}
    _check_names(model, match.key_map, slots, given, match.unnamed)
    given = {name: given[name] for name in slots}
    _check_shapes(model, match.key_map, slots, given)
    _check_values(given, "a mapping" if isinstance(source, Mapping) else repr(os.fspath(source)))
    _check_traits(model, match.key_map)
    for name, slot in slots.items():
        slot.variable.assign(slot.read(given[name].astype(np.float32)))


@checked
def to_torch_weights(
    model: keras.Model, path: str | os.PathLike | None = None, *, naming: str | None = None
) -> dict[str, np.ndarray]:
    """Return the model's weights as a PyTorch state dict: float32 arrays in PyTorch's layout, by PyTorch's names.

    `load_state_dict(..., strict=True)` of the same network accepts it, as it holds the `num_batches_tracked` of the
    norms too, as zeros. Auxiliary classifiers that the model lacks are left out.

    Args:
        model: Model of one of this package's builders.
        path: A .safetensors or .npz file to write too, in place of an existing one.
        naming: Names of a library and family, such as "torchvision resnet" or "akamaster resnet"; by default the first
            that has a name for every layer of the model.

    Raises:
        ValueError: If no naming fits the model, or `path` has another suffix.
    """
    state: dict[str, np.ndarray] = {}
    for name, slot in _slots_to_write(model, naming).items():
        array = slot.write(keras.ops.convert_to_numpy(slot.variable).astype(np.float32))
        state[name] = np.ascontiguousarray(array)
        if name.endswith(".running_var"):
            state[name.replace("running_var", "num_batches_tracked")] = np.array(0, np.int64)
    if path is not None:
        _write(state, Path(path))
    return state


def _write(state: dict[str, np.ndarray], path: Path) -> None:
    if path.suffix not in (".safetensors", ".npz"):
        raise ValueError(unknown("format of weights", path.suffix, (".safetensors", ".npz")))
    with replacing(path) as temporary:
        if path.suffix == ".npz":
            np.savez(temporary, **state)  # type: ignore[arg-type]
        else:
            save_file(state, temporary, metadata={"format": "pt"})


def _slots_to_write(model: keras.Model, title: str | None) -> dict[str, WeightSlot]:
    """Return the slots by the names of the key map `title`, by default the first that fits."""
    by_name = {key_map.name: key_map for key_map in KEY_MAPS}
    if title is not None and title not in by_name:
        raise ValueError(unknown("naming", title, by_name))
    for key_map in KEY_MAPS if title is None else [by_name[title]]:
        slots, unnamed = weight_slots(model, key_map)
        foreign = [name for name in slots if key_map.never and re.search(key_map.never, name)]
        if not unnamed and not foreign:
            _refuse_traits(model, key_map)
            return slots
    whose = "No naming of PyTorch's has" if title is None else f"The naming {title!r} does not have"
    raise ValueError(f"{whose} names for all of {model.name!r}, such as {(unnamed or foreign)[0]!r}.")


@dataclass(frozen=True)
class Match:
    """Key map tried on a model and on arrays.

    Attributes:
        key_map: The key map.
        slots: Slots of the model's variables, by the names of the key map.
        unnamed: Layers of the model that the key map has no name for.
        arrays: Arrays by the names of newer files, without those that the model may lack.
    """

    key_map: KeyMap
    slots: dict[str, WeightSlot]
    unnamed: list[str]
    arrays: dict[str, np.ndarray]

    @property
    def likeness(self) -> tuple[int, int]:
        """Number of arrays with a slot, then the fewest without."""
        common = self.slots.keys() & self.arrays.keys()
        return len(common), -len(self.arrays.keys() - common)


def _best_match(model: keras.Model, arrays: Mapping[str, np.ndarray]) -> Match:
    """Return the match with the most arrays that have a slot; of equal ones, that with the fewest others."""
    if best := _likest(model, arrays):
        return best
    prefixes = sorted({name.partition(".")[0] + "." for name in arrays if "." in name})
    found = [prefix for prefix in prefixes if _likest(model, _behind(prefix, arrays))]
    if found:
        raise ValueError(
            f"The arrays with the names of layers of {model.name!r} have the prefix "
            f"{' or '.join(map(repr, found))}: load them with kr.load_torch_weights(model, source, "
            f"prefix={found[0]!r}), and skip_head=True if the classifier is not among them."
        )
    raise ValueError(
        f"None of the {len(arrays)} arrays, such as {listed(sorted(arrays)[:3])}, has the name of a layer of "
        f"{model.name!r} in a known library."
    )


def _behind(prefix: str, arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return the arrays whose names have a prefix, by their names without it."""
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}


def _likest(model: keras.Model, arrays: Mapping[str, np.ndarray]) -> Match | None:
    best = max((_match(model, arrays, key_map) for key_map in KEY_MAPS), key=lambda match: match.likeness)
    return best if best.likeness[0] else None


def _match(model: keras.Model, arrays: Mapping[str, np.ndarray], key_map: KeyMap) -> Match:
    slots, unnamed = weight_slots(model, key_map)
    headless = not any(layer.name.startswith("head_") for layer in layers_of(model))
    named = {key_map.today(name): array for name, array in arrays.items()}
    wanted = {
        name: array
        for name, array in named.items()
        if name in slots or not (name.startswith(key_map.absent) or (headless and key_map.of_head(name)))
    }
    return Match(key_map, slots, unnamed, wanted)


def _check_names(
    model: keras.Model,
    key_map: KeyMap,
    slots: Mapping[str, WeightSlot],
    given: Mapping[str, np.ndarray],
    unnamed: list[str],
) -> None:
    missing, spare = sorted(slots.keys() - given.keys()), sorted(given.keys() - slots.keys())
    misfits = [
        f"{kind} ({len(names)}): {listed(names)}"
        for kind, names in (
            ("missing", missing),
            ("not in the model", spare),
            ("layers without a name there", unnamed),
        )
        if names
    ]
    if misfits:
        raise ValueError(_misfit(model, key_map, misfits))


def _check_shapes(
    model: keras.Model, key_map: KeyMap, slots: Mapping[str, WeightSlot], given: Mapping[str, np.ndarray]
) -> None:
    others = {name for name, slot in slots.items() if given[name].shape != slot.shape}
    if others and all(_differs_in_classes(slots[name], given[name].shape) for name in others):
        name = min(others)
        raise ValueError(class_counts(given[name].shape[0], slots[name].shape[0]))
    first = layers_of(model)[0].name
    for name in others:
        theirs, ours = given[name].shape, slots[name].shape
        if slots[name].layer == first and len(theirs) == len(ours) == 4 and theirs[1] != ours[1]:
            raise ValueError(f"The weights take images of {theirs[1]} channels, {model.name!r} takes {ours[1]}.")
    if others:
        pairs = [f"{name} is {given[name].shape}, not {slots[name].shape}" for name in sorted(others)]
        raise ValueError(_misfit(model, key_map, [f"of another shape ({len(pairs)}): {listed(pairs)}"]))


def _differs_in_classes(slot: WeightSlot, theirs: tuple[int, ...]) -> bool:
    return bool(LAST_LAYERS.fullmatch(slot.layer)) and len(theirs) > 0 and theirs[1:] == slot.shape[1:]


def _check_values(given: Mapping[str, np.ndarray], source: str) -> None:
    coarse = [name for name, array in given.items() if not _is_float(array)]
    if coarse:
        raise ValueError(f"{len(coarse)} of {len(given)} arrays are not of floating point: {listed(coarse)}.")
    refuse_values(given.items(), source)


def _is_float(array: np.ndarray) -> bool:
    return array.dtype.kind == "f" or array.dtype.name == "bfloat16"


def _check_traits(model: keras.Model, key_map: KeyMap) -> None:
    """Refuse, or warn, if the network of the weights computes another function with them than `model`."""
    _refuse_traits(model, key_map)
    if trait := difference(model, key_map.traits):
        warn_caller(
            f"{model.name!r} takes these weights ({key_map.name}), but has {trait.given} and computes another function "
            f"with them: build the model with {trait.needed} for the outputs of their network.",
        )


def _refuse_traits(model: keras.Model, key_map: KeyMap) -> None:
    if trait := difference(model, key_map.refused):
        raise ValueError(
            f"Networks with these names ({key_map.name}) have {trait.needed}, {model.name!r} has {trait.given}: the "
            f"arrays fit, but the outputs would be wrong. Build it with {trait.needed}."
        )


def say_new_head(source: str, theirs: int, model: str, ours: int) -> None:
    """Print that a model has another number of classes than its weights, and so a new head."""
    print(
        f"The weights {source!r} have {theirs:,} classes, the model {model!r} has {ours:,}: its head starts from "
        "random values, all other layers are pretrained."
    )


def class_counts(theirs: int, ours: int) -> str:
    """Return the sentence for a head with another number of classes."""
    return (
        f"The weights have {theirs:,} classes, the model has {ours:,}: build it with classes={theirs} or "
        "include_top=False, or load with kr.load_torch_weights(model, source, skip_head=True), which leaves the "
        "model's head as it is."
    )


def _misfit(model: keras.Model, key_map: KeyMap, misfits: Iterable[str]) -> str:
    needs = f" These names are those of a model built with {key_map.needs}." if key_map.needs else ""
    return f"The weights ({key_map.name}) do not fit {model.name!r}, which is unchanged.{needs}\n  " + "\n  ".join(
        misfits
    )
