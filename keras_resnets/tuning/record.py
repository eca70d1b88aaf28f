"""Files of a search: its settings, and the setting and results of each trial."""

import json
import math
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from keras_resnets._files import read_object
from keras_resnets.environment import provenance
from keras_resnets.runs import Run, write_json
from keras_resnets.training import recipes

SEARCH, TRIAL, TRIALS = "search.json", "setting.json", "trials"


@dataclass(frozen=True)
class Search:
    """Settings of a search; searches of equal settings continue each other. Sequences are lists, as in JSON.

    Attributes:
        network: Name of the network, as given.
        dataset: Name or path of the data set.
        budget: Budget as given, such as "1.0x".
        cost: "parameters" or "multiply_accumulates".
        coupled: Whether the cardinality fixes the base width.
        cardinalities, base_widths, choices: As for `CardinalitySpace`.
        recipe: Recipe as a mapping, with the options fixed for all networks.
        tuner, objective, max_trials, seeds, epochs, patience, seed: As for `search`.
        image_shape: `[height, width, channels]`.
        classes: Number of classes.
    """

    network: str
    dataset: str
    budget: str
    cost: str
    coupled: bool
    cardinalities: list[int]
    base_widths: list[int]
    choices: dict[str, list]
    recipe: dict[str, Any]
    tuner: str
    objective: str
    max_trials: int | None
    seeds: int
    epochs: float | None
    patience: int | None
    seed: int
    image_shape: list[int]
    classes: int

    @property
    def recipe_record(self) -> recipes.Recipe:
        """Recipe of the search as a record."""
        return recipes.Recipe(**self.recipe)

    @property
    def title(self) -> str:
        """Title of figures and tables, such as "resnext29_8x64d (filters=16) on digits"."""
        options = ", ".join(f"{name}={value}" for name, value in self.recipe["network_options"].items())
        return f"{self.network}{f' ({options})' if options else ''} on {self.dataset}"

    def write(self, directory: Path) -> None:
        """Write search.json, which marks a search, with the command, the versions and the machine."""
        directory.mkdir(parents=True, exist_ok=True)
        write_json(directory / SEARCH, {**asdict(self), **provenance()})

    @classmethod
    def read(cls, directory: Path) -> "Search":
        """Read search.json of a directory.

        Raises:
            FileNotFoundError: If the directory holds no search.
        """
        if not (directory / SEARCH).exists():
            raise FileNotFoundError(f"{str(directory)!r} holds no search: it has no {SEARCH}.")
        content = read_object(directory / SEARCH)
        return cls(**{field.name: content[field.name] for field in fields(cls)})

    def _flat(self) -> dict[str, Any]:
        """Return the fields as JSON has them, those of the recipe and of the choices as fields of their own."""
        flat: dict[str, Any] = {}
        for name, value in json.loads(json.dumps(asdict(self))).items():
            flat |= (
                {f"{name}.{key}": inner for key, inner in value.items()} if isinstance(value, dict) else {name: value}
            )
        return flat

    def refuse_other(self, there: "Search", directory: Path) -> None:
        """Check that the search in the directory, `there`, has the same settings.

        Raises:
            ValueError: If settings differ, with their names and both values.
        """
        now, was = self._flat(), there._flat()
        differing = [name for name in {**was, **now} if now.get(name) != was.get(name)]
        if differing:
            both = ", ".join(f"{name} {was.get(name)!r} there, {now.get(name)!r} now" for name in differing)
            raise ValueError(f"Cannot resume the search in {str(directory)!r}, which has other settings: {both}.")


def seed_runs(folder: Path, first: int, count: int) -> list[Run]:
    """Return the run directories of a trial, one for each seed."""
    return [Run(folder / f"seed{seed}", keep=1) for seed in range(first, first + count)]


def measured(run: Run) -> dict[str, float]:
    """Return the results of an ended run: errors and accuracy in per cent, the loss in nats, time in seconds.

    Raises:
        FloatingPointError: if one of them is not finite, as earlier releases could record it.
    """
    result = run.read_result()
    found = {
        "test_error": result["test_error"],
        "best_test_error": result["best_test_error"],
        "test_accuracy": 100 - result["test_error"],
        "test_loss": run.read_metrics()[-1]["test_loss"],
        "seconds": result["seconds"],
    }
    for name, value in found.items():
        if not math.isfinite(value):
            raise FloatingPointError(f"The {name.replace('_', ' ')} of {run.path.name!r} is {value}.")
    return found
