"""TensorFlow Serving itself, where a `tensorflow_model_server` is installed: it starts, warms up and answers."""

import json
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from tests.data.pictures import encoded, smooth
from tests.export.test_encoded import REFUSED, WELL

BINARY = shutil.which("tensorflow_model_server")
pytestmark = pytest.mark.skipif(BINARY is None, reason="there is no tensorflow_model_server on the PATH")
FILES = [*WELL.values(), *(content for content, _ in REFUSED.values()), encoded(smooth())]


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def ready(url):
    try:
        with urllib.request.urlopen(url) as answer:
            return json.load(answer)["model_version_status"][0]["state"] == "AVAILABLE"
    except urllib.error.URLError:
        return False


@pytest.fixture(scope="module")
def ports(exported, tmp_path_factory):
    """(gRPC, REST) of a server that batches, once it is ready."""
    home = exported[1].path.parent
    grpc, rest = free_port(), free_port()
    options = {
        "port": grpc,
        "rest_api_port": rest,
        "model_name": "small",
        "model_base_path": home,
        "enable_batching": "true",
        "batching_parameters_file": home / "batching.config",
    }
    log = tmp_path_factory.mktemp("server") / "log"
    with log.open("w") as file:
        command = [BINARY, *(f"--{name}={value}" for name, value in options.items())]
        server = subprocess.Popen(command, stdout=file, stderr=subprocess.STDOUT)
        try:
            for _ in range(240):
                if server.poll() is None and ready(f"http://127.0.0.1:{rest}/v1/models/small"):
                    break
                time.sleep(0.25)
            else:
                pytest.fail(f"The server did not start: {log.read_text()[-2000:]}")
            yield grpc, rest
        finally:
            server.terminate()
            server.wait(30)


def assert_same(found, expected):
    for k in range(len(FILES)):
        assert found["error"][k] == expected["error"][k]
        assert np.allclose(found["scores"][k], expected["scores"][k], atol=1e-5)
        assert list(found["classes"][k]) == list(expected["classes"][k])


def test_rest(ports, server, monkeypatch):
    monkeypatch.syspath_prepend(Path(__file__).parents[2] / "examples" / "serving")
    from client import classify

    rows = classify(f"http://127.0.0.1:{ports[1]}", "small", FILES)
    found = {name: [row[name] for row in rows] for name in rows[0]}
    assert_same(found, server.ask("classify_bytes", image_bytes=FILES))


def test_grpc(ports, server):
    predict = pytest.importorskip("tensorflow_serving.apis.predict_pb2")
    from tensorflow_serving.apis import prediction_service_pb2_grpc

    grpc = pytest.importorskip("grpc")
    request = predict.PredictRequest()
    request.model_spec.name, request.model_spec.signature_name = "small", "classify_bytes"
    request.inputs["image_bytes"].CopyFrom(tf.make_tensor_proto(FILES))
    with grpc.insecure_channel(f"127.0.0.1:{ports[0]}") as channel:
        answer = prediction_service_pb2_grpc.PredictionServiceStub(channel).Predict(request, 60)
    found = {name: tf.make_ndarray(tensor) for name, tensor in answer.outputs.items()}
    texts = {name: np.vectorize(bytes.decode)(found[name]) for name in ("classes", "error")}
    assert_same({**found, **texts}, server.ask("classify_bytes", image_bytes=FILES))
