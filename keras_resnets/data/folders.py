"""Data sets of labelled image files, in folders or in a CSV table; headers are checked when a set is opened."""

from __future__ import annotations

import contextlib
import csv
import logging
import os
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from keras_resnets._checking import BelowOne, checked
from keras_resnets._errors import listed, printable, unknown
from keras_resnets.augment.transform import ImageTransform
from keras_resnets.data.arrays import OF_THE_DATASET, in_short
from keras_resnets.images import in_graph
from keras_resnets.images.headers import Header, read_header

TRAIN = ("train", "training")
TEST = ("val", "valid", "validation", "test")
AT_ONCE = 256  # files checked by a thread in one piece
NO_FILE = "no regular file"  # pipes and broken links; they do not count as damaged images
LISTED = 20  # bad files listed in an error or a warning; `FileSet.bad` has all

_log = logging.getLogger(__name__)


class Faults:
    """Record of the files of a split that failed in decoding, shared by all its streams.

    Attributes:
        bad: Paths of the files, by their index in the split.
        stopped: Error message of a stream that stopped because too many files failed; None if none has.
    """

    def __init__(self) -> None:
        self.bad: dict[int, str] = {}
        self.stopped: str | None = None

    def note(self, split: FileSplit, numbers: Iterable[int], hopeless: bool = False) -> None:
        """Count files that failed in decoding, and warn of each once.

        Args:
            split: Split of the files.
            numbers: Indices of the files that failed.
            hopeless: Whether no neighbour could be decoded either.

        Raises:
            ValueError: More files than `max_bad` allows have failed, or it is hopeless.
        """
        for number in sorted(set(numbers) - set(self.bad)):
            self.bad[number] = split.paths[number]
            _log.warning("%s cannot be decoded; its neighbour takes its place.", printable(split.paths[number]))
        if hopeless or len(self.bad) > split.max_bad * len(split):
            failed = bad_files((path, "cannot be decoded") for path in self.bad.values())
            self.stopped = f"{len(self.bad):,} of {len(split):,} files fail, more than max_bad allows: {failed}"
            raise ValueError(self.stopped)

    @contextlib.contextmanager
    def explained(self) -> Iterator[None]:
        """Raise the sentence with which a stream has stopped, if one has, in place of the block's own error."""
        try:
            yield
        except Exception:
            if self.stopped is None:
                raise
            raise ValueError(self.stopped) from None


@dataclass(frozen=True, eq=False)
class FileSplit:
    """Training or test part of a set of image files.

    Attributes:
        paths: Paths of the n files.
        labels: Class of each image, int64 `[n]`, counted from 0.
        sizes: Height and width of each image as displayed, int32 `[n, 2]`.
        orientations: Exif orientation of each image, int32 `[n]`, 1 to 8.
        starts: Position of each JPEG's first scan in its file, int32 `[n]`.
        classes: Number of classes.
        transform: Cutting and augmentation of the images.
        max_bad: Share of files that may fail in decoding before a stream stops.
        faults: Record of the files that have failed.
    """

    paths: tuple[str, ...]
    labels: np.ndarray
    sizes: np.ndarray
    orientations: np.ndarray
    starts: np.ndarray
    classes: int
    transform: ImageTransform = field(default_factory=ImageTransform)
    max_bad: float = 0.01
    faults: Faults = field(default_factory=Faults)

    def __len__(self) -> int:
        return len(self.paths)

    def __repr__(self) -> str:
        return f"FileSplit({len(self):,} files, {self.classes:,} classes)"

    @property
    def photographs(self) -> ImageTransform:
        """Former name of `transform`."""
        warnings.warn("FileSplit.photographs is now FileSplit.transform.", DeprecationWarning, stacklevel=2)
        return self.transform


