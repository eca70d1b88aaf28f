"""Record of a training recipe, and the records of its parts: optimizer, schedule, warm-up, loss, clipping."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from keras_resnets._checking import BelowOne, Count, InsideOne, NotNegative, Positive, Share
from keras_resnets.data.arrays import OF_THE_DATASET
from keras_resnets.training.recipes.typed import Part, Typed, fields_of

NOT_REPRODUCED = "not reproduced yet"
DESCRIPTIVE = ("source", "networks", "claim", "result", "note")  # fields that do not act on the training

Decay = Literal["coupled", "decoupled"]
Excluded = Literal["norms", "biases", "slopes"]


@dataclass(frozen=True)
class SGD(Part):
    """Stochastic gradient descent.

    Attributes:
        momentum: Share of the last step that is added to the next.
        nesterov: Whether the momentum is Nesterov's, as PyTorch and Keras compute it.
        weight_decay: Factor of the L2 penalty.
        decay: "coupled", added to the gradient as in the papers and PyTorch, or "decoupled", subtracted from the
            weights beside the step (Loshchilov & Hutter 2019), which is about a tenth as strong at momentum 0.9.
        exclude: Variables without weight decay: "norms" (gamma, beta), "biases", "slopes" of PReLUs.
        rate_in_velocity: Whether the velocity holds the learning rate, as in Caffe and Keras; PyTorch multiplies it in
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
        rho: Momentum of the average; the papers' "decay".
        momentum: Momentum of the divided steps.
        epsilon: Number added to the average inside the root, as in TensorFlow of 2015 and Keras; PyTorch adds it
            outside.
        weight_decay, decay, exclude: As for SGD.
        initial_square: Start of the average: 1 in TensorFlow's RMSProp of 2015 and timm's RMSpropTF, 0 in Keras and
            PyTorch. Others than 0 need coupled decay.
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
    """Adam's step with weight decay, rescaled to the norm of its layer's weights (You et al. 2020, arXiv 1904.00962).

    Excluded variables neither decay nor are rescaled.
    """

    kind: ClassVar[str] = "lamb"
    beta_1: BelowOne = 0.9
    beta_2: BelowOne = 0.999
    epsilon: Positive = 1e-6
    weight_decay: NotNegative = 0.01
    exclude: tuple[Excluded, ...] = ()


@dataclass(frozen=True)
class LARS(Part):
    """SGD with a learning rate for each layer, by the norms of its weights and gradient (You et al. 2017).

    Source: arXiv 1708.03888. Excluded variables neither decay nor are rescaled.
    """

    kind: ClassVar[str] = "lars"
    momentum: BelowOne = 0.9
    trust: Positive = 0.001
    weight_decay: NotNegative = 0.0
    exclude: tuple[Excluded, ...] = ("norms", "biases")


Optimizer = SGD | RMSProp | AdamW | LAMB | LARS


@dataclass(frozen=True)
class Constant(Part):
    """Constant learning rate."""

    kind: ClassVar[str] = "constant"


@dataclass(frozen=True)
class Steps(Part):
    """Multiplication of the learning rate by `factor` at each time in `at`, in the recipe's epochs or iterations."""

    kind: ClassVar[str] = "steps"
    at: tuple[NotNegative, ...]
    factor: Positive = 0.1

    def __post_init__(self) -> None:
        super().__post_init__()
        if list(self.at) != sorted(self.at):
            raise ValueError(f"at must ascend, unlike {list(self.at)!s:.100}.")


@dataclass(frozen=True)
class Plateau(Part):
    """Multiplication of the learning rate by `factor` when the test error stops falling.

    Attributes:
        factor: Factor at each plateau.
        patience: Number of epochs without a new lowest test error that make a plateau.
        least: Lowest learning rate.
    """

    kind: ClassVar[str] = "plateau"
    factor: InsideOne = 0.1
    patience: Count = 5
    least: NotNegative = 0.0


@dataclass(frozen=True)
class Exponential(Part):
    """Multiplication of the learning rate by `factor` per `every` epochs or iterations, in steps or smoothly."""

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
    """Rise, then fall to far below the start, each by half a cosine (Smith & Topin 2018; PyTorch's OneCycleLR).

    Attributes:
        rise: Share of the training in which the learning rate rises.
        start: First learning rate, as a share of the highest.
        end: Last learning rate, as a share of the highest.
    """

    kind: ClassVar[str] = "one_cycle"
    rise: InsideOne = 0.3
    start: Share = 1 / 25
    end: Share = 1 / 25e4


