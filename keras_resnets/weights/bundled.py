"""Weights that come with the package, trained by its own recipes; examples/results has the record of each training."""

from dataclasses import dataclass
from pathlib import Path

from keras_resnets._files import sha256
from keras_resnets.weights.native import SUFFIX

FOLDER = Path(__file__).with_name("files")


@dataclass(frozen=True)
class Bundled:
    """Weights of one network.

    Attributes:
        sha256: SHA-256 of the file.
        test_error: Test error of these weights, in percent.
        recipe: Name of the recipe.
    """

    sha256: str
    test_error: float
    recipe: str


# By data set, then by network.
BUNDLED: dict[str, dict[str, Bundled]] = {
    "cifar10": {
        "resnet20": Bundled("ef079c7469173049982667e414a487d93bf345cec1acb52dd0132f56043827a7", 8.80, "fast_cifar"),
    },
}


def bundled_file(network: str, dataset: str) -> Path:
    """Return the file with the weights of `network`, trained on `dataset`, after a check of its SHA-256.

    Raises:
        ValueError: If the package has no such weights, or the file is damaged.
    """
    networks = BUNDLED[dataset]
    if network not in networks:
        raise ValueError(
            f"The package has no weights of {network!r} trained on {dataset}: choose one of {', '.join(networks)}."
        )
    path = FOLDER / f"{network}-{dataset}{SUFFIX}"
    if not path.is_file() or sha256(path) != networks[network].sha256:
        raise ValueError(f"The weights {str(path)!r} are missing or damaged: install keras_resnets anew.")
    return path