@dataclass(frozen=True, eq=False)
class FileSet:
    """Data set of image files: training and test split, class names, and the files left out as bad.

    Attributes:
        name: Name of the set, used for the run's directory.
        source: Arguments by which `from_source` opens it again: path, test_share, max_bad, and a table's class_names.
        class_names: Names of the classes, in the order of the labels.
        train: Training part.
        test: Test part.
        bad: (path, reason) of each file that was left out.
        augmentation: Augmentation of the training images; its size is that of both splits.
        root: Folder to which file names are relative in `data.fingerprint`.
    """

    name: str
    source: dict[str, Any]
    class_names: tuple[str, ...]
    train: FileSplit
    test: FileSplit
    bad: tuple[tuple[str, str], ...] = ()
    augmentation: ImageTransform = field(default_factory=ImageTransform)
    root: str = ""

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """Shape of the images in a batch, `(size, size, 3)`."""
        return (self.augmentation.size, self.augmentation.size, 3)

    def __repr__(self) -> str:
        return in_short(self)

    def augmented(self, text: str) -> FileSet:
        """Return the set with the augmentation described by a recipe's words; "dataset" keeps its own.

        Raises:
            ValueError: The words do not describe an augmentation.
        """
        return self if text == OF_THE_DATASET else self.cut_by(ImageTransform.parse(text))

    def cut_by(self, transform: ImageTransform) -> FileSet:
        """Return the set with another augmentation."""
        train, test = (replace(split, transform=transform) for split in (self.train, self.test))
        return replace(self, augmentation=transform, train=train, test=test)

    def to_mapping(self) -> dict[str, Any]:
        """Return the entry of config.json from which `from_source` opens the same set."""
        return {**self.source, "augmentation": asdict(self.augmentation)}


@checked
def from_folder(
    path: str | os.PathLike[str],
    *,
    test_share: BelowOne = 0.2,
    max_bad: BelowOne = 0.01,
    augmentation: ImageTransform | None = None,
) -> FileSet:
    """Open an image folder with a subfolder a class, laid out as for torchvision's ImageFolder.

    The folder may hold two such folders instead, `train` and `val` (or `test`). Otherwise `test_share` of each class is
    held out for testing: at 0.2 its 5th, 10th, 15th... file by name. The header of every file is read; damaged files
    and files that are not images are left out, and named in `bad` and in a warning.

    Args:
        path: Path of the folder.
        test_share: Share of each class held out for testing, 0 to below 1; ignored where the folder is split already.
        max_bad: Share of files that may be bad.
        augmentation: Augmentation of the training images; by default random areas and aspect ratios at 224 pixels,
            and flips.

    Raises:
        FileNotFoundError: The folder does not exist.
        ValueError: The folder has no class folders, a test class is missing from the training images, a split is
            empty, or more than `max_bad` of the files are bad; the message lists them.
    """
    root = Path(path).expanduser()
    if not root.is_dir():
        raise FileNotFoundError(f"Cannot find folder {str(root)!r}.")
    bad: list[tuple[str, str]] = []
    parts = _folders(root, bad)
    train = next((parts[name] for name in TRAIN if name in parts), None)
    test = next((parts[name] for name in TEST if name in parts), None)
    if train is not None and test is not None:
        rows = [*_files_of_classes(train, "train", bad), *_files_of_classes(test, "test", bad)]
        names = sorted(_folders(train, []))
    else:
        names = sorted(parts)
        rows = list(_files_of_classes(root, "", bad))
    if not names:
        raise ValueError(f"{str(root)!r} has no folders of images, one a class (nor train and val with such folders).")
    strange = sorted({label for _, label, _ in rows} - set(names))
    if strange:
        raise ValueError(
            f"The test images of {str(root)!r} have a class that the training images lack: {strange[0]!r}."
        )
    source = {"path": str(root.resolve()), "test_share": test_share, "max_bad": max_bad}
    return replace(_checked(source, names, rows, bad, augmentation), root=str(root))


@checked
def from_csv(
    path: str | os.PathLike[str],
    *,
    class_names: Sequence[str] | None = None,
    test_share: BelowOne = 0.2,
    max_bad: BelowOne = 0.01,
    augmentation: ImageTransform | None = None,
) -> FileSet:
    """Open a CSV table of image files with the columns `path`, `label` and optionally `split` ("train", "val", "test").

    Paths are relative to the table's folder. Labels are class names or, with `class_names`, also class numbers from 0
    on; rows with other labels are left out like damaged files.

    Args:
        path: Path of the CSV file.
        class_names: Names of the classes, in order; by default the table's labels, sorted, numbers by value.
        test_share: Share of each class held out for testing, as for `from_folder`; ignored where the table has splits.
        max_bad: Share of files that may be bad.
        augmentation: Augmentation of the training images, as for `from_folder`.

    Raises:
        FileNotFoundError: The file does not exist.
        ValueError: A column is missing, a split is unknown, or for the reasons of `from_folder`.
    """
    table = Path(path).expanduser()
    if not table.is_file():
        raise FileNotFoundError(f"Cannot find file {str(table)!r}.")
    with table.open(newline="", encoding="utf-8-sig") as file:
        reader = csv.DictReader(file)
        columns = reader.fieldnames or []
        for column in ("path", "label"):
            if column not in columns:
                raise ValueError(f"{str(table)!r} has the columns {list(columns)} and needs path and label.")
        rows = [(row["path"] or "", row["label"] or "", row.get("split") or "") for row in reader]
    names = list(class_names) if class_names is not None else sorted({label for _, label, _ in rows}, key=_by_value)
    bad: list[tuple[str, str]] = []
    found = []
    for file_path, label, part in rows:
        if class_names is not None and label not in names and label.isdecimal() and int(label) < len(names):
            label = names[int(label)]
        if label in names:
            found.append((str(table.parent / file_path), label, _part(part, table)))
        else:
            bad.append((file_path, f"the label {label!r} is none of the {len(names)} classes"))
    source = {"path": str(table.resolve()), "test_share": test_share, "max_bad": max_bad}
    if class_names is not None:
        source["class_names"] = list(class_names)
    return replace(_checked(source, names, found, bad, augmentation), root=str(table.parent))


