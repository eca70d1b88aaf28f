"""Networks as TensorFlow functions whose weights are constants: the fastest that TensorFlow has on a CPU."""

from collections.abc import Callable

import keras

from keras_resnets._errors import positive_integer
from keras_resnets.export.folding import inference_model


def frozen_function(model: keras.Model, *, shards: int = 1) -> Callable:
    """`inference_model(model)` as a function `images -> outputs`, for what is asked many times and trained no more.

    TensorFlow knows the weights while it compiles the graph, so that nothing has to be read or brought into another
    layout at a call; and there is none of what `model.predict` does around one. Large batches are computed faster in a
    shard for each core than by all cores together, one operation after the other. docs/performance.md has figures.

    Args:
        model: functional or Sequential, of one input, `[batch, height, width, channels]` for an image network.
        shards: at least 1: into how many parts a batch is divided, nearly equal, that are computed side by side. Each
            takes memory of its own, 0.3 GB for a ResNet-50.

    Returns:
        A `tf.types.experimental.ConcreteFunction`: it takes a tensor, an array after `tf.constant(array)`, of any batch
        size, and gives tensors in the structure of the model's outputs. It does not follow when the model's weights
        change.

    Raises:
        RuntimeError: on another backend than TensorFlow.
        ValueError: if the model is neither functional nor Sequential or has several inputs, or shards is less than 1.
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
    """`images -> outputs` for TensorFlow to trace, the variables' values of now being constants of the graph."""
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
    """What `infer` gives for the shards of a batch, joined: none reads another, so TensorFlow computes them at once.

    A batch of fewer images than shards is filled up with zeros: not all of TensorFlow's operations take an empty one.
    """
    import tensorflow as tf

    batch = tf.shape(images)[0]
    filled = tf.maximum(batch, shards)
    images = tf.pad(images, [(0, filled - batch), *[(0, 0)] * (len(images.shape) - 1)])
    outputs = [infer(part) for part in tf.split(images, [(filled + i) // shards for i in range(shards)])]
    return tf.nest.map_structure(lambda *parts: tf.concat(parts, 0)[:batch], *outputs)


def needs_tensorflow(what: str) -> None:
    """
    Raises:
        RuntimeError: if Keras computes by something else.
    """
    if keras.backend.backend() != "tensorflow":
        raise RuntimeError(f"{what} needs TensorFlow: set KERAS_BACKEND=tensorflow before Keras is imported.")
