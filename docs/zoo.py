"""Model zoo: docs/zoo.md and docs/zoo.csv, made from the registry, the tables of the package and the records of runs.

    python docs/zoo.py              # count the networks that the CSV lacks; takes the counts of the others from it
    python docs/zoo.py --recount    # count all, which takes some minutes

Nothing is typed here: counts are those of the built networks, published errors those of
`keras_resnets/analysis/published.py`, our errors those of `examples/results`, speeds those of `benchmarks/results`.
"""

import argparse
import csv
import functools
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import keras

import keras_resnets as kr
from keras_resnets._files import write_csv, write_text
from keras_resnets.analysis.published import ONE_CROP, PUBLISHED, TEN_CROPS, TEST, Published
from keras_resnets.networks.abstract import abstract_init
from keras_resnets.networks.registry import default_size, find
from keras_resnets.weights.bundled import BUNDLED
from keras_resnets.weights.names.keras_applications import APPLICATIONS
from keras_resnets.weights.pretrained import PUBLISHERS

ROOT = Path(__file__).parents[1]
PAGE, TABLE = ROOT / "docs" / "zoo.md", ROOT / "docs" / "zoo.csv"
COUNTS = ("parameters", "multiply_accumulates")
PROTOCOLS = {  # column of the CSV to data and protocol of the published errors
    "imagenet": ("imagenet", ONE_CROP),
    "imagenet_ten_crops": ("imagenet", TEN_CROPS),
    "cifar10": ("cifar10", TEST),
    "cifar100": ("cifar100", TEST),
}
TITLES = {
    "imagenet": "ImageNet",
    "imagenet_ten_crops": "ImageNet, ten crops",
    "cifar10": "CIFAR-10",
    "cifar100": "CIFAR-100",
    "fashion_mnist": "Fashion-MNIST",
}
SPEEDS = {"training": ("rows", "ours"), "inference": ("contenders", "sharded")}  # key of the measurements, which one

HEAD = """\
# Model zoo

Every network of `kr.list_models()`. Its builder makes it, and so does `kr.build(NAME)`. [zoo.csv](zoo.csv) has all
digits and the full sources. `python docs/zoo.py` makes both from the registry and from the records of trainings and
measurements.

- **Parameters** are the trainable ones, **multiply-accumulates** those of one image of the input's size, which many
  papers call FLOPs; both with the default number of classes.
- **Published error**: top-1 error in percent, behind a stroke top-5 error, with data and source; of one crop, unless it
  says ten.
- **Our error**: test error in percent of the last weights of a training by this package, with data, recipe and length.
- **Weights**: what `weights=` takes, but for `keras.applications`, which `kr.load_keras_applications_weights` loads.
  timm's weights are named `"timm/NAME.TAG"`. Some need an option of the builder, which is named where it is missing:
  [Weights](weights.md).
- **Images/s** in float32, medians, on {machine}: a training step, and inference by `kr.frozen_function`
  ([Performance](performance.md)).

"""
COLUMNS = (
    "network",
    "input",
    "parameters (millions)",
    "multiply-accumulates (billions)",
    "published error",
    "our error",
    "weights",
    "training, images/s",
    "inference, images/s",
    "builder",
)


class Speed(NamedTuple):
    """Images a second of one network, with the date and the machine of the measurement."""

    date: str
    images_per_second: float
    machine: str


def main() -> None:
    """Write the page and the CSV."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--recount", action="store_true", help="count the networks that the CSV has, too")
    counts = {} if options.parse_args().recount else recorded_counts()
    rows = [row(name, counts.get(name) or counted(name)) for name in kr.list_models()]
    write_csv(TABLE, rows)
    write_text(PAGE, page(rows))
    print(f"{len(rows)} networks in {PAGE} and {TABLE}")


def recorded_counts() -> dict[str, dict[str, int]]:
    """Return the counts of the CSV by network."""
    if not TABLE.exists():
        return {}
    with TABLE.open(newline="", encoding="utf-8") as file:
        return {row["name"]: {count: int(row[count]) for count in COUNTS} for row in csv.DictReader(file)}


def counted(name: str) -> dict[str, int]:
    """Return the counts of a network, which is built for them."""
    with abstract_init():
        cost = kr.complexity(kr.build(name))
    keras.backend.clear_session()
    return {"parameters": cost.trainable, "multiply_accumulates": cost.multiply_accumulates}


def row(name: str, counts: Mapping[str, int]) -> dict[str, Any]:
    """Return all that is known of a network, as a row of the CSV."""
    found: dict[str, Any] = {"name": name, "builder": call(name), "input": default_size(name), **counts}
    for column, key in PROTOCOLS.items():
        error = published(name, key)
        found[f"{column}_top1_error"] = error.top1 if error else None
        if any(each.top5 for each in PUBLISHED[key]):
            found[f"{column}_top5_error"] = error.top5 if error else None
        found[f"{column}_source"] = error.source if error else None
    found["our_errors"] = "; ".join(our_errors().get(name, ()))
    found["weights"] = "; ".join(weights(name))
    for kind in SPEEDS:
        measured = speeds(kind).get(name)
        found[f"{kind}_images_per_second"] = measured.images_per_second if measured else None
    return found


def call(name: str) -> str:
    """Return the builder's call that builds a network, such as "ResNeXt50(cardinality=8, base_width=14)"."""
    builder: Any = find(name)
    options = ", ".join(f"{option}={value!r}" for option, value in builder.keywords.items())
    return f"{builder.func.__name__}({options})"


