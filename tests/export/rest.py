"""A small server that answers as TensorFlow Serving's REST API does, from a SavedModel.

The row format of `:predict` alone, as https://www.tensorflow.org/tfx/serving/api_rest describes it.
"""

import base64
import contextlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import tensorflow as tf


def decoded(value):
    """JSON as given to a tensor: {"b64": ...} are bytes."""
    if isinstance(value, dict) and set(value) == {"b64"}:
        return base64.b64decode(value["b64"], validate=True)
    return [decoded(one) for one in value] if isinstance(value, list) else value


def predicted(server, body):
    """The answer to a request: "predictions", of a dictionary each, or, where there is one output, of its values."""
    signature = body.get("signature_name", "serving_default")
    inputs = server.signatures[signature].inputs
    rows = body["instances"]
    if not (isinstance(rows[0], dict) and set(rows[0]) == set(inputs)):
        rows = [{next(iter(inputs)): row} for row in rows]
    fed = {
        name: np.array([decoded(row[name]) for row in rows], tf.as_dtype(info.dtype).as_numpy_dtype)
        for name, info in inputs.items()
    }
    outputs = {name: values.tolist() for name, values in server.ask(signature, **fed).items()}
    if len(outputs) == 1:
        return {"predictions": next(iter(outputs.values()))}
    return {"predictions": [dict(zip(outputs, row, strict=True)) for row in zip(*outputs.values(), strict=True)]}


@contextlib.contextmanager
def serving(name, server):
    """The address of a server on this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.path != f"/v1/models/{name}:predict":
                self.answer(404, {"error": f"Servable not found for request: {self.path}"})
                return
            try:
                self.answer(200, predicted(server, json.loads(body)))
            except (tf.errors.InvalidArgumentError, ValueError, KeyError) as error:
                self.answer(400, {"error": str(error)})

        def answer(self, status, content):
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(content).encode())

        def log_message(self, *arguments):
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=http.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{http.server_port}"
    finally:
        http.shutdown()
        thread.join()
        http.server_close()
