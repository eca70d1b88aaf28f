"""Networks of every family as ONNX files: the operations that they should be, and Keras's outputs."""

import json
import re
from collections import Counter

import keras
import numpy as np
import pytest
from keras import layers

import keras_resnets as kr
from keras_resnets.export import onnx_file, prepare
from keras_resnets.layers import (
    IdentityShortcut,
    LocalResponseNormalization,
    Maxout,
    MirrorPadding2D,
    SpatialPyramidPooling,
    prelu,
)
from tests.export.families import EVERY_FAMILY, tiny, train, trained
from tests.small_networks import SmallResNet

onnx = pytest.importorskip("onnx")
ort = pytest.importorskip("onnxruntime")
pytest.importorskip("tf2onnx")
pytestmark = pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="It converts TensorFlow's graphs.")

WAY = kr.weights.Preprocessing(size=16, resize=18, labels=tuple("abcdefg"))
# What the networks are made of: Mul and Add also of norms that could not be folded, Sigmoid and Sub of highway gates,
# Max of maxout units, Neg of PReLUs, ReduceMax of pyramids.
OPERATIONS = {"Add", "AveragePool", "Concat", "Conv", "GlobalAveragePool", "GlobalMaxPool", "LRN", "MatMul", "Max"}
OPERATIONS |= {"MaxPool", "Mul", "Neg", "Pad", "ReduceMax", "Relu", "Reshape", "Sigmoid", "Slice", "Squeeze", "Sub"}
OPERATIONS |= {"Transpose"}


def operations(file):
    return Counter(node.op_type for node in onnx.load(file).graph.node)


def attributes(node):
    return {attribute.name: onnx.helper.get_attribute_value(attribute) for attribute in node.attribute}


def outputs(file, images):
    return ort.InferenceSession(file, providers=["CPUExecutionProvider"]).run(None, {"images": images})


@EVERY_FAMILY
def test_every_family_is_what_it_is_in_keras(family, rng, tmp_path):
    model, images = trained(family, rng)
    made = kr.export_onnx(model, tmp_path / "model.onnx")
    found = operations(made.path)
    assert set(found) <= OPERATIONS
    assert found["Transpose"] == 1
    convolutions = [layer for layer in kr.inference_model(model).layers if isinstance(layer, layers.Conv2D)]
    assert found["Conv"] == len(convolutions)
    groups = Counter(attributes(n).get("group", 1) for n in onnx.load(made.path).graph.node if n.op_type == "Conv")
    assert groups == Counter(layer.groups for layer in convolutions)

    expected = model(images)
    expected = np.asarray(expected["main"] if isinstance(expected, dict) else expected)
    difference = np.abs(outputs(made.path, images)[0] - expected).max() / np.abs(expected).max()
    assert difference < 1e-4 and made.largest_difference < 1e-4
    assert np.ptp(expected, axis=0).max() > 1e-3 * np.abs(expected).max()


def test_channels_first_there_is_no_transpose(rng, tmp_path):
    model, images = tiny(rng)
    made = kr.export_onnx(model, tmp_path / "model.onnx", layout="NCHW", opset=13)
    assert made.input_shape == (None, 3, 16, 16)
    assert operations(made.path)["Transpose"] == 0
    assert onnx.load(made.path).opset_import[0].version == made.opset == 13
    (found,) = outputs(made.path, images.transpose(0, 3, 1, 2))
    np.testing.assert_allclose(found, np.asarray(model(images)), rtol=1e-3, atol=1e-4)


def test_a_flattened_map_is_read_as_it_is_computed(rng, tmp_path):
    inputs = keras.Input((12, 8, 3))
    x = layers.Flatten()(layers.Conv2D(5, 3)(inputs))
    model = keras.Model(inputs, [layers.Dense(4)(x), layers.Dense(3)(x)], name="flat")
    made = kr.export_onnx(model, tmp_path / "model.onnx")
    assert operations(made.path) == {"Transpose": 1, "Conv": 1, "Reshape": 1, "MatMul": 2, "Add": 2}
    assert made.outputs == tuple(output._keras_history.operation.name for output in model.outputs)


