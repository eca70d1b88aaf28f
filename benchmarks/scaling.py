"""One network on 1, 2, 4 and 8 devices of this machine.

    python benchmarks/scaling.py                                       logical CPUs, or this machine's GPUs
    KERAS_BACKEND=jax python benchmarks/scaling.py --network resnet50 --batch 256
    python benchmarks/scaling.py --help

Each count of devices lives in a process of its own, by `keras_resnets.training.devices`: tf.distribute's
MirroredStrategy, or JAX's data parallelism. They take turns, some steps of `model.fit` a call, with a fixed batch a
device. Logical CPUs share the cores, so that all of them together do no more than one: the figures show what the
strategy costs, not what it gains. A figure is the median of the rounds. The result is a table and, with --output, a
JSON file.
"""

from __future__ import annotations

import argparse
import os
from functools import partial

from side_by_side import Worker, answer, closing, described, in_turns, machine, summary, write_report

STEPS = 2  # of model.fit a call


def main(arguments: list[str] | None = None) -> dict:
    """Run the benchmark that the command line describes, print its table, and return what --output holds."""
    options = parser().parse_args(arguments)
    report = {"machine": machine(os.cpu_count() or 1), "network": options.network, "batch": options.batch}
    report["devices"] = measure(options)
    one = report["devices"][0]["images_per_second"]
    print(f"{'devices':>8}{'images/s':>10}{'median ms':>11}{'min':>10}{'max':>10}{'to one device':>15}")
    for row in report["devices"]:
        row["to_one"] = round(row["images_per_second"] / one, 2)
        times = "".join(f"{row[key]:10.1f}" for key in ("min_ms", "max_ms"))
        print(f"{row['devices']:8}{row['images_per_second']:10.1f}{row['median_ms']:11.1f}{times}{row['to_one']:15.2f}")
    if options.output:
        write_report(report, options.output)
    return report


def parser() -> argparse.ArgumentParser:
    options = described(__doc__)
    options.add_argument("--network", default="resnet20", metavar="NAME", help="of kr.list_models()")
    options.add_argument("--batch", type=int, default=32, help="images a device (default: %(default)s)")
    options.add_argument("--devices", type=int, nargs="+", default=(1, 2, 4, 8), metavar="N", help="default: 1 2 4 8")
    options.add_argument("--rounds", type=int, default=7, help="calls of each (default: %(default)s)")
    return options


def measure(options) -> list[dict]:
    """A row for each count of devices."""
    with closing({count: Worker(serve, count) for count in options.devices}) as workers:
        for worker in workers.values():
            worker.prepare("steps", {"network": options.network, "batch": options.batch})
        times = in_turns(workers, options.rounds)
    return [
        {
            "devices": count,
            **(figures := summary([spent / STEPS for spent in milliseconds])),
            "images_per_second": round(count * options.batch * 1000 / figures["median_ms"], 1),
        }
        for count, milliseconds in times.items()
    ]


def serve(count: int, pipe) -> None:
    devices = ",".join(map(str, range(count)))
    os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES=os.environ.get("CUDA_VISIBLE_DEVICES", devices))
    os.environ["XLA_FLAGS"] = f"{os.environ.get('XLA_FLAGS', '')} --xla_force_host_platform_device_count={count}"
    answer(pipe, f"{count} devices", lambda: {"steps": partial(steps, count)})


def steps(count: int, network: str, batch: int):
    """A function that trains `STEPS` steps on `count` devices."""
    import keras
    import numpy as np

    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        if not tf.config.list_physical_devices("GPU"):
            logical = [tf.config.LogicalDeviceConfiguration() for _ in range(count)]
            tf.config.set_logical_device_configuration(tf.config.list_physical_devices("CPU")[0], logical)
    import keras_resnets as kr

    where = kr.training.devices.devices("mirrored" if count > 1 else "single")
    with where.scope():
        model = kr.build(network)
        sgd = kr.training.CoupledSGD(0.01, 0.9, coupled_weight_decay=1e-4)
        on_gpu = keras.backend.backend() == "jax" or bool(tf.config.list_physical_devices("GPU"))
        model.compile(sgd, "sparse_categorical_crossentropy", jit_compile=on_gpu)
        images = np.random.default_rng(0).normal(size=(STEPS * count * batch, *model.input_shape[1:]))
        labels = np.zeros(len(images), int)
        images = images.astype("float32")
        return lambda: model.fit(images, labels, batch_size=count * batch, shuffle=False, verbose=0)


if __name__ == "__main__":
    main()
