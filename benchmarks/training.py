"""A training step side by side: this package's networks, keras.applications, stock Keras layers and PyTorch.

    python benchmarks/training.py
    python benchmarks/training.py --networks densenet121 --batch 4
    KERAS_BACKEND=jax python benchmarks/training.py --precision bfloat16 --batch 256 --contenders ours torch_compile
    python benchmarks/training.py --help

A step is forward, backward, momentum SGD with the papers' weight decay, and the loss as a Python number. Each contender
lives in a process of its own and takes its turn, one step a call, so that what else the machine does falls on all
alike; a round starts from another contender each time. A figure is the median of the rounds, between the least and the
greatest. Beside it: seconds to import, to build, and to the end of the first step, and the peak of memory (of the GPU
where there is one). Contenders whose package is not installed, and networks that somebody does not have, are left out.
Below stand the milliseconds that the step takes at the least, by its arithmetic and by the memory's bandwidth, at rates
that were measured in the same run. The result is a table and, with --output, a JSON file.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from functools import partial

from floors import floors
from peers import APPLICATIONS, NETWORKS, has_torch, in_stock_layers, our_network, size_of, torch_network
from side_by_side import Worker, answer, closing, described, in_turns, machine, peak_memory, summary, write_report

ABOUT = {
    "ours": "kr.build, CoupledSGD, train_on_batch; outside XLA on TensorFlow's CPU, as kr.train has it",
    "ours_xla": "the same with jit_compile=True",
    "stock": "the same network in layers of Keras's own, by Keras's SGD, whose weight decay is decoupled",
    "applications": "keras.applications, where it has the network, by the same SGD",
    "torch": "the same network in PyTorch, eager",
    "torch_channels_last": "the same, tensors and weights in torch.channels_last",
    "torch_compile": "the same again, by torch.compile",
}
DEFAULT = ("ours", "applications", "torch", "torch_channels_last")
PRECISIONS = ("float32", "bfloat16")
MOMENTUM, DECAY, RATE = 0.9, 1e-4, 0.01


def main(arguments: list[str] | None = None) -> dict:
    """Run the benchmark that the command line describes, print its tables, and return what --output holds."""
    options = parser().parse_args(arguments)
    report = {"machine": machine(options.threads), "precision": options.precision, "contenders": ABOUT, "networks": []}
    for network in options.networks:
        size = options.size or size_of(network)
        batch = options.batch or (128 if size < 64 else 8)
        contenders = [name for name in options.contenders if available(name, network)]
        print(f"{network}, {batch}x{size}x{size}x3, {options.precision}")
        task = {"network": network, "batch": batch, "size": size, "precision": options.precision}
        rows, bounds = measure(contenders, task, options)
        print_table(rows, bounds)
        report["networks"].append({**task, "rows": rows, "floors": bounds})
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
        default=DEFAULT,
        metavar="NAME",
        help=f"of {', '.join(ABOUT)} (default: {', '.join(DEFAULT)})",
    )
    options.add_argument("--batch", type=int, help="images in a batch (default: 128 of 32 pixels, 8 of more)")
    options.add_argument("--size", type=int, help="height and width of the images (default: the paper's)")
    options.add_argument("--precision", choices=PRECISIONS, default="float32", help="of computations")
    options.add_argument("--rounds", type=int, default=9, help="steps of each contender (default: %(default)s)")
    options.add_argument(
        "--threads", type=int, default=os.cpu_count(), help="of each contender (default: the processors, %(default)s)"
    )
    return options


def available(contender: str, network: str) -> bool:
    if contender == "applications":
        return network in APPLICATIONS
    return has_torch(network) if contender.startswith("torch") else True


def measure(contenders: list[str], task: dict, options) -> tuple[list[dict], list[dict]]:
    """The figures of each contender, and what bounds them, where ours is among them."""
    with closing({name: Worker(serve, name, options.threads) for name in contenders}) as workers:
        for worker in workers.values():
            worker.prepare("step", task)
        starts = {name: worker.tell("start") for name, worker in workers.items()}
        times = in_turns(workers, options.rounds)
        memory = {name: worker.tell("memory") for name, worker in workers.items()}
        bounds = workers["ours"].tell("floors") if "ours" in workers else []
    rows = [
        {"contender": name, **summary(milliseconds), **starts[name], "peak_mib": round(memory[name])}
        for name, milliseconds in times.items()
    ]
    for row in rows:
        row["images_per_second"] = round(1000 * task["batch"] / row["median_ms"], 2)
    return rows, bounds


def print_table(rows: list[dict], bounds: list[dict]) -> None:
    """The contenders; the column "ours" says how many times as fast as each of them ours is."""
    ours = next((row["median_ms"] for row in rows if row["contender"] == "ours"), None)
    columns = ("images/s", "median ms", "min", "max", "ours", "import s", "build s", "first step s", "peak MiB")
    print(f"  {'':20}" + "".join(f"{name:>{max(10, len(name) + 2)}}" for name in columns))
    for row in rows:
        ratio = f"{row['median_ms'] / ours:10.2f}" if ours else f"{'':10}"
        print(
            f"  {row['contender']:20}{row['images_per_second']:10.1f}{row['median_ms']:11.1f}{row['min_ms']:10.1f}"
            f"{row['max_ms']:10.1f}{ratio}{row['import_s']:10.1f}{row['build_s']:10.1f}{row['first_step_s']:14.1f}"
            f"{row['peak_mib']:10,}",
            flush=True,
        )
    for row in bounds:
        amount, rate = (f"{row[key] / 1e9:,.1f} G" for key in ("amount", "per_second"))
        print(f"  at the least {row['ms']:,.1f} ms for {amount} {row['bound']} at {rate} a second")
    print()


def serve(contender: str, threads: int, pipe) -> None:
    os.environ.update(OMP_NUM_THREADS=str(threads), TF_CPP_MIN_LOG_LEVEL="3")
    told: dict[str, object] = {}
    kept: dict[str, Callable] = {}
    build = partial(of_torch, told) if contender.startswith("torch") else partial(of_keras, told, kept)
    answer(
        pipe,
        contender,
        lambda: {"step": partial(build, contender, threads)},
        tell={"start": lambda: told, "memory": peak_memory, "floors": lambda: kept["floors"]()},
    )


class Clock:
    """Seconds since it was last asked."""

    def __init__(self):
        self.before = time.perf_counter()

    def __call__(self) -> float:
        now = time.perf_counter()
        seconds, self.before = now - self.before, now
        return round(seconds, 2)


def of_keras(told, kept, contender, threads, network, batch, size, precision):
    clock = Clock()
    import keras
    import numpy as np

    import keras_resnets as kr

    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(threads)  # as TensorFlow has it, of all processors
    told["import_s"] = clock()
    keras.config.set_dtype_policy("float32" if precision == "float32" else f"mixed_{precision}")
    if contender == "applications":
        model = getattr(keras.applications, APPLICATIONS[network])(weights=None, input_shape=(size, size, 3))
    else:
        model = our_network(network, size)
        model = in_stock_layers(model) if contender == "stock" else model
    if contender.startswith("ours"):
        sgd = kr.training.CoupledSGD(RATE, MOMENTUM, coupled_weight_decay=DECAY)
    else:
        sgd = keras.optimizers.SGD(RATE, MOMENTUM, weight_decay=DECAY)
    on_cpu = keras.backend.backend() == "tensorflow" and not tf.config.list_physical_devices("GPU")
    model.compile(sgd, "sparse_categorical_crossentropy", jit_compile=not on_cpu or contender == "ours_xla")
    told["build_s"] = clock()
    rng = np.random.default_rng(0)
    images = rng.normal(size=(batch, size, size, 3)).astype("float32")
    labels = rng.integers(model.output_shape[-1], size=batch)
    if keras.backend.backend() == "tensorflow":
        images, labels = tf.constant(images), tf.constant(labels)
    else:
        images = keras.ops.convert_to_tensor(images)

    def step():
        return float(model.train_on_batch(images, labels))

    step()
    told["first_step_s"] = clock()
    kept["floors"] = partial(floors, model, batch)
    return step


def of_torch(told, contender, threads, network, batch, size, precision):
    clock = Clock()
    import torch
    from torch import nn

    torch.set_num_threads(threads)
    told["import_s"] = clock()
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    layout = torch.contiguous_format if contender == "torch" else torch.channels_last
    model = torch_network(network).to(device, memory_format=layout).train()
    if contender == "torch_compile":
        model = torch.compile(model)
    optimizer = torch.optim.SGD(model.parameters(), RATE, MOMENTUM, weight_decay=DECAY)
    told["build_s"] = clock()
    images = torch.randn(batch, 3, size, size, device=device).to(memory_format=layout)
    labels = torch.randint(10 if size < 64 else 1000, (batch,), device=device)
    half = torch.autocast(device.type, torch.bfloat16, enabled=precision == "bfloat16")

    def step():
        optimizer.zero_grad()
        with half:
            loss = nn.functional.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
        return loss.item()

    step()
    told["first_step_s"] = clock()
    return step


if __name__ == "__main__":
    main()
