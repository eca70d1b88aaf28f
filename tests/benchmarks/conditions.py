"""Conditions of the benchmarks' tests."""

import sys

import keras
import pytest

measures_tensorflow = pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="it measures TensorFlow here")
tells_memory = pytest.mark.skipif(sys.platform != "linux", reason="Linux alone tells a process's memory")
