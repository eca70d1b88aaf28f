"""Images of a training, sized and augmented as its network and recipe take them."""

from __future__ import annotations

from dataclasses import replace

from keras_resnets import data
from keras_resnets.networks.registry import default_size
from keras_resnets.training.config import NetworkSource
from keras_resnets.training.recipes import OF_THE_DATASET, Recipe


def suited(
    images: data.ImageSet | data.FileSet, recipe: Recipe, network: NetworkSource
) -> data.ImageSet | data.FileSet:
    """Return the images of a data set that was given by its name or path, augmented as the recipe says.

    If it leaves the augmentation to the data set, files that are small and alike are read into memory, padded, cropped
    and flipped as CIFAR's images; others are cut to the network's own size.
    """
    if recipe.augmentation != OF_THE_DATASET or isinstance(images, data.ImageSet):
        return images.augmented(recipe.augmentation)
    if data.common_side(images) is not None:
        return data.in_memory(images)
    size = default_size(network)
    return images if size is None else images.cut_by(replace(images.augmentation, size=size))


def augmentation_in_words(images: data.ImageSet | data.FileSet) -> str:
    """Return how training images are augmented."""
    change = images.augmentation
    if isinstance(change, data.Augmentation):
        words = [f"padded by {change.pad} and cropped"] if change.pad else []
        words += ["flipped"] if change.flip else []
        return " and ".join(words) or "not augmented"
    crop = (
        f"padded by {change.pad} and cropped"
        if change.pad is not None
        else f"resized to {change.shorter_side} and cropped"
        if change.shorter_side
        else f"random areas resized to {change.size}"
    )
    return f"{crop}, flipped" if change.flip else crop