def test_a_transpose_that_is_left_inside_is_a_reason_to_convert_again(rng, tmp_path, monkeypatch):
    convert, seen = onnx_file._converted, []

    def converted(*arguments):
        proto = convert(*arguments)
        if not seen:
            proto.graph.node.append(onnx.helper.make_node("Transpose", ["images"], ["unread"], perm=[0, 3, 1, 2]))
        seen.append(proto)
        return proto

    monkeypatch.setattr(onnx_file, "_converted", converted)
    made = kr.export_onnx(tiny(rng)[0], tmp_path / "model.onnx")
    assert len(seen) == 2 and operations(made.path)["Transpose"] == 1


def test_pixels_are_standardized_on_request(rng, tmp_path):
    model, _ = tiny(rng, "softmax")
    way = kr.weights.Preprocessing(
        size=16, resize=18, channels="BGR", mean=(100.0, 110, 120), std=(50.0, 60, 70), scale=1
    )
    made = kr.export_onnx(model, tmp_path / "model.onnx", preprocessing=way, include_preprocessing=True)
    pixels = rng.integers(0, 256, (5, 16, 16, 3), dtype=np.uint8)
    (found,) = outputs(made.path, pixels)
    np.testing.assert_allclose(found, model.predict_on_batch(kr.preprocess_input(pixels, way)), atol=1e-4)


def test_a_mean_image_is_subtracted_on_request(rng, tmp_path):
    model, _ = tiny(rng, "softmax")
    mean = rng.random((16, 16, 3)).astype("float32")
    made = kr.export_onnx(model, tmp_path / "model.onnx", mean=mean, include_preprocessing=True)
    pixels = rng.integers(0, 256, (5, 16, 16, 3), dtype=np.uint8)
    np.testing.assert_allclose(
        outputs(made.path, pixels)[0], model.predict_on_batch(pixels.astype("float32") / 255 - mean), atol=1e-4
    )
    with pytest.raises(ValueError, match="not both"):
        kr.export_onnx(model, tmp_path / "model.onnx", mean=mean, preprocessing=WAY)


def test_the_file_says_what_it_is(rng, tmp_path):
    model, _ = tiny(rng, "softmax")
    model.preprocessing = WAY
    made = kr.export_onnx(model, tmp_path / "model.onnx")
    proto = onnx.load(made.path)
    said = {entry.key: json.loads(entry.value) for entry in proto.metadata_props}
    assert (said["network"], said["outputs"], said["labels"]) == ("tiny", ["probabilities"], list("abcdefg"))
    assert said["preprocessing"]["mean"] == list(WAY.mean) and said["preprocessing"]["included"] is False
    (given,), (output,) = proto.graph.input, proto.graph.output
    assert (given.name, output.name) == ("images", "probabilities") == (made.input, *made.outputs)
    assert [dim.dim_param or dim.dim_value for dim in given.type.tensor_type.shape.dim] == ["batch", 16, 16, 3]
    assert made.bytes == made.path.stat().st_size
    assert re.search("opset 17, .* MB, probabilities within .* of Keras", str(made))


def test_images_of_any_size(rng, tmp_path):
    model = SmallResNet(input_shape=(None, None, 3), classifier_activation=None)
    train(model, rng)
    made = kr.export_onnx(model, tmp_path / "model.onnx")
    assert made.input_shape == (None, None, None, 3)
    images = rng.normal(size=(2, 40, 24, 3)).astype("float32")
    np.testing.assert_allclose(outputs(made.path, images)[0], np.asarray(model(images)), rtol=1e-3, atol=1e-4)


def test_maps_of_the_stages_by_name(rng, tmp_path):
    model, _ = trained("small resnext", rng)
    assert kr.export_onnx(kr.features(model), tmp_path / "model.onnx").outputs == ("stage1", "stage2", "stage3")


def test_stock_grouped_convolutions_are_convolutions_too(rng, tmp_path):
    """Keras's own export makes them a call of a function that the file does not hold."""
    inputs = keras.Input((8, 8, 6))
    x = layers.BatchNormalization()(layers.Conv2D(9, 3, groups=3, use_bias=False)(inputs))
    model = keras.Model(inputs, layers.GlobalAveragePooling2D()(x))
    train(model, rng)
    made = kr.export_onnx(model, tmp_path / "model.onnx")
    (conv,) = [node for node in onnx.load(made.path).graph.node if node.op_type == "Conv"]
    assert attributes(conv)["group"] == 3
    assert made.outputs == ("features",)


