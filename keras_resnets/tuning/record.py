"""What a search leaves on the disk: its settings, and of each trial what was tried and what came of it."""

import json
import math
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from keras_resnets.runs import Run, write_json
from keras_resnets.training import recipes
from keras_resnets.training.provenance import provenance

SEARCH, TRIAL, TRIALS = "search.json", "setting.json", "trials"


@dataclass(frozen=True)
class Search:
    """What fixes a search; those of equal fields go on with each other. Lists are as JSON has them.

    Attributes:
        network: the name that the search was asked for.
        dataset: its name or path.
        budget: as it was given, "1.0x".
        cost: "parameters" or "multiply_accumulates".
        coupled: whether the base width follows from the cardinality.
        cardinalities, base_widths, choices: of `CardinalitySpace`.
        recipe: as a mapping, with what is the same for all.
        tuner, objective, max_trials, seeds, epochs, patience, seed: of `search`.
        image_shape: `[height, width, channels]`.
        classes: how many.
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
        """The recipe as what it is."""
        return recipes.Recipe(**self.recipe)

    @property
    def title(self) -> str:
        """ "resnext29_8x64d (filters=16) on digits"."""
        options = ", ".join(f"{name}={value}" for name, value in self.recipe["network_options"].items())
        return f"{self.network}{f' ({options})' if options else ''} on {self.dataset}"

    def write(self, directory: Path) -> None:
        """Keep it as search.json, which marks a search, with the command, the versions and the machine."""
        directory.mkdir(parents=True, exist_ok=True)
        write_json(directory / SEARCH, {**asdict(self), **provenance()})

    @classmethod
    def read(cls, directory: Path) -> "Search":
        """That of a search that was begun.

        Raises:
            FileNotFoundError: if the directory holds none.
        """
        if not (directory / SEARCH).exists():
            raise FileNotFoundError(f"{str(directory)!r} holds no search: it has no {SEARCH}.")
        content = json.loads((directory / SEARCH).read_text(encoding="utf-8"))
        return cls(**{field.name: content[field.name] for field in fields(cls)})

    def _flat(self) -> dict[str, Any]:
        """The fields as JSON has them, those of the recipe and the choices on their own."""
        flat: dict[str, Any] = {}
        for name, value in json.loads(json.dumps(asdict(self))).items():
            flat |= (
                {f"{name}.{key}": inner for key, inner in value.items()} if isinstance(value, dict) else {name: value}
            )
        return flat

    def refuse_other(self, there: "Search", directory: Path) -> None:
        """Raise if the search that is `there` has other settings.

        Raises:
            ValueError: with the settings that differ.
        """
        now, was = self._flat(), there._flat()
        differing = [name for name in {**was, **now} if now.get(name) != was.get(name)]
        if differing:
            told = ", ".join(f"{name} {was.get(name)!r} there, {now.get(name)!r} now" for name in differing)
            raise ValueError(f"The search in {str(directory)!r} has other settings and cannot go on: {told}.")


def seed_runs(folder: Path, first: int, count: int) -> list[Run]:
    """The run directories of a trial, one a seed."""
    return [Run(folder / f"seed{seed}", keep=1) for seed in range(first, first + count)]


def measured(run: Run) -> dict[str, float]:
    """Return what an ended run is judged by: errors and accuracy in per cent, the loss in nats, time in seconds.

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
