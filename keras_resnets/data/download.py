"""Preparation and download of data sets by tensorflow-datasets."""

from __future__ import annotations

import contextlib
import functools
import os
import shlex
import sys
from typing import TYPE_CHECKING, TextIO
from urllib.parse import urlsplit

from keras_resnets import _network
from keras_resnets.data.archives import archives_of, is_downloaded

if TYPE_CHECKING:
    import tensorflow_datasets as tfds

    from keras_resnets.data.datasets import Dataset


def builder_of(dataset: Dataset, data_dir: str | os.PathLike[str] | None) -> tfds.core.DatasetBuilder:
    """Return the builder of a data set under `data_dir` (None: TFDS_DATA_DIR, or its default), prepared or not."""
    import tensorflow_datasets as tfds
    from etils import epath

    root = None if data_dir is None else epath.Path(data_dir).expanduser()
    return tfds.builder(dataset.tfds, data_dir=root)


def prepared_builder(dataset: Dataset, data_dir: str | os.PathLike[str] | None) -> tfds.core.DatasetBuilder:
    """Return the builder of a prepared data set, after downloading it if needed.

    Raises:
        ConnectionError: The data set is not prepared and cannot be downloaded; the message says how to import it.
    """
    builder = builder_of(dataset, data_dir)
    if builder.data_path.exists():
        return builder

    download_dir = builder.data_dir_root / "downloads"
    urls = [archive.url for archive in archives_of(builder) if not is_downloaded(archive, builder.name, download_dir)]
    if reason := why_unreachable(urls, _network.ANSWER_SECONDS):
        raise ConnectionError(_how_to_import(dataset, builder, data_dir, reason))

    import requests
    from tensorflow_datasets.core.download.download_manager import NonMatchingChecksumError
    from tensorflow_datasets.core.download.util import DownloadError

    try:
        prepare(builder, download_dir, messages=sys.stderr)
    except (requests.RequestException, DownloadError) as error:
        raise ConnectionError(_how_to_import(dataset, builder, data_dir, str(error))) from error
    except NonMatchingChecksumError as error:
        reason = "what arrived is not the published file"
        raise ConnectionError(_how_to_import(dataset, builder, data_dir, reason)) from error
    return builder


def prepare(builder: tfds.core.DatasetBuilder, download_dir: str | os.PathLike[str], messages: TextIO) -> None:
    """Download the files that `download_dir` lacks and write the prepared data set, whole or not at all.

    tensorflow-datasets prints its messages to `messages`, and draws its progress bars only in a terminal.
    """
    import tensorflow_datasets as tfds

    if not sys.stderr.isatty():
        tfds.disable_progress_bar()
    with contextlib.redirect_stdout(messages):
        builder.download_and_prepare(
            download_dir=download_dir,
            download_config=tfds.download.DownloadConfig(try_download_gcs=False),
        )


def why_unreachable(urls: list[str], seconds: float) -> str | None:
    """Return why an address gives no file, in a few words, or None where all answer within `seconds`.

    Each is requested as tensorflow-datasets would (so by the same proxies), but only the head of the answer is read.
    tensorflow-datasets itself tries for minutes.
    """
    try:
        _network.within(seconds, *(functools.partial(_ask, url, seconds) for url in urls))
    except TimeoutError:
        return _no_answer(urls[0], seconds)
    except ConnectionError as fault:
        return str(fault)
    return None


def _no_answer(url: str, seconds: float) -> str:
    return f"no answer from {urlsplit(url).hostname} within {seconds:g} seconds"


def _ask(url: str, seconds: float) -> None:
    """Request a file, and raise ConnectionError if it is not given."""
    import requests

    host = urlsplit(url).hostname
    try:
        with requests.get(url, stream=True, timeout=seconds) as response:
            if not response.ok:
                raise ConnectionError(f"{host} answers {response.status_code} {response.reason}")
    except requests.Timeout:
        raise ConnectionError(_no_answer(url, seconds)) from None
    except requests.RequestException as error:
        kind = type(error).__name__
        raise ConnectionError(
            f"{host} cannot be reached" + ("" if kind == "ConnectionError" else f", {kind}")
        ) from None


def _how_to_import(
    dataset: Dataset, builder: tfds.core.DatasetBuilder, data_dir: str | os.PathLike[str] | None, reason: str
) -> str:
    archives = archives_of(builder)
    names = [archive.name for archive in archives]
    folders = sorted({archive.url.rsplit("/", 1)[0] + "/" for archive in archives})
    command = ["keras-resnets", "data", "import", dataset.name, *names]
    if data_dir is not None:
        command += ["--data-dir", os.fspath(data_dir)]
    return (
        f"{dataset.name} is not prepared under {builder.data_dir_root} and cannot be downloaded ({reason}): "
        f"fetch {', '.join(names)} where there is a network, from {' or '.join(folders)} "
        f"(home page {builder.info.homepage}), and run `{shlex.join(command)}`."
    )
