"""What a recipe is: a record of numbers, and the parts that it is put together from."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from keras_resnets.data.arrays import OF_THE_DATASET
from keras_resnets.training.recipes.typed import (
    BelowOne,
    Count,
    InsideOne,
    NotNegative,
    Part,
    Positive,
    Share,
    Typed,
    fields_of,
)

NOT_REPRODUCED = "not reproduced yet"
TOLD = ("source", "networks", "claim", "result", "note")  # what is told of a recipe and does not act on the training

Decay = Literal["coupled", "decoupled"]
Excluded = Literal["norms", "biases"]


@dataclass(frozen=True)
class SGD(Part):
    """Stochastic gradient descent.

    Attributes:
        momentum: share of the last step that the next one keeps.
        nesterov: whether the gradient is that of the point to which the momentum leads (as PyTorch and Keras have it).
        weight_decay: the L2 penalty's factor.
        decay: "coupled", added to the gradient as the papers and PyTorch do, or "decoupled", taken off the weights
            beside the step (Loshchilov & Hutter 2019), where it counts about a tenth at momentum 0.9.
        exclude: what does not decay, "norms" (gamma, beta), "biases", or both.
        rate_in_velocity: whether the velocity holds the learning rate, as in Caffe and Keras; PyTorch multiplies it in
            afterwards, which differs once the rate has changed. False needs coupled decay.
    """

    kind: ClassVar[str] = "sgd"
    momentum: BelowOne = 0.9
    nesterov: bool = False
    weight_decay: NotNegative = 0.0
    decay: Decay = "coupled"
    exclude: tuple[Excluded, ...] = ()
    rate_in_velocity: bool = True

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.decay == "decoupled" and not self.rate_in_velocity:
            raise ValueError('rate_in_velocity=False needs decay="coupled": Keras\'s decoupled SGD has no such form.')


@dataclass(frozen=True)
class RMSProp(Part):
    """Gradients divided by the root of their squares' running average (Hinton 2012).

    Attributes:
        rho: of the average; the papers' "decay".
        momentum: of the steps so divided.
        epsilon: added to the average inside the root, as in TensorFlow's of 2015 and Keras's; PyTorch adds it outside.
        weight_decay, decay, exclude: as for SGD.
        initial_square: where the average begins: 1 in TensorFlow's RMSProp of 2015 and timm's RMSpropTF, 0 in Keras
            and PyTorch. Others than 0 need coupled decay.
    """

    kind: ClassVar[str] = "rmsprop"
    rho: BelowOne = 0.9
    momentum: BelowOne = 0.0
    epsilon: Positive = 1e-7
    weight_decay: NotNegative = 0.0
    decay: Decay = "coupled"
    exclude: tuple[Excluded, ...] = ()
    initial_square: NotNegative = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.decay == "decoupled" and self.initial_square:
            raise ValueError('initial_square needs decay="coupled": Keras\'s decoupled RMSprop begins at 0.')


@dataclass(frozen=True)
class AdamW(Part):
    """Adam with decoupled weight decay (Loshchilov & Hutter 2019, arXiv 1711.05101)."""

    kind: ClassVar[str] = "adamw"
    beta_1: BelowOne = 0.9
    beta_2: BelowOne = 0.999
    epsilon: Positive = 1e-8
    weight_decay: NotNegative = 0.01
    exclude: tuple[Excluded, ...] = ()


@dataclass(frozen=True)
class LAMB(Part):
    """Adam's step with decay, as long as the weights of its layer (You et al. 2020, arXiv 1904.00962, Algorithm 2).

    What is excluded neither decays nor is rescaled.
    """

    kind: ClassVar[str] = "lamb"
    beta_1: BelowOne = 0.9
    beta_2: BelowOne = 0.999
    epsilon: Positive = 1e-6
    weight_decay: NotNegative = 0.01
    exclude: tuple[Excluded, ...] = ()


@dataclass(frozen=True)
class LARS(Part):
    """SGD whose learning rate follows each layer's weights over its gradient (You et al. 2017, arXiv 1708.03888).

    What is excluded neither decays nor is rescaled.
    """

    kind: ClassVar[str] = "lars"
    momentum: BelowOne = 0.9
    trust: Positive = 0.001
    weight_decay: NotNegative = 0.0
    exclude: tuple[Excluded, ...] = ("norms", "biases")


Optimizer = SGD | RMSProp | AdamW | LAMB | LARS


@dataclass(frozen=True)
class Constant(Part):
    """One learning rate."""

    kind: ClassVar[str] = "constant"


@dataclass(frozen=True)
class Steps(Part):
    """The learning rate is multiplied by `factor` at each time in `at`, in the recipe's epochs or iterations."""

    kind: ClassVar[str] = "steps"
    at: tuple[NotNegative, ...]
    factor: Positive = 0.1

    def __post_init__(self) -> None:
        super().__post_init__()
        if list(self.at) != sorted(self.at):
            raise ValueError(f"at must ascend, unlike {list(self.at)!s:.100}.")