@checked
def from_source(source: Mapping[str, Any]) -> FileSet:
    """Open the set that `FileSet.to_mapping` has described."""
    options = dict(source)
    path, transform = Path(options.pop("path")), ImageTransform.from_mapping(options.pop("augmentation"))
    return (from_csv if path.is_file() else from_folder)(path, augmentation=transform, **options)


@checked
def name_of(path: str | os.PathLike[str]) -> str:
    """Return the name of a set of files: its folder's name, or its table's without the suffix."""
    whole = Path(path).expanduser().resolve()
    return whole.stem if whole.is_file() else whole.name


def split_of(paths: Sequence[str | os.PathLike[str]], transform: ImageTransform) -> FileSplit:
    """Make a split of image files without labels.

    Raises:
        ValueError: A file is not a sound image.
    """
    names = [os.fspath(path) for path in paths]
    found = _inspected_all(names)
    for name, size in zip(names, found, strict=True):
        if isinstance(size, str):
            raise ValueError(f"Cannot read image {name!r}: {size}.")
    sizes, orientations, starts = _columns(found)
    return FileSplit(tuple(names), np.zeros(len(names), np.int64), sizes, orientations, starts, 1, transform)


def _columns(found: Sequence[tuple[int, int, int, int] | str]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return sizes, orientations and starts of scans from the results of `_inspected`."""
    table = np.array(found, np.int32).reshape(-1, 4)
    return table[:, :2], table[:, 2], table[:, 3]


def _by_value(label: str) -> tuple[float, str]:
    return (float(label), label) if label.isdecimal() else (float("inf"), label)


def _part(name: str, table: Path) -> str:
    """Return "train" or "test" for the name of a split; "" where the table gives none."""
    for part, names in (("train", TRAIN), ("test", TEST), ("", ("",))):
        if name.lower() in names:
            return part
    raise ValueError(f"{str(table)!r}: {unknown('split', name, (*TRAIN, *TEST))}")


def _folders(root: Path, bad: list[tuple[str, str]]) -> dict[str, Path]:
    """List the subfolders of a folder by name, without hidden ones."""
    return {entry.name: Path(entry.path) for entry in _entries(root, bad) if _is_dir(entry)}


def _files_of_classes(root: Path, part: str, bad: list[tuple[str, str]]) -> Iterator[tuple[str, str, str]]:
    """Yield (path, class, part) of each file in each class folder and the folders below it, by name."""
    for name, folder in sorted(_folders(root, bad).items()):
        for path in _files_below(folder, bad):
            yield path, name, part


def _files_below(folder: Path, bad: list[tuple[str, str]], above: tuple[str, ...] = ()) -> Iterator[str]:
    """Yield the regular files of a folder and the folders below it; add other entries to `bad`."""
    above = (*above, os.path.realpath(folder))
    for entry in _entries(folder, bad):
        if _is_dir(entry):
            if os.path.realpath(entry.path) in above:
                bad.append((entry.path, f"{NO_FILE}: a link to a folder that it is in"))
            else:
                yield from _files_below(Path(entry.path), bad, above)
        elif Path(entry.path).is_file():
            yield entry.path
        else:
            bad.append((entry.path, NO_FILE))


def _is_dir(entry: os.DirEntry) -> bool:
    """Return whether an entry is a folder or a link to one; False for a link to itself."""
    try:
        return entry.is_dir()
    except OSError:
        return False


def _entries(folder: Path, bad: list[tuple[str, str]]) -> list[os.DirEntry]:
    """List the entries of a folder by name, without hidden ones; add a folder that cannot be read to `bad`."""
    try:
        with os.scandir(folder) as found:
            return sorted((entry for entry in found if not entry.name.startswith(".")), key=lambda entry: entry.name)
    except OSError as error:
        bad.append((str(folder), f"a folder that cannot be read ({error.strerror or error})"))
        return []


def _checked(
    source: dict[str, Any],
    names: Sequence[str],
    rows: list[tuple[str, str, str]],
    bad: list[tuple[str, str]],
    augmentation: ImageTransform | None,
) -> FileSet:
    """Make the set from the rows whose files are sound."""
    where, test_share, max_bad = source["path"], source["test_share"], source["max_bad"]
    paths = [path for path, _, _ in rows]
    parts_of_paths = (paths[first : first + AT_ONCE] for first in range(0, len(paths), AT_ONCE))
    with ThreadPoolExecutor(max_workers=min(32, 4 * (os.cpu_count() or 1))) as threads:
        found = [one for part in threads.map(_inspected_all, parts_of_paths) for one in part]
    bad = [*bad, *((row[0], fault) for row, fault in zip(rows, found, strict=True) if isinstance(fault, str))]
    _refuse(bad, len(rows) + len(bad) - sum(isinstance(fault, str) for fault in found), max_bad, where)

    numbers = {name: number for number, name in enumerate(names)}
    sound = [(row, size) for row, size in zip(rows, found, strict=True) if not isinstance(size, str)]
    parts = _parts([row[2] for row, _ in sound], [row[1] for row, _ in sound], test_share)
    chosen = augmentation or ImageTransform()

    def split(part: str) -> FileSplit:
        there = [entry for entry, own in zip(sound, parts, strict=True) if own == part]
        if not there:
            raise ValueError(f"{where!r} has no {part} images.")
        sizes, orientations, starts = _columns([size for _, size in there])
        return FileSplit(
            paths=tuple(row[0] for row, _ in there),
            labels=np.array([numbers[row[1]] for row, _ in there], np.int64),
            sizes=sizes,
            orientations=orientations,
            starts=starts,
            classes=len(names),
            transform=chosen,
            max_bad=max_bad,
        )

    return FileSet(
        name=name_of(where),
        source=source,
        class_names=tuple(names),
        train=split("train"),
        test=split("test"),
        bad=tuple(bad),
        augmentation=chosen,
    )


def _parts(given: Sequence[str], labels: Sequence[str], test_share: float) -> list[str]:
    """Return "train" or "test" for each file; where none is given, an evenly spaced share of each class is tested."""
    seen: dict[str, int] = {}
    parts = []
    for part, label in zip(given, labels, strict=True):
        count = seen[label] = seen.get(label, 0) + 1
        # Rounded, because products such as 0.2 * 5 may fall short of the whole number.
        tested = int(round(count * test_share, 9)) > int(round((count - 1) * test_share, 9))
        parts.append(part or ("test" if tested else "train"))
    return parts


def _inspected_all(paths: Sequence[str]) -> list[tuple[int, int, int, int] | str]:
    return [_inspected(path) for path in paths]


def _inspected(path: str) -> tuple[int, int, int, int] | str:
    """Return height, width, orientation and start of scans, or the fault; a suspicious file is decoded."""
    try:
        header = read_header(path)
        if not header.sound:
            _decode(path, header)
    except OSError as error:
        if not Path(path).is_file():
            return NO_FILE if os.path.lexists(path) else "the file does not exist"
        return f"cannot be read ({error.strerror or error})"
    except ValueError as error:
        return str(error)
    return (*header.upright_size, header.orientation, header.start)


def _decode(path: str, header: Header) -> None:
    """Raise if the file cannot be decoded as in training.

    Raises:
        ValueError: The reason, as the end of a sentence.
    """
    import tensorflow as tf

    with tf.device("CPU:0"):
        try:
            in_graph.decode_whole(tf.constant(Path(path).read_bytes()), tf.constant(1), start=tf.constant(header.start))
        except tf.errors.OpError:
            raise ValueError("damaged or cut short: it cannot be decoded") from None


def _refuse(bad: Sequence[tuple[str, str]], count: int, max_bad: float, source: str) -> None:
    """Warn of bad files, or raise if there are too many of them."""
    if not bad:
        return
    summary = f"{len(bad):,} of {count:,} files in {source!r} are bad and left out: {bad_files(bad)}"
    damaged = sum(not reason.startswith(NO_FILE) for _, reason in bad)
    if damaged > max_bad * count:
        raise ValueError(f"{summary} More than max_bad, {max_bad:.3g} of them, is not allowed.")
    _log.warning(summary)


def bad_files(bad: Iterable[tuple[str, str]]) -> str:
    """Describe the first bad files, each with its fault, in one sentence."""
    faults = (f"{printable(path)}: {reason}" for path, reason in bad)
    return listed(faults, LISTED, separator="; ", longest=None) + "."