Schedule = Constant | Steps | Plateau | Exponential | Cosine | OneCycle


@dataclass(frozen=True)
class Warmup(Part):
    """Lower learning rate at the beginning of a training; the schedule begins where the warm-up ends.

    The times of `Steps` count from the beginning of the training.

    Attributes:
        length: Length in the recipe's epochs or iterations.
        start: First learning rate, as a share of the recipe's.
        shape: "linear", a ramp from the first to the recipe's learning rate, or "constant".
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
    """Binary cross-entropy of each class, for images mixed by mixup or CutMix (Wightman et al. 2021, sec. 3.1).

    Attributes:
        label_smoothing: As for CrossEntropy.
        threshold: Labels above it count 1, others 0; None keeps mixed and smoothed labels as they are.
    """

    kind: ClassVar[str] = "binary_cross_entropy"
    label_smoothing: BelowOne = 0.0
    threshold: BelowOne | None = None


Loss = CrossEntropy | BinaryCrossEntropy


@dataclass(frozen=True)
class Clipping(Part):
    """Clipping of gradients that exceed a threshold.

    Attributes:
        threshold: Largest norm, or value, that is not clipped.
        by: "global_norm" of all gradients together, "norm" of each variable's gradient, or "value" of each number.
    """

    kind: ClassVar[str] = "clipping"
    threshold: Positive
    by: Literal["global_norm", "norm", "value"] = "global_norm"


@dataclass(frozen=True, kw_only=True)
class Recipe(Typed):
    """Recipe to train a network. Its times are in epochs or in iterations, whichever of the two gives the length.

    Attributes:
        name: Name, as `train` takes it.
        epochs: Passes through the training images; None if the length is in iterations.
        iterations: Updates of the weights; None if the length is in epochs.
        batch_size: Number of images per update, over all devices.
        learning_rate: Learning rate that `schedule` starts from, after the warm-up if there is one.
        scaling: Rule by which the learning rate follows another batch size: "none", "linear" (Goyal et al. 2017, arXiv
            1706.02677) or "square_root".
        schedule: Schedule of the learning rate.
        warmup: Warm-up before the schedule.
        optimizer: Optimizer, with its weight decay.
        loss: Loss of the classifier and of the auxiliary ones.
        auxiliary: Weight of each auxiliary classifier's loss, in the network's order (`aux1`, `aux2`).
        clipping: Clipping of the gradients.
        accumulation: Number of parts of a batch that each device computes one after the other, averaging gradients.
        ema: Momentum of a running average of the weights, which is tested and saved in their place; 0 for none.
        augmentation: "dataset" for the data set's own, else the paper's in words; `train` refuses words that `kr.data`
            does not know.
        network_options: Options of the network's builder, such as `{"aux": True}`.
        source: Paper and section.
        networks: Names, with wildcards, of the networks whose default recipe it is.
        claim: Result of the paper.
        result: Result of this package.
        note: Values that the paper leaves open, with their sources.

    Raises:
        ValueError: If a value is not allowed; the message says what is.
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
        """Unit of all times, "epochs" or "iterations"."""
        return "epochs" if self.iterations is None else "iterations"

    @property
    def length(self) -> float:
        """Length of the training, in `unit`."""
        return self.epochs if self.iterations is None else self.iterations  # type: ignore[return-value]

    def to_mapping(self, *, descriptive: bool = True) -> dict[str, Any]:
        """Return the fields in the types of JSON, parts as mappings with their kind, as `Recipe(**mapping)` takes them.

        Args:
            descriptive: Whether to include the fields that do not act on the training, such as source and claim.
        """
        left_out = () if descriptive else DESCRIPTIVE
        return {name: simple(getattr(self, name)) for name in fields_of(Recipe) if name not in left_out}


def simple(value: Any) -> Any:
    """Return a value of a recipe in the types of JSON and YAML."""
    if isinstance(value, Part):
        return {"kind": value.kind, **{name: simple(getattr(value, name)) for name in fields_of(type(value))}}
    if isinstance(value, tuple):
        return [simple(item) for item in value]
    return dict(value) if isinstance(value, Mapping) else value
