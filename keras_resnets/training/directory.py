"""The run directory ahead of a training: refused, cleared, begun, or gone on in."""

from dataclasses import asdict
from typing import Any

from keras_resnets import data
from keras_resnets.environment import provenance
from keras_resnets.runs import Run
from keras_resnets.training.config import Settings
from keras_resnets.training.devices import Devices
from keras_resnets.training.resuming import compare

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


def opened(run: Run, existing: str, settings: Settings, images: data.ImageSet | data.FileSet, where: Devices) -> bool:
    """Make the directory ready, and say whether a training goes on in it.

    Raises:
        FileExistsError: as `refuse_directory` does.
        ValueError: if a training of other settings or data would go on.
    """
    refuse_directory(run, existing)
    config = _config(settings, images, where)
    if existing == "resume" and run.exists():
        compare(run, config)
        return run.checkpoints.exists()
    if existing == "overwrite":
        run.clear()
    run.begin(config, data.mean_of(images.train))
    if isinstance(images, data.FileSet) and images.bad:
        run.note("bad_files", count=len(images.bad), files=images.bad)
    return False


def _config(settings: Settings, images: data.ImageSet | data.FileSet, where: Devices) -> dict[str, Any]:
    """Return what config.json holds: of the recipe what acts on the training, not what is told of it."""
    config = {
        "network": settings.network,
        "dataset": settings.dataset,
        "recipe": settings.recipe.to_mapping(told=False),
        "seed": settings.seed,
        "augmentation": asdict(settings.augmentation),
        "precision": settings.precision,
        "sync_batch_norm": settings.sync_batch_norm,
        "class_names": list(images.class_names),
        "image_shape": list(images.image_shape),
        "train_images": len(images.train),
        "test_images": len(images.test),
        "data": data.fingerprint(images),
        "devices": {"strategy": where.kind, "replicas": where.replicas},
        **provenance(),
    }
    return {**config, "files": images.to_mapping()} if isinstance(images, data.FileSet) else config
