"""Networks as TensorFlow functions whose weights are constants: TensorFlow's fastest form on a CPU."""

from collections.abc import Callable

import keras

from keras_resnets._checking import Count, checked
from keras_resnets._errors import positive_integer
from keras_resnets.export.folding import inference_model


@checked
def frozen_function(model: keras.Model, *, shards: Count = 1) -> Callable:
    """Return `inference_model(model)` as a function `images -> outputs`, for fast repeated inference.

    TensorFlow knows the weights when it compiles the graph, so that no call reads them or changes their layout, and the
    overhead of `model.predict` is avoided. Large batches are computed faster in a
    shard for each core than by all cores together, one operation after the other. docs/performance.md has figures.

    Args:
        model: Functional or Sequential model of one input, such as `[batch, height, width, channels]`.
        shards: Number of nearly equal parts of a batch that are computed in parallel, at least 1. Each takes memory of
            its own, 0.3 GB for a ResNet-50.

    Returns:
        A `tf.types.experimental.ConcreteFunction`: it takes a tensor, an array after `tf.constant(array)`, of any batch
        size, and returns tensors in the structure of the model's outputs. Later changes of the model's weights have no
        effect on it.

    Raises:
        RuntimeError: Keras runs on another backend than TensorFlow.
        ValueError: The model is neither functional nor Sequential or has several inputs, or shards is less than 1.
    """
    needs_tensorflow("A frozen function")
    import tensorflow as tf

    positive_integer("shards", shards)
    network = inference_model(model)
    if len(network.inputs) != 1:
        raise ValueError(f"{model.name!r} has {len(network.inputs)} inputs; a frozen function takes one.")
    (images,) = network.inputs
    spec = tf.TensorSpec(images.shape, images.dtype, name="images")
    return tf.function(with_constants(network, shards), input_signature=[spec]).get_concrete_function()


def with_constants(network: keras.Model, shards: int = 1) -> Callable:
    """Return a function `images -> outputs` for TensorFlow to trace, with the variables' values as constants."""
    import tensorflow as tf

    variables = (network.trainable_variables, network.non_trainable_variables)
    values = [[keras.ops.convert_to_numpy(variable) for variable in several] for several in variables]

    def call(images):
        constants = [[tf.constant(value) for value in several] for several in values]

        def infer(part):
            return network.stateless_call(*constants, part, training=False)[0]

        return infer(images) if shards == 1 else in_shards(infer, images, shards)

    return call


def in_shards(infer: Callable, images, shards: int):
    """Join the results of `infer` for the shards of a batch.

    The shards are independent, so that TensorFlow computes them in parallel. A batch of fewer images
    than shards is padded with zeros: not all of TensorFlow's operations take an empty one.
    """
    import tensorflow as tf

    batch = tf.shape(images)[0]
    filled = tf.maximum(batch, shards)
    images = tf.pad(images, [(0, filled - batch), *[(0, 0)] * (len(images.shape) - 1)])
    outputs = [infer(part) for part in tf.split(images, [(filled + i) // shards for i in range(shards)])]
    return tf.nest.map_structure(lambda *parts: tf.concat(parts, 0)[:batch], *outputs)


def needs_tensorflow(what: str) -> None:
    """Refuse another backend than TensorFlow.

    Raises:
        RuntimeError: Keras runs on another backend.
    """
    if keras.backend.backend() != "tensorflow":
        raise RuntimeError(f"{what} needs TensorFlow: set KERAS_BACKEND=tensorflow before Keras is imported.")
