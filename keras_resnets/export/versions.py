"""Directories of integer versions, as TensorFlow Serving polls them, to which versions are added atomically."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path

from keras_resnets._files import filling, flush, lock, write_text

LOCK = ".lock"


def publish(directory: Path, write: Callable[[Path], None], beside: Mapping[str, str]) -> Path:
    """Publish what `write` makes as the next version of `directory`.

    It is made under a name that is not a number, which servers ignore, flushed to the disk, and renamed under a lock:
    two processes get two versions. After a failure or an interruption nothing of it is left.

    Args:
        directory: Directory of the versions; it is made if it does not exist.
        write: Function that fills the directory that it is given.
        beside: Content of further files of `directory` by name; existing ones are kept.

    Returns:
        Directory of the version, `directory / "1"` and so on.

    Raises:
        OSError: The version cannot be written.
    """
    made = _make(directory)
    aside = directory / f".partial-{os.getpid()}-{uuid.uuid4().hex[:8]}"
    written: list[Path] = []
    try:
        with filling(aside):
            write(aside)
            for path in (*aside.rglob("*"), aside):
                flush(path)
            with lock(directory / LOCK):
                for name, content in beside.items():
                    if not (directory / name).exists():
                        written.append(directory / name)
                        write_text(directory / name, content)
                version = directory / str(max(versions(directory), default=0) + 1)
                aside.rename(version)
                flush(directory)
        return version
    except BaseException:
        for path in written:
            path.unlink(missing_ok=True)
        _unmake(made)
        raise


def versions(directory: Path) -> list[int]:
    """Return the versions in a directory, in order."""
    return sorted(int(path.name) for path in directory.iterdir() if path.name.isdecimal() and path.name.isascii())


def _make(directory: Path) -> list[Path]:
    """Make a directory and its parents; return those that were missing, the innermost first."""
    missing = [path for path in (directory, *directory.parents) if not path.exists()]
    try:
        directory.mkdir(parents=True, exist_ok=True)
        if not os.access(directory, os.W_OK | os.X_OK):
            raise PermissionError(f"Directory {str(directory)!r} is not writable.")
    except OSError as error:
        _unmake(missing)
        if error.strerror:
            raise type(error)(f"Cannot write a version in {str(directory)!r}: {error.strerror}.") from error
        raise
    return missing


def _unmake(directories: list[Path]) -> None:
    """Remove directories that are still empty, but for the lock."""
    for directory in directories:
        if directory.is_dir():
            (directory / LOCK).unlink(missing_ok=True)
            try:
                directory.rmdir()
            except OSError:
                return
