"""What TensorFlow Serving is given beside a model is what its own messages say, where their package is installed."""

import numpy as np
import pytest
import tensorflow as tf

from keras_resnets.export import serving


def test_warm_up_requests_are_prediction_logs(exported, server):
    logs = pytest.importorskip("tensorflow_serving.apis.prediction_log_pb2")
    _, export = exported
    records = [r.numpy() for r in tf.data.TFRecordDataset(str(export.path / serving.WARM_UP))]
    requests = [logs.PredictionLog.FromString(record).predict_log.request for record in records]
    assert [request.model_spec.signature_name for request in requests] == list(export.signatures)
    for request in requests:
        assert request.model_spec.name == "small" and len(request.inputs) == 1
        inputs = {name: tf.make_ndarray(tensor) for name, tensor in request.inputs.items()}
        answer = server.ask(request.model_spec.signature_name, **inputs)
        assert not any(answer.get("error", []))


def test_a_request_is_written_field_by_field():
    """Against protocol buffers' own rules: key = number << 3 | 2, length in groups of 7 bits, content."""
    value = np.zeros(300, np.uint8)
    tensor = tf.make_tensor_proto(value).SerializeToString()
    assert 128 < len(tensor) < 16_384
    log = serving.prediction_log("net", "serving_default", value)
    outer, inner, spec = log[:3], log[3:6], log[6:]
    assert outer[0] == 6 << 3 | 2 and inner[0] == 1 << 3 | 2
    assert outer[1] & 0x7F | outer[2] << 7 == len(log) - 3 and inner[1] & 0x7F | inner[2] << 7 == len(log) - 6
    assert spec.startswith(b"\x0a\x16\x0a\x03net\x1a\x0fserving_default\x12")
    assert log.endswith(tensor) and b"\x0a\x06images\x12" in log


def test_the_models_configuration_is_read():
    from google.protobuf import text_format

    messages = pytest.importorskip("tensorflow_serving.config.model_server_config_pb2")
    found = text_format.Parse(serving.models_config("my.net-1"), messages.ModelServerConfig())
    (config,) = found.model_config_list.config
    assert (config.name, config.base_path, config.model_platform) == ("my.net-1", "/models/my.net-1", "tensorflow")
