"""Grouped convolution side by side: this package's layer, stock Keras and, where it is installed, PyTorch.

    python benchmarks/grouped_conv.py                    every 3x3 of ResNeXt-50 32x4d, and the whole network
    python benchmarks/grouped_conv.py --stock-network    the same, and the whole network in stock Keras layers
    python benchmarks/grouped_conv.py --help

Each contender lives in a process of its own, since the frameworks' thread pools disturb each other in one.
They take turns, one call each a round, so that what else the machine does falls on all alike; a round starts
from another contender each time. A figure is the median of the rounds, between the least and the greatest.
The result is a table and, with --output, a JSON file.
"""

from __future__ import annotations

import argparse
import importlib.util
import os

from peers import in_stock_layers, torch_network
from side_by_side import Worker, answer, closing, described, in_turns, machine, summary, write_report

KERAS, OURS, OURS_XLA = "keras", "ours", "ours_xla"
TORCH, TORCH_CHANNELS_LAST = "torch", "torch_channels_last"
FORCED = ("block_diagonal", "shifted")
CONTENDERS = (OURS, OURS_XLA, TORCH, TORCH_CHANNELS_LAST, KERAS)
ABOUT = {
    KERAS: "keras.layers.Conv2D(groups=32)",
    OURS: "keras_resnets.GroupedConv2D, implementation='auto'",
    OURS_XLA: "the same inside tf.function(jit_compile=True)",
    TORCH: "torch.nn.Conv2d(groups=32), eager",
    TORCH_CHANNELS_LAST: "the same, tensors and weights in torch.channels_last",
    **{name: f"keras_resnets.GroupedConv2D, implementation={name!r}" for name in FORCED},
}
GROUPS = 32
SLOW_SECONDS = 1.0

# name: (size of the input map, channels in and out, stride). ResNeXt-50 32x4d: Xie et al. 2017, Table 1.
CONVOLUTIONS = {
    "reference": (28, 128, 1),
    "conv2": (56, 128, 1),
    "conv3, first": (56, 256, 2),
    "conv3": (28, 256, 1),
    "conv4, first": (28, 512, 2),
    "conv4": (14, 512, 1),
    "conv5, first": (14, 1024, 2),
    "conv5": (7, 1024, 1),
}
QUICK_CONVOLUTIONS = {"reference": (8, 64, 1), "conv3, first": (8, 64, 2)}


def main(arguments: list[str] | None = None) -> dict:
    """Run the benchmark that the command line describes, print its tables, and return what --output holds."""
    options = parser().parse_args(arguments)
    contenders = [name for name in (*options.contenders, *options.forced) if available(name)]
    convolutions = QUICK_CONVOLUTIONS if options.quick else CONVOLUTIONS
    batch, size = (2, 32) if options.quick else (options.batch, options.size)
    report = {"machine": machine(options.threads), "batch": batch, "convolutions": [], "network": []}

    if "convolutions" in options.parts:
        tasks = [
            (
                "convolution",
                {"batch": batch, "size": s, "channels": c, "stride": t, "backward": backward},
                label,
            )
            for name, (s, c, t) in convolutions.items()
            for backward, label in (
                (False, f"{name}: {batch}x{s}x{s}x{c}/{t} forward"),
                (True, f"{name}: {batch}x{s}x{s}x{c}/{t} forward+backward"),
            )
        ]
        print(f"3x3 convolutions of {GROUPS} groups, milliseconds\n")
        report["convolutions"] = measure(contenders, tasks, options)
    if "network" in options.parts:
        network = [name for name in contenders if name not in FORCED and (name != KERAS or options.stock_network)]
        tasks = [
            ("network", {"batch": batch, "size": size, "train": train}, f"{label}, {batch}x{size}x{size}x3")
            for train, label in ((True, "training step"), (False, "inference"))
        ]
        print("\nResNeXt-50 32x4d, milliseconds a batch\n")
        report["network"] = measure(network, tasks, options)

    report["contenders"] = {name: ABOUT[name] for name in contenders}
    if options.output:
        write_report(report, options.output)
    return report


def parser() -> argparse.ArgumentParser:
    options = described(__doc__, ABOUT)
    options.add_argument(
        "--parts",
        nargs="+",
        choices=("convolutions", "network"),
        metavar="PART",
        default=("convolutions", "network"),
        help="convolutions, network, or both (default)",
    )
    options.add_argument(
        "--contenders",
        nargs="+",
        choices=CONTENDERS,
        default=CONTENDERS,
        metavar="NAME",
        help=f"of {', '.join(CONTENDERS)} (default: all; PyTorch where it is installed)",
    )
    options.add_argument(
        "--forced",
        nargs="*",
        choices=FORCED,
        default=(),
        metavar="NAME",
        help=f"named implementations to measure beside them: {', '.join(FORCED)}",
    )
    options.add_argument(
        "--stock-network",
        action="store_true",
        help="also train the whole network in stock Keras layers: minutes a step on a CPU",
    )
    options.add_argument("--rounds", type=int, default=9, help="calls of each contender (default: %(default)s)")
    options.add_argument(
        "--slow-rounds",
        type=int,
        default=3,
        help=f"calls where one takes over {SLOW_SECONDS:g} s (default: %(default)s)",
    )
    options.add_argument(
        "--network-rounds",
        type=int,
        default=7,
        help="calls of each contender, whole network, however slow (default: %(default)s); "
        "stock Keras takes --slow-rounds",
    )
    options.add_argument("--batch", type=int, default=8, help="images in a batch (default: %(default)s)")
    options.add_argument("--size", type=int, default=224, help="of the network's images (default: %(default)s)")
    options.add_argument(
        "--threads",
        type=int,
        default=os.cpu_count(),
        help="of each contender (default: the processors, %(default)s)",
    )
    options.add_argument("--quick", action="store_true", help="tiny sizes: does it run, not how fast")
    return options


