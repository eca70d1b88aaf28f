"""A data set from its original files, without a network."""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from keras_resnets.data.archives import Archive, archives_of, identify, place
from keras_resnets.data.datasets import find
from keras_resnets.data.preparation import builder_of, prepare


def import_archives(
    name: str, files: Iterable[str | os.PathLike[str]], data_dir: str | os.PathLike[str] | None = None
) -> Path:
    """Prepares a data set from its original archives, after checking every one of them.

    The files are recognized by their SHA-256 as tensorflow-datasets registered it (or, compressed anew, by
    what they hold), in any order and under any names. Nothing is written before all of them are there and
    sound; they are linked, not copied; and an interruption leaves no half-prepared data behind. A second
    import changes nothing.

    Args:
        name: a key of `DATASETS`.
        files: the archives, such as `cifar-10-binary.tar.gz`; svhn_cropped needs its extra images' file
            too.
        data_dir: as for `load`.

    Returns:
        The directory of the prepared data.

    Raises:
        FileNotFoundError: a file is not there.
        ValueError: there is no such data set, or it has no archives; a file is damaged or none of its
            archives; or one of its archives was not given.
    """
    dataset = find(name)
    if dataset.tfds is None:
        raise ValueError(f"{name} comes with scikit-learn and needs no import.")

    builder = builder_of(dataset, data_dir)
    archives = archives_of(builder)
    given: dict[Archive, Path] = {
        identify(path, archives, name): path for path in (Path(file).expanduser() for file in files)
    }
    if missing := [archive for archive in archives if archive not in given]:
        raise ValueError(f"{name} also needs {', '.join(f'{archive.name} ({archive.url})' for archive in missing)}.")

    if not builder.data_path.exists():
        root = Path(builder.data_dir_root)
        root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="importing.", dir=root) as downloads:
            for archive, path in given.items():
                place(path, archive, builder.name, downloads)
            # What is said of a download would mislead here.
            prepare(builder, downloads, messages=io.StringIO())
    return Path(builder.data_path)