@dataclass(frozen=True)
class Plateau(Part):
    """The learning rate is multiplied by `factor` when the test error stops falling.

    Attributes:
        factor: at each plateau.
        patience: epochs without a new lowest test error.
        least: the lowest learning rate.
    """

    kind: ClassVar[str] = "plateau"
    factor: InsideOne = 0.1
    patience: Count = 5
    least: NotNegative = 0.0


@dataclass(frozen=True)
class Exponential(Part):
    """The learning rate is multiplied by `factor` every so many epochs or iterations: in steps, or smoothly."""

    kind: ClassVar[str] = "exponential"
    factor: Positive
    every: Positive
    staircase: bool = True


@dataclass(frozen=True)
class Cosine(Part):
    """Half a cosine to the end, down to the share `end` of the learning rate (Loshchilov & Hutter 2017)."""

    kind: ClassVar[str] = "cosine"
    end: Share = 0.0


@dataclass(frozen=True)
class OneCycle(Part):
    """Up, then down to far below the start, each by half a cosine (Smith & Topin 2018; PyTorch's OneCycleLR).

    Attributes:
        rise: the share of the training that goes up to the learning rate.
        start: the learning rate at first, a share of the highest.
        end: the learning rate at last, a share of the highest.
    """

    kind: ClassVar[str] = "one_cycle"
    rise: InsideOne = 0.3
    start: Share = 1 / 25
    end: Share = 1 / 25e4


Schedule = Constant | Steps | Plateau | Exponential | Cosine | OneCycle


@dataclass(frozen=True)
class Warmup(Part):
    """What comes before the schedule, which begins where the warm-up ends; times of `Steps` count from the very start.

    Attributes:
        length: in the recipe's epochs or iterations.
        start: the learning rate at first, a share of the recipe's.
        shape: "linear", a ramp from there to the recipe's learning rate, or "constant".
    """

    kind: ClassVar[str] = "warmup"
    length: NotNegative
    start: Share = 0.0
    shape: Literal["linear", "constant"] = "linear"


@dataclass(frozen=True)
class CrossEntropy(Part):
    """The negative log-likelihood; `label_smoothing` of each label is spread over all classes (Szegedy et al. 2015)."""

    kind: ClassVar[str] = "cross_entropy"
    label_smoothing: BelowOne = 0.0


@dataclass(frozen=True)
class BinaryCrossEntropy(Part):
    """A yes or no for each class, for images that mixup or CutMix made of several (Wightman et al. 2021, sec. 3.1).

    Attributes:
        label_smoothing: as for CrossEntropy.
        threshold: labels above it count 1, others 0; None keeps mixed and smoothed labels as they are.
    """

    kind: ClassVar[str] = "binary_cross_entropy"
    label_smoothing: BelowOne = 0.0
    threshold: BelowOne | None = None


Loss = CrossEntropy | BinaryCrossEntropy


@dataclass(frozen=True)
class Clipping(Part):
    """Gradients are shortened where they exceed `threshold`.

    Attributes:
        threshold: the longest that is left as it is.
        by: what is measured: "global_norm" of all gradients together, "norm" of each variable's, or "value" of each
            number.
    """

    kind: ClassVar[str] = "clipping"
    threshold: Positive
    by: Literal["global_norm", "norm", "value"] = "global_norm"


