"""Import of a data set from its original files, or of CIFAR-10 from PNG files, without a network."""

from __future__ import annotations

import contextlib
import io
import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from keras_resnets._checking import checked
from keras_resnets._files import alone
from keras_resnets.data import cifar10_images
from keras_resnets.data.archives import Archive, archives_of, identify, place
from keras_resnets.data.datasets import find
from keras_resnets.data.download import builder_of, prepare

if TYPE_CHECKING:
    import tensorflow_datasets as tfds


@checked
def import_archives(
    name: str, files: Iterable[str | os.PathLike[str]], data_dir: str | os.PathLike[str] | None = None
) -> Path:
    """Prepare a data set from its original archives, or CIFAR-10 from PNG files, after checking every one of them.

    Archives are recognized by their SHA-256 as tensorflow-datasets registered it (or, compressed anew, by what they
    hold), in any order and under any names. Nothing is written before all of them are there and sound; they are
    linked, not copied; and an interruption leaves no half-prepared data behind. A second import changes nothing.

    CIFAR-10 may also be given as folders or tars of lossless images, `train/CLASS/NAME.png` and
    `test/CLASS/NAME.png`: the pixels and classes of all 60,000 are compared with the published ones.

    Args:
        name: Key of `DATASETS`.
        files: The archives, such as `cifar-10-binary.tar.gz` (svhn_cropped also needs the file of its extra images),
            or CIFAR-10's folders or tars of images.
        data_dir: As for `load`.

    Returns:
        The directory of the prepared data.

    Raises:
        FileExistsError: Another process imports it now.
        FileNotFoundError: A file does not exist.
        ValueError: The data set is unknown or has no archives; a file is damaged or none of its archives; an archive
            was not given; an image is missing, doubled, altered or a JPEG.
    """
    dataset = find(name)
    if dataset.tfds is None:
        raise ValueError(f"{name} comes with scikit-learn and needs no import.")

    builder = builder_of(dataset, data_dir)
    archives = archives_of(builder)
    paths = [Path(file).expanduser() for file in files]
    if name == "cifar10" and any(map(cifar10_images.holds_images, paths)):
        images = cifar10_images.read_images(paths)
        with _downloads(builder) as folder:
            written = folder / archives[0].name
            cifar10_images.write_archive(images, written)
            place(written, archives[0], builder.name, folder)
        return Path(builder.data_path)

    given: dict[Archive, Path] = {identify(path, archives, name): path for path in paths}
    if missing := [archive for archive in archives if archive not in given]:
        raise ValueError(f"{name} also needs {', '.join(f'{archive.name} ({archive.url})' for archive in missing)}.")
    with _downloads(builder) as folder:
        for archive, path in given.items():
            place(path, archive, builder.name, folder)
    return Path(builder.data_path)


@contextlib.contextmanager
def _downloads(builder: tfds.core.DatasetBuilder) -> Iterator[Path]:
    """Make a temporary folder for archives; prepare the data set from them when the block ends."""
    root = Path(builder.data_dir_root)
    root.mkdir(parents=True, exist_ok=True)
    with alone(Path(builder.data_path)), tempfile.TemporaryDirectory(prefix="importing.", dir=root) as folder:
        yield Path(folder)
        if not builder.data_path.exists():
            # tensorflow-datasets would speak of a download, which this is not.
            prepare(builder, folder, messages=io.StringIO())
