"""The run directory ahead of a training: refused, cleared, begun, or gone on in."""

import json
from dataclasses import MISSING, asdict, fields
from typing import Any

from keras_resnets import data
from keras_resnets.runs import Run
from keras_resnets.training.config import Settings
from keras_resnets.training.provenance import provenance

EXISTING = ("refuse", "resume", "overwrite")


def refuse_directory(run: Run, existing: str) -> None:
    """Raise if the directory holds a run that is not to be touched, or things that are no run's."""
    if run.exists():
        if existing == "refuse":
            raise FileExistsError(
                f"{str(run.path)!r} holds a run already: resume it, overwrite it, or choose another run directory."
            )
    elif run.path.exists() and any(not file.name.startswith(".") for file in run.path.iterdir()):
        raise FileExistsError(f"{str(run.path)!r} is not empty and holds no run: choose another run directory.")


def opened(run: Run, existing: str, settings: Settings, images: data.ImageSet | data.FileSet) -> bool:
    """Make the directory ready, and say whether a training goes on in it."""
    refuse_directory(run, existing)
    if existing == "resume" and run.exists():
        _refuse_other(run, settings)
        return run.checkpoints.exists()
    if existing == "overwrite":
        run.clear()
    config = {
        **_jsonable(settings),
        "class_names": list(images.class_names),
        "image_shape": list(images.image_shape),
        "train_images": len(images.train),
        "test_images": len(images.test),
        **provenance(),
    }
    if isinstance(images, data.FileSet):
        config["files"] = images.to_mapping()
    run.begin(config, data.mean_of(images.train))
    if isinstance(images, data.FileSet) and images.bad:
        run.note("bad_files", count=len(images.bad), files=images.bad)
    return False


def _refuse_other(run: Run, settings: Settings) -> None:
    """Raise if the run that is to go on had other settings."""
    earlier = {field.name: field.default for field in fields(Settings) if field.default is not MISSING}
    there, now = {**earlier, **run.read_config()}, _jsonable(settings)  # which had no such settings yet
    was = _flat({name: there.get(name) for name in now})
    is_now = _flat(now)
    names = [name for name in {**is_now, **was} if was.get(name) != is_now.get(name)]
    if names:
        differences = ", ".join(f"{name} {was.get(name)!r} there, {is_now.get(name)!r} now" for name in names)
        raise ValueError(f"The run in {str(run.path)!r} has other settings and cannot be resumed: {differences}.")


def _jsonable(settings: Settings) -> dict[str, Any]:
    """The settings as config.json gives them back: of the recipe what acts on the training, not what is told of it."""
    return json.loads(
        json.dumps(
            {
                "network": settings.network,
                "dataset": settings.dataset,
                "recipe": settings.recipe.to_mapping(told=False),
                "seed": settings.seed,
                "augmentation": asdict(settings.augmentation),
                "precision": settings.precision,
                "sync_batch_norm": settings.sync_batch_norm,
            }
        )
    )


def _flat(config: dict[str, Any]) -> dict[str, Any]:
    """A recipe's fields and, with a dot, those of its parts beside the other settings."""
    flat = {name: value for name, value in config.items() if name != "recipe"}
    for name, value in config["recipe"].items():
        flat |= {f"{name}.{inner}": v for inner, v in value.items()} if isinstance(value, dict) else {name: value}
    return flat
