"""The protocol of the CIFAR tables: each image once, whole (He et al. 2015, sec. 4.2)."""

import os
from dataclasses import dataclass

import keras
import numpy as np

from keras_resnets import data
from keras_resnets.evaluation.scores import log_probabilities
from keras_resnets.networks import inference_model
from keras_resnets.runs import open_run


@dataclass(frozen=True)
class Evaluation:
    """How a network did on `images` images.

    Attributes:
        images: how many.
        errors: how many whose likeliest class is not the label.
        top1_error: `errors` in per cent of `images`.
        top5_error: per cent whose label is not among the five likeliest classes.
        negative_log_likelihood: mean of -log p(label), in nats.
    """

    images: int
    errors: int
    top1_error: float
    top5_error: float
    negative_log_likelihood: float

    def __str__(self) -> str:
        return (
            f"top-1 error {self.top1_error:.2f} % ({self.errors:,} of {self.images:,}), "
            f"top-5 error {self.top5_error:.2f} %, negative log-likelihood {self.negative_log_likelihood:.4f}"
        )


def evaluate(
    model: keras.Model,
    images: data.Split | data.FileSplit,
    *,
    mean: np.ndarray | None = None,
    batch_size: int = 500,
) -> Evaluation:
    """Classify each image once, as it is; of image files, the centre.

    Args:
        model: gives logits or, with a softmax as its last activation, probabilities, [batch, classes]; of a model with
            auxiliary classifiers the main one is judged.
        images: of the model's input size.
        mean: subtracted from the pixels / 255, float32 [h, w, c]; the one that the model was trained with.
        batch_size: images at once.

    Raises:
        ValueError: if the images or labels do not fit the model.
    """
    model = inference_model(model)
    classes = model.output_shape[-1]
    if int(images.labels.max()) >= classes:
        raise ValueError(
            f"The labels reach {int(images.labels.max())}, but {model.name!r} has the classes 0 to {classes - 1}."
        )
    ranks, losses = [], []
    for pixels, labels in data.test_batches(images, batch_size, mean=mean):
        log_p = log_probabilities(model, model.predict_on_batch(pixels))
        own = np.take_along_axis(log_p, labels.numpy()[:, None], axis=1)
        # A class as likely as the label's counts as likelier where it comes first, as argmax has it.
        earlier = np.arange(classes) < labels.numpy()[:, None]
        ranks.append(((log_p > own) | ((log_p == own) & earlier)).sum(axis=1))
        losses.append(-own[:, 0])
    rank, loss = np.concatenate(ranks), np.concatenate(losses)
    return Evaluation(
        images=len(rank),
        errors=int((rank >= 1).sum()),
        top1_error=100 * float((rank >= 1).mean()),
        top5_error=100 * float((rank >= 5).mean()),
        negative_log_likelihood=float(loss.mean()),
    )


def evaluate_run(
    run_dir: str | os.PathLike[str], *, weights: str = "last", data_dir: str | os.PathLike[str] | None = None
) -> Evaluation:
    """Evaluate a trained run on the test images of its own data set.

    Args:
        run_dir: of a training, as `train` left it.
        weights: "last", or "best", which was chosen by the test images themselves and flatters.
        data_dir: of tensorflow-datasets.

    Raises:
        FileNotFoundError: if there is no run, or it has no weights yet.
    """
    run = open_run(run_dir)
    model, config = run.load(weights), run.read_config()
    files = config.get("files")
    images = data.from_source(files) if files else data.load(config["dataset"], data_dir)
    batch_size = data.test_batch_size(images.image_shape)
    return evaluate(model, images.test, mean=run.read_mean(), batch_size=batch_size)
