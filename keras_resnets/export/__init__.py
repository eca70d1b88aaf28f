"""Trained networks on their way out: equal ones for inference, and files that other programs run."""

from keras_resnets.export.folding import inference_model
from keras_resnets.export.frozen import frozen_function
from keras_resnets.export.litert_file import LiteRTFile, export_litert
from keras_resnets.export.onnx_file import OnnxFile, export_onnx

__all__ = ["LiteRTFile", "OnnxFile", "export_litert", "export_onnx", "frozen_function", "inference_model"]
