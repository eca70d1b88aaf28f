"""Trained networks on their way out: equal ones for inference, and files that other programs run."""

from keras_resnets.export.folding import inference_model

__all__ = ["inference_model"]
