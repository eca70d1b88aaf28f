"""Images of a data set as inputs of a network."""

from dataclasses import replace

import numpy as np

from keras_resnets._errors import positive_integer
from keras_resnets.evaluation import Classifier
from keras_resnets.evaluation.forward import crops_of
from keras_resnets.evaluation.pictures import Pictures, pictures_of
from keras_resnets.images.crop_protocols import ONE_CROP


def some_pictures(images, limit: int | None, class_names=None) -> Pictures:
    """Return all `images`, in any form that `evaluate` takes, or `limit` of them, spread evenly over the set."""
    pictures = pictures_of(images, class_names)
    if limit is None or positive_integer("limit", limit) >= len(pictures):
        return pictures
    chosen = np.linspace(0, len(pictures) - 1, limit).round().astype(int)
    return replace(pictures, images=[pictures.images[index] for index in chosen], labels=pictures.labels[chosen])


def read_by(network: Classifier, pictures: Pictures) -> np.ndarray:
    """Return one crop of each image as input of the network, float32 [n, h, w, c]."""
    crops = [next(crops_of(pictures.pixels(i, network.channels), network, ONE_CROP)) for i in range(len(pictures))]
    return network.preprocessing.standardize(np.concatenate(crops))
