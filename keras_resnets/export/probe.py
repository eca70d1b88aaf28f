"""Load and run a SavedModel as a server does, in a process of its own, and search it for what servers cannot run.

    python probe.py EXPORT REQUESTS ANSWERS

REQUESTS is a .npz file of arrays `SIGNATURE/INPUT/NUMBER`, image files as uint8; ANSWERS is written as one of arrays
`SIGNATURE/OUTPUT/NUMBER`, and `faults`. Only TensorFlow and NumPy are used: neither Keras nor keras_resnets can be
imported here.
"""

import re
import sys
from pathlib import Path

import numpy as np

ABSENT = ("keras", "keras_resnets", "tf_keras")
XLA = "_XlaMustCompile"
# Ops that call back into the Python process that made the graph.
PYTHON_OPS = {"EagerPyFunc", "PyFunc", "PyFuncStateless"}
DIRECTORIES = b"home|root|tmp|usr|opt|var|etc|mnt|srv|data|work|workspace|Users|Volumes|private|content"
ABSOLUTE_PATH = re.compile(rb"/(?:" + DIRECTORIES + rb")/[\w.-]+|[A-Za-z]:\\\w[\w\\.-]+")
IN_TEXT = re.compile(rb"(?<![\w./:-])(?:" + ABSOLUTE_PATH.pattern + rb")")


def answers(export, requests):
    """Return the outputs of each signature, by the loader of saved_model_cli and TensorFlow Serving."""
    import tensorflow as tf

    found = {}
    with tf.compat.v1.Session(graph=tf.Graph()) as session:
        graph = tf.compat.v1.saved_model.loader.load(session, ["serve"], export)
        for key, value in requests.items():
            signature, name, number = key.split("/")
            definition = graph.signature_def[signature]
            tensor = definition.inputs[name]
            if tensor.dtype == tf.string.as_datatype_enum:
                value = [row[4:][: int(row[:4].view("<u4")[0])].tobytes() for row in value]
            outputs = {output: info.name for output, info in definition.outputs.items()}
            for output, values in session.run(outputs, {tensor.name: value}).items():
                if values.dtype == object:
                    values = np.vectorize(lambda text: text.decode(), otypes=["U"])(values)
                found[f"{signature}/{output}/{number}"] = values
    return found


def faults(export):
    """Return the reasons why the SavedModel would not run, or not portably, elsewhere."""
    from tensorflow.core.protobuf import saved_model_pb2
    from tensorflow.python.framework import op_def_registry

    saved = saved_model_pb2.SavedModel()
    saved.ParseFromString((Path(export) / "saved_model.pb").read_bytes())
    found = set()
    for meta in saved.meta_graphs:
        library = meta.graph_def.library.function
        own = {function.signature.name for function in library}
        nodes = [*meta.graph_def.node, *(node for function in library for node in function.node_def)]
        for part in (*nodes, *library):
            if XLA in part.attr and part.attr[XLA].b:
                name = part.name if hasattr(part, "name") else part.signature.name
                found.add(f"{name!r} must be compiled by XLA ({XLA}), as keras.layers.Conv2D(groups=...) has it")
        for node in nodes:
            if node.op in PYTHON_OPS or (node.op not in own and op_def_registry.get(node.op) is None):
                found.add(f"{node.name!r} is an op that servers do not have, {node.op}")
            found.update(f"{node.name!r} names a path, {text!r}" for text in texts(node) if ABSOLUTE_PATH.match(text))
    for path in Path(export, "assets").glob("*.json"):
        found.update(f"{path.name} names a path, {text!r}" for text in IN_TEXT.findall(path.read_bytes()))
    return sorted(found)


def texts(node):
    """Yield the strings among a node's attributes, including constants."""
    for attribute in node.attr.values():
        yield from (attribute.s, *attribute.list.s, *attribute.tensor.string_val)


if __name__ == "__main__":
    sys.modules.update(dict.fromkeys(ABSENT))  # type: ignore[arg-type]
    export, requests, results = sys.argv[1:]
    broken = faults(export)
    with np.load(requests, allow_pickle=False) as given:
        served = {} if broken else answers(export, given)
    np.savez(results, faults=np.array(broken, dtype="U"), **served)
