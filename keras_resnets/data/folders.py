"""Labelled image files, in folders or in a table, checked before hours are spent."""

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

from keras_resnets._errors import fraction, printable, unknown
from keras_resnets.augment.transform import ImageTransform
from keras_resnets.data.arrays import OF_THE_DATASET
from keras_resnets.images import in_graph
from keras_resnets.images.headers import Header, read_header

TRAIN = ("train", "training")
TEST = ("val", "valid", "validation", "test")
AT_ONCE = 256  # files that a thread takes
NO_FILE = "no regular file"  # pipes, links that lead nowhere: they are not taken for damaged images
LISTED = 20  # bad files in an error or a warning; `FileSet.bad` has all

_log = logging.getLogger(__name__)


class Faults:
    """The files of a split that could not be decoded after all, of all its streams.

    Attributes:
        bad: their paths, by their number.
        stopped: the sentence that a stream stopped with, because they were too many.
    """

    def __init__(self) -> None:
        self.bad: dict[int, str] = {}
        self.stopped: str | None = None

    def note(self, split: FileSplit, numbers: Iterable[int], hopeless: bool = False) -> None:
        """Count and name files that failed.

        Raises:
            ValueError: they are more than the split's `max_bad`, or it is hopeless to go on.
        """
        for number in sorted(set(numbers) - set(self.bad)):
            self.bad[number] = split.paths[number]
            _log.warning("%s cannot be decoded; its neighbour takes its place.", printable(split.paths[number]))
        if hopeless or len(self.bad) > split.max_bad * len(split):
            told = listed((path, "cannot be decoded") for path in self.bad.values())
            self.stopped = f"{len(self.bad):,} of {len(split):,} files fail, more than max_bad allows: {told}"
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
    """The training or the test part of a set of image files.

    Attributes:
        paths: of the files, n of them.
        labels: int64 `[n]`, counted from 0.
        sizes: int32 `[n, 2]`, height and width of each image as shown.
        orientations: int32 `[n]`, Exif's, 1 to 8.
        starts: int32 `[n]`, the position of each JPEG's first scan.
        classes: how many there are.
        transform: Cutting and augmentation of the images.
        max_bad: the share of files that may fail in decoding before a stream stops.
        faults: those that did.
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

    @property
    def photographs(self) -> ImageTransform:
        """Former name of `transform`."""
        warnings.warn("FileSplit.photographs is now FileSplit.transform.", DeprecationWarning, stacklevel=2)
        return self.transform


@dataclass(frozen=True, eq=False)
class FileSet:
    """A data set of image files: its two splits, the names of its classes, and what was passed over.

    Attributes:
        name: for the run's directory.
        source: what `from_source` reads it again by: path, test_share, max_bad, and a table's class_names.
        class_names: in the order of the labels.
        train: the training part.
        test: the test part.
        bad: (path, reason) of each file that was passed over.
        augmentation: of the training images, and the size that both splits are cut to.
        root: the folder from which the files' names count in `data.fingerprint`.
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
        """Of the images that the streams give, `(size, size, 3)`."""
        return (self.augmentation.size, self.augmentation.size, 3)

    def augmented(self, text: str) -> FileSet:
        """The set with the augmentation that a recipe names in words; "dataset" for its own.

        Raises:
            ValueError: for words that mean no augmentation.
        """
        return self if text == OF_THE_DATASET else self.cut_by(ImageTransform.parse(text))

    def cut_by(self, transform: ImageTransform) -> FileSet:
        """The set with another augmentation."""
        train, test = (replace(split, transform=transform) for split in (self.train, self.test))
        return replace(self, augmentation=transform, train=train, test=test)

    def to_mapping(self) -> dict[str, Any]:
        """For config.json: what `from_source` makes the same set of."""
        return {**self.source, "augmentation": asdict(self.augmentation)}


def from_folder(
    path: str | os.PathLike[str],
    *,
    test_share: float = 0.2,
    max_bad: float = 0.01,
    augmentation: ImageTransform | None = None,
) -> FileSet:
    """A folder with one folder of images for each class, or two such folders called `train` and `val` (or `test`).

    Without those, `test_share` of each class is kept for the test: at 0.2 its 5th, 10th, 15th... file by name. Every
    file's header is read; what is no image, or is damaged, is passed over and named in `bad` and in a warning.

    Args:
        path: of the folder.
        test_share: at least 0 and below 1; of a folder that is not split already.
        max_bad: the share of files that may be passed over.
        augmentation: what suits the images; default random areas and aspects at 224 pixels, and flips.

    Raises:
        FileNotFoundError: there is no such folder.
        ValueError: it has no class folders, a class of the test is unknown to the training, a split is empty, or more
            than `max_bad` of the files are bad; the message lists them.
    """
    root = Path(path).expanduser()
    if not root.is_dir():
        raise FileNotFoundError(f"There is no folder {str(root)!r}.")
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


def from_csv(
    path: str | os.PathLike[str],
    *,
    class_names: Sequence[str] | None = None,
    test_share: float = 0.2,
    max_bad: float = 0.01,
    augmentation: ImageTransform | None = None,
) -> FileSet:
    """A table of image files: a CSV with the columns `path`, `label` and perhaps `split` ("train", or "val" or "test").

    Paths count from the table's folder. Labels are names of classes or, with `class_names`, also their numbers from 0
    on; a label that is neither is passed over like a damaged file.

    Args:
        path: of the CSV file.
        class_names: in order; default the labels of the table, sorted, numbers by their value.
        test_share: of a table without splits, as for `from_folder`.
        max_bad: as for `from_folder`.
        augmentation: as for `from_folder`.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it has no such columns, or for the reasons of `from_folder`.
    """
    table = Path(path).expanduser()
    if not table.is_file():
        raise FileNotFoundError(f"There is no file {str(table)!r}.")
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


