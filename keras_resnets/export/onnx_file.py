"""Networks as ONNX files, compared with Keras in ONNX Runtime before they are published."""

from __future__ import annotations

import functools
import os
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from keras_resnets._checking import checked
from keras_resnets._errors import unknown
from keras_resnets._files import replacing
from keras_resnets.evaluation.classifier import Given, names_lacking
from keras_resnets.export.frozen import needs_tensorflow
from keras_resnets.export.prepare import (
    IMAGES,
    ExportModel,
    Replacements,
    concatenated_mirror,
    destination,
    largest_difference,
    native_local_response,
    prepare,
    strided_maxout,
)
from keras_resnets.layers import LocalResponseNormalization, Maxout, MirrorPadding2D

LAYOUTS = ("NHWC", "NCHW")
OPSETS = range(13, 18)  # earlier ones lack operations; from 18 on reductions keep TensorFlow's layout
TOLERANCE = 1e-4  # as a fraction of the largest output
CONVERSIONS = 3  # attempts at a conversion without inner Transposes
BATCHES = (1, 3)  # batch sizes of the comparison with Keras
FREE_SIZE = 128  # height and width of the compared images, for a network of any size
TO_CHANNELS_LAST = [0, 2, 3, 1]
REPLACEMENTS: Replacements = {
    LocalResponseNormalization: native_local_response,
    Maxout: strided_maxout,
    MirrorPadding2D: concatenated_mirror,
}


@dataclass(frozen=True)
class OnnxFile:
    """Record of a file that `export_onnx` has written.

    Attributes:
        path: Path of the file.
        opset: Version of ONNX's operations.
        input: Name of the input, "images".
        input_shape: Shape of the input; None for dimensions of any size.
        outputs: Names of the outputs.
        bytes: Size of the file.
        largest_difference: Largest difference between ONNX Runtime and Keras on random images, as a fraction of the
            largest output.
    """

    path: Path
    opset: int
    input: str
    input_shape: tuple[int | None, ...]
    outputs: tuple[str, ...]
    bytes: int
    largest_difference: float

    def __str__(self) -> str:
        return (
            f"{self.path}: opset {self.opset}, {self.bytes / 1e6:.1f} MB, {', '.join(self.outputs)} within "
            f"{self.largest_difference:.1e} of Keras"
        )


@functools.partial(checked, old={"labels"})
@names_lacking
def export_onnx(
    model: Given,
    path: str | os.PathLike[str],
    *,
    include_preprocessing: bool = False,
    layout: str = "NHWC",
    opset: int = 17,
    **lacking: Any,
) -> OnnxFile:
    """Write a network as an ONNX file, in float32, for batches of any size.

    The file holds `inference_model(model)`: batch normalizations are folded, layers of training alone removed. Its
    input is named "images", its output "probabilities" or "logits" (or "features", without a classifier; several
    outputs are named by their layers, those of `kr.features` by their levels). Its metadata are, in JSON, "network",
    "outputs" and, if they are known, "labels" and "preprocessing".

    Before the file is moved to its path, it is checked by ONNX's checker, and its outputs in ONNX Runtime are compared
    with those of Keras for random images in batches of one and three.

    Args:
        model: A network as `evaluate` takes it, or a functional or Sequential model of one input
            `[batch, height, width, channels]`, height and width may be None.
        path: Path of the file; an existing one is replaced.
        include_preprocessing: Whether the file takes uint8 pixels of the network's size and standardizes them itself.
        preprocessing, mean, class_names, weights, options: Values that the network lacks, as for `evaluate`.
        layout: Layout of the input: "NHWC", as in Keras, by one Transpose at the input; or "NCHW", as ONNX computes,
            without any.
        opset: Version of ONNX's operations, 13 to 17.

    Raises:
        FloatingPointError: The model's outputs are not finite.
        ImportError: tf2onnx, onnx or onnxruntime is missing.
        OSError: The file cannot be written.
        RuntimeError: Keras runs on another backend than TensorFlow.
        ValueError: An option is not allowed, the model cannot be folded or converted, or ONNX Runtime differs from
            Keras; `path` then stays as it was.
    """
    if layout not in LAYOUTS:
        raise ValueError(unknown("layout", layout, LAYOUTS))
    if opset not in OPSETS:
        raise ValueError(f"opset must be {OPSETS[0]} to {OPSETS[-1]}, not {opset!r}.")
    needs_tensorflow("An export to ONNX")
    onnx = _packages()
    path = destination(path)
    network = prepare(model, include_preprocessing=include_preprocessing, replacements=REPLACEMENTS, **lacking)
    compared = [network.images(batch, FREE_SIZE) for batch in BATCHES]
    expected = [network.expected(images) for images in compared]
    proto = _least_transposed(network, layout, opset)
    with replacing(path) as temporary:
        onnx.save(proto, temporary)
        onnx.checker.check_model(temporary, full_check=True)
        difference = _difference(network, temporary, layout, compared, expected)
        if not difference <= TOLERANCE:
            raise ValueError(
                f"ONNX Runtime differs from Keras by {difference:.2g} of the largest output of {network.name!r}, more "
                f"than {TOLERANCE:g}: {str(path)!r} was not written."
            )
    height, width, channels = network.image_shape
    shape = (None, height, width, channels) if layout == "NHWC" else (None, channels, height, width)
    return OnnxFile(path, opset, IMAGES, shape, tuple(network.names), path.stat().st_size, difference)


