"""Preparation of the run directory: refused, cleared, created, or resumed."""

from dataclasses import asdict, replace
from typing import Any

from keras_resnets import data
from keras_resnets._errors import is_positive_integer
from keras_resnets.environment import provenance
from keras_resnets.runs import Run, write_json
from keras_resnets.training import recipes
from keras_resnets.training.config import TrainConfig
from keras_resnets.training.devices import Devices
from keras_resnets.training.resuming import compare

EXISTING = ("refuse", "resume", "overwrite")


def refuse_directory(run: Run, existing: str) -> None:
    """Raise FileExistsError if the directory holds a run that must stay, or is not empty and is not a run.

    A mean.npy alone is what `Run.begin` leaves where the disk is full before config.json.
    """
    if run.exists():
        if existing == "refuse":
            raise FileExistsError(
                f"{str(run.path)!r} holds a run already: resume it, overwrite it, or choose another run directory."
            )
    elif run.path.exists() and any(not file.name.startswith(".") and file != run.mean for file in run.path.iterdir()):
        raise FileExistsError(f"{str(run.path)!r} is not empty and holds no run: choose another run directory.")


def opened(
    run: Run,
    existing: str,
    config: TrainConfig,
    images: data.ImageSet | data.FileSet,
    devices: Devices,
    whole: recipes.Recipe | None = None,
) -> bool:
    """Prepare the run directory, and return whether it holds a training to resume.

    Args:
        run: The run directory.
        existing: One of `EXISTING`.
        config: The configuration of the training.
        images: Its images.
        devices: Its devices.
        whole: The recipe at its own length, in iterations, if a length was asked for, which a run to resume may then
            differ in; None if none was.

    Raises:
        FileExistsError: For the reasons of `refuse_directory`.
        ValueError: If the run to resume has other settings or data.
    """
    refuse_directory(run, existing)
    record = _record(config, images, devices)
    if existing == "resume" and run.exists():
        compare(run, _record(_at_length_of(run, config, whole), images, devices))
        return run.checkpoints.exists()
    if existing == "overwrite":
        run.clear()
    run.begin(record, data.mean_of(images.train))
    if isinstance(images, data.FileSet) and images.bad:
        run.note("bad_files", count=len(images.bad), files=images.bad)
    return False


def _at_length_of(run: Run, config: TrainConfig, whole: recipes.Recipe | None) -> TrainConfig:
    """Return the configuration at the length of the run in the directory, if `whole` can be scaled to it."""
    length = _length(run)
    if whole is None or not is_positive_integer(length):
        return config
    return replace(config, recipe=recipes.scaled(whole, length))


def _length(run: Run) -> Any:
    """Return the length of a run in iterations, as its config.json has it."""
    return run.read_config()["recipe"].get("iterations")


def record_length(run: Run, recipe: recipes.Recipe, done: int) -> None:
    """Record in config.json that a run goes on to the length of a recipe, if it began with another.

    Args:
        run: The run directory.
        recipe: The recipe at its new length, in iterations.
        done: Iterations done.

    Raises:
        ValueError: If no iteration is left, or only one of the lengths leaves a running average of the weights.
    """
    config = run.read_config()
    length = _length(run)
    if length == recipe.iterations:
        return
    if recipe.length <= done:
        raise ValueError(
            f"Cannot resume the run in {str(run.path)!r} to a length of {recipe.length:,} iterations: it has trained "
            f"{done:,}, and can only go on to more."
        )
    if bool(recipe.ema) != bool(config["recipe"].get("ema")):
        raise ValueError(
            f"Cannot resume the run in {str(run.path)!r} to a length of {recipe.length:,} iterations: of the two "
            "lengths only the greater one averages the weights."
        )
    change = {"from": length, "to": recipe.iterations, "at": done}
    changes = [*config.get("length_changes", []), change]
    write_json(run.config, {**config, "recipe": recipe.to_mapping(descriptive=False), "length_changes": changes})
    run.result.unlink(missing_ok=True)
    run.note("length_changed", **change)


def _record(config: TrainConfig, images: data.ImageSet | data.FileSet, devices: Devices) -> dict[str, Any]:
    """Return the content of config.json; of the recipe only what acts on the training."""
    record = {
        "network": config.network,
        "dataset": config.dataset,
        "recipe": config.recipe.to_mapping(descriptive=False),
        "seed": config.seed,
        "augmentation": asdict(config.augmentation),
        "precision": config.precision,
        "sync_batch_norm": config.sync_batch_norm,
        "class_names": list(images.class_names),
        "image_shape": list(images.image_shape),
        "train_images": len(images.train),
        "test_images": len(images.test),
        "data": data.fingerprint(images),
        "devices": {"strategy": devices.kind, "replicas": devices.replicas},
        **provenance(),
    }
    files = images.to_mapping() if isinstance(images, data.FileSet) else images.files
    return record if files is None else {**record, "files": dict(files)}
