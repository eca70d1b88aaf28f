"""Inference side by side: folded and unfolded networks, keras.applications, PyTorch and ONNX Runtime.

    python benchmarks/inference.py
    python benchmarks/inference.py --networks resnet50 --batch 1
    python benchmarks/inference.py --help

Each contender lives in a process of its own and takes its turn, one batch a call, so that what else the machine does
falls on all alike; a round starts from another contender each time. A figure is the median of the rounds, between the
least and the greatest. Contenders whose package is not installed, and networks that somebody does not have, are left
out. The result is a table and, with --output, a JSON file.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import tempfile
from functools import partial
from pathlib import Path

from peers import APPLICATIONS, NETWORKS, has_torch, our_network, size_of, torch_network
from side_by_side import Worker, answer, closing, described, in_turns, machine, summary, write_report

ABOUT = {
    "sharded": "kr.frozen_function(model, shards=threads): the next, a part of the batch for each thread",
    "frozen": "kr.frozen_function(model): folded, its weights constants of the graph",
    "folded": "kr.inference_model(model).predict_on_batch",
    "unfolded": "model.predict_on_batch",
    "folded_xla": "kr.inference_model(model).predict_on_batch with jit_compile=True",
    "applications": "keras.applications, where it has the network, predict_on_batch",
    "torch": "the same network in PyTorch, eager, torch.inference_mode",
    "torch_channels_last": "the same, tensors and weights in torch.channels_last",
    "onnxruntime": "kr.export_onnx(model), ONNX Runtime",
}
REFERENCE = "sharded"


def main(arguments: list[str] | None = None) -> dict:
    """Run the benchmark that the command line describes, print its tables, and return what --output holds."""
    options = parser().parse_args(arguments)
    report = {"machine": machine(options.threads), "batch": options.batch, "contenders": ABOUT, "networks": []}
    for network in options.networks:
        size = options.size or size_of(network)
        contenders = [name for name in options.contenders if available(name, network)]
        print(f"{network}, {options.batch}x{size}x{size}x3")
        rows = measure(contenders, {"network": network, "batch": options.batch, "size": size}, options)
        print_table(rows)
        report["networks"].append({"network": network, "size": size, "contenders": rows})
    if options.output:
        write_report(report, options.output)
    return report


def parser() -> argparse.ArgumentParser:
    options = described(__doc__, ABOUT)
    options.add_argument("--networks", nargs="+", default=NETWORKS, metavar="NAME", help="of kr.list_models()")
    options.add_argument(
        "--contenders",
        nargs="+",
        choices=ABOUT,
        default=[name for name in ABOUT if name != "folded_xla"],
        metavar="NAME",
        help=f"of {', '.join(ABOUT)} (default: all but folded_xla)",
    )
    options.add_argument("--batch", type=int, default=8, help="images in a batch (default: %(default)s)")
    options.add_argument("--size", type=int, help="height and width of the images (default: the paper's)")
    options.add_argument("--rounds", type=int, default=15, help="calls of each contender (default: %(default)s)")
    options.add_argument(
        "--threads", type=int, default=os.cpu_count(), help="of each contender (default: the processors, %(default)s)"
    )
    return options


def available(contender: str, network: str) -> bool:
    if contender == "applications":
        return network in APPLICATIONS
    if contender.startswith("torch"):
        return has_torch(network)
    return contender != "onnxruntime" or importlib.util.find_spec(contender) is not None


def measure(contenders: list[str], settings: dict, options) -> list[dict]:
    """The figures of each contender."""
    with closing({name: Worker(serve, name, options.threads) for name in contenders}) as workers:
        for worker in workers.values():
            worker.prepare("network", settings)
        times = in_turns(workers, options.rounds)
    rows = [{"contender": name, **summary(milliseconds)} for name, milliseconds in times.items()]
    for row in rows:
        row["images_per_second"] = round(1000 * settings["batch"] / row["median_ms"], 2)
    return rows


def print_table(rows: list[dict]) -> None:
    """The contenders; the last column says how many times as fast as each of them ours is."""
    ours = next((row["median_ms"] for row in rows if row["contender"] == REFERENCE), None)
    print(f"  {'':22}{'images/s':>10}{'median ms':>11}{'min':>10}{'max':>10}{f'/ {REFERENCE}':>12}")
    for row in rows:
        ratio = f"{row['median_ms'] / ours:12.2f}" if ours else ""
        figures = f"{row['images_per_second']:10.1f}{row['median_ms']:11.1f}{row['min_ms']:10.1f}{row['max_ms']:10.1f}"
        print(f"  {row['contender']:22}{figures}{ratio}", flush=True)
    print()


def serve(contender: str, threads: int, pipe) -> None:
    os.environ.update(OMP_NUM_THREADS=str(threads), TF_CPP_MIN_LOG_LEVEL="3", KERAS_BACKEND="tensorflow")
    build = of_torch if contender.startswith("torch") else of_keras
    answer(pipe, contender, lambda: {"network": partial(build, contender, threads)})


def of_keras(contender, threads, network, batch, size):
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(1 if contender == "sharded" else threads)
    tf.config.threading.set_inter_op_parallelism_threads(threads)  # as TensorFlow has it, of all processors
    import keras
    import numpy as np

    import keras_resnets as kr

    images = np.random.default_rng(0).normal(size=(batch, size, size, 3)).astype("float32")
    if contender == "applications":
        model = getattr(keras.applications, APPLICATIONS[network])(weights=None, input_shape=(size, size, 3))
    else:
        model = our_network(network, size)
    unlike_fresh(model)
    if contender == "onnxruntime":
        return onnx_session(kr, model, images, threads)
    if contender in ("sharded", "frozen"):
        function = kr.frozen_function(model, shards=threads if contender == "sharded" else 1)
        return lambda: function(tf.constant(images)).numpy()
    if contender.startswith("folded"):
        model = kr.inference_model(model)
    model.compile(jit_compile=contender == "folded_xla")
    return lambda: model.predict_on_batch(images)


def unlike_fresh(model) -> None:
    """Give normalizations and biases values as after training: TensorFlow leaves zeros out of what it computes."""
    import numpy as np

    rng = np.random.default_rng(0)
    for variable in model.variables:
        if variable.name in ("beta", "bias", "moving_mean"):
            variable.assign(rng.normal(scale=0.1, size=variable.shape))


def onnx_session(kr, model, images, threads):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    with tempfile.TemporaryDirectory() as folder:
        file = kr.export_onnx(model, Path(folder) / "model.onnx").path
        session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
    return lambda: session.run(None, {"images": images})


def of_torch(contender, threads, network, batch, size):
    import torch

    torch.set_num_threads(threads)
    layout = torch.channels_last if contender == "torch_channels_last" else torch.contiguous_format
    model = torch_network(network).eval().to(memory_format=layout)
    images = torch.randn(batch, 3, size, size).to(memory_format=layout)

    def infer():
        with torch.inference_mode():
            return model(images).softmax(-1).numpy()

    return infer


if __name__ == "__main__":
    main()
