"""Every figure behind the argument for residual networks, from real runs (He et al. 2015; Veit et al. 2016).

    python examples/why_residual.py        # goes on where it was stopped

Trains plain and residual networks of 20 and 56 layers under one recipe on 10,000 images of Fashion-MNIST, halved to
14x14 pixels so that it ends in an hour on two cores; takes ResNet-56 apart; makes a ResNet-56 of the trained ResNet-20
and trains it on. The runs are in runs/why_residual, the figures in runs/why_residual/figures.

On 2 cores of an AMD EPYC that had other work too (TensorFlow 2.21) it took about an hour: Plain-56 ends at 58 %
training error, Plain-20 at 15 %, the residual ones at 15 and 12 %. docs/analysis.md shows and tells the rest.
"""

from pathlib import Path

import numpy as np

import keras_resnets as kr
from keras_resnets.analysis.degradation import draw_trainings
from keras_resnets.analysis.responses import draw_responses
from keras_resnets.runs import open_run

HERE = Path("runs/why_residual")
FIGURES = HERE / "figures"
RECIPE = kr.recipes.override(kr.recipes.recipe_for("resnet56"), {"batch_size": 64})
TRAINING = {"recipe": RECIPE, "epochs": 24, "seed": 0}


def halved(split: kr.data.Split, count: int) -> kr.data.Split:
    """The first images, each pixel the mean of four."""
    images = split.images[:count].astype(np.float64).reshape(count, 14, 2, 14, 2, 1).mean(axis=(2, 4))
    return kr.data.Split(np.rint(images).astype(np.uint8), split.labels[:count])


def fashion() -> kr.data.ImageSet:
    """10,000 images to train on and 2,000 to test on."""
    whole = kr.data.load("fashion_mnist")
    train, test = halved(whole.train, 10_000), halved(whole.test, 2_000)
    return kr.data.ImageSet(
        "fashion_mnist_14px", whole.class_names, train, test, kr.data.Augmentation(pad=2, flip=True)
    )


def main() -> None:
    images = fashion()
    found = kr.analysis.degradation((20, 56), images, directory=HERE, **TRAINING)
    print(found.table())
    found.figure(FIGURES / "degradation")
    found.write_csv(FIGURES / "degradation.csv")

    runs = {name: open_run(HERE / name) for name in ("plain20", "plain56", "resnet20", "resnet56")}
    expects = {"mean": runs["resnet56"].read_mean()}
    draw_responses(
        [kr.analysis.responses(run.load(), images, **expects) for run in runs.values()], FIGURES / "responses"
    )
    deep = runs["resnet56"].load()
    for name, result in (
        ("lesion", kr.analysis.lesion(deep, images, limit=500, **expects)),
        ("plain_lesion", kr.analysis.lesion(runs["plain20"].load(), images, limit=500, **expects)),
        ("paths", kr.analysis.paths(deep, images, limit=16, trials=100, **expects)),
    ):
        print(result.table())
        result.figure(FIGURES / name)

    start = HERE / "deepened.keras"
    if not start.exists():
        kr.deepen(runs["resnet20"].load(), (9, 9, 9), name="resnet56").save(start)
    on = kr.train(
        "resnet56",
        images,
        run_dir=HERE / "resnet56-deepened",
        existing="resume",
        network_options={"weights": str(start)},
        **{**TRAINING, "epochs": 12, "learning_rate": 0.01},
    )
    curves = {"from scratch": runs["resnet56"].read_metrics(), "from ResNet-20": on.read_metrics()}
    before = {"ResNet-20, test": runs["resnet20"].read_result()["test_error"]}
    draw_trainings(curves, FIGURES / "deepened", "ResNet-56 on fashion_mnist_14px", before)


if __name__ == "__main__":
    main()
