"""Preparation of the run directory: refused, cleared, created, or resumed."""

from dataclasses import asdict
from typing import Any

from keras_resnets import data
from keras_resnets.environment import provenance
from keras_resnets.runs import Run
from keras_resnets.training.config import TrainConfig
from keras_resnets.training.devices import Devices
from keras_resnets.training.resuming import compare

EXISTING = ("refuse", "resume", "overwrite")


def refuse_directory(run: Run, existing: str) -> None:
    """Raise FileExistsError if the directory holds a run that must stay, or is not empty and is not a run."""
    if run.exists():
        if existing == "refuse":
            raise FileExistsError(
                f"{str(run.path)!r} holds a run already: resume it, overwrite it, or choose another run directory."
            )
    elif run.path.exists() and any(not file.name.startswith(".") for file in run.path.iterdir()):
        raise FileExistsError(f"{str(run.path)!r} is not empty and holds no run: choose another run directory.")


def opened(
    run: Run, existing: str, config: TrainConfig, images: data.ImageSet | data.FileSet, devices: Devices
) -> bool:
    """Prepare the run directory, and return whether it holds a training to resume.

    Raises:
        FileExistsError: For the reasons of `refuse_directory`.
        ValueError: If the run to resume has other settings or data.
    """
    refuse_directory(run, existing)
    record = _record(config, images, devices)
    if existing == "resume" and run.exists():
        compare(run, record)
        return run.checkpoints.exists()
    if existing == "overwrite":
        run.clear()
    run.begin(record, data.mean_of(images.train))
    if isinstance(images, data.FileSet) and images.bad:
        run.note("bad_files", count=len(images.bad), files=images.bad)
    return False


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
