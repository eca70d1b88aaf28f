"""Where a training runs: on one device, on several of one machine, or on several machines."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import keras

from keras_resnets._errors import unknown
from keras_resnets.training import multi_worker

if TYPE_CHECKING:
    import tensorflow as tf

STRATEGIES = ("auto", "single", "mirrored", "multi_worker", "tpu")
PRECISIONS = {"float32": "float32", "bfloat16": "mixed_bfloat16", "float16": "mixed_float16"}


@dataclass(frozen=True)
class Devices:
    """The devices of one training, and what this process is among the others.

    Attributes:
        kind: "single", "mirrored", "multi_worker" or "tpu".
        replicas: the parts that a batch is split into, over all machines.
        chief: whether this process is the one that writes and prints.
        strategy: a `tf.distribute.Strategy`, on JAX a `keras.distribution` one; None on a single device.
    """

    kind: str = "single"
    replicas: int = 1
    chief: bool = True
    strategy: Any = None

    @property
    def multiple(self) -> int:
        """What the size of every batch must be a multiple of: TensorFlow splits a test's last batch unevenly."""
        return self.replicas if keras.backend.backend() == "jax" else 1

    @contextlib.contextmanager
    def scope(self) -> Iterator[None]:
        """Where models are built, compiled, loaded and trained for these devices."""
        if self.strategy is None:
            yield
        elif keras.backend.backend() == "jax":
            before = keras.distribution.distribution()
            keras.distribution.set_distribution(self.strategy)
            try:
                yield
            finally:
                keras.distribution.set_distribution(before)
        else:
            multi_worker.repair()
            with self.strategy.scope():
                yield

    def check_batch(self, batch_size: int) -> None:
        """Refuse a batch that does not split into equal parts: its mean gradient would not be the mean of theirs.

        Raises:
            ValueError: if it does not.
        """
        if batch_size % self.replicas:
            near = max(self.replicas, batch_size // self.replicas * self.replicas)
            raise ValueError(
                f"A batch of {batch_size} images does not split into {self.replicas} equal parts, one a device: "
                f"{near} would."
            )

    def sharded(self, batches: tf.data.Dataset) -> tf.data.Dataset:
        """The data set, of which each worker takes its part of every batch."""
        if self.kind != "multi_worker":
            return batches
        import tensorflow as tf

        options = tf.data.Options()
        options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.DATA
        return batches.with_options(options)

    def any_worker(self, flag: bool) -> bool:
        """Whether the flag is set on any worker; all of them must ask, and all get the same answer."""
        return multi_worker.any_worker(self.strategy, flag) if self.kind == "multi_worker" else flag

    def averaging(self, model: keras.Model) -> Callable[[], None]:
        """A function that gives all replicas the mean of their moving statistics, which they keep apart.

        On JAX the devices compute as one, and there is nothing to average.
        """
        if self.replicas == 1 or keras.backend.backend() != "tensorflow":
            return lambda: None
        return multi_worker.averaging(
            self.strategy, [v for norm in norms_of(model) for v in norm.non_trainable_variables]
        )


def devices(strategy: str = "auto") -> Devices:
    """The devices that `strategy` means here.

    "auto" is "multi_worker" where a cluster of several workers is described (TF_CONFIG, or Slurm's variables), "tpu"
    or "mirrored" where there are such accelerators, else "single". For "multi_worker" nothing must have been computed
    yet: TensorFlow joins a cluster at its start.

    Raises:
        ValueError: for an unknown strategy, or one for which the devices are missing.
    """
    if strategy not in STRATEGIES:
        raise ValueError(unknown("strategy", strategy, STRATEGIES))
    if keras.backend.backend() == "jax":
        return on_jax(strategy)
    if strategy == "auto":
        strategy = found_by_tensorflow()
    makers = {"single": Devices, "mirrored": mirrored, "multi_worker": workers, "tpu": tpu}
    return makers[strategy]()


def on_jax(strategy: str) -> Devices:
    """JAX's devices: one, or all of this process, over which Keras splits each batch."""
    if strategy in ("multi_worker", "tpu"):
        raise ValueError(f"The strategy {strategy!r} is TensorFlow's; with JAX choose 'auto', 'single' or 'mirrored'.")
    found = keras.distribution.list_devices()
    accelerators = [device for device in found if not device.startswith("cpu")]
    if strategy == "single" or (strategy == "auto" and len(accelerators) < 2):
        return Devices()
    chosen = enough(accelerators if accelerators else found)
    return Devices("mirrored", len(chosen), strategy=keras.distribution.DataParallel(devices=chosen))


def found_by_tensorflow() -> str:
    """The strategy that suits the cluster and the accelerators that TensorFlow finds."""
    if multi_worker.described():
        return "multi_worker"
    import tensorflow as tf

    if "TPU_NAME" in os.environ or tf.config.list_physical_devices("TPU"):
        return "tpu"
    return "mirrored" if len(tf.config.list_physical_devices("GPU")) > 1 else "single"


def mirrored() -> Devices:
    """All GPUs of this machine or, without any, its logical CPUs."""
    import tensorflow as tf

    found = tf.config.list_logical_devices("GPU")
    if found:
        strategy = tf.distribute.MirroredStrategy(enough([device.name for device in found]))
    else:
        # TensorFlow's default, collective operations, pairs those of two CPUs wrongly in synchronized normalizations.
        names = enough([device.name for device in tf.config.list_logical_devices("CPU")])
        strategy = tf.distribute.MirroredStrategy(names, tf.distribute.ReductionToOneDevice())
    return Devices("mirrored", strategy.num_replicas_in_sync, strategy=strategy)


def enough(found: list[str]) -> list[str]:
    """The devices, if they are several."""
    if len(found) < 2:
        raise ValueError(f"The strategy 'mirrored' needs two devices or more, and here is one: {found[0]}.")
    return found


def workers() -> Devices:
    """This worker of a cluster."""
    strategy, chief = multi_worker.join()
    return Devices("multi_worker", strategy.num_replicas_in_sync, chief, strategy)


def tpu() -> Devices:
    """The TPU named by TPU_NAME, or this machine's."""
    import tensorflow as tf

    resolver = tf.distribute.cluster_resolver.TPUClusterResolver(os.environ.get("TPU_NAME", "local"))
    try:
        tf.config.experimental_connect_to_cluster(resolver)
        tf.tpu.experimental.initialize_tpu_system(resolver)
    except (tf.errors.OpError, RuntimeError) as error:
        raise ValueError(f"The strategy 'tpu' finds no TPU: {str(error).splitlines()[0]}") from error
    strategy = tf.distribute.TPUStrategy(resolver)
    return Devices("tpu", strategy.num_replicas_in_sync, strategy=strategy)


@contextlib.contextmanager
def precision(name: str) -> Iterator[None]:
    """Models built inside compute in this precision; weights, and the head, are float32 in all of them.

    Raises:
        ValueError: for an unknown one.
    """
    if name not in PRECISIONS:
        raise ValueError(unknown("precision", name, PRECISIONS))
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(PRECISIONS[name])
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def norms_of(model: keras.Model) -> list[keras.layers.BatchNormalization]:
    """The batch normalizations of a model, those inside branches too."""
    return [layer for layer in model._flatten_layers() if isinstance(layer, keras.layers.BatchNormalization)]


class AverageStatistics(keras.callbacks.Callback):
    """Gives all replicas the mean of their moving statistics ahead of each test, and so of what is saved behind it."""

    def __init__(self, where: Devices):
        super().__init__()
        self.where = where

    def set_model(self, model):
        super().set_model(model)
        self.average = self.where.averaging(model)

    def on_test_begin(self, logs=None):
        self.average()


def synchronize(model: keras.Model) -> None:
    """Let batch normalizations take mean and variance over the whole batch, not over a replica's part of it.

    On JAX they do so anyway.
    """
    if keras.backend.backend() == "tensorflow":
        for norm in norms_of(model):
            norm.synchronized = True
