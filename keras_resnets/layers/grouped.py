"""Grouped convolution that trains on every backend, in three equal implementations.

Keras runs each `Conv2D(groups > 1)` on TensorFlow through a nested `tf.function(jit_compile=True)`, because
TensorFlow's own op may have no gradient on CPU. With oneDNN it has one, and is hundreds of times faster than
XLA's. The implementations are the pure functions of the table `IMPLEMENTATIONS`, channels last,
`(inputs, kernel, *, groups, strides, padding, dilation_rate) -> outputs`; `choose_implementation` alone
decides between them.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import keras
from keras import ops

from keras_resnets._errors import unknown
from keras_resnets.layers.backends import tensorflow_has_accelerator, tensorflow_traces_for_xla
from keras_resnets.layers.tensor import Tensor

AUTO = "auto"
CHANNELS_LAST = "channels_last"

# `block_diagonal` merges groups until a convolution has this many input channels: narrower ones leave vector
# units idle, wider ones multiply zeros. XLA compiles every convolution apart, so their number is bounded too.
MERGED_CHANNELS = 16
MERGED_CONVOLUTIONS = 16


def grouped(
    inputs: Tensor,
    kernel: Tensor,
    *,
    groups: int,
    strides: tuple[int, int],
    padding: str,
    dilation_rate: tuple[int, int],
) -> Tensor:
    """Run the backend's own grouped convolution; in TensorFlow the plain `Conv2D` op, outside any XLA function."""
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        return tf.nn.conv2d(inputs, kernel, strides, padding.upper(), dilations=dilation_rate)
    return ops.conv(inputs, kernel, strides, padding, CHANNELS_LAST, dilation_rate)


def block_diagonal(
    inputs: Tensor,
    kernel: Tensor,
    *,
    groups: int,
    strides: tuple[int, int],
    padding: str,
    dilation_rate: tuple[int, int],
) -> Tensor:
    """Run a few ordinary convolutions over runs of merged groups, with kernels that are zero across groups.

    It multiplies `merged_groups` times as much as necessary, but in convolutions wide enough to be fast, and
    needs only the backend's ordinary convolution and its gradient.
    """
    kernel_height, kernel_width, group_inputs, filters = kernel.shape
    merged = merged_groups(groups, group_inputs)
    runs = groups // merged
    group_outputs = filters // groups

    kernels = ops.reshape(kernel, (kernel_height, kernel_width, group_inputs, runs, merged, group_outputs))
    kernels = ops.expand_dims(ops.transpose(kernels, (3, 0, 1, 2, 4, 5)), 3)
    kernels = kernels * ops.reshape(ops.eye(merged, dtype=kernel.dtype), (merged, 1, merged, 1))
    kernels = ops.reshape(kernels, (runs, kernel_height, kernel_width, merged * group_inputs, merged * group_outputs))
    outputs = [
        ops.conv(run, kernels[index], strides, padding, CHANNELS_LAST, dilation_rate)
        for index, run in enumerate(ops.split(inputs, runs, axis=-1))
    ]
    return ops.concatenate(outputs, axis=-1)


