"""Names of the ImageNet classes, and the most probable classes of predictions."""

import json
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from keras_resnets._checking import checked
from keras_resnets._errors import positive_integer
from keras_resnets._finite import finite_rows
from keras_resnets.weights.hub import cached

# The classes of ILSVRC 2012 as keras.applications has them, cached under the same path.
CLASS_INDEX = "imagenet_class_index.json"
CLASS_INDEX_URL = f"https://storage.googleapis.com/download.tensorflow.org/data/{CLASS_INDEX}"
CLASS_INDEX_MD5 = "c2c37ea517e94d9795004a39431a14cb"


@checked
def decode_predictions(
    predictions: Any, top: int = 5, labels: Sequence[str] | None = None
) -> list[list[tuple[str, str, float]]]:
    """Return the most probable classes of each image, in the format of `keras.applications`.

    Args:
        predictions: Probabilities, or logits, whose values are returned unchanged, `[batch, classes]`.
        top: Number of classes returned for each image.
        labels: Names of the classes; by default the 1,000 of ImageNet, from a small file that is downloaded once to
            ~/.keras/models, where keras.applications keeps it too.

    Returns:
        For each image `top` tuples (synset, name, score), the most probable first; with your own `labels` the synset is
        the number of the class.

    Raises:
        ValueError: If the predictions have another shape or are not finite, or the number of labels differs.
        OSError: If the labels of ImageNet cannot be downloaded.
    """
    scores = keras.ops.convert_to_numpy(predictions)
    if scores.ndim != 2:
        raise ValueError(f"Predictions must have the shape [batch, classes], not {tuple(scores.shape)}.")
    positive_integer("top", top)
    classes = scores.shape[1]
    if labels is None and classes != 1000:
        raise ValueError(f"Predictions of {classes:,} classes need labels: the default ones are ImageNet's 1,000.")
    names = imagenet_classes() if labels is None else [(str(k), str(label)) for k, label in enumerate(labels)]
    if len(names) != classes:
        raise ValueError(f"labels must have one name for each of {classes:,} classes, not {len(names):,}.")
    broken = int((~finite_rows(scores)).sum())
    if broken:
        raise ValueError(f"Predictions must be finite; those of {broken:,} of {len(scores):,} images are not.")
    order = np.argsort(-scores, axis=1, kind="stable")[:, :top]
    return [[(*names[k], float(row[k])) for k in best] for row, best in zip(scores, order, strict=True)]


def imagenet_classes() -> list[tuple[str, str]]:
    """Return (synset, name) of the 1,000 ImageNet classes, in order.

    Raises:
        OSError: If they are not in the cache and cannot be downloaded.
    """
    path = cached(CLASS_INDEX_URL, CLASS_INDEX, f"md5:{CLASS_INDEX_MD5}")
    index = json.loads(path.read_text(encoding="utf-8"))
    return [(synset, name) for synset, name in (index[str(k)] for k in range(1000))]
