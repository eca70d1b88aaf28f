"""Images as the input of a model with published weights, as keras.applications has it."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from keras_resnets._checking import checked
from keras_resnets.images.preprocessing import Preprocessing
from keras_resnets.images.with_pillow import center_crop
from keras_resnets.layers import preprocessing_of


@checked
def preprocess_input(images: Any, of: keras.Model | Preprocessing) -> np.ndarray:
    """Turn images into the input that a model expects.

    Images of the input's size are taken as they are. Others are resized by Pillow, with antialiasing, so that the
    shorter side fits, and their center is cut out.

    Args:
        images: RGB, `[height, width, 3]` or `[batch, height, width, 3]`, integers or floats of 0 to 255. Floats that
            are all whole numbers, as `keras.utils.img_to_array` reads them, are resized as bytes.
        of: A model that carries a preprocessing, as those with published weights do, or a `Preprocessing`.

    Returns:
        float32 `[batch, size, size, 3]`.

    Raises:
        ValueError: The images are no such images, or the model carries no preprocessing.
    """
    expected = _preprocessing(of)
    pixels = np.asarray(images)
    if pixels.ndim == 3:
        pixels = pixels[None]
    if pixels.ndim != 4 or pixels.shape[-1] != 3 or pixels.size == 0:
        raise ValueError(f"Images must be RGB, [batch, height, width, 3], not of the shape {np.shape(images)}.")
    if not (pixels.min() >= 0 and pixels.max() <= 255):
        raise ValueError(f"Images must have values of 0 to 255; these have {pixels.min():g} to {pixels.max():g}.")
    if pixels.dtype.kind == "f" and 0 < pixels.max() <= 1:
        raise ValueError("Images must have values of 0 to 255; these end at 1: multiply them by 255.")
    # What `keras.utils.img_to_array` reads are bytes too, and bicubic interpolation of bytes is another by 10 levels.
    pixels = pixels.astype(np.uint8 if (pixels == np.floor(pixels)).all() else np.float32)
    return expected.standardize(np.stack([center_crop(image, expected) for image in pixels]))


def _preprocessing(of: keras.Model | Preprocessing) -> Preprocessing:
    if isinstance(of, Preprocessing):
        return of
    found = preprocessing_of(of)
    if found is None:
        raise ValueError(
            f"{of.name!r} carries no preprocessing, since it was not built with published weights: give a "
            "kr.weights.Preprocessing."
        )
    return found