def test_layers_of_our_own_are_operations_of_onnx(rng, tmp_path):
    inputs = x = keras.Input((8, 8, 4))
    x = MirrorPadding2D(2)(LocalResponseNormalization(size=3)(x))
    x = MirrorPadding2D((0, 1))(Maxout(2)(layers.Conv2D(8, 3)(x)))
    x = prelu(IdentityShortcut((1, 2), 2)(layers.Conv2D(4, 3)(x)), name="prelu")
    x = layers.Dense(3)(layers.Flatten()(SpatialPyramidPooling((3, 1))(x)))
    model = keras.Model(inputs, x)
    made = kr.export_onnx(model, tmp_path / "model.onnx")
    assert set(operations(made.path)) <= OPERATIONS
    assert operations(made.path)["Transpose"] == operations(made.path)["LRN"] == 1


def test_mixed_precision_is_exported_in_float32(tmp_path):
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model, _ = tiny(np.random.default_rng(0))
    finally:
        keras.config.set_dtype_policy("float32")
    made = kr.export_onnx(model, tmp_path / "model.onnx")
    assert made.largest_difference < 1e-4
    kinds = {tensor.data_type for tensor in onnx.load(made.path).graph.initializer}
    assert onnx.TensorProto.FLOAT in kinds
    assert not kinds & {onnx.TensorProto.BFLOAT16, onnx.TensorProto.FLOAT16, onnx.TensorProto.DOUBLE}


def test_a_wrong_file_is_refused_and_what_was_there_stays(rng, tmp_path, monkeypatch):
    model, _ = tiny(rng)
    file = tmp_path / "model.onnx"
    file.write_text("the file of yesterday")
    monkeypatch.setattr(prepare.ExportModel, "expected", lambda self, images: [np.zeros((len(images), 7)) + 1])
    with pytest.raises(ValueError, match=r"differs from Keras by .* of the largest output of 'tiny'"):
        kr.export_onnx(model, file)
    assert [path.name for path in tmp_path.iterdir()] == ["model.onnx"]
    assert file.read_text() == "the file of yesterday"


@pytest.mark.parametrize(
    "options, says",
    [
        ({"layout": "nchw"}, "Unknown layout 'nchw': choose one of 'NHWC', 'NCHW'; did you mean 'NCHW'?"),
        ({"opset": 18}, "opset must be 13 to 17, not 18."),
        ({"include_preprocessing": True}, "'tiny' has no preprocessing to include"),
        ({"labels": ["a", "b"]}, "There are 2 labels for 7 classes."),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(options, says, rng, tmp_path):
    with pytest.raises(ValueError, match=re.escape(says)):
        kr.export_onnx(tiny(rng)[0], tmp_path / "model.onnx", **options)
    assert not list(tmp_path.iterdir())


def test_a_missing_package_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "tf2onnx", None)
    with pytest.raises(ImportError, match=r"need the package tf2onnx: pip install 'keras_resnets\[onnx\]'"):
        onnx_file.export_onnx(tiny(np.random.default_rng(0))[0], tmp_path / "model.onnx")


def test_a_directory_is_no_file_and_one_that_is_missing_is_made(rng, tmp_path):
    with pytest.raises(IsADirectoryError, match="is a directory: name a file"):
        kr.export_onnx(tiny(rng)[0], tmp_path)
    assert kr.export_onnx(tiny(rng)[0], tmp_path / "new" / "model").path.is_file()


def test_outputs_that_are_not_finite_are_refused(rng, tmp_path):
    model, _ = tiny(rng)
    model.get_layer("conv1_bn").moving_variance.assign(np.full(8, -5.0))
    with pytest.raises(FloatingPointError, match="of 'tiny' are not finite for 1 of 1 images, though its weights"):
        kr.export_onnx(model, tmp_path / "model.onnx")
    assert list(tmp_path.iterdir()) == []
