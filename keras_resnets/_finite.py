"""NaN and infinite values in weights and outputs: found, counted, and refused with the name of what holds them."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

import keras
import numpy as np

from keras_resnets._errors import listed
from keras_resnets._keras_files import load_keras_model


def finite(values) -> bool:
    """Return whether all numbers of an array, tensor or variable are finite in float32; integers always are."""
    values = np.asarray(values)
    if values.dtype.kind in "iub":
        return True
    with np.errstate(over="ignore"):
        return bool(np.isfinite(values.astype(np.float32)).all())


def first_not_finite(model: keras.Model) -> str | None:
    """Return the path of the model's first weights that hold a NaN or an infinity; None if there are none."""
    return next((weights.path for weights in model.weights if not finite(weights)), None)


def refuse_values(named: Iterable[tuple[str, Any]], source: str) -> None:
    """Refuse arrays that hold a NaN or an infinity.

    Args:
        named: pairs of a name and an array.
        source: where the arrays come from, as the error names it.

    Raises:
        ValueError: if an array is not finite; the sentence names the source and the arrays.
    """
    named = list(named)
    broken = [name for name, array in named if not finite(array)]
    if broken:
        raise ValueError(
            f"Cannot take the weights of {source}: {len(broken)} of {len(named)} arrays hold NaN or infinite values, "
            f"as after a training that diverged: {listed(broken)}."
        )


def refuse_weights(model: keras.Model, source: str) -> None:
    """Refuse a model whose weights, from `source`, are not finite; its optimizer may hold any values.

    Raises:
        ValueError: as for `refuse_values`.
    """
    refuse_values(((weights.path, weights) for weights in model.weights), source)


def load_model(path: str | os.PathLike[str], *, compile: bool = False) -> keras.Model:
    """Load a `.keras` file whose weights are finite.

    Args:
        path: of the file.
        compile: whether the model gets the optimizer, losses and metrics of the file.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if the file is no such model, unpacks to much more than its own size (`load_keras_model`), or holds
            weights that are not finite.
    """
    model = load_keras_model(path, compile=compile)
    refuse_weights(model, repr(os.fspath(path)))
    return model


class OutputCheck:
    """Count the images whose outputs are not finite, batch by batch, and refuse them.

    Args:
        model: that gives the outputs.
    """

    def __init__(self, model: keras.Model):
        self.model = model
        self.seen: set[int] = set()
        self.faulty: set[int] = set()

    def see(self, images: Iterable[int], outputs) -> bool:
        """Return whether all outputs so far are finite.

        Args:
            images: the number of the image that each row of `outputs` is of.
            outputs: of the model, [batch, ...].

        Raises:
            FloatingPointError: if outputs are not finite because weights are not: other images would add nothing.
        """
        numbers, were_finite = np.asarray(images), not self.faulty
        self.seen.update(numbers.tolist())
        self.faulty.update(numbers[~finite_rows(outputs)].tolist())
        if were_finite and self.faulty and first_not_finite(self.model):
            self._refuse(f"the first {len(self.seen):,}")
        return not self.faulty

    def refuse(self) -> None:
        """Raise if an image's outputs were not finite.

        Raises:
            FloatingPointError: with the network's name, the number of such images, and whether its weights are finite.
        """
        if self.faulty:
            self._refuse(f"{len(self.seen):,}")

    def _refuse(self, images: str) -> None:
        spoiled = first_not_finite(self.model)
        why = (
            f", for its weights {spoiled!r} are not finite"
            if spoiled
            else ", though its weights are: its input is not finite, or a layer's values overflow"
        )
        raise FloatingPointError(
            f"The outputs of {self.model.name!r} are not finite for {len(self.faulty):,} of {images} images{why}."
        )


def refuse_outputs(model: keras.Model, outputs) -> None:
    """Refuse outputs of a model, [images, ...], that are not finite.

    Raises:
        FloatingPointError: as for `OutputCheck.refuse`.
    """
    check = OutputCheck(model)
    check.see(range(len(outputs)), outputs)
    check.refuse()


def finite_rows(outputs) -> np.ndarray:
    """Return for each row of outputs, [batch, ...], whether all its numbers are finite: bool [batch]."""
    good: np.ndarray = np.isfinite(np.asarray(outputs).astype(np.float64))
    return np.asarray(good.all(axis=tuple(range(1, good.ndim))))
