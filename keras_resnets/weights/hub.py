"""Download of published files: once, verified, into the cache of Keras."""

import hashlib
import http.client
import os
import urllib.request
from pathlib import Path

import keras

from keras_resnets import _network
from keras_resnets._errors import one_line
from keras_resnets._files import lock, replacing

BLOCK = 1 << 20
MOST_BYTES = 1 << 30  # of a download; the largest published file, VGG-19's, has 575 MB


def cache_folder() -> Path:
    """Return the folder of downloads: `models` in $KERAS_HOME or ~/.keras."""
    return Path(os.environ.get("KERAS_HOME", "~/.keras")).expanduser() / "models"


def cached(url: str, name: str, digest: str) -> Path:
    """Return the file `name` of the cache, downloaded from `url` if it is missing.

    Args:
        url: where it is published.
        name: its name in the cache.
        digest: what it must have, such as "sha256:11ad3fa6": the first of its hexadecimal digits will do.

    Raises:
        OSError: if the download fails; the message names the address, the file and the folder, to bring it by hand.
        ValueError: if the file that is there, or came, has another digest.
    """
    path = cache_folder() / name
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with lock(path.with_name(f".{name}.lock")):  # a second process waits for the first one's download
            if not path.exists():
                with replacing(path) as temporary:
                    _download(url, temporary, path)
                    _verify(temporary, digest, f"What came from {url}")
                return path
    _verify(path, digest, f"The file {str(path)!r}")
    return path


def hub_file(repository: str, revision: str | None, name: str) -> Path:
    """Return a file of a repository of the Hugging Face hub, from the hub's cache if it is there.

    Raises:
        ImportError: without the package huggingface_hub.
        OSError: if the hub cannot be reached, or has no such file.
    """
    try:
        import huggingface_hub
        from huggingface_hub import constants, errors
    except ImportError:
        raise ImportError(
            "Weights of the Hugging Face hub need the package huggingface_hub: pip install 'keras_resnets[hub]'."
        ) from None
    where = f"{repository}{f'@{revision}' if revision else ''}"
    try:
        return Path(huggingface_hub.hf_hub_download(repository, name, revision=revision, local_files_only=True))
    except errors.LocalEntryNotFoundError:
        pass
    except errors.HFValidationError as fault:
        raise ValueError(f"{repository!r} is no name of a repository: {fault}") from None
    url = f"{constants.ENDPOINT}/{repository}/resolve/{revision or 'main'}/{name}"
    by_hand = f"Download {url} elsewhere and give the path of that file as weights."
    try:
        # huggingface_hub itself tries again and again for minutes.
        _open(constants.ENDPOINT).close()
    except (OSError, ValueError, http.client.HTTPException) as fault:
        raise OSError(
            f"{name} of {where} is not in the cache and the hub cannot be reached: {one_line(fault)}. {by_hand}"
        ) from None
    try:
        return Path(huggingface_hub.hf_hub_download(repository, name, revision=revision))
    except Exception as fault:  # of its HTTP library, which changes with its releases, and not all are OSErrors
        raise OSError(f"{name} of {where} could not be downloaded: {one_line(fault)}. {by_hand}") from fault


def _download(url: str, target: Path, path: Path) -> None:
    try:
        with _open(url) as response, target.open("wb") as file:
            length = response.headers.get("Content-Length")
            size = int(length) if length else None
            if size is not None and size > MOST_BYTES:
                raise OSError(f"it has {size:,} bytes, more than the {MOST_BYTES:,} that are downloaded")
            print(f"Downloading {url}")
            progress, done = keras.utils.Progbar(size, unit_name="byte"), 0
            while block := response.read(BLOCK):
                file.write(block)
                done += len(block)
                if done > MOST_BYTES:
                    raise OSError(f"it goes on after {MOST_BYTES:,} bytes, the most that are downloaded")
                progress.update(done)
            if size is not None and done < size:
                raise OSError(f"the connection ended after {done:,} of {size:,} bytes")
    except (OSError, ValueError, http.client.HTTPException) as fault:
        raise OSError(
            f"{url} could not be downloaded: {one_line(fault)}. Download it elsewhere and put it, as {path.name}, into "
            f"{str(path.parent)!r}."
        ) from None


def _open(url: str):
    """Return the answer to a request, or raise an OSError if there is none in time."""
    (answer,) = _network.within(
        _network.ANSWER_SECONDS, lambda: urllib.request.urlopen(url, timeout=_network.READ_SECONDS)
    )
    return answer


def _verify(path: Path, digest: str, what: str) -> None:
    algorithm, start = digest.split(":")
    state = hashlib.new(algorithm, usedforsecurity=False)
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            state.update(block)
    if not state.hexdigest().startswith(start):
        raise ValueError(
            f"{what} is not the published file: its {algorithm} begins with {state.hexdigest()[: len(start)]}, "
            f"not with {start}. Delete it, if it is there, and try again."
        )
