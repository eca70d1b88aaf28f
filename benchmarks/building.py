"""How long networks take to build, beside keras.applications; and the deepest one up to its first training step.

    python benchmarks/building.py
    python benchmarks/building.py --networks resnet50 --without-deepest
    python benchmarks/building.py --help

Each contender lives in a process of its own and takes its turn, one network a call, so that what else the machine does
falls on all alike. A figure is the median of the rounds, between the least and the greatest. The deepest network,
ResNet-1202 (He et al. 2015, sec. 4.2), is built once in a fresh process and takes its first step, which traces it, on 8
images. The result is a table and, with --output, a JSON file.
"""

from __future__ import annotations

import argparse
import os
import time
from functools import partial

from peers import APPLICATIONS
from side_by_side import Worker, answer, closing, described, in_turns, machine, peak_memory, summary, write_report

CONTENDERS = ("ours", "applications")
DEEPEST = "resnet1202"
IMAGES = 8


def main(arguments: list[str] | None = None) -> dict:
    """Run the benchmark that the command line describes, print its tables, and return what --output holds."""
    options = parser().parse_args(arguments)
    report = {"machine": machine(os.cpu_count() or 1), "networks": []}
    print(f"{'milliseconds':22}" + "".join(f"{name:>26}" for name in CONTENDERS) + f"{'ratio':>8}")
    for network in options.networks:
        found = measure(network, options.rounds)
        ratio = round(found["ours"]["median_ms"] / found["applications"]["median_ms"], 2)
        report["networks"].append({"network": network, **found, "ratio": ratio})
        texts = (f"{row['median_ms']:,.0f} ({row['min_ms']:,.0f} to {row['max_ms']:,.0f})" for row in found.values())
        print(f"{network:22}" + "".join(f"{text:>26}" for text in texts) + f"{ratio:8.2f}", flush=True)
    if not options.without_deepest:
        report["deepest"] = {"network": DEEPEST, **deepest()}
        told = report["deepest"]
        print(
            f"\n{DEEPEST}: built in {told['build_s']} s, first step after {told['first_step_s']} s more, "
            f"{told['peak_mib']:,} MiB at the peak"
        )
    if options.output:
        write_report(report, options.output)
    return report


def parser() -> argparse.ArgumentParser:
    options = described(__doc__)
    options.add_argument(
        "--networks",
        nargs="+",
        choices=APPLICATIONS,
        default=tuple(APPLICATIONS),
        metavar="NAME",
        help=f"of {', '.join(APPLICATIONS)} (default: all)",
    )
    options.add_argument("--rounds", type=int, default=7, help="of each contender (default: %(default)s)")
    options.add_argument("--without-deepest", action="store_true", help="leave ResNet-1202 out, which takes a minute")
    return options


def measure(network: str, rounds: int) -> dict[str, dict]:
    """The figures of each contender."""
    with closing({name: Worker(serve, name) for name in CONTENDERS}) as workers:
        for worker in workers.values():
            worker.prepare("build", {"network": network})
        times = in_turns(workers, rounds)
    return {name: summary(milliseconds) for name, milliseconds in times.items()}


def serve(contender: str, pipe) -> None:
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    answer(pipe, contender, lambda: {"build": partial(building, contender)})


def building(contender: str, network: str):
    import keras

    import keras_resnets as kr

    def build():
        keras.backend.clear_session()
        if contender == "ours":
            return kr.build(network)
        return getattr(keras.applications, APPLICATIONS[network])(weights=None)

    return build


def deepest() -> dict[str, float]:
    """Seconds to build ResNet-1202 and to its first step, and MiB at the peak."""
    with closing({DEEPEST: Worker(serve_deepest)}) as workers:
        workers[DEEPEST].prepare("once", {})
        return workers[DEEPEST].tell("found")


def serve_deepest(pipe) -> None:
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    found: dict[str, float] = {}
    answer(pipe, DEEPEST, lambda: {"once": partial(once, found)}, tell={"found": lambda: found})


def once(found: dict[str, float]):
    import numpy as np

    import keras_resnets as kr

    start = time.perf_counter()
    model = kr.build(DEEPEST)
    found["build_s"] = round(time.perf_counter() - start, 1)
    model.compile(kr.training.CoupledSGD(0.01, 0.9), "sparse_categorical_crossentropy", jit_compile=False)
    start = time.perf_counter()
    model.train_on_batch(np.zeros((IMAGES, *model.input_shape[1:]), "float32"), np.zeros(IMAGES, int))
    found["first_step_s"] = round(time.perf_counter() - start, 1)
    found["peak_mib"] = round(peak_memory())
    return lambda: None


if __name__ == "__main__":
    main()