def _packages():
    try:
        import onnx
        import onnxruntime  # noqa: F401
        import tf2onnx  # noqa: F401
    except ImportError as fault:
        raise ImportError(f"ONNX files need the package {fault.name}: pip install 'keras_resnets[onnx]'.") from None
    return onnx


def _least_transposed(network: ExportModel, layout: str, opset: int):
    """Convert a network so that the only Transposes are those of the input and of outputs that are maps.

    tf2onnx moves Transposes in the order of a set of names, and sometimes leaves one inside; each conversion has other
    names.
    """
    needed = (layout == "NHWC") + sum(len(output.shape) == 4 for output in network.network.outputs)
    for _ in range(CONVERSIONS):
        proto = _converted(network, layout, opset)
        if sum(node.op_type == "Transpose" for node in proto.graph.node) <= needed:
            break
    return proto


def _converted(network: ExportModel, layout: str, opset: int):
    """Convert a network by tf2onnx's stages one by one: its `from_function` holds twice the copies of the weights."""
    import onnx
    import tensorflow as tf
    from tf2onnx.optimizer import optimize_graph
    from tf2onnx.optimizer.back_to_back_optimizer import BackToBackOptimizer
    from tf2onnx.optimizer.const_fold_optimizer import ConstFoldOptimizer
    from tf2onnx.optimizer.global_pool_optimizer import GlobalPoolOptimizer
    from tf2onnx.optimizer.identity_optimizer import IdentityOptimizer
    from tf2onnx.optimizer.transpose_optimizer import TransposeOptimizer
    from tf2onnx.tfonnx import process_tf_graph

    function = network.function()
    with tf.Graph().as_default() as graph:
        images = tf.compat.v1.placeholder(network.dtype, (None, *network.image_shape), name=IMAGES)
        for name, output in function(images).items():
            tf.identity(output, name=f"{name}_output")
    converted = process_tf_graph(
        graph,
        opset=opset,
        input_names=[f"{IMAGES}:0"],
        output_names=[f"{name}_output:0" for name in network.names],
        inputs_as_nchw=[f"{IMAGES}:0"] if layout == "NCHW" else None,
        tensors_to_rename={f"{IMAGES}:0": IMAGES} | {f"{name}_output:0": name for name in network.names},
    )
    passes = {
        "optimize_transpose": TransposeOptimizer,
        "fold_constants": ConstFoldOptimizer,
        "global_pool_optimizer": GlobalPoolOptimizer,
        "remove_identity": IdentityOptimizer,
        "remove_back_to_back": BackToBackOptimizer,
    }
    proto = optimize_graph(converted, catch_errors=False, optimizers=passes).make_model(network.network.name)
    _flatten_as_computed(proto)
    proto.graph.name = network.network.name
    for value in (*proto.graph.input, *proto.graph.output):
        value.type.tensor_type.shape.dim[0].dim_param = "batch"
    onnx.helper.set_model_props(proto, network.metadata())
    return proto


def _flatten_as_computed(proto) -> None:
    """Let the dense layer behind a flattened map read it channels first, in place of transposing the map.

    The rows of its kernel are reordered accordingly.
    """
    import onnx

    graph = onnx.shape_inference.infer_shapes(proto).graph
    shapes = {value.name: [dim.dim_value for dim in value.type.tensor_type.shape.dim] for value in graph.value_info}
    constants = {constant.name: constant for constant in proto.graph.initializer}
    readers = defaultdict(list)
    for node in proto.graph.node:
        for name in node.input:
            readers[name].append(node)

    for transpose in [node for node in proto.graph.node if _is_transpose(node)]:
        for reshape in readers[transpose.output[0]]:
            products = readers[reshape.output[0]]
            flattens = reshape.op_type == "Reshape" and len(shapes.get(reshape.output[0], ())) == 2
            if len(readers[transpose.output[0]]) != 1 or not flattens:
                continue
            if not all(node.op_type == "MatMul" and node.input[1] in constants for node in products):
                continue
            channels, height, width = shapes[transpose.input[0]][1:]
            for product in products:
                constant = constants[product.input[1]]
                kernel = onnx.numpy_helper.to_array(constant).reshape(height, width, channels, -1)
                kernel = kernel.transpose(2, 0, 1, 3).reshape(height * width * channels, -1)
                constant.CopyFrom(onnx.numpy_helper.from_array(np.ascontiguousarray(kernel), constant.name))
            reshape.input[0] = transpose.input[0]
            proto.graph.node.remove(transpose)


def _is_transpose(node) -> bool:
    return node.op_type == "Transpose" and list(node.attribute[0].ints) == TO_CHANNELS_LAST


def _difference(
    network: ExportModel, file: Path, layout: str, compared: list[np.ndarray], expected: list[list[np.ndarray]]
) -> float:
    """Return the largest difference between ONNX Runtime and the expected outputs of several batches."""
    import onnxruntime

    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    worst = 0.0
    for images, outputs in zip(compared, expected, strict=True):
        given = images if layout == "NHWC" else np.ascontiguousarray(images.transpose(0, 3, 1, 2))
        worst = max(worst, largest_difference(session.run(network.names, {IMAGES: given}), outputs))
    return worst
