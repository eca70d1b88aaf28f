"""Export of trained networks: folded for inference, and as SavedModel, ONNX and LiteRT files."""

from keras_resnets.export.folding import inference_model
from keras_resnets.export.formats import FORMATS, find_format, options_of
from keras_resnets.export.frozen import frozen_function
from keras_resnets.export.litert_file import LiteRTFile, export_litert
from keras_resnets.export.onnx_file import OnnxFile, export_onnx
from keras_resnets.export.saved_model import SavedModel, export_saved_model

__all__ = [
    "FORMATS",
    "LiteRTFile",
    "OnnxFile",
    "SavedModel",
    "export_litert",
    "export_onnx",
    "export_saved_model",
    "find_format",
    "frozen_function",
    "inference_model",
    "options_of",
]