def from_source(source: Mapping[str, Any]) -> FileSet:
    """The set that `FileSet.to_mapping` told of, read again."""
    options = dict(source)
    path, transform = Path(options.pop("path")), ImageTransform.from_mapping(options.pop("augmentation"))
    return (from_csv if path.is_file() else from_folder)(path, augmentation=transform, **options)


def name_of(path: str | os.PathLike[str]) -> str:
    """The name of a set of files: its folder's, or its table's without the suffix."""
    whole = Path(path).expanduser().resolve()
    return whole.stem if whole.is_file() else whole.name


def split_of(paths: Sequence[str | os.PathLike[str]], transform: ImageTransform) -> FileSplit:
    """Files without labels.

    Raises:
        ValueError: one of them is no sound image.
    """
    names = [os.fspath(path) for path in paths]
    found = _inspected_all(names)
    for name, size in zip(names, found, strict=True):
        if isinstance(size, str):
            raise ValueError(f"Cannot read image {name!r}: {size}.")
    sizes, orientations, starts = _columns(found)
    return FileSplit(tuple(names), np.zeros(len(names), np.int64), sizes, orientations, starts, 1, transform)


def _columns(found: Sequence[tuple[int, int, int, int] | str]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Sizes, orientations and starts of what `_inspected` has found."""
    table = np.array(found, np.int32).reshape(-1, 4)
    return table[:, :2], table[:, 2], table[:, 3]


def _by_value(label: str) -> tuple[float, str]:
    return (float(label), label) if label.isdecimal() else (float("inf"), label)


def _part(name: str, table: Path) -> str:
    """ "train", "test" or, of a table that does not say, ""."""
    for part, names in (("train", TRAIN), ("test", TEST), ("", ("",))):
        if name.lower() in names:
            return part
    raise ValueError(f"{str(table)!r}: {unknown('split', name, (*TRAIN, *TEST))}")


def _folders(root: Path, bad: list[tuple[str, str]]) -> dict[str, Path]:
    """The folders of a folder by their names, hidden ones left out."""
    return {entry.name: Path(entry.path) for entry in _entries(root, bad) if _is_dir(entry)}


def _files_of_classes(root: Path, part: str, bad: list[tuple[str, str]]) -> Iterator[tuple[str, str, str]]:
    """(path, class, part) of each file in each class's folder and the folders below it, by name."""
    for name, folder in sorted(_folders(root, bad).items()):
        for path in _files_below(folder, bad):
            yield path, name, part


def _files_below(folder: Path, bad: list[tuple[str, str]], above: tuple[str, ...] = ()) -> Iterator[str]:
    """Paths of the regular files of a folder and those below it; what else is there is put into `bad`."""
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
    """Whether it is a folder or a link to one; a link to itself is none."""
    try:
        return entry.is_dir()
    except OSError:
        return False


def _entries(folder: Path, bad: list[tuple[str, str]]) -> list[os.DirEntry]:
    """What a folder holds, by name, hidden things left out; a folder that cannot be read is one more bad file."""
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
    """The set of the rows whose files are sound."""
    where, test_share, max_bad = source["path"], source["test_share"], source["max_bad"]
    fraction("test_share", test_share)
    fraction("max_bad", max_bad)
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
    """ "train" or "test" of each file; where it is not given, an even share of each class is tested."""
    seen: dict[str, int] = {}
    parts = []
    for part, label in zip(given, labels, strict=True):
        count = seen[label] = seen.get(label, 0) + 1
        # Rounded, because 0.2 * 5 and the like may fall short of what they mean.
        tested = int(round(count * test_share, 9)) > int(round((count - 1) * test_share, 9))
        parts.append(part or ("test" if tested else "train"))
    return parts


def _inspected_all(paths: Sequence[str]) -> list[tuple[int, int, int, int] | str]:
    return [_inspected(path) for path in paths]


def _inspected(path: str) -> tuple[int, int, int, int] | str:
    """Height, width, orientation and start of the scans, or what is wrong; in doubt the file is decoded."""
    try:
        header = read_header(path)
        if not header.sound:
            _decode(path, header)
    except OSError as error:
        if not Path(path).is_file():
            return NO_FILE if os.path.lexists(path) else "there is no such file"
        return f"cannot be read ({error.strerror or error})"
    except ValueError as error:
        return str(error)
    return (*header.upright_size, header.orientation, header.start)


def _decode(path: str, header: Header) -> None:
    """Raise if the file cannot be decoded as the streams do it."""
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
    told = f"{len(bad):,} of {count:,} files in {source!r} are passed over: {listed(bad)}"
    damaged = sum(not reason.startswith(NO_FILE) for _, reason in bad)
    if damaged > max_bad * count:
        raise ValueError(f"{told} More than max_bad, {max_bad:.3g} of them, is not allowed.")
    _log.warning(told)


def listed(bad: Iterable[tuple[str, str]]) -> str:
    """The first files and what is wrong with them."""
    bad = list(bad)
    more = f"; and {len(bad) - LISTED:,} more" if len(bad) > LISTED else ""
    return "; ".join(f"{printable(path)}: {reason}" for path, reason in bad[:LISTED]) + more + "."