def published(name: str, key: tuple[str, str]) -> Published | None:
    """Return the published error of a network on some data by some protocol."""
    return next((each for each in PUBLISHED[key] if each.network == name), None)


@functools.cache
def our_errors() -> Mapping[str, list[str]]:
    """Return the test errors of the recorded trainings, in words, by network."""
    found: dict[str, list[str]] = {}
    for path in sorted((ROOT / "examples" / "results").rglob("result.json")):
        run = json.loads(path.with_name("config.json").read_text(encoding="utf-8"))
        result = json.loads(path.read_text(encoding="utf-8"))
        data = TITLES.get(run["dataset"], run["dataset"])
        words = f"{result['test_error']:.2f} {data} ({run['recipe']['name']}, {result['iterations']:,} iterations)"
        found.setdefault(run["network"], []).append(words)
    return found


def weights(name: str) -> Iterable[str]:
    """Yield what `weights` takes for a network, the package's own first, and "keras.applications"."""
    yield from (data for data, networks in BUNDLED.items() if name in networks)
    for publisher in PUBLISHERS.values():
        versions = publisher.files.get(name, ())
        yield from [publisher.name][: len(versions)]
        yield from (f"{publisher.name}/V{number}" for number in range(1, len(versions)))
    builder = find(name).func.__name__
    if any(builder == counterpart(title) for each in APPLICATIONS for title in each.titles.values()):
        yield "keras.applications"


def counterpart(title: str) -> str:
    """Return the builder of a network of keras.applications, where ResNet50V2 is a pre-activation network."""
    return re.sub(r"^(ResNet\d+)V2$", r"PreAct\1", title)


@functools.cache
def speeds(kind: str) -> Mapping[str, Speed]:
    """Return the newest measurement of each network, in training or inference."""
    rows, contender = SPEEDS[kind]
    found: dict[str, Speed] = {}
    for path in (ROOT / "benchmarks" / "results").glob(f"{kind}_*.json"):
        record = json.loads(path.read_text(encoding="utf-8"))
        machine = f"{record['machine']['threads']} cores of an {record['machine']['processor']}"
        for network in record["networks"]:
            fast = next(each["images_per_second"] for each in network[rows] if each["contender"] == contender)
            speed = Speed(record["machine"]["date"], fast, machine)
            found[network["network"]] = max(speed, found.get(network["network"], speed))
    return found


def page(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return the page: its head and a row for each network."""
    (machine,) = {speed.machine for kind in SPEEDS for speed in speeds(kind).values()}
    lines = [COLUMNS, ["---"] * 2 + ["---:"] * 2 + ["---"] * 3 + ["---:"] * 2 + ["---"], *map(cells, rows)]
    return HEAD.format(machine=machine) + "".join(f"| {' | '.join(line)} |\n" for line in lines)


def cells(row: Mapping[str, Any]) -> list[str]:
    """Return a row of the page's table."""
    return [
        f"`{row['name']}`",
        str(row["input"]),
        rounded(row["parameters"] / 1e6),
        rounded(row["multiply_accumulates"] / 1e9),
        "<br>".join(published_cells(row)),
        row["our_errors"].replace("; ", "<br>"),
        ", ".join(f"`{name}`" for name in row["weights"].split("; ") if name),
        *(rounded(row[f"{kind}_images_per_second"]) for kind in SPEEDS),
        f"`{row['builder']}`",
    ]


def published_cells(row: Mapping[str, Any]) -> Iterable[str]:
    """Yield the published errors of a row of the CSV, in words."""
    for column in PROTOCOLS:
        if (top1 := row[f"{column}_top1_error"]) is not None:
            top5 = row.get(f"{column}_top5_error")
            source = re.sub(r", arXiv [\d.]+|, weights IMAGENET1K", "", row[f"{column}_source"]).replace("_V1", " V1")
            yield f"{top1:.2f}{f' / {top5:.2f}' if top5 else ''} {TITLES[column]} ({source})"


def rounded(number: float | None) -> str:
    """Return a number with three digits, and all those ahead of its point; nothing for None."""
    if number is None:
        return ""
    return f"{number:,.0f}" if number >= 100 else f"{number:#.3g}"


if __name__ == "__main__":
    main()
