"""A training step with stochastic depth beside one without, on each backend, and what arithmetic expects of it.

    python benchmarks/stochastic_depth.py                 ResNet-110 at survival 0.5: TensorFlow, with XLA, JAX
    python benchmarks/stochastic_depth.py --help

The two contenders of a backend live in processes of their own and take turns, one step each a round. A figure is the
median of the rounds, between the least and the greatest; the ratio is that of the medians. The expected one is that of
the multiply-accumulates: the mean over the draws of those that survive, to all.
The result is a table and, with --output, a JSON file.
"""

from __future__ import annotations

import argparse
import functools
import importlib.util
import os

from side_by_side import Worker, answer, closing, described, in_turns, machine, summary, write_report

BACKENDS = {
    "tensorflow": "model.fit's step, jit_compile=False",
    "tensorflow_xla": "the same, jit_compile=True",
    "jax": "model.fit's step, jit_compile=True",
}


def main(arguments: list[str] | None = None) -> dict:
    """Run the benchmark that the command line describes, print its table, and return what --output holds."""
    options = parser().parse_args(arguments)
    task = {"network": options.network, "batch": options.batch}
    expected = expected_ratio(options.network, options.survival)
    report = {"machine": machine(os.cpu_count()), **task, "survival": options.survival, "expected_ratio": expected}
    report["backends"] = []
    print(f"{options.network}, {options.batch} images, milliseconds a training step\n")
    print(f"{'':16}{'survival':>10}{'median':>10}{'min':>10}{'max':>10}{'ratio':>8}{'expected':>10}")
    for backend in options.backends:
        if importlib.util.find_spec(backend.split("_")[0]) is None:
            continue
        row = measure(backend, task, options)
        report["backends"].append(row)
        for survival, figures in (("none", row["without"]), (options.survival, row["with"])):
            times = "".join(f"{figures[key]:10.1f}" for key in ("median_ms", "min_ms", "max_ms"))
            ratio = f"{row['ratio']:8.2f}{expected:10.2f}" if figures is row["with"] else ""
            print(f"{backend:16}{survival:>10}{times}{ratio}", flush=True)

    report["about"] = {row["backend"]: BACKENDS[row["backend"]] for row in report["backends"]}
    if options.output:
        write_report(report, options.output)
    return report


def parser() -> argparse.ArgumentParser:
    options = described(__doc__, BACKENDS, "backends")
    options.add_argument(
        "--backends",
        nargs="+",
        choices=BACKENDS,
        default=tuple(BACKENDS),
        metavar="NAME",
        help=f"of {', '.join(BACKENDS)} (default: all that are installed)",
    )
    options.add_argument("--network", default="resnet110", help="any that has the option (default: %(default)s)")
    options.add_argument("--survival", type=float, default=0.5, help="of the last block (default: %(default)s)")
    options.add_argument("--batch", type=int, default=32, help="images in a batch (default: %(default)s)")
    options.add_argument("--rounds", type=int, default=25, help="steps of each contender (default: %(default)s)")
    return options


def measure(backend: str, task: dict, options) -> dict:
    """The figures of both contenders of a backend."""
    with closing({survival: Worker(serve, backend) for survival in (None, options.survival)}) as workers:
        for survival, worker in workers.items():
            worker.prepare("step", {**task, "survival": survival})
        times = in_turns(workers, options.rounds)
    without, surviving = map(summary, times.values())
    ratio = round(surviving["median_ms"] / without["median_ms"], 3)
    return {"backend": backend, "without": without, "with": surviving, "ratio": ratio}


def expected_ratio(network: str, survival: float) -> float:
    """Multiply-accumulates that survive, in the mean over the draws, to all."""

    import keras_resnets as kr
    from keras_resnets.layers import StochasticDepth
    from keras_resnets.networks.abstract import abstract_init

    with abstract_init():
        model = kr.build(network, survival=survival)
    dropped = sum(
        (1 - layer.survival) * kr.complexity(layer.branch).multiply_accumulates
        for layer in model.layers
        if isinstance(layer, StochasticDepth)
    )
    return round(1 - dropped / kr.complexity(model).multiply_accumulates, 3)


def serve(backend: str, pipe) -> None:
    os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", KERAS_BACKEND=backend.split("_")[0])
    answer(pipe, backend, functools.partial(builders, backend))


def builders(backend: str) -> dict:
    import keras
    import numpy as np

    import keras_resnets as kr

    def step(network, batch, survival):
        keras.utils.set_random_seed(1)
        model = kr.build(network, survival=survival)
        sgd = kr.training.CoupledSGD(0.1, 0.9, coupled_weight_decay=1e-4)
        model.compile(sgd, "sparse_categorical_crossentropy", jit_compile=backend != "tensorflow")
        images = np.random.normal(size=(batch, *model.input_shape[1:])).astype("float32")
        labels = np.random.randint(model.output_shape[1], size=batch)
        return lambda: model.train_on_batch(images, labels)

    return {"step": step}


if __name__ == "__main__":
    main()
