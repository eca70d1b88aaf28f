"""Weights from PyTorch's state dicts and back, without PyTorch."""

import os
import re
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
from safetensors.numpy import save_file

from keras_resnets._errors import listed, unknown
from keras_resnets._files import replacing
from keras_resnets._finite import refuse_values
from keras_resnets.weights.key_map import KeyMap
from keras_resnets.weights.names import NAMINGS
from keras_resnets.weights.reading import read_state
from keras_resnets.weights.slots import WeightSlot, layers_of, places

LAST_LAYERS = re.compile(r"(head|aux\d+)_dense")  # the layers that have one unit for each class
PATHS = re.compile(r"_path\d+_")


def load_torch_weights(model: keras.Model, source: str | os.PathLike | Mapping, *, skip_head: bool = False) -> None:
    """Give `model` the weights of a PyTorch state dict of torchvision, timm or others whose names are known here.

    The naming is recognized by the names. All arrays are checked first; either all are set or, on an error, none.
    Nothing of a file is executed, PyTorch is not needed, and 16-bit floats become float32. A checkpoint's averaged
    weights (`state_dict_ema`, `model_ema`) are taken before its last ones (`state_dict`, `model`, `net`). A model
    without the top takes the rest of a state dict that has one.

    Args:
        model: of one of this package's builders, also with `include_top=False`.
        source: the path of a .safetensors, .npz, .pth, .pt, .th, .bin or .pth.tar file, or a mapping from PyTorch's
            names to arrays or tensors.
        skip_head: leave the layers that have one unit a class as they are, whatever the weights' number of classes.

    Warns:
        UserWarning: if the network that the names are of computes something else with the same weights, as
            torchvision's Inception-v3 does, which is `InceptionV3(variant="torchvision")`.

    Raises:
        ValueError: if the file cannot be read, or the arrays do not fit the model: names, shapes, values that are not
            finite. The model has not been changed then.
    """
    by_path = next((layer.name for layer in layers_of(model) if PATHS.search(layer.name)), None)
    if by_path is not None:
        raise ValueError(
            f"{model.name!r} spells its paths out ({by_path!r}), PyTorch's weights are of grouped convolutions: load "
            'them into the same network with form="c", then kr.weights.copy_between_forms(that, this).'
        )
    arrays = read_state(source)
    match = _best_match(model, arrays)
    kept = {name for name, place in match.places.items() if skip_head and LAST_LAYERS.fullmatch(place.layer)}
    found = {name: place for name, place in match.places.items() if name not in kept}
    given = {name: array for name, array in match.arrays.items() if name not in kept}
    _check_names(model, match.naming, found, given, match.unnamed)
    given = {name: given[name] for name in found}
    _check_shapes(model, match.naming, found, given)
    _check_values(given, "a mapping" if isinstance(source, Mapping) else repr(os.fspath(source)))
    _tell_of_variant(model, match.naming)
    for name, place in found.items():
        place.variable.assign(place.read(given[name].astype(np.float32)))


def to_torch_weights(
    model: keras.Model, path: str | os.PathLike | None = None, *, naming: str | None = None
) -> dict[str, np.ndarray]:
    """The model's weights as a PyTorch state dict: float32 arrays in PyTorch's layout, by PyTorch's names.

    `load_state_dict(..., strict=True)` of the same network takes them, so the norms' `num_batches_tracked` are there
    too, as zeros. Auxiliary classifiers that the model lacks are not written.

    Args:
        model: of one of this package's builders.
        path: a .safetensors or .npz file to write too; it replaces one that is there.
        naming: whose names, such as "torchvision resnet", or "akamaster resnet"; by default the first that names every
            layer of the model.

    Raises:
        ValueError: if no naming fits the model, or `path` ends otherwise.
    """
    found = _places_to_write(model, naming)
    state: dict[str, np.ndarray] = {}
    for name, place in found.items():
        array = place.write(keras.ops.convert_to_numpy(place.variable).astype(np.float32))
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


def _places_to_write(model: keras.Model, title: str | None) -> dict[str, WeightSlot]:
    namings = {naming.name: naming for naming in NAMINGS}
    if title is not None and title not in namings:
        raise ValueError(unknown("naming", title, namings))
    for naming in NAMINGS if title is None else [namings[title]]:
        found, unnamed = places(model, naming)
        foreign = [name for name in found if naming.never and re.search(naming.never, name)]
        if not unnamed and not foreign:
            return found
    whose = "No naming of PyTorch's has" if title is None else f"The naming {title!r} does not have"
    raise ValueError(f"{whose} names for all of {model.name!r}, such as {(unnamed or foreign)[0]!r}.")


