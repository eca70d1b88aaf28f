"""Files of TensorFlow Serving beside a model: configuration, batching and warm-up requests; and commands to call it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import tensorflow as tf

from keras_resnets.export.signatures import IMAGE_BYTES, IMAGES

MODELS, BATCHING = "models.config", "batching.config"
WARM_UP = Path("assets.extra") / "tf_serving_warmup_requests"
PORTS = {"gRPC": 8500, "REST": 8501}

BATCHING_CONFIG = """\
max_batch_size { value: 32 }
batch_timeout_micros { value: 2000 }
max_enqueued_batches { value: 100 }
num_batch_threads { value: 2 }
"""


def models_config(name: str) -> str:
    """Return the content of models.config: one model, at its path in the container."""
    return (
        "model_config_list {\n"
        "  config {\n"
        f'    name: "{name}"\n'
        f'    base_path: "/models/{name}"\n'
        '    model_platform: "tensorflow"\n'
        "  }\n"
        "}\n"
    )


def commands(name: str, directory: Path) -> str:
    """Return the command lines that start a server in a container and send it an image."""
    model = f"/models/{name}"
    return (
        f"docker run --rm -p {PORTS['gRPC']}:{PORTS['gRPC']} -p {PORTS['REST']}:{PORTS['REST']} \\\n"
        f'  -v "{directory.absolute()}:{model}:ro" tensorflow/serving \\\n'
        f"  --model_config_file={model}/{MODELS} \\\n"
        f"  --enable_batching --batching_parameters_file={model}/{BATCHING}\n"
        f"curl -X POST http://localhost:{PORTS['REST']}/v1/models/{name}:predict -d \\\n"
        '  "{\\"signature_name\\": \\"classify_bytes\\", \\"instances\\": '
        '[{\\"b64\\": \\"$(base64 < photograph.jpg | tr -d \'\\n\')\\"}]}"'
    )


def write_warm_up(version: Path, name: str, signatures: dict[str, np.ndarray]) -> None:
    """Write the requests, one of each signature, that a server runs before it reports itself ready.

    Args:
        version: Directory of the SavedModel.
        name: Name of the model.
        signatures: Value of the only input of each signature: images, or files as bytes.
    """
    path = version / WARM_UP
    path.parent.mkdir(parents=True, exist_ok=True)
    with tf.io.TFRecordWriter(str(path)) as writer:
        for signature, value in signatures.items():
            writer.write(prediction_log(name, signature, value))


def prediction_log(name: str, signature: str, value: np.ndarray) -> bytes:
    """Return one request as a serialized tensorflow.serving.PredictionLog.

    The four messages around TensorFlow's own TensorProto are written here, a field a line, with the field numbers of
    tensorflow_serving/apis: the package tensorflow-serving-api, which has them, brings grpcio and pins TensorFlow.
    """
    tensor = tf.make_tensor_proto(value).SerializeToString()
    input_name = IMAGE_BYTES if value.dtype.kind in "OS" else IMAGES
    entry = _field(1, input_name.encode()) + _field(2, tensor)  # of a map: key, value
    spec = _field(1, name.encode()) + _field(3, signature.encode())  # ModelSpec: name, signature_name
    request = _field(1, spec) + _field(2, entry)  # PredictRequest: model_spec, inputs
    return _field(6, _field(1, request))  # PredictionLog: predict_log; PredictLog: request


def _field(number: int, content: bytes) -> bytes:
    """Return a field of bytes, a string or a message, as protocol buffers encode it."""
    length_delimited = 2
    return bytes([number << 3 | length_delimited, *_varint(len(content))]) + content


def _varint(value: int) -> Iterable[int]:
    while value > 0x7F:
        yield value & 0x7F | 0x80
        value >>= 7
    yield value