@dataclass(frozen=True, kw_only=True)
class Recipe(Typed):
    """How a paper trains a network. Times are in epochs or in iterations, whichever of the two gives the length.

    Attributes:
        name: as given to `train`.
        epochs: passes through the training images; or else
        iterations: updates of the weights.
        batch_size: images an update, over all devices.
        learning_rate: the one that `schedule` starts from, after the warm-up if there is one.
        scaling: how the learning rate follows a batch size that is given in place of the recipe's: "none", "linear"
            (Goyal et al. 2017, arXiv 1706.02677) or "square_root".
        schedule: of the learning rate.
        warmup: ahead of it.
        optimizer: the rule of the updates, with its weight decay.
        loss: of the classifier and of the auxiliary ones.
        auxiliary: the weight of each auxiliary classifier's loss, in the network's order (`aux1`, `aux2`).
        clipping: of the gradients.
        accumulation: parts that a batch is split into, one after the other on each device, their gradients averaged.
        ema: if not 0, the momentum of a running average of the weights, which is tested and kept in their place.
        augmentation: "dataset" for the data set's own, else the paper's in words: `train` refuses what `kr.data` does
            not have.
        network_options: of the network's builder, such as `{"aux": True}`.
        source: paper and section.
        networks: the names, with wildcards, whose default the recipe is.
        claim: the paper's result.
        result: ours.
        note: what the paper leaves open, and where the number comes from.

    Raises:
        ValueError: for a value that is not allowed, with those that are.
    """

    name: str
    epochs: Positive | None = None
    iterations: Count | None = None
    batch_size: Count
    learning_rate: Positive
    scaling: Literal["none", "linear", "square_root"] = "none"
    schedule: Schedule = Constant()
    warmup: Warmup | None = None
    optimizer: Optimizer
    loss: Loss = CrossEntropy()
    auxiliary: tuple[NotNegative, ...] = ()
    clipping: Clipping | None = None
    accumulation: Count = 1
    ema: BelowOne = 0.0
    augmentation: str = OF_THE_DATASET
    network_options: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    source: str = ""
    networks: tuple[str, ...] = ()
    claim: str = ""
    result: str = NOT_REPRODUCED
    note: str = ""

    def __post_init__(self) -> None:
        super().__post_init__()
        if (self.epochs is None) == (self.iterations is None):
            raise ValueError(f"The recipe {self.name!r:.100} needs epochs or iterations, one of the two.")
        if self.batch_size % self.accumulation:
            raise ValueError(
                f"A batch of {self.batch_size} images cannot be split into {self.accumulation} equal parts: "
                "accumulation must divide batch_size."
            )
        if isinstance(self.schedule, Plateau) and self.warmup:
            raise ValueError("A plateau schedule takes no warm-up: its learning rate follows the test error alone.")
        late = [
            t for t in (*getattr(self.schedule, "at", ()), self.warmup.length if self.warmup else 0) if t > self.length
        ]
        if late:
            raise ValueError(
                f"The schedule of {self.name!r:.100} changes at {late[-1]:g}, after the end at {self.length:g} "
                f"{self.unit}; train(epochs=...) and --epochs shorten a recipe with its schedule."
            )

    @property
    def unit(self) -> str:
        """What times are in: "epochs" or "iterations"."""
        return "epochs" if self.iterations is None else "iterations"

    @property
    def length(self) -> float:
        """Of the training, in `unit`."""
        return self.epochs if self.iterations is None else self.iterations  # type: ignore[return-value]

    def to_mapping(self, *, told: bool = True) -> dict[str, Any]:
        """As JSON and YAML have it, parts as mappings with their kind; `Recipe(**mapping)` gives the recipe back.

        Args:
            told: whether source, claim and the like are included.
        """
        return {name: simple(getattr(self, name)) for name in fields_of(Recipe) if told or name not in TOLD}


def simple(value: Any) -> Any:
    """`value` in the types of JSON and YAML."""
    if isinstance(value, Part):
        return {"kind": value.kind, **{name: simple(getattr(value, name)) for name in fields_of(type(value))}}
    if isinstance(value, tuple):
        return [simple(item) for item in value]
    return dict(value) if isinstance(value, Mapping) else value
