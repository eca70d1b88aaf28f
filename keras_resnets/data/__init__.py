"""Data sets by name, their augmentation, and the batches that networks are trained and tested on."""

from keras_resnets._renamed import renamed
from keras_resnets.augment.pad_crop_flip import Augmentation
from keras_resnets.augment.transform import ImageTransform
from keras_resnets.data.arrays import ImageSet, Split, per_pixel_mean
from keras_resnets.data.batches import mean_of, steps_per_epoch, test_batch_size, test_batches, training_batches
from keras_resnets.data.datasets import DATASETS, Dataset
from keras_resnets.data.file_batches import centres
from keras_resnets.data.fingerprint import fingerprint
from keras_resnets.data.folders import FileSet, FileSplit, from_csv, from_folder, from_source, name_of
from keras_resnets.data.imagenet import unpack_imagenet
from keras_resnets.data.importing import import_archives
from keras_resnets.data.preview import show
from keras_resnets.data.small_files import common_side, in_memory
from keras_resnets.data.sources import is_path, load, shape_in_memory
from keras_resnets.data.unpacking import unpack_tfds, unpack_tfrecords

__all__ = [
    "DATASETS",
    "Augmentation",
    "Dataset",
    "FileSet",
    "FileSplit",
    "ImageSet",
    "ImageTransform",
    "Split",
    "centres",
    "common_side",
    "fingerprint",
    "from_csv",
    "from_folder",
    "from_source",
    "import_archives",
    "in_memory",
    "is_path",
    "load",
    "mean_of",
    "name_of",
    "per_pixel_mean",
    "shape_in_memory",
    "show",
    "steps_per_epoch",
    "test_batch_size",
    "test_batches",
    "training_batches",
    "unpack_imagenet",
    "unpack_tfds",
    "unpack_tfrecords",
]

__getattr__ = renamed(__name__, {"Photographs": "ImageTransform"})