def available(contender: str) -> bool:
    return not contender.startswith("torch") or importlib.util.find_spec("torch") is not None


def measure(contenders: list[str], tasks: list[tuple[str, dict, str]], options) -> list[dict]:
    """The tasks' figures for each contender, printed as they come."""
    rows = []
    with closing({name: Worker(serve, name, options.threads) for name in contenders}) as workers:
        for kind, settings, label in tasks:
            warm = {name: worker.prepare(kind, settings) for name, worker in workers.items()}
            rounds = {}
            for name, seconds in warm.items():
                if kind == "network":
                    rounds[name] = options.slow_rounds if name == KERAS else options.network_rounds
                else:
                    rounds[name] = options.slow_rounds if seconds > SLOW_SECONDS else options.rounds
            for name, milliseconds in in_turns(workers, rounds).items():
                rows.append({"task": label, "contender": name, **settings, **summary(milliseconds)})
            print_table(label, rows[-len(workers) :])
    return rows


def print_table(label: str, rows: list[dict]) -> None:
    """One task's contenders; the last column says how many times as fast as each of them ours is."""
    ours = next((row["median_ms"] for row in rows if row["contender"] == OURS), None)
    print(f"{label}\n  {'':22}{'median':>10}{'min':>10}{'max':>10}{'rounds':>8}{'/ ours':>9}")
    for row in rows:
        ratio = f"{row['median_ms'] / ours:9.2f}" if ours else ""
        figures = "".join(f"{row[key]:10.1f}" for key in ("median_ms", "min_ms", "max_ms"))
        print(f"  {row['contender']:22}{figures}{row['rounds']:8}{ratio}", flush=True)


def serve(contender: str, threads: int, pipe) -> None:
    os.environ.update(OMP_NUM_THREADS=str(threads), TF_CPP_MIN_LOG_LEVEL="3", KERAS_BACKEND="tensorflow")
    builders = torch_builders if contender.startswith("torch") else keras_builders
    answer(pipe, contender, lambda: builders(contender, threads))


def keras_builders(contender: str, threads: int) -> dict:
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(threads)
    import keras

    import keras_resnets as kr

    jit = contender == OURS_XLA

    def convolution(batch, size, channels, stride, backward):
        if contender == KERAS:
            layer = keras.layers.Conv2D(channels, 3, stride, "same", groups=GROUPS, use_bias=False)
        else:
            implementation = contender if contender in FORCED else "auto"
            layer = kr.GroupedConv2D(
                channels, 3, stride, "same", groups=GROUPS, use_bias=False, implementation=implementation
            )
        x = tf.random.stateless_normal((batch, size, size, channels), (0, 1))
        layer.build(x.shape)
        upstream = tf.random.stateless_normal(layer.compute_output_shape(x.shape), (0, 2))

        @tf.function(jit_compile=jit)
        def call(x):
            if not backward:
                return layer(x)
            with tf.GradientTape() as tape:
                tape.watch(x)
                outputs = layer(x)
            # the outputs are returned, or the forward convolution would be pruned from the graph
            return outputs, tape.gradient(outputs, (x, layer.kernel.value), upstream)

        return lambda: tf.nest.map_structure(lambda tensor: tensor.numpy().ravel()[0], call(x))

    def network(batch, size, train):
        model = kr.ResNeXt50(input_shape=(size, size, 3), weights=None)
        if contender == KERAS:
            model = in_stock_layers(model)
        model.compile(keras.optimizers.SGD(0.01, momentum=0.9), "sparse_categorical_crossentropy", jit_compile=jit)
        x = tf.random.stateless_normal((batch, size, size, 3), (0, 1))
        y = tf.random.stateless_uniform((batch,), (0, 2), maxval=1000, dtype=tf.int32)
        return (lambda: model.train_on_batch(x, y)) if train else (lambda: model.predict_on_batch(x))

    return {"convolution": convolution, "network": network}


def torch_builders(contender: str, threads: int) -> dict:
    import torch
    from torch import nn

    torch.set_num_threads(threads)
    layout = torch.channels_last if contender == TORCH_CHANNELS_LAST else torch.contiguous_format

    def convolution(batch, size, channels, stride, backward):
        layer = nn.Conv2d(channels, channels, 3, stride, 1, groups=GROUPS, bias=False).to(memory_format=layout)
        x = torch.randn(batch, channels, size, size).to(memory_format=layout)
        with torch.no_grad():
            upstream = torch.randn_like(layer(x))
        x.requires_grad_(backward)

        def call():
            if not backward:
                with torch.inference_mode():
                    return layer(x)
            outputs = layer(x)
            return outputs, torch.autograd.grad(outputs, (x, layer.weight), upstream)

        return call

    def network(batch, size, train):
        model = torch_network("resnext50_32x4d").to(memory_format=layout).train(train)
        optimizer = torch.optim.SGD(model.parameters(), 0.01, momentum=0.9)
        x = torch.randn(batch, 3, size, size).to(memory_format=layout)
        y = torch.randint(1000, (batch,))

        def step():
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(x), y)
            loss.backward()
            optimizer.step()
            return loss.item()

        def infer():
            with torch.inference_mode():
                return model(x).softmax(-1).numpy()

        return step if train else infer

    return {"convolution": convolution, "network": network}


if __name__ == "__main__":
    main()