def merged_groups(groups: int, group_inputs: int) -> int:
    """Return the number of groups, of `group_inputs` channels each, in a convolution of `block_diagonal`."""
    return next(
        merged
        for merged in range(1, groups + 1)
        if groups % merged == 0
        and (merged == groups or (merged * group_inputs >= MERGED_CHANNELS and groups // merged <= MERGED_CONVOLUTIONS))
    )


def shifted(
    inputs: Tensor,
    kernel: Tensor,
    *,
    groups: int,
    strides: tuple[int, int],
    padding: str,
    dilation_rate: tuple[int, int],
) -> Tensor:
    """Sum, over the positions of the kernel, the shifted input times the matrices of that position.

    It is slow, but made of slices and matrix products, so that it has a gradient where the backend's
    convolutions have none.
    """
    kernel_height, kernel_width, group_inputs, filters = kernel.shape
    matrices = ops.reshape(kernel, (kernel_height, kernel_width, group_inputs, groups, filters // groups))
    batch, height, width, _ = ops.shape(inputs)
    rows = _window(height, kernel_height, strides[0], padding, dilation_rate[0])
    columns = _window(width, kernel_width, strides[1], padding, dilation_rate[1])
    padded = ops.pad(inputs, ((0, 0), rows.margins, columns.margins, (0, 0)))

    products = []
    for i in range(kernel_height):
        for j in range(kernel_width):
            view = padded[:, rows.at(i), columns.at(j), :]
            view = ops.reshape(view, (batch, rows.size, columns.size, groups, group_inputs))
            products.append(ops.einsum("bhwgi,igo->bhwgo", view, matrices[i, j]))
    return ops.reshape(sum(products[1:], products[0]), (batch, rows.size, columns.size, filters))


class _Window(NamedTuple):
    """Positions of a kernel along one axis; lengths that are unknown until the call are scalar tensors."""

    size: Any
    margins: tuple[int, int]
    start: Any
    stride: int
    dilation: int

    def at(self, position: int) -> slice:
        """Return the input pixels under one position of the kernel."""
        begin = self.start + position * self.dilation
        return slice(begin, begin + (self.size - 1) * self.stride + 1, self.stride)


def _window(length: Any, kernel_size: int, stride: int, padding: str, dilation: int) -> _Window:
    reach = (kernel_size - 1) * dilation
    if padding == "valid":
        return _Window((length - reach - 1) // stride + 1, (0, 0), 0, stride, dilation)
    size = (length + stride - 1) // stride
    needed = (size - 1) * stride + reach + 1 - length
    needed = max(needed, 0) if isinstance(needed, int) else ops.maximum(needed, 0)
    # `needed` is at most `reach`: margins of constant width suffice, and the first position moves instead.
    before = reach // 2
    return _Window(size, (before, reach - before), before - needed // 2, stride, dilation)


IMPLEMENTATIONS: dict[str, Callable[..., Any]] = {
    "grouped": grouped,
    "block_diagonal": block_diagonal,
    "shifted": shifted,
}


def choose_implementation(groups: int, dtype: str = "float32", dilation_rate: tuple[int, int] = (1, 1)) -> str:
    """Return the implementation that "auto" stands for in a convolution called, or traced, now.

    ==============  =======================================================  ==================
    backend         where                                                    choice
    ==============  =======================================================  ==================
    any             one group                                                "grouped"
    TensorFlow      GPU or TPU                                               "grouped"
    TensorFlow      CPU, traced for XLA (`jit_compile=True`)                 "block_diagonal"
    TensorFlow      CPU, where the op has a gradient (oneDNN)                "grouped"
    TensorFlow      CPU, where only the ordinary convolution has one         "block_diagonal"
    TensorFlow      CPU, where neither has one                               "shifted"
    JAX             CPU                                                      "block_diagonal"
    JAX             GPU or TPU                                               "grouped"
    others          everywhere                                               "grouped"
    ==============  =======================================================  ==================

    TensorFlow's CPU has no gradient for grouped or dilated convolutions with oneDNN off
    (`TF_ENABLE_ONEDNN_OPTS=0`), nor, with oneDNN on, in float64 and, on processors without float16 arithmetic,
    in float16. The choices on CPU are measured by `benchmarks/grouped_conv.py`; those on GPU and TPU are the
    vendors' own kernels and have not been measured.

    A `tf.function` without `jit_compile` that was traced outside XLA keeps its choice when XLA code calls it
    later, and XLA's automatic clustering (`TF_XLA_FLAGS`) is not seen: both stay correct, and slow.

    Args:
        groups: Number of groups.
        dtype: Name of the compute dtype.
        dilation_rate: Dilation along height and width.

    Returns:
        A key of `IMPLEMENTATIONS`.
    """
    if groups == 1:
        return "grouped"
    if keras.backend.backend() == "jax":
        import jax

        return "block_diagonal" if jax.default_backend() == "cpu" else "grouped"
    if keras.backend.backend() != "tensorflow" or tensorflow_has_accelerator():
        return "grouped"
    if tensorflow_traces_for_xla():
        return "block_diagonal"
    dilated = max(dilation_rate) > 1
    if _tensorflow_cpu_has_gradient(dtype, dilated, grouped=True):
        return "grouped"
    return "block_diagonal" if _tensorflow_cpu_has_gradient(dtype, dilated, grouped=False) else "shifted"


@functools.cache
def _tensorflow_cpu_has_gradient(dtype: str, dilated: bool, grouped: bool) -> bool:
    """Return whether `tf.nn.conv2d` has a gradient on this CPU, found by computing one at the smallest size.

    It depends on oneDNN, the dtype and the processor's instructions; no public function answers it.
    """
    import tensorflow as tf

    rate = 2 if dilated else 1
    how = {"strides": [1, 1, 1, 1], "padding": "VALID", "dilations": [1, rate, rate, 1]}
    # init_scope executes at once, also while a graph is traced; it pauses gradient tapes, hence the raw ops
    with tf.init_scope(), tf.device("CPU:0"):
        inputs = tf.zeros((1, 3, 3, 4), dtype)
        kernel = tf.zeros((2, 2, 2 if grouped else 4, 4), dtype)
        outputs = tf.zeros((1, 3 - rate, 3 - rate, 4), dtype)
        try:
            tf.raw_ops.Conv2DBackpropInput(input_sizes=inputs.shape, filter=kernel, out_backprop=outputs, **how)
            tf.raw_ops.Conv2DBackpropFilter(input=inputs, filter_sizes=kernel.shape, out_backprop=outputs, **how)
        except tf.errors.OpError:
            return False
    return True


@keras.saving.register_keras_serializable(package="keras_resnets", name="GroupedConv2D")
class GroupedConv2D(keras.layers.Conv2D):
    """`keras.layers.Conv2D(groups=...)` with the same arguments, weights and checkpoints, computed faster.

    Inputs are `[batch, height, width, channels]`, outputs `[batch, new_height, new_width, filters]`, the
    kernel `[kernel_height, kernel_width, channels / groups, filters]`. With `data_format="channels_first"`
    inputs and outputs are transposed around the same computation.

    Weights interchange with `keras.layers.Conv2D` both ways: by `get_weights`, and by `.weights.h5` and
    `.keras` files. Keras addresses the layers in those files by the name of their class and their count in
    the model, so this class calls itself `Conv2D`, and `model.summary()` shows it as such; it is registered,
    and loaded from `.keras` files, as `keras_resnets>GroupedConv2D`.
    `GroupedConv2D.from_config(conv2d.get_config())` turns one layer into the other; without its
    "implementation", the config of this layer is one of `keras.layers.Conv2D`.

    Args:
        filters: Number of output channels, a multiple of `groups`.
        kernel_size: Size of the kernel, one integer or two.
        implementation: "auto", which `choose_implementation` resolves at each call or trace, or a key of
            `IMPLEMENTATIONS`.
        *args: Further arguments of `keras.layers.Conv2D`, in its order.
        **kwargs: Arguments of `keras.layers.Conv2D` by name.

    Raises:
        ValueError: For an unknown `implementation`, and wherever `keras.layers.Conv2D` raises it.

    Source: Krizhevsky et al. 2012 for groups; Xie et al. 2017 (arXiv 1611.05431), Fig. 3(c), for their use.
    """

    def __init__(
        self,
        filters: int,
        kernel_size: int | tuple[int, int],
        *args: Any,
        implementation: str = AUTO,
        **kwargs: Any,
    ) -> None:
        if implementation != AUTO and implementation not in IMPLEMENTATIONS:
            raise ValueError(unknown("implementation", implementation, (AUTO, *IMPLEMENTATIONS)))
        super().__init__(filters, kernel_size, *args, **kwargs)
        self.implementation = implementation

    def resolve_implementation(self) -> str:
        """Return the key of `IMPLEMENTATIONS` that a call made now would use."""
        if self.implementation != AUTO:
            return self.implementation
        return choose_implementation(self.groups, self.compute_dtype, self.dilation_rate)

    def convolution_op(self, inputs: Tensor, kernel: Tensor) -> Tensor:
        """Convolve; `call` of `keras.layers.Conv2D` adds the bias and applies the activation."""
        convolve = functools.partial(
            IMPLEMENTATIONS[self.resolve_implementation()],
            kernel=ops.convert_to_tensor(kernel),
            groups=self.groups,
            strides=self.strides,
            padding=self.padding,
            dilation_rate=self.dilation_rate,
        )
        if self.data_format == CHANNELS_LAST:
            return convolve(inputs)
        return ops.transpose(convolve(ops.transpose(inputs, (0, 2, 3, 1))), (0, 3, 1, 2))

    def get_config(self) -> dict[str, Any]:
        """Return the config of `keras.layers.Conv2D` with "implementation" added."""
        return {**super().get_config(), "implementation": self.implementation}

    def __repr__(self) -> str:
        return f"<GroupedConv2D name={self.name}, implementation={self.implementation}, built={self.built}>"


# Keras addresses the layers of a checkpoint by `layer.__class__.__name__` and a count (`conv2d`, `conv2d_1`,
# ...) that layers of one class share: only under the name of the class whose checkpoints it interchanges with
# are the addresses the same.
GroupedConv2D.__name__ = "Conv2D"