@dataclass(frozen=True)
class Match:
    """A naming, tried on a model and on arrays.

    Attributes:
        naming: the naming.
        places: of the model's variables, by the naming's names.
        unnamed: layers of the model that the naming has no name for.
        arrays: by today's names, less those that the model may lack.
    """

    naming: KeyMap
    places: dict[str, WeightSlot]
    unnamed: list[str]
    arrays: dict[str, np.ndarray]

    @property
    def likeness(self) -> tuple[int, int]:
        common = self.places.keys() & self.arrays.keys()
        return len(common), -len(self.arrays.keys() - common)


def _best_match(model: keras.Model, arrays: Mapping[str, np.ndarray]) -> Match:
    """The naming under which most arrays have a place; at par, that which leaves the fewest over."""
    best = max((_match(model, arrays, naming) for naming in NAMINGS), key=lambda match: match.likeness)
    if not best.likeness[0]:
        raise ValueError(
            f"None of the {len(arrays)} arrays, such as {listed(sorted(arrays)[:3])}, has a name that a layer of "
            f"{model.name!r} is known by."
        )
    return best


def _match(model: keras.Model, arrays: Mapping[str, np.ndarray], naming: KeyMap) -> Match:
    found, unnamed = places(model, naming)
    headless = not any(layer.name.startswith("head_") for layer in layers_of(model))
    named = {naming.today(name): array for name, array in arrays.items()}
    wanted = {
        name: array
        for name, array in named.items()
        if name in found or not (name.startswith(naming.absent) or (headless and naming.of_head(name)))
    }
    return Match(naming, found, unnamed, wanted)


def _check_names(model, naming, found, given, unnamed) -> None:
    missing, spare = sorted(found.keys() - given.keys()), sorted(given.keys() - found.keys())
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
        raise ValueError(_misfit(model, naming, misfits))


def _check_shapes(model, naming, found, given) -> None:
    others = {name for name, place in found.items() if given[name].shape != place.shape}
    if others and all(_differs_in_classes(found[name], given[name].shape) for name in others):
        name = min(others)
        raise ValueError(class_counts(given[name].shape[0], found[name].shape[0]))
    first = layers_of(model)[0].name
    for name in others:
        theirs, ours = given[name].shape, found[name].shape
        if found[name].layer == first and len(theirs) == len(ours) == 4 and theirs[1] != ours[1]:
            raise ValueError(f"The weights are for images of {theirs[1]} channels, {model.name!r} is for {ours[1]}.")
    if others:
        pairs = [f"{name} is {given[name].shape}, not {found[name].shape}" for name in sorted(others)]
        raise ValueError(_misfit(model, naming, [f"of another shape ({len(pairs)}): {listed(pairs)}"]))


def _differs_in_classes(place: WeightSlot, theirs: tuple[int, ...]) -> bool:
    return bool(LAST_LAYERS.fullmatch(place.layer)) and len(theirs) > 0 and theirs[1:] == place.shape[1:]


def _check_values(given: Mapping[str, np.ndarray], source: str) -> None:
    coarse = [name for name, array in given.items() if not _is_float(array)]
    if coarse:
        raise ValueError(f"{len(coarse)} of {len(given)} arrays are not of floating point: {listed(coarse)}.")
    refuse_values(given.items(), source)


def _is_float(array: np.ndarray) -> bool:
    return array.dtype.kind == "f" or array.dtype.name == "bfloat16"


def _tell_of_variant(model: keras.Model, naming: KeyMap) -> None:
    """Warn where the arrays fit a network that computes something else with them."""
    if naming.sign and not any(layer.name == naming.sign for layer in model.layers):
        warnings.warn(
            f"{model.name!r} takes these weights ({naming.name}), but theirs computes something else with them: "
            f"unless you know better, build the model with {naming.needs}.",
            stacklevel=3,
        )


def class_counts(theirs: int, ours: int) -> str:
    """The sentence for a head of another number of classes."""
    return (
        f"The weights tell {theirs:,} classes apart, the model {ours:,}: build it with classes={theirs} or "
        "include_top=False, or load with kr.load_torch_weights(model, source, skip_head=True), which leaves the "
        "model's head as it is."
    )


def _misfit(model: keras.Model, naming: KeyMap, misfits: Iterable[str]) -> str:
    needs = f" These names are those of a model built with {naming.needs}." if naming.needs else ""
    return f"The weights ({naming.name}) do not fit {model.name!r}, which is unchanged.{needs}\n  " + "\n  ".join(
        misfits
    )
