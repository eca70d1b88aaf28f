"""Original files of the data sets: their checksums, and where tensorflow-datasets keeps downloads."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import shutil
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from keras_resnets._files import sha256

if TYPE_CHECKING:
    import tensorflow_datasets as tfds

_BLOCK = 1 << 20


@dataclass(frozen=True)
class Archive:
    """Original file of a data set, as registered with tensorflow-datasets.

    Attributes:
        url: Address at which it is published.
        name: Name of the file.
        size: Length in bytes.
        sha256: SHA-256 in hexadecimal.
    """

    url: str
    name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Content:
    """Uncompressed content of a .gz file: length in bytes and SHA-256."""

    size: int
    sha256: str


# Distributions compress files anew: in Debian's dataset-fashion-mnist the names and times are gone from the
# gzip headers, and with them the registered checksums. Such a copy is recognized by what it holds. Registered
# SHA-256 -> content; writing name and time back into Debian's headers gives the four registered checksums, so
# the contents are those of the originals.
CONTENTS: dict[str, Content] = {
    # train-images-idx3-ubyte
    "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84": Content(
        47_040_016, "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888"
    ),
    # train-labels-idx1-ubyte
    "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845": Content(
        60_008, "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9"
    ),
    # t10k-images-idx3-ubyte
    "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073": Content(
        7_840_016, "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b"
    ),
    # t10k-labels-idx1-ubyte
    "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5": Content(
        10_008, "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34"
    ),
}


def archives_of(builder: tfds.core.DatasetBuilder) -> tuple[Archive, ...]:
    """Return the original files of a data set, with their registered sizes and checksums."""
    return tuple(
        Archive(url, info.filename or url.rsplit("/", 1)[1], int(info.size), info.checksum)
        for url, info in builder.url_infos.items()
    )


def identify(file: Path, archives: Iterable[Archive], dataset: str) -> Archive:
    """Find the archive that a file is, whatever its name, by the SHA-256 of the file or of its uncompressed content.

    Raises:
        FileNotFoundError: The file does not exist.
        ValueError: The file is none of the archives; the message gives the expected and the found checksum.
    """
    archives = tuple(archives)
    if not file.is_file():
        raise FileNotFoundError(f"Cannot find file {file}; {dataset} is made from {_listed(archives)}.")

    size, digest = file.stat().st_size, sha256(file)
    content = _content(file, archives)
    for archive in archives:
        if archive.sha256 == digest or (content and CONTENTS.get(archive.sha256) == content):
            return archive

    found = f"{size:,} bytes, SHA-256 {digest}"
    for archive in archives:
        if archive.name == file.name:
            fault = "is cut short" if size < archive.size else "is not the published file"
            raise ValueError(
                f"{file} {fault}: expected {archive.size:,} bytes, SHA-256 {archive.sha256}; found {found}."
            )
    raise ValueError(f"{file} is none of the files of {dataset}: expected {_listed(archives)}; found {found}.")


def is_downloaded(archive: Archive, dataset: str, download_dir: os.PathLike[str] | str) -> bool:
    """Return whether tensorflow-datasets has the archive from an earlier download, and so will not fetch it."""
    from etils import epath
    from tensorflow_datasets.core.download import resource

    name = resource.get_dl_fname(archive.url, archive.sha256)
    # Older versions kept the downloads of all data sets in one folder; newer ones still look there.
    folders = epath.Path(download_dir) / dataset, epath.Path(download_dir)
    return any(resource.is_locally_cached(folder / name) for folder in folders)


def place(file: Path, archive: Archive, dataset: str, download_dir: os.PathLike[str] | str) -> None:
    """Link or copy a verified file to the place where tensorflow-datasets looks for its download."""
    from tensorflow_datasets.core.download import checksums, resource
    from tensorflow_datasets.core.utils import Size

    path = Path(download_dir) / dataset / resource.get_dl_fname(archive.url, archive.sha256)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        path.symlink_to(file.resolve())
    except OSError:
        shutil.copyfile(file, path)
    resource.write_info_file(
        url=archive.url,
        path=path,
        dataset_name=dataset,
        original_fname=archive.name,
        url_info=checksums.UrlInfo(size=Size(archive.size), checksum=archive.sha256, filename=archive.name),
    )


def _listed(archives: Iterable[Archive]) -> str:
    return ", ".join(f"{archive.name} ({archive.size:,} bytes)" for archive in archives)


def _content(file: Path, archives: Iterable[Archive]) -> Content | None:
    """Digest the content of a .gz file; None where no archive is known by content, or the file is not a sound .gz."""
    known = [CONTENTS[archive.sha256].size for archive in archives if archive.sha256 in CONTENTS]
    if not known:
        return None
    try:
        with gzip.open(file) as stream:
            return _digest(stream, max(known))
    except (OSError, EOFError, zlib.error):
        return None


def _digest(stream: io.BufferedIOBase, limit: int) -> Content:
    """Digest a stream up to `limit` bytes: a small file can unpack to terabytes."""
    digest, size = hashlib.sha256(), 0
    while size <= limit and (block := stream.read(_BLOCK)):
        digest.update(block)
        size += len(block)
    return Content(size, digest.hexdigest())
