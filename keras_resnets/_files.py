"""Files that are whole or absent: written under a temporary name, flushed to the disk, then renamed.

Folders may come from strangers, with links where a file is about to be written: nothing here writes through a link.
"""

import contextlib
import csv
import errno
import hashlib
import io
import json
import os
import shutil
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import filelock

MOST_DIGITS = 40  # of a whole number in JSON; one of 310 digits is too large for a float
NO_LINKS = getattr(os, "O_NOFOLLOW", 0)  # Windows has no such flag
BINARY = getattr(os, "O_BINARY", 0)


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield an empty temporary file beside `path`, of the same suffix; it replaces `path` if the block ends well.

    What an earlier process has left under the temporary name is removed first, a link itself and not what it points to.
    """
    temporary = partial(path)
    temporary.unlink(missing_ok=True)
    try:
        with naming(path):
            os.close(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | NO_LINKS, 0o666))
            yield temporary
            flush(temporary)
            temporary.replace(path)
            flush(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def naming(path: Path) -> Iterator[None]:
    """Let the system's errors that name no file, as that of a full disk, name the one that the block writes."""
    try:
        yield
    except OSError as error:
        if error.errno is not None and error.filename is None:
            error.filename = os.fspath(path)
        raise


def partial(path: Path) -> Path:
    """Return the temporary name that `path` is written under; it is left only where the process is killed."""
    return path.with_name(f".{path.stem}.partial{path.suffix}")


def discard(path: Path) -> None:
    """Remove a file, a link (not what it points to) or a folder with all that is in it, if there is one."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


@contextlib.contextmanager
def filling(temporary: Path) -> Iterator[Path]:
    """Yield a new, empty folder for the block to fill and rename; so what it becomes is whole or absent.

    What is there under the temporary name before the block, and at its end where it was not renamed, is removed.
    """
    discard(temporary)
    temporary.mkdir()
    try:
        yield temporary
    finally:
        shutil.rmtree(temporary, ignore_errors=True)  # the error that ends the block is the one to know


def refuse_irregular(files: Iterable[Path], folders: Iterable[Path] = ()) -> None:
    """Raise if one of the paths is there and is a link or, other than asked for, no regular file or no folder.

    Raises:
        OSError: a path is of another kind.
    """
    for paths, wanted, name in ((files, stat.S_ISREG, "regular file"), (folders, stat.S_ISDIR, "folder")):
        for path in paths:
            try:
                mode = path.lstat().st_mode
            except FileNotFoundError:
                continue
            if not wanted(mode):
                kind = "a link" if stat.S_ISLNK(mode) else f"no {name}"
                raise OSError(f"Refusing {str(path)!r}: it is {kind}, and only a {name} is read or written there.")


def open_regular(path: str | os.PathLike[str]) -> BinaryIO:
    """Open a file for reading, through links too; what is no regular file, as a pipe, is not waited for.

    Raises:
        OSError: there is no such file, or it is no regular one.
    """
    descriptor = os.open(path, os.O_RDONLY | BINARY | getattr(os, "O_NONBLOCK", 0))
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "no regular file", os.fspath(path))
    return os.fdopen(descriptor, "rb")


def appending(path: Path) -> BinaryIO:
    """Open `path` for reading and for writing at its end; it is made if it is not there.

    Raises:
        OSError: it is a link or no regular file.
    """
    refuse_irregular([path])
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | NO_LINKS | BINARY, 0o666)
    return os.fdopen(descriptor, "a+b")


def lock(path: Path) -> filelock.BaseFileLock:
    """Return the lock of the file `path`, not yet acquired.

    Raises:
        OSError: it is a link or no regular file.
    """
    refuse_irregular([path])
    return filelock.FileLock(path)


@contextlib.contextmanager
def alone(path: Path) -> Iterator[None]:
    """Keep other processes from making `path`, a folder, in the block; the lock's file beside it goes with the lock.

    Raises:
        FileExistsError: another process makes it now.
        OSError: the lock is a link or no regular file.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.with_name(f".{path.name}.lock")
    held = lock(file)
    try:
        held.acquire(timeout=0)
    except filelock.Timeout:
        raise FileExistsError(f"Another process writes {str(path)!r} now: wait for it, or choose another.") from None
    try:
        yield
    finally:
        file.unlink(missing_ok=True)
        held.release()


def flush(path: Path) -> None:
    """Wait until the content of a file, or the names in a directory, are on the disk."""
    if path.is_dir() and os.name == "nt":
        return  # Windows opens no directories, and journals its names itself
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_text(path: Path, text: str) -> None:
    """Write `text` as the whole of `path`."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


@contextlib.contextmanager
def reading(path: Path, advice: str = "") -> Iterator[None]:
    """Turn what goes wrong in the block, which reads `path`, into one sentence that names the file and the fault.

    Args:
        path: the file.
        advice: a sentence that follows.

    Raises:
        FileNotFoundError: if there is no such file.
        OSError: if it cannot be read, or the block finds its content damaged.
    """
    then = f" {advice}" if advice else ""
    try:
        yield
    except FileNotFoundError:
        raise FileNotFoundError(f"Cannot read {str(path)!r}: there is no such file.{then}") from None
    except (OSError, EOFError, ValueError, RecursionError, csv.Error) as error:
        raise OSError(f"Cannot read {str(path)!r}: {getattr(error, 'strerror', None) or error}.{then}") from error


def read_object(path: Path, advice: str = "") -> dict[str, Any]:
    """Read a file that holds a JSON object.

    Raises:
        OSError: as `reading` does.
    """
    with reading(path, advice):
        content = json.loads(path.read_text(encoding="utf-8"), parse_int=_whole_number)
        if not isinstance(content, dict):
            raise ValueError(f"it holds {json.dumps(content)[:40]}, not a JSON object")
    return content


def _whole_number(digits: str) -> int:
    if len(digits) > MOST_DIGITS:
        raise ValueError(f"it holds a whole number of {len(digits):,} digits")
    return int(digits)


def write_csv(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows as the whole of a CSV file, with a line of their names first.

    Args:
        path: The file.
        rows: Values by name; columns come in the order of first appearance. Floats get ten significant digits, a value
            that a row lacks is empty.
    """
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(dict.fromkeys(name for row in rows for name in row)), lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: f"{v:.10g}" if isinstance(v, float) else v for name, v in row.items()} for row in rows)
    write_text(path, text.getvalue())


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file's content, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
