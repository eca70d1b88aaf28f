"""What `memory_efficient=True` saves and costs: a DenseNet's training step with it beside one without.

    python benchmarks/dense_memory.py                 DenseNet-BC (L=190, k=40), 8 images
    python benchmarks/dense_memory.py --help

Memory is the peak of a process's resident set over three steps, less what it holds before: weights, gradients' program
and momentum are there already, from a step on one image. Times are those of steps of both contenders in turns, in
processes of their own: the median of the rounds, between the least and the greatest; ratios are those of the medians.
The result is a table and, with --output, a JSON file. Linux alone tells the resident set so.
"""

from __future__ import annotations

import argparse
import functools
import os
from multiprocessing import get_context
from pathlib import Path

from side_by_side import Worker, answer, closing, described, in_turns, machine, resident, summary, write_report

CONTENDERS = {"kept": False, "recomputed": True}


def main(arguments: list[str] | None = None) -> dict:
    """Run the benchmark that the command line describes, print its table, and return what --output holds."""
    options = parser().parse_args(arguments)
    task = {"network": options.network, "batch": options.batch, "jit_compile": options.jit_compile}
    report = {"machine": machine(os.cpu_count()), **task, "contenders": {}}
    print(f"{options.network}, {options.batch} images\n")
    print(f"{'':12}{'MiB':>10}{'ms':>10}{'min':>10}{'max':>10}")
    memory = {name: peak(task, efficient) for name, efficient in CONTENDERS.items()}
    times = step_times(task, options.rounds)
    for name in CONTENDERS:
        row = {"peak_mib": round(memory[name]), **summary(times[name])}
        report["contenders"][name] = row
        print(f"{name:12}{row['peak_mib']:10}{row['median_ms']:10.0f}{row['min_ms']:10.0f}{row['max_ms']:10.0f}")
    kept, recomputed = report["contenders"].values()
    report["memory_ratio"] = round(recomputed["peak_mib"] / kept["peak_mib"], 3)
    report["time_ratio"] = round(recomputed["median_ms"] / kept["median_ms"], 3)
    print(f"\nmemory {report['memory_ratio']:.2f}, time {report['time_ratio']:.2f}")
    if options.output:
        write_report(report, options.output)
    return report


def parser() -> argparse.ArgumentParser:
    options = described(__doc__)
    options.add_argument("--network", default="densenet_bc190_40", help="any DenseNet (default: %(default)s)")
    options.add_argument("--batch", type=int, default=8, help="images in a batch (default: %(default)s)")
    options.add_argument("--rounds", type=int, default=7, help="steps of each contender (default: %(default)s)")
    options.add_argument("--jit-compile", action="store_true", help="compile with XLA")
    return options


def peak(task: dict, memory_efficient: bool) -> float:
    """MiB that three steps need beyond what the process holds, measured in a process of its own."""
    with get_context("spawn").Pool(1) as pool:
        return pool.apply(measured_peak, (task, memory_efficient))


def measured_peak(task: dict, memory_efficient: bool) -> float:
    step = stepping(**task, memory_efficient=memory_efficient)
    Path("/proc/self/clear_refs").write_text("5")  # forgets the peak
    before = resident("VmRSS")
    for _ in range(3):
        step()
    return resident("VmHWM") - before


def step_times(task: dict, rounds: int) -> dict[str, list[float]]:
    """Milliseconds of each contender's steps."""
    with closing({name: Worker(serve) for name in CONTENDERS}) as workers:
        for name, worker in workers.items():
            worker.prepare("step", {**task, "memory_efficient": CONTENDERS[name]})
        return in_turns(workers, rounds)


def serve(pipe) -> None:
    answer(pipe, "a DenseNet", functools.partial(dict, step=stepping))


def stepping(network: str, batch: int, jit_compile: bool, memory_efficient: bool):
    """A function that trains one step; its model has taken steps on one and on two images already."""
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    import keras
    import numpy as np

    import keras_resnets as kr

    keras.utils.set_random_seed(1)
    model = kr.build(network, memory_efficient=memory_efficient)
    sgd = kr.training.CoupledSGD(0.1, 0.9, coupled_weight_decay=1e-4)
    model.compile(sgd, "sparse_categorical_crossentropy", jit_compile=jit_compile)
    images = np.random.normal(size=(batch, *model.input_shape[1:])).astype("float32")
    labels = np.random.randint(model.output_shape[1], size=batch)
    for first in (1, 2):  # the second makes TensorFlow compile for batches of any size
        model.train_on_batch(images[:first], labels[:first])
    return lambda: model.train_on_batch(images, labels)


if __name__ == "__main__":
    main()
