"""Grouped convolution that trains wherever Keras runs, and the equal forms that it chooses from.

Keras runs each `Conv2D(groups > 1)` on TensorFlow through a nested `tf.function(jit_compile=True)`, because
TensorFlow's own op may have no gradient on CPU. With oneDNN it has one, and is hundreds of times faster than
XLA's. An implementation here is a pure function of the table `IMPLEMENTATIONS`, channels last,
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

AUTO = "auto"
CHANNELS_LAST = "channels_last"

# A convolution of `block_diagonal` takes as many groups as give it this many input channels: narrower ones
# leave vector units idle, wider ones multiply zeros. XLA compiles every convolution apart, so their number is
# bounded too.
MERGED_CHANNELS = 16
MERGED_CONVOLUTIONS = 16


def grouped(inputs, kernel, *, groups, strides, padding, dilation_rate):
    """The backend's own grouped convolution; in TensorFlow the plain `Conv2D` op, in no XLA function."""
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        return tf.nn.conv2d(inputs, kernel, strides, padding.upper(), dilations=dilation_rate)
    return ops.conv(inputs, kernel, strides, padding, CHANNELS_LAST, dilation_rate)


def block_diagonal(inputs, kernel, *, groups, strides, padding, dilation_rate):
    """A few ordinary convolutions over runs of merged groups, their kernels zero from one group to another.

    It multiplies `merged_groups` times as much as it must, but in convolutions wide enough to be fast, and it
    asks of the backend only the ordinary convolution and its gradient.
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
    """How many groups, of `group_inputs` channels each, a convolution of `block_diagonal` takes."""
    return next(
        merged
        for merged in range(1, groups + 1)
        if groups % merged == 0
        and (merged == groups or (merged * group_inputs >= MERGED_CHANNELS and groups // merged <= MERGED_CONVOLUTIONS))
    )


def shifted(inputs, kernel, *, groups, strides, padding, dilation_rate):
    """The sum over the kernel's positions of the shifted input times that position's matrices.

    Slow, but made of slices and matrix products alone: it has a gradient also where the backend's
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
    """Where a kernel's positions lie along one axis; lengths unknown until the call are scalar tensors."""

    size: Any
    margins: tuple[int, int]
    start: Any
    stride: int
    dilation: int

    def at(self, position: int) -> slice:
        begin = self.start + position * self.dilation
        return slice(begin, begin + (self.size - 1) * self.stride + 1, self.stride)


def _window(length, kernel_size, stride, padding, dilation) -> _Window:
    reach = (kernel_size - 1) * dilation
    if padding == "valid":
        return _Window((length - reach - 1) // stride + 1, (0, 0), 0, stride, dilation)
    size = (length + stride - 1) // stride
    needed = (size - 1) * stride + reach + 1 - length
    needed = max(needed, 0) if isinstance(needed, int) else ops.maximum(needed, 0)
    # `needed` is at most `reach`: margins of constant width always do, and the first position moves instead.
    before = reach // 2
    return _Window(size, (before, reach - before), before - needed // 2, stride, dilation)


IMPLEMENTATIONS: dict[str, Callable[..., Any]] = {
    "grouped": grouped,
    "block_diagonal": block_diagonal,
    "shifted": shifted,
}


def choose_implementation(groups: int, dtype: str = "float32", dilation_rate: tuple[int, int] = (1, 1)) -> str:
    """What "auto" means for a convolution that is called, or traced, here and now.

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

    Without a gradient on TensorFlow's CPU are: with oneDNN off (`TF_ENABLE_ONEDNN_OPTS=0`) every grouped or
    dilated convolution, and with oneDNN on those in float64 and, where the processor has no arithmetic for
    it, float16. The choices on CPU are measured by `benchmarks/grouped_conv.py`; those on GPU and TPU are the
    vendors' own kernels and have not been measured.

    A `tf.function` without `jit_compile` that was traced outside XLA keeps its choice when XLA code calls it
    later, and XLA's automatic clustering (`TF_XLA_FLAGS`) is not seen: both stay correct, and slow.

    Args:
        groups: number of groups.
        dtype: name of the dtype that is computed in.
        dilation_rate: dilation along height and width.

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
    """Whether `tf.nn.conv2d` can be differentiated on this CPU, found by doing it once at the smallest size.

    It depends on oneDNN, on the dtype and on the processor's instructions: nothing public tells, short of
    trying.
    """
    import tensorflow as tf

    rate = 2 if dilated else 1
    how = {"strides": [1, 1, 1, 1], "padding": "VALID", "dilations": [1, rate, rate, 1]}
    # init_scope runs this at once, also while a graph is traced; it pauses gradient tapes, hence the raw ops
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
    """`keras.layers.Conv2D(groups=...)`, its arguments, weights and checkpoints, computed where it is fast.

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
        filters: number of output channels, a multiple of `groups`.
        kernel_size: size of the kernel, one integer or two.
        implementation: "auto", which `choose_implementation` resolves at each call or trace, or a key of
            `IMPLEMENTATIONS`.
        *args: the further arguments of `keras.layers.Conv2D`, in its order.
        **kwargs: the arguments of `keras.layers.Conv2D` by name.

    Raises:
        ValueError: for an unknown `implementation`, and wherever `keras.layers.Conv2D` raises it.

    Source: Krizhevsky et al. 2012 for groups; Xie et al. 2017 (arXiv 1611.05431), Fig. 3(c), for their use.
    """

    def __init__(self, filters, kernel_size, *args, implementation: str = AUTO, **kwargs):
        if implementation != AUTO and implementation not in IMPLEMENTATIONS:
            raise ValueError(unknown("implementation", implementation, (AUTO, *IMPLEMENTATIONS)))
        super().__init__(filters, kernel_size, *args, **kwargs)
        self.implementation = implementation

    def resolve_implementation(self) -> str:
        """The key of `IMPLEMENTATIONS` that a call made here and now would use."""
        if self.implementation != AUTO:
            return self.implementation
        return choose_implementation(self.groups, self.compute_dtype, self.dilation_rate)

    def convolution_op(self, inputs, kernel):
        """The convolution alone; `call` of `keras.layers.Conv2D` adds the bias and applies the activation."""
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
        """The config of `keras.layers.Conv2D` and "implementation"."""
        return {**super().get_config(), "implementation": self.implementation}

    def __repr__(self) -> str:
        return f"<GroupedConv2D name={self.name}, implementation={self.implementation}, built={self.built}>"


# Keras addresses the layers of a checkpoint by `layer.__class__.__name__` and a count (`conv2d`, `conv2d_1`,
# ...) that layers of one class share: only under the name of the class whose checkpoints it interchanges with
# are the addresses the same.
GroupedConv2D.__name__ = "Conv2D"
