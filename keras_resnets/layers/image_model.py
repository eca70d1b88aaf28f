"""Models that carry what they expect of an image through saving, cloning and every graph made of theirs."""

from __future__ import annotations

import json
from typing import Any

import keras

from keras_resnets.images.preprocessing import Preprocessing


@keras.saving.register_keras_serializable(package="keras_resnets")
class ExpectedInput(keras.layers.Layer):
    """Return the images as they are; the layer's configuration says what the network expects of them.

    Keras saves and clones a functional model by its layers alone: an attribute of the model would be lost.

    Args:
        preprocessing: `Preprocessing`, or its configuration as JSON; None where it is unknown.
    """

    def __init__(self, preprocessing: Preprocessing | str | None = None, **kwargs: Any) -> None:
        super().__init__(autocast=False, **kwargs)
        if isinstance(preprocessing, str):
            preprocessing = Preprocessing.from_config(json.loads(preprocessing))
        self.preprocessing = preprocessing

    def call(self, images: Any) -> Any:
        return images

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        if self.preprocessing is not None:  # as one string, through which Keras does not walk value by value
            config["preprocessing"] = json.dumps(self.preprocessing.to_config())
        return config


@keras.saving.register_keras_serializable(package="keras_resnets")
class ImageModel(keras.Model):
    """A functional model with a `preprocessing`, kept by the `ExpectedInput` behind its input."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)

    @property
    def preprocessing(self) -> Preprocessing | None:
        """Preprocessing of the images that the network expects; None if it is unknown."""
        return preprocessing_of(self)

    @preprocessing.setter
    def preprocessing(self, value: Preprocessing | None) -> None:
        layer = _expected_input(self)
        if layer is None:
            raise ValueError(f"{self.name!r} has no ExpectedInput layer to carry a preprocessing.")
        layer.preprocessing = value


def preprocessing_of(model: keras.Model) -> Preprocessing | None:
    """Return what a model expects of an image; None if unknown.

    Args:
        model: An `ImageModel`, any model made of one that begins with its input, or another model whose attribute
            `preprocessing` was set.
    """
    layer = _expected_input(model)
    return vars(model).get("preprocessing") if layer is None else layer.preprocessing


def _expected_input(model: keras.Model) -> ExpectedInput | None:
    """Return the layer behind the model's input; of a model that begins with another model, that one's."""
    layers = [layer for layer in model.layers if not isinstance(layer, keras.layers.InputLayer)]
    for layer in layers:
        if isinstance(layer, ExpectedInput):
            return layer
    return _expected_input(layers[0]) if layers and isinstance(layers[0], keras.Model) else None


def carrying(model: keras.Model, preprocessing: Preprocessing) -> keras.Model:
    """Return a model of the same layers that carries `preprocessing` into files; `model` itself if it can.

    Args:
        model: A functional model, or another one that can be called on a Keras tensor.
    """
    if _expected_input(model) is None:
        inputs = keras.Input(model.input_shape[1:], name="images")
        outputs = model(ExpectedInput(name="stem_input")(inputs))
        model = ImageModel(inputs, outputs, name=model.name)
    layer = _expected_input(model)
    assert layer is not None
    layer.preprocessing = preprocessing
    return model
