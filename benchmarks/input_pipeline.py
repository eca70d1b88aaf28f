"""Photographs from files to batches: our stream beside Pillow and beside decoding alone.

    python benchmarks/input_pipeline.py photographs            a folder with one folder of images a class
    python benchmarks/input_pipeline.py --help

Each contender reads the files, decodes them, cuts a random area to 224x224 and mirrors it; `decode` only decodes them
whole. The contenders live in processes of their own and take turns, some batches each a round. A figure is the median
of the rounds' images a second, between the least and the greatest. The result is a table and, with --output, a JSON
file.
"""

from __future__ import annotations

import argparse
import functools
import itertools
import math
import os
import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from side_by_side import Worker, answer, machine, summary, write_report

SIZE = 224
CONTENDERS = {
    "ours": "keras_resnets.data.training_batches, area and aspect, flip",
    "ours_colour": "the same with colour jitter and PCA colour",
    "pillow": "Pillow in a thread a core, as PyTorch's loader uses it in a process a core: area and aspect, flip",
    "decode": "tf.data: tf.io.read_file and tf.io.decode_jpeg alone",
}
WORDS = {"ours": "", "ours_colour": ", colour jitter, PCA colour"}


def main(arguments: list[str] | None = None) -> dict:
    """Run the benchmark that the command line describes, print its table, and return what --output holds."""
    options = parser().parse_args(arguments)
    task = {"folder": str(options.folder), "batch": options.batch, "batches": options.batches}
    report = {"machine": machine(os.cpu_count() or 1), **task, "about": CONTENDERS, "contenders": []}
    print(f"{'images a second':16}{'median':>10}{'min':>10}{'max':>10}")
    for name, figures in measure(options.contenders, task, options.rounds).items():
        images = options.batch * options.batches * 1000
        row = {"contender": name, **figures, "images_per_second": round(images / figures["median_ms"], 1)}
        report["contenders"].append(row)
        speeds = (images / figures[key] for key in ("median_ms", "max_ms", "min_ms"))
        print(f"{name:16}" + "".join(f"{speed:10.1f}" for speed in speeds), flush=True)
    if options.output:
        write_report(report, options.output)
    return report


def parser() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(
        description=__doc__.split("\n\n")[0],
        epilog="contenders: " + "; ".join(f"{name}: {about}" for name, about in CONTENDERS.items()),
    )
    options.add_argument("folder", type=Path, help="JPEGs, a folder a class")
    options.add_argument("--contenders", nargs="+", choices=CONTENDERS, default=tuple(CONTENDERS), metavar="NAME")
    options.add_argument("--batch", type=int, default=32, help="images in a batch (default: %(default)s)")
    options.add_argument(
        "--batches",
        type=int,
        default=60,
        help="batches in a turn, which begins with a new stream (default: %(default)s)",
    )
    options.add_argument("--rounds", type=int, default=7, help="turns of each contender (default: %(default)s)")
    options.add_argument("--output", type=Path, metavar="FILE", help="where to write the results, as JSON")
    return options


def measure(contenders: list[str], task: dict, rounds: int) -> dict[str, dict]:
    """The figures of each contender, of their turns."""
    workers = {name: Worker(serve, name) for name in contenders}
    times: dict[str, list[float]] = {name: [] for name in contenders}
    try:
        for worker in workers.values():
            worker.prepare("batches", task)
        for turn in range(rounds):
            for name in contenders[:: 1 if turn % 2 else -1]:
                times[name].append(workers[name].call() * 1000)
    finally:
        for worker in workers.values():
            worker.close()
    return {name: summary(figures) for name, figures in times.items()}


def serve(contender: str, pipe) -> None:
    os.environ.update(TF_CPP_MIN_LOG_LEVEL="3")
    answer(pipe, contender, functools.partial(builders, contender))


def builders(contender: str) -> dict:
    streams = {"ours": ours, "ours_colour": ours, "pillow": of_pillow, "decode": decoded}

    def batches(folder, batch, batches):
        # A new stream each turn: one that lives on would work ahead while it is another's turn, hundreds of images.
        stream = streams[contender](folder, batch, contender)
        return lambda: sum(1 for _ in itertools.islice(stream(), batches))

    return {"batches": batches}


def ours(folder, batch, contender):
    import keras_resnets as kr

    words = f"area 8 to 100 %, aspect 3/4 to 4/3, {SIZE} crop, flip{WORDS[contender]}"
    images = kr.data.from_folder(folder).augmented(words)
    stream = kr.data.training_batches(images.train, batch, augmentation=images.augmentation)
    return stream.__iter__


def decoded(folder, batch, contender):
    import tensorflow as tf

    def decode(path):
        pixels = tf.io.decode_jpeg(tf.io.read_file(path), channels=3)
        return tf.reduce_sum(tf.cast(pixels[0, 0], tf.float32))

    paths = sorted(str(path) for path in Path(folder).glob("*/*"))
    shuffled = tf.data.Dataset.from_tensor_slices(paths).shuffle(len(paths)).repeat()
    return shuffled.map(decode, tf.data.AUTOTUNE).batch(batch).prefetch(tf.data.AUTOTUNE).__iter__


def patch(width: int, height: int) -> tuple[float, float, float, float]:
    """A random area and aspect ratio, as torchvision has it."""
    for _ in range(10):
        area = width * height * random.uniform(0.08, 1)
        ratio = math.exp(random.uniform(math.log(3 / 4), math.log(4 / 3)))
        columns, rows = round(math.sqrt(area * ratio)), round(math.sqrt(area / ratio))
        if columns <= width and rows <= height:
            left, top = random.randint(0, width - columns), random.randint(0, height - rows)
            return left, top, left + columns, top + rows
    return 0, 0, width, height


def of_pillow(folder, batch, contender):
    import numpy as np
    from PIL import Image

    paths = sorted(Path(folder).glob("*/*"))

    def one(_):
        with Image.open(random.choice(paths)) as image:
            box = patch(*image.size)
            pixels = np.asarray(image.convert("RGB").resize((SIZE, SIZE), Image.Resampling.BILINEAR, box), np.float32)
        return (pixels[:, ::-1] if random.random() < 0.5 else pixels) / 255

    def stream():
        with ThreadPoolExecutor(os.cpu_count()) as threads:
            while True:
                yield np.stack(list(threads.map(one, range(batch))))

    return stream


if __name__ == "__main__":
    main()
