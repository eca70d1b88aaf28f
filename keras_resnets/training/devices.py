"""Devices of a training: one, several of one machine, or those of several machines."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from keras_resnets._errors import unknown
from keras_resnets.training import multi_worker, replicas

if TYPE_CHECKING:
    import tensorflow as tf

STRATEGIES = ("auto", "single", "mirrored", "multi_worker", "tpu")
PRECISIONS = {"float32": "float32", "bfloat16": "mixed_bfloat16", "float16": "mixed_float16"}


@dataclass(frozen=True)
class Devices:
    """Devices of a training, and the role of this process among its workers.

    Attributes:
        kind: "single", "mirrored", "multi_worker" or "tpu".
        replicas: Number of parts that a batch is split into, over all machines.
        chief: Whether this is the process that writes and prints.
        strategy: A `tf.distribute.Strategy`, or on JAX one of `keras.distribution`; None for a single device.
    """

    kind: str = "single"
    replicas: int = 1
    chief: bool = True
    strategy: Any = None

    @property
    def multiple(self) -> int:
        """Number of which every batch size must be a multiple; TensorFlow can split the last test batch unevenly."""
        return self.replicas if keras.backend.backend() == "jax" else 1

    @contextlib.contextmanager
    def scope(self) -> Iterator[None]:
        """Build, compile, load and train models for these devices within the context."""
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
        """Raise ValueError if a batch does not split into equal parts, the mean of whose gradients would be wrong."""
        if batch_size % self.replicas:
            near = max(self.replicas, batch_size // self.replicas * self.replicas)
            raise ValueError(
                f"A batch of {batch_size} images does not split into {self.replicas} equal parts, one a device: "
                f"{near} would."
            )

    def sharded(self, batches: tf.data.Dataset) -> tf.data.Dataset:
        """Return the batches, of each of which a worker takes its part."""
        if self.kind != "multi_worker":
            return batches
        import tensorflow as tf

        options = tf.data.Options()
        options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.DATA
        return batches.with_options(options)

    def any_worker(self, flag: bool) -> bool:
        """Return whether the flag is set on any worker; all workers must call this, and get the same answer."""
        return multi_worker.any_worker(self.strategy, flag) if self.kind == "multi_worker" else flag

    @property
    def apart(self) -> bool:
        """Whether each replica holds moving statistics and metrics of its own; on JAX there is one copy of them."""
        return self.replicas > 1 and keras.backend.backend() == "tensorflow"

    def averaging(self, model: keras.Model) -> Callable[[], None]:
        """Return a function that replaces the moving statistics of each replica by their mean over all replicas."""
        if not self.apart:
            return lambda: None
        return replicas.averaging(self.strategy, [v for norm in norms_of(model) for v in norm.non_trainable_variables])

    def gather(self, variables: Sequence[keras.Variable]) -> np.ndarray:
        """Return the values of float32 variables on each replica, `[replicas, values]`; one row for a single copy.

        All workers must call it.
        """
        if self.apart:
            return replicas.gather(self.strategy, variables)
        return np.concatenate([np.ravel(keras.ops.convert_to_numpy(variable)) for variable in variables])[None]

    def scatter(self, variables: Sequence[keras.Variable], rows: np.ndarray, add: bool = False) -> None:
        """Assign to the variables of each replica its row of what `gather` returned, or add it.

        Rows of another number of replicas are assigned as their mean, or added as their sum.

        Raises:
            ValueError: If a row has another number of values than the variables.
        """
        sizes = [int(np.prod(variable.shape)) for variable in variables]
        if rows.shape[1:] != (sum(sizes),):
            raise ValueError(f"Each replica has {sum(sizes):,} values, not {' x '.join(map(str, rows.shape[1:]))}.")
        if self.apart and len(rows) == self.replicas:
            replicas.scatter(self.strategy, variables, rows, add)
            return
        row = rows.sum(axis=0) if add else rows.mean(axis=0)
        for variable, part in zip(variables, np.split(row, np.cumsum(sizes[:-1], dtype=int)), strict=True):
            before = keras.ops.convert_to_numpy(variable) if add else 0
            variable.assign(before + part.reshape(variable.shape).astype(variable.dtype))


def devices(strategy: str = "auto") -> Devices:
    """Return the devices of a strategy on this machine.

    "auto" is "multi_worker" if a cluster of several workers is described (by TF_CONFIG or Slurm's variables), "tpu" or
    "mirrored" if there are such accelerators, else "single". "multi_worker" must be chosen before any computation, as
    TensorFlow joins a cluster when it starts.

    Raises:
        ValueError: If the strategy is unknown, or its devices are missing.
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
    """Return JAX's devices: one, or all of this process, over which Keras splits each batch."""
    if strategy in ("multi_worker", "tpu"):
        raise ValueError(f"The strategy {strategy!r} is TensorFlow's; with JAX choose 'auto', 'single' or 'mirrored'.")
    found = keras.distribution.list_devices()
    accelerators = [device for device in found if not device.startswith("cpu")]
    if strategy == "single" or (strategy == "auto" and len(accelerators) < 2):
        return Devices()
    chosen = enough(accelerators if accelerators else found)
    return Devices("mirrored", len(chosen), strategy=keras.distribution.DataParallel(devices=chosen))


def found_by_tensorflow() -> str:
    """Return the strategy for the cluster and the accelerators that TensorFlow finds."""
    if multi_worker.described():
        return "multi_worker"
    import tensorflow as tf

    if "TPU_NAME" in os.environ or tf.config.list_physical_devices("TPU"):
        return "tpu"
    return "mirrored" if len(tf.config.list_physical_devices("GPU")) > 1 else "single"


def mirrored() -> Devices:
    """Return all GPUs of this machine or, if it has none, its logical CPUs."""
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
    """Return the devices; raise ValueError if there is only one."""
    if len(found) < 2:
        raise ValueError(f"The strategy 'mirrored' needs two devices or more, and here is one: {found[0]}.")
    return found


def workers() -> Devices:
    """Return the devices of a cluster, seen from this worker."""
    strategy, chief = multi_worker.join()
    return Devices("multi_worker", strategy.num_replicas_in_sync, chief, strategy)


def tpu() -> Devices:
    """Return the TPU named by TPU_NAME, or this machine's."""
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
    """Let models built within the context compute in a precision; their weights and their head stay float32.

    Raises:
        ValueError: If the precision is unknown.
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
    """Return the batch normalizations of a model, including those inside branches."""
    return [layer for layer in model._flatten_layers() if isinstance(layer, keras.layers.BatchNormalization)]


def statistics_of(model: keras.Model) -> list[keras.Variable]:
    """Return the variables of a model that training changes without a gradient; random states are drawn alike."""
    return [variable for variable in model.non_trainable_variables if variable.dtype == "float32"]


class AverageStatistics(keras.callbacks.Callback):
    """Average the moving statistics over all replicas before each test, and so before the save that follows it."""

    def __init__(self, devices: Devices):
        super().__init__()
        self.devices = devices

    def set_model(self, model):
        super().set_model(model)
        self.average = self.devices.averaging(model)

    def on_test_begin(self, logs=None):
        self.average()


def synchronize(model: keras.Model) -> None:
    """Let batch normalizations compute mean and variance over the whole batch, not over each replica's part.

    On JAX they always do.
    """
    if keras.backend.backend() == "tensorflow":
        for norm in norms_of(model):
            norm.synchronized = True
