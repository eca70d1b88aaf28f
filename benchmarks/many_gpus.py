"""What 8, 64 and 1,024 GPUs make of one GPU's step: worked out, not measured.

    python benchmarks/many_gpus.py --step-ms 100 --batch 256
    python benchmarks/many_gpus.py --step-ms 15 --batch 32 --link 12.5
    python benchmarks/many_gpus.py --help

After a step's computing the GPUs average their gradients. A ring of n that adds up S bytes makes 2 (n - 1) turns, in
each of which every GPU sends S / n bytes and waits for the latency of a message (Patarasuk & Yuan 2009). The GPUs of a
node do so over their own links; then each takes its share of S round a ring of its peers in the other nodes. The least
efficiency is that of sending after computing, the greatest that of sending meanwhile, where computing takes as long.
What the input pipelines must read and decode follows from the greatest.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable

from side_by_side import described, write_report

GPUS = (8, 64, 1024)


def main(arguments: list[str] | None = None) -> dict:
    """Work out what the command line describes, print the table, and return what --output holds."""
    options = parser().parse_args(arguments)
    rows = [prediction(count, options) for count in options.gpus]
    print_table(rows)
    report = {"settings": {key: value for key, value in vars(options).items() if key != "output"}, "gpus": rows}
    if options.output:
        write_report(report, options.output)
    return report


def parser() -> argparse.ArgumentParser:
    options = described(__doc__)
    options.add_argument("--gpus", type=int, nargs="+", default=GPUS, metavar="N", help="default: 8 64 1024")
    for name, default, about in (
        ("--step-ms", 100.0, "milliseconds of one GPU's step, to be measured by training.py"),
        ("--batch", 256, "images a GPU"),
        ("--parameters", 25_557_032, "of the network; ResNet-50's unless given"),
        ("--gradient-bytes", 4, "a parameter"),
        ("--node", 8, "GPUs in a node"),
        ("--node-link", 450.0, "gigabytes a second from a GPU to another of its node"),
        ("--link", 50.0, "gigabytes a second from a GPU to another node"),
        ("--latency-us", 5.0, "microseconds of a message"),
        ("--decoded", 400.0, "images a second that a core reads, decodes and augments, by input_pipeline.py"),
        ("--image-kb", 110.0, "kilobytes of an image's file"),
    ):
        options.add_argument(name, type=type(default), default=default, help=f"{about} (default: %(default)s)")
    return options


def ring(count: int, size: float, per_second: float, latency: float) -> float:
    """Seconds until `count` peers hold the sum of their `size` bytes."""
    turns = 2 * (count - 1)
    return turns * (size / count / per_second + latency)


def averaging(gpus: int, options) -> float:
    """Seconds until all GPUs hold the mean gradient: each node, then the nodes."""
    size, latency = options.gradient_bytes * options.parameters, options.latency_us * 1e-6
    node = min(gpus, options.node)
    nodes = -(-gpus // node)
    return ring(node, size, options.node_link * 1e9, latency) + ring(nodes, size / node, options.link * 1e9, latency)


def prediction(gpus: int, options) -> dict:
    """Efficiencies, images a second, and what the input pipeline of each GPU must do."""
    step, sending = options.step_ms, 1000 * averaging(gpus, options)
    efficiency = step / (step + sending), step / max(step, sending)
    alone = 1000 * options.batch / step
    fed = alone * efficiency[1]
    return {
        "gpus": gpus,
        "averaging_ms": round(sending, 2),
        "efficiency": [round(share, 3) for share in efficiency],
        "images_per_second": [round(gpus * alone * share) for share in efficiency],
        "cores_a_gpu": round(fed / options.decoded, 1),
        "read_mb_a_gpu": round(fed * options.image_kb / 1000, 1),
    }


def print_table(rows: Iterable[dict]) -> None:
    columns = (("GPUs", 6), ("averaging ms", 14), ("efficiency", 18), ("images/s", 24), ("cores a GPU", 13))
    print("".join(f"{name:>{width}}" for name, width in columns) + f"{'MB/s to read, a GPU':>21}")
    for row in rows:
        efficiency = "{:.3f} to {:.3f}".format(*row["efficiency"])
        images = "{:,} to {:,}".format(*row["images_per_second"])
        print(
            f"{row['gpus']:6,}{row['averaging_ms']:14.2f}{efficiency:>18}{images:>24}{row['cores_a_gpu']:13.1f}"
            f"{row['read_mb_a_gpu']:21,.1f}"
        )


if __name__ == "__main__":
    main()
