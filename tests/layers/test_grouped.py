"""GroupedConv2D: every implementation against float64 sums, the choice between them, and Keras's own layer
beside it.

Run as a script, this file checks every implementation under the backend and settings of its environment; two
tests do so.
"""

import importlib.metadata
import importlib.util
import os
import pickle
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

from keras_resnets.layers import grouped as module
from keras_resnets.layers.grouped import (
    IMPLEMENTATIONS,
    GroupedConv2D,
    choose_implementation,
    merged_groups,
)

# two channels a group: block_diagonal merges them into two convolutions
GROUPS, CHANNELS, FILTERS = 16, 32, 48
SHAPE = (2, 7, 6, CHANNELS)
# Of the greatest magnitude that could have been summed. float32 and float16 may accumulate in their own
# precision, and `shifted` rounds after each of a kernel's 9 positions: 9 units of 2^-24, 2^-8 or 2^-11.
TOLERANCE = {"float32": 9 * 2**-24, "bfloat16": 9 * 2**-8, "float16": 9 * 2**-11}


def reference(x, kernel, bias, upstream, groups, stride, padding, dilation=1):
    """Outputs, and the gradients of sum(outputs * upstream) by input, kernel and bias, in float64."""
    x, kernel, bias, upstream = (np.asarray(a, "float64") for a in (x, kernel, bias, upstream))
    batch, height, width, channels = x.shape
    size, _, group_inputs, filters = kernel.shape
    reach = (size - 1) * dilation
    if padding == "same":
        out = [-(-n // stride) for n in (height, width)]
        total = [max((o - 1) * stride + reach + 1 - n, 0) for o, n in zip(out, (height, width), strict=True)]
        margins = [(t // 2, t - t // 2) for t in total]
    else:
        out = [(n - reach - 1) // stride + 1 for n in (height, width)]
        margins = [(0, 0), (0, 0)]
    padded = np.pad(x, [(0, 0), *margins, (0, 0)])
    matrices = kernel.reshape(size, size, group_inputs, groups, -1)
    outputs = np.zeros((batch, *out, groups, filters // groups))
    upstream = np.broadcast_to(upstream, (batch, *out, filters)).reshape(outputs.shape)
    d_padded, d_matrices = np.zeros_like(padded), np.zeros_like(matrices)
    for i in range(size):
        for j in range(size):
            rows = np.arange(out[0]) * stride + i * dilation
            columns = np.arange(out[1]) * stride + j * dilation
            at = np.ix_(range(batch), rows, columns)
            view = padded[at].reshape(batch, *out, groups, group_inputs)
            outputs += np.einsum("bhwgi,igo->bhwgo", view, matrices[i, j])
            d_matrices[i, j] = np.einsum("bhwgi,bhwgo->igo", view, upstream)
            d_view = np.einsum("bhwgo,igo->bhwgi", upstream, matrices[i, j])
            d_padded[at] += d_view.reshape(batch, *out, channels)
    d_x = d_padded[:, margins[0][0] : margins[0][0] + height, margins[1][0] : margins[1][0] + width]
    d_bias = upstream.sum(axis=(0, 1, 2)).reshape(-1)
    return outputs.reshape(batch, *out, filters) + bias, (d_x, d_matrices.reshape(kernel.shape), d_bias)


def values_and_gradients(layer, x, upstream, jit=False):
    """Outputs, and the gradients of sum(outputs * upstream) by input and trainable weights."""
    if keras.backend.backend() == "jax":
        import jax

        weights = [v.value for v in layer.trainable_variables]

        def call(x, weights):
            return layer.stateless_call(weights, [], x)[0]

        outputs, pull = jax.vjp(jax.jit(call) if jit else call, x, weights)
        d_x, d_weights = pull(upstream)
        return outputs, (d_x, *d_weights)
    import tensorflow as tf

    @tf.function(jit_compile=jit)
    def call(x, upstream):
        with tf.GradientTape() as tape:
            tape.watch(x)
            outputs = layer(x)
        return outputs, tape.gradient(outputs, [x, *[v.value for v in layer.trainable_variables]], upstream)

    return call(x, upstream)


def numbers(x, dtype="float64"):
    return keras.ops.convert_to_numpy(keras.ops.cast(x, "float32")).astype(dtype)


def rounded(rng, shape, dtype):
    """Random numbers that `dtype` holds exactly, as a tensor of it and in float64."""
    tensor = keras.ops.cast(keras.ops.convert_to_tensor(rng.standard_normal(shape).astype("float32")), dtype)
    return tensor, numbers(tensor)


def assert_close(actual, expected, scale, tolerance):
    error = np.abs(numbers(actual) - expected).max()
    assert error <= tolerance * scale, f"{error:.3g} is over {tolerance:.3g} of {scale:.3g}"


def check(implementation, stride=1, padding="same", dtype="float32", dilation=1, jit=False):
    """One implementation's values and gradients against `reference`; returns what "auto" resolved to."""
    rng = np.random.default_rng(0)
    layer = GroupedConv2D(
        FILTERS,
        3,
        stride,
        padding,
        groups=GROUPS,
        dilation_rate=dilation,
        implementation=implementation,
        dtype=dtype,
        data_format="channels_last",
    )
    layer.build(SHAPE)
    x, x64 = rounded(rng, SHAPE, dtype)
    kernel, kernel64 = rounded(rng, layer.kernel.shape, dtype)
    bias, bias64 = rounded(rng, (FILTERS,), dtype)
    layer.set_weights([kernel, bias])
    upstream, upstream64 = rounded(rng, layer.compute_output_shape(SHAPE), dtype)
    outputs, gradients = values_and_gradients(layer, x, upstream, jit)

    def how(x, kernel, bias, upstream):
        return reference(x, kernel, bias, upstream, GROUPS, stride, padding, dilation)

    expected = how(x64, kernel64, bias64, upstream64)
    # the sums of the terms' magnitudes: what rounding is in proportion to, however the terms cancel
    scales = how(*(np.abs(a) for a in (x64, kernel64, bias64, upstream64)))
    assert_close(outputs, expected[0], scales[0].max(), TOLERANCE[dtype])
    for actual, wanted, scale in zip(gradients, expected[1], scales[1], strict=True):
        assert_close(actual, wanted, scale.max(), TOLERANCE[dtype])


def run_this_file(prelude="pass", **environment):
    """What `main` prints in a process of its own, after the statement `prelude`, in this environment."""
    code = f"import runpy, sys; {prelude}; runpy.run_path({__file__!r}, run_name='__main__')"
    root = str(Path(module.__file__).parents[2])
    result = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": root, "TF_CPP_MIN_LOG_LEVEL": "3", **environment},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert result.returncode == 0, result.stderr[-3000:]
    return result.stdout.split()


def main():
    check("auto")
    check("auto", dilation=2)
    check("auto", 2, dtype="bfloat16")
    for implementation in IMPLEMENTATIONS:
        check(implementation, 2, "valid", jit=True)
    dilated = choose_implementation(GROUPS, dilation_rate=(2, 2))
    print(keras.backend.backend(), choose_implementation(GROUPS), dilated)


if __name__ == "__main__":
    main()
    sys.exit()

tensorflow_only = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="about TensorFlow; the backend here is another"
)
no_accelerator = pytest.mark.skipif(
    keras.backend.backend() == "tensorflow" and module.tensorflow_has_accelerator(),
    reason="about the choice on CPU; there is an accelerator here",
)


@pytest.mark.parametrize(
    ("stride", "padding"),
    [
        *[(1, "same"), (2, "valid")],
        *(pytest.param(*pair, marks=pytest.mark.slow) for pair in ((1, "valid"), (2, "same"))),
    ],
)
@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
@pytest.mark.parametrize("implementation", ["auto", *IMPLEMENTATIONS])
def test_values_and_gradients(implementation, dtype, stride, padding):
    if implementation == "grouped" and choose_implementation(GROUPS, dtype) != "grouped":
        pytest.skip(f"the plain op has no gradient in {dtype} here, which is why auto does not choose it")
    check(implementation, stride, padding, dtype)


@pytest.mark.parametrize(
    "dtype, stride",
    [
        *[("float32", 1), ("float16", 2)],
        *(pytest.param(*pair, marks=pytest.mark.slow) for pair in (("float32", 2), ("float16", 1))),
        *(pytest.param("bfloat16", stride, marks=pytest.mark.slow) for stride in (1, 2)),
    ],
)
def test_values_and_gradients_inside_xla(dtype, stride):
    check("auto", stride, dtype=dtype, jit=True)


@pytest.mark.parametrize("implementation", ["grouped", pytest.param("shifted", marks=pytest.mark.slow)])
def test_forced_implementations_inside_xla(implementation):
    check(implementation, jit=True)


@pytest.mark.parametrize("dtype", ["float32", "float16"])
@pytest.mark.parametrize("implementation", ["auto", "shifted"])
def test_dilation(implementation, dtype):
    check(implementation, dilation=2, dtype=dtype)


def with_gradients():
    """The implementations that have gradients here: TensorFlow's own op has none where oneDNN is off."""
    lacking = set() if choose_implementation(GROUPS) == "grouped" else {"grouped"}
    return [name for name in IMPLEMENTATIONS if name not in lacking]


@pytest.mark.parametrize(
    ("stride", "padding"),
    [(2, "same"), *(pytest.param(*p, marks=pytest.mark.slow) for p in ((1, "same"), (2, "valid")))],
)
def test_stock_layer_agrees(stride, padding):
    rng = np.random.default_rng(1)
    stock = keras.layers.Conv2D(FILTERS, 3, stride, padding, groups=GROUPS)
    stock.build(SHAPE)
    x = keras.ops.convert_to_tensor(rng.standard_normal(SHAPE).astype("float32"))
    upstream = keras.ops.convert_to_tensor(rng.standard_normal(stock.compute_output_shape(SHAPE)).astype("float32"))
    expected, expected_gradients = values_and_gradients(stock, x, upstream)
    for implementation in ("auto", *with_gradients()):
        layer = GroupedConv2D.from_config({**stock.get_config(), "implementation": implementation})
        layer.build(SHAPE)
        layer.set_weights(stock.get_weights())
        outputs, gradients = values_and_gradients(layer, x, upstream)
        np.testing.assert_allclose(outputs, expected, rtol=1e-5, atol=1e-5)
        for actual, wanted in zip(gradients, expected_gradients, strict=True):
            np.testing.assert_allclose(actual, wanted, rtol=1e-5, atol=1e-4)


@tensorflow_only
@pytest.mark.parametrize("implementation", IMPLEMENTATIONS)
@pytest.mark.parametrize("stride", [2, *(pytest.param(stride, marks=pytest.mark.slow) for stride in (1, 4))])
def test_sizes_unknown_until_the_call(implementation, stride):
    inputs = keras.Input((None, None, CHANNELS))
    layer = GroupedConv2D(FILTERS, 3, stride, "same", groups=GROUPS, implementation=implementation)
    model = keras.Model(inputs, layer(inputs))
    for shape in ((1, 5, 8, CHANNELS), (3, 9, 4, CHANNELS)):
        x = np.random.default_rng(0).standard_normal(shape).astype("float32")
        expected, _ = reference(x, *layer.get_weights(), 0, GROUPS, stride, "same")
        np.testing.assert_allclose(model.predict(x, verbose=0), expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("implementation", IMPLEMENTATIONS)
def test_channels_first_and_unequal_kernel(implementation):
    x = np.random.default_rng(0).standard_normal(SHAPE).astype("float32")
    settings = {
        "groups": GROUPS,
        "dilation_rate": (2, 1),
        "padding": "same",
        "implementation": implementation,
    }
    last = GroupedConv2D(FILTERS, (3, 2), data_format="channels_last", **settings)
    first = GroupedConv2D(FILTERS, (3, 2), data_format="channels_first", **settings)
    expected = numbers(last(x))
    first.build((2, CHANNELS, 7, 6))
    first.set_weights(last.get_weights())
    np.testing.assert_allclose(numbers(first(x.transpose(0, 3, 1, 2))).transpose(0, 2, 3, 1), expected, atol=1e-5)


def test_one_group_is_the_ordinary_convolution():
    x = np.random.default_rng(0).standard_normal(SHAPE).astype("float32")
    stock = keras.layers.Conv2D(FILTERS, 3, activation="relu")
    expected = numbers(stock(x))
    assert choose_implementation(groups=1) == "grouped"
    for implementation in ("auto", *IMPLEMENTATIONS):
        layer = GroupedConv2D(FILTERS, 3, activation="relu", implementation=implementation)
        layer.build(SHAPE)
        layer.set_weights(stock.get_weights())
        np.testing.assert_allclose(numbers(layer(x)), expected, atol=1e-5)


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_mixed_precision(policy):
    layer = GroupedConv2D(FILTERS, 3, groups=GROUPS, dtype=policy)
    x = np.random.default_rng(0).standard_normal(SHAPE).astype("float32")
    outputs = layer(x)
    assert keras.backend.standardize_dtype(outputs.dtype) == layer.compute_dtype
    assert layer.kernel.dtype == "float32"
    expected, _ = reference(x, *layer.get_weights(), 0, GROUPS, 1, "valid")
    np.testing.assert_allclose(numbers(outputs), expected, atol=0.05)


def test_merged_groups():
    assert merged_groups(32, 4) == 4  # ResNeXt-50 32x4d, its four stages
    assert merged_groups(32, 8) == 2
    assert merged_groups(32, 16) == merged_groups(32, 32) == 2  # one would do, but for 32 convolutions
    assert merged_groups(3, 1) == 3  # all there are
    assert merged_groups(17, 16) == 17  # a prime number of groups over the bound: one convolution


# The choice


@tensorflow_only
@no_accelerator
def test_choice_eager_in_graphs_and_in_xla():
    import tensorflow as tf

    layer = GroupedConv2D(FILTERS, 3, groups=GROUPS)
    seen = {}

    def note(where):
        seen[where] = layer.resolve_implementation()

    @tf.function(jit_compile=True)
    def xla():
        note("xla")
        tf.function(lambda: note("graph in xla"))()
        tf.cond(tf.zeros(()) > 0, lambda: note("branch in xla"), lambda: None)

    @tf.function
    def graph():
        note("graph")
        tf.function(lambda: note("xla in graph"), jit_compile=True)()

    note("eager")
    graph()
    xla()
    note("eager after xla")
    outside = choose_implementation(GROUPS)
    assert seen == {
        "eager": outside,
        "graph": outside,
        "xla in graph": "block_diagonal",
        "xla": "block_diagonal",
        "graph in xla": "block_diagonal",
        "branch in xla": "block_diagonal",
        "eager after xla": outside,
    }


@tensorflow_only
@no_accelerator
@pytest.mark.parametrize("jit_compile", [True, False])
def test_choice_in_fit(jit_compile, monkeypatch):
    used = set()
    for name, function in IMPLEMENTATIONS.items():

        def note(*args, name=name, function=function, **kwargs):
            used.add(name)
            return function(*args, **kwargs)

        monkeypatch.setitem(IMPLEMENTATIONS, name, note)
    model = keras.Sequential([keras.Input(SHAPE[1:]), GroupedConv2D(FILTERS, 3, groups=GROUPS, name="g")])
    model.compile("sgd", "mse", jit_compile=jit_compile)
    before = model.get_layer("g").get_weights()
    rng = np.random.default_rng(0)
    model.fit(rng.standard_normal(SHAPE), rng.standard_normal((2, 5, 4, FILTERS)), verbose=0)
    assert used == {"block_diagonal" if jit_compile else choose_implementation(GROUPS)}
    for old, new in zip(before, model.get_layer("g").get_weights(), strict=True):
        assert np.all(old != new)


@pytest.mark.slow
@tensorflow_only
def test_without_onednn():
    seen = run_this_file(TF_ENABLE_ONEDNN_OPTS="0", CUDA_VISIBLE_DEVICES="-1")
    assert seen == ["tensorflow", "block_diagonal", "shifted"]


def xla_flags():
    """Turn off the fusions by YNNPACK of jaxlib 0.10, whose convolutions crash on processors without AVX-512."""
    release = tuple(map(int, importlib.metadata.version("jaxlib").split(".")[:2]))
    return "--xla_cpu_experimental_ynn_fusion_type=" if release == (0, 10) else ""


@pytest.mark.slow
@pytest.mark.skipif(not importlib.util.find_spec("jax"), reason="needs jax")
def test_on_jax_without_tensorflow():
    without = "sys.modules['tensorflow'] = None"
    seen = run_this_file(without, KERAS_BACKEND="jax", JAX_PLATFORMS="cpu", XLA_FLAGS=xla_flags())
    assert seen == ["jax", "block_diagonal", "block_diagonal"]


def test_implementation_can_be_forced_and_is_visible():
    layer = GroupedConv2D(FILTERS, 3, groups=GROUPS, implementation="shifted")
    assert layer.implementation == layer.resolve_implementation() == "shifted"
    assert "GroupedConv2D" in repr(layer)
    assert GroupedConv2D(FILTERS, 3, groups=GROUPS).implementation == "auto"


def test_unknown_implementation():
    said = r"'blok_diagonal'.*'auto', 'grouped'.*did you mean 'block_diagonal'"
    with pytest.raises(ValueError, match=said):
        GroupedConv2D(FILTERS, 3, groups=GROUPS, implementation="blok_diagonal")


def test_groups_that_do_not_divide():
    with pytest.raises(ValueError, match="groups=5"):
        GroupedConv2D(FILTERS, 3, groups=5)
    with pytest.raises(ValueError, match="30 channels"):
        GroupedConv2D(FILTERS, 3, groups=GROUPS).build((None, 8, 8, 30))


# One layer with Keras's


def network(layer_class):
    """Grouped and ordinary convolutions by turns, so that the counts in a checkpoint's addresses matter."""
    x = inputs = keras.Input((8, 8, 16))
    for _ in range(2):
        x = keras.layers.Conv2D(32, 1)(x)
        x = layer_class(32, 3, groups=32, kernel_regularizer="l2")(x)
        x = keras.layers.BatchNormalization()(x)
    return keras.Model(inputs, layer_class(16, 3, groups=8, use_bias=False)(x))


def randomized(model):
    rng = np.random.default_rng(0)
    model.set_weights([rng.standard_normal(w.shape) for w in model.get_weights()])
    return model


@pytest.mark.parametrize("suffix", [".weights.h5", ".keras"])
@pytest.mark.parametrize(
    ("saving", "loading"),
    [
        (keras.layers.Conv2D, GroupedConv2D),
        (GroupedConv2D, keras.layers.Conv2D),
        (GroupedConv2D, GroupedConv2D),
    ],
)
def test_checkpoints_interchange(saving, loading, suffix, tmp_path):
    path = tmp_path / f"model{suffix}"
    saved, loaded = randomized(network(saving)), network(loading)
    if suffix == ".keras":
        saved.save(path)
    else:
        saved.save_weights(path)
    loaded.load_weights(path)
    for wanted, actual in zip(saved.get_weights(), loaded.get_weights(), strict=True):
        np.testing.assert_array_equal(actual, wanted)


def test_whole_model_in_safe_mode(tmp_path):
    saved = randomized(network(GroupedConv2D))
    saved.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    assert [type(layer) for layer in loaded.layers] == [type(layer) for layer in saved.layers]
    x = np.random.default_rng(0).standard_normal((2, 8, 8, 16)).astype("float32")
    np.testing.assert_allclose(numbers(loaded(x)), numbers(saved(x)), atol=1e-5)


def test_clone_and_pickle():
    model = network(GroupedConv2D)
    assert isinstance(keras.models.clone_model(model).layers[2], GroupedConv2D)
    assert pickle.loads(pickle.dumps(GroupedConv2D)) is GroupedConv2D


def test_config_is_that_of_conv2d():
    stock = keras.layers.Conv2D(
        32,
        (3, 5),
        (1, 2),
        "same",
        groups=4,
        activation="relu",
        kernel_initializer="zeros",
        bias_regularizer="l1",
        kernel_constraint="non_neg",
        name="g",
    )
    layer = GroupedConv2D.from_config(stock.get_config())
    config = layer.get_config()
    assert config == GroupedConv2D.from_config(config).get_config()
    assert config.pop("implementation") == "auto"
    assert config == stock.get_config() == keras.layers.Conv2D.from_config(config).get_config()


def test_lora_trains_its_own_weights_only():
    layer = GroupedConv2D(FILTERS, 3, groups=GROUPS, use_bias=False)
    layer.build(SHAPE)
    layer.enable_lora(2)
    x, upstream = keras.ops.ones(SHAPE), keras.ops.ones(layer.compute_output_shape(SHAPE))
    outputs, (_, *gradients) = values_and_gradients(layer, x, upstream)
    assert len(gradients) == 2
    assert np.abs(numbers(gradients[1])).max() > 0  # of lora_kernel_b, which starts at zero
    expected, _ = reference(x, numbers(layer.kernel), 0, 0, GROUPS, 1, "valid")
    np.testing.assert_allclose(numbers(outputs), expected, atol=1e-4)


@tensorflow_only
@no_accelerator
def test_graphs_hold_the_plain_op(tmp_path):
    import tensorflow as tf

    model = network(GroupedConv2D)
    graph = tf.function(model).get_concrete_function(tf.TensorSpec((None, 8, 8, 16))).graph
    operations = [operation.type for operation in graph.get_operations()]
    assert operations.count("Conv2D") == 5
    assert not [name for name in operations if "Call" in name]
    model.export(tmp_path, verbose=False)
    assert b"_XlaMustCompile" not in (tmp_path / "saved_model.pb").read_bytes()
