"""Photographs from files to batches: our stream beside torchvision's and beside plain tf.data.

    python benchmarks/input_pipeline.py photographs            a folder with one folder of images a class
    python benchmarks/input_pipeline.py --help

Each contender reads the files, decodes them, cuts a random area and aspect ratio (the same distribution for all) to
224x224 and mirrors it; `decode` only decodes them whole. The contenders live in processes of their own and take turns,
some batches each a round. What counts is processor time, of all threads, from the end of one turn to the end of the
next: images a second of one core, whatever else the machine does, work ahead of a turn included. A figure is the
median of the rounds, between the least and the greatest. The result is a table and, with --output, a JSON file.
"""

from __future__ import annotations

import argparse
import functools
import importlib.util
import itertools
import os
import time
from pathlib import Path

from side_by_side import Worker, answer, closing, described, in_turns, machine, summary, write_report

SIZE = 224
CONTENDERS = {
    "ours": "keras_resnets.data.training_batches, area and aspect, flip",
    "ours_colour": "the same with colour jitter and PCA colour",
    "ours_trivial": "the same with TrivialAugment wide instead",
    "torchvision": "torchvision's ImageFolder, RandomResizedCrop and flip on Pillow's images, one worker",
    "tf_data": "tf.data: all of the JPEG decoded, the same crops by tf.image.crop_to_bounding_box and resize, flip",
    "decode": "tf.data: tf.io.read_file and tf.io.decode_jpeg alone",
}
WORDS = {"ours": "", "ours_colour": ", colour jitter, PCA colour", "ours_trivial": ", TrivialAugment wide"}


def main(arguments: list[str] | None = None) -> dict:
    """Run the benchmark that the command line describes, print its table, and return what --output holds."""
    options = parser().parse_args(arguments)
    task = {"folder": str(options.folder), "batch": options.batch, "batches": options.batches}
    contenders = [name for name in options.contenders if name != "torchvision" or importlib.util.find_spec(name)]
    if len(contenders) < len(options.contenders):
        print("torchvision is not installed and left out: pip install torchvision")
    report = {"machine": machine(os.cpu_count() or 1), **task, "about": CONTENDERS, "contenders": []}
    print(f"{'images a core-second':22}{'median':>10}{'min':>10}{'max':>10}{'ours to it':>12}")
    measured = measure(contenders, task, options.rounds)
    images = options.batch * options.batches * 1000
    for name, figures in measured.items():
        row = {"contender": name, **figures, "images_per_core_second": round(images / figures["median_ms"], 1)}
        if "ours" in measured:
            row["ours_to_it"] = round(figures["median_ms"] / measured["ours"]["median_ms"], 2)
        report["contenders"].append(row)
        speeds = (images / figures[key] for key in ("median_ms", "max_ms", "min_ms"))
        ratio = f"{row['ours_to_it']:12.2f}" if "ours_to_it" in row else ""
        print(f"{name:22}" + "".join(f"{speed:10.1f}" for speed in speeds) + ratio, flush=True)
    if options.output:
        write_report(report, options.output)
    return report


def parser() -> argparse.ArgumentParser:
    options = described(__doc__, CONTENDERS)
    options.add_argument("folder", type=Path, help="JPEGs, a folder a class")
    options.add_argument("--contenders", nargs="+", choices=CONTENDERS, default=tuple(CONTENDERS), metavar="NAME")
    options.add_argument("--batch", type=int, default=32, help="images in a batch (default: %(default)s)")
    options.add_argument(
        "--batches",
        type=int,
        default=60,
        help="batches in a turn (default: %(default)s)",
    )
    options.add_argument("--rounds", type=int, default=7, help="turns of each contender (default: %(default)s)")
    return options


def measure(contenders: list[str], task: dict, rounds: int) -> dict[str, dict]:
    """The figures of each contender, of their turns."""
    with closing({name: Worker(serve, name) for name in contenders}) as workers:
        for worker in workers.values():
            worker.prepare("batches", task)
        times = in_turns(workers, rounds)
    return {name: summary(figures) for name, figures in times.items()}


def serve(contender: str, pipe) -> None:
    os.environ.update(TF_CPP_MIN_LOG_LEVEL="3")
    answer(pipe, contender, functools.partial(builders, contender), ProcessorTime())


class ProcessorTime:
    """Seconds of this process's threads since the last call: a stream works ahead while it is another's turn."""

    def __init__(self):
        self.before = time.process_time()

    def __call__(self, task) -> float:
        task()
        now = time.process_time()
        seconds, self.before = now - self.before, now
        return seconds


def builders(contender: str) -> dict:
    streams = {"torchvision": of_torchvision, "tf_data": cropped, "decode": decoded}

    def batches(folder, batch, batches):
        stream = iter(streams.get(contender, ours)(folder, batch, contender))
        return lambda: sum(1 for _ in itertools.islice(stream, batches))

    return {"batches": batches}


def ours(folder, batch, contender):
    import keras_resnets as kr

    words = f"area 8 to 100 %, aspect 3/4 to 4/3, {SIZE} crop, flip{WORDS[contender]}"
    images = kr.data.from_folder(folder).augmented(words)
    return kr.data.training_batches(images.train, batch, augmentation=images.augmentation)


def decoded(folder, batch, contender):
    import tensorflow as tf

    def decode(path):
        pixels = tf.io.decode_jpeg(tf.io.read_file(path), channels=3)
        return tf.reduce_sum(tf.cast(pixels[0, 0], tf.float32))

    return batched(shuffled(folder).map(decode, tf.data.AUTOTUNE), batch)


def cropped(folder, batch, contender):
    import tensorflow as tf

    from keras_resnets.images import in_graph

    def cut(path, number):
        pixels = tf.io.decode_jpeg(tf.io.read_file(path), channels=3)
        key = tf.stack([tf.cast(number, tf.int64), 0])
        window = in_graph.area_and_aspect(tf.shape(pixels)[:2], key, SIZE).window
        part = tf.image.crop_to_bounding_box(pixels, *tf.unstack(window))
        return tf.image.random_flip_left_right(tf.image.resize(part, [SIZE, SIZE]) / 255)

    numbered = tf.data.Dataset.zip(shuffled(folder), tf.data.Dataset.counter())
    return batched(numbered.map(cut, tf.data.AUTOTUNE), batch)


def shuffled(folder):
    import tensorflow as tf

    paths = sorted(str(path) for path in Path(folder).glob("*/*"))
    return tf.data.Dataset.from_tensor_slices(paths).shuffle(len(paths)).repeat()


def batched(images, batch):
    import tensorflow as tf

    return images.batch(batch).prefetch(tf.data.AUTOTUNE)


def of_torchvision(folder, batch, contender):
    import torch
    from torchvision import datasets, transforms

    torch.set_num_threads(1)
    cut = [transforms.RandomResizedCrop(SIZE), transforms.RandomHorizontalFlip(), transforms.ToTensor()]
    images = datasets.ImageFolder(folder, transforms.Compose(cut))
    while True:
        yield from torch.utils.data.DataLoader(images, batch, shuffle=True, drop_last=True)


if __name__ == "__main__":
    main()
