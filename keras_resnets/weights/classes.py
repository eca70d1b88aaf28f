"""Names of ImageNet's classes, and the likeliest classes of a network's outputs."""

import json
from collections.abc import Sequence

import keras
import numpy as np

from keras_resnets._errors import positive_integer
from keras_resnets._finite import finite_rows
from keras_resnets.weights.hub import cached

# The classes of ILSVRC 2012 as keras.applications has them, under the name and in the folder where it keeps them too.
CLASS_INDEX = "imagenet_class_index.json"
CLASS_INDEX_URL = f"https://storage.googleapis.com/download.tensorflow.org/data/{CLASS_INDEX}"
CLASS_INDEX_MD5 = "c2c37ea517e94d9795004a39431a14cb"


def decode_predictions(
    predictions, top: int = 5, labels: Sequence[str] | None = None
) -> list[list[tuple[str, str, float]]]:
    """The likeliest classes of each image, as `keras.applications` gives them.

    Args:
        predictions: probabilities (or logits, which keep their order and are given back as they are), [batch, classes].
        top: how many classes of each image.
        labels: the classes' names. By default they are ImageNet's 1,000, of a small file that is downloaded once to
            ~/.keras/models, where keras.applications keeps it too.

    Returns:
        For each image `top` tuples (synset, name, score), the likeliest first; with `labels` of your own the synset is
        the number of the class.

    Raises:
        ValueError: if the predictions are no such array or not finite, or the number of labels is another.
        OSError: if ImageNet's labels cannot be downloaded.
    """
    scores = keras.ops.convert_to_numpy(predictions)
    if scores.ndim != 2:
        raise ValueError(f"Predictions must be [batch, classes], not of the shape {tuple(scores.shape)}.")
    positive_integer("top", top)
    classes = scores.shape[1]
    if labels is None and classes != 1000:
        raise ValueError(f"ImageNet has 1,000 classes, these predictions have {classes:,}: give their labels.")
    names = imagenet_classes() if labels is None else [(str(k), str(label)) for k, label in enumerate(labels)]
    if len(names) != classes:
        raise ValueError(f"There are {len(names):,} labels for {classes:,} classes.")
    broken = int((~finite_rows(scores)).sum())
    if broken:
        raise ValueError(f"Predictions must be finite; those of {broken:,} of {len(scores):,} images are not.")
    order = np.argsort(-scores, axis=1, kind="stable")[:, :top]
    return [[(*names[k], float(row[k])) for k in best] for row, best in zip(scores, order, strict=True)]


def imagenet_classes() -> list[tuple[str, str]]:
    """(synset, name) of ImageNet's 1,000 classes, in order.

    Raises:
        OSError: if they are not there yet and cannot be downloaded.
    """
    path = cached(CLASS_INDEX_URL, CLASS_INDEX, f"md5:{CLASS_INDEX_MD5}")
    index = json.loads(path.read_text(encoding="utf-8"))
    return [(synset, name) for synset, name in (index[str(k)] for k in range(1000))]
