"""Memory and answers under long use: served calls from many threads, predictions, builds and trainings in one process.

    python benchmarks/endurance.py                     all studies, some 20 minutes on two cores
    python benchmarks/endurance.py --help

Each study has a process of its own. It repeats one task, and reads the resident set after the first tenth, in the
middle and at the end, Python's garbage collected before: memory that is flat has a ratio of end to middle of 1. Beside
a task of the package runs the same task in Keras alone, which says whose growth it is. The threads of `served` compare
each answer with that of its own images asked alone. Linux alone tells the resident set so.
"""

from __future__ import annotations

import gc
import itertools
import math
import os
import tempfile
import threading
from argparse import ArgumentParser
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from side_by_side import described, machine, resident, write_report

SAVED_MODEL = Path(__file__).parents[1] / "saved_models" / "resnet20_cifar10" / "1"
THREADS = 16
TOLERANCE = 1e-5  # of probabilities: batches of other sizes are summed in another order


def main(arguments: list[str] | None = None) -> dict:
    """Run the studies that the command line names, print a line for each, and return what --output holds."""
    options = parser().parse_args(arguments)
    report = {"machine": machine(os.cpu_count()), "studies": {}}
    print(f"{'':22}{'times':>8}{'10 %':>10}{'middle':>10}{'end MiB':>10}{'ratio':>8}  wrong")
    for name in options.studies:
        times = max(10, round(STUDIES[name][1] * options.share))
        with ProcessPoolExecutor(1, get_context("spawn")) as pool:  # unlike a Pool's, its process may have children
            row = pool.submit(STUDIES[name][0], times).result()
        report["studies"][name] = row
        memory = "".join(f"{row[key]:10.0f}" for key in ("tenth_mib", "middle_mib", "end_mib"))
        print(f"{name:22}{row['times']:8}{memory}{row['end_over_middle']:8.3f}  {row.get('wrong', '')}", flush=True)
    if options.output:
        write_report(report, options.output)
    return report


def parser() -> ArgumentParser:
    options = described(__doc__)
    options.add_argument("--studies", nargs="+", default=list(STUDIES), choices=STUDIES, help="studies (default: all)")
    options.add_argument("--share", type=float, default=1.0, help="share of the repetitions (default: %(default)s)")
    return options


def repeated(task: Callable[[], object], times: int) -> dict:
    """Repeat a task, and read the resident set after a tenth, in the middle and at the end."""
    stations = {max(1, times // 10): "tenth_mib", times // 2: "middle_mib", times: "end_mib"}
    found: dict = {"times": times}
    for number in range(1, times + 1):
        task()
        if number in stations:
            gc.collect()
            found[stations[number]] = round(resident("VmRSS"), 1)
    found["end_over_middle"] = round(found["end_mib"] / found["middle_mib"], 4)
    return found


def served(times: int) -> dict:
    """Calls of the exported ResNet-20 from 16 threads, 1 to 8 images each; an answer far from its own is wrong."""
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    import numpy as np
    import tensorflow as tf

    loaded = tf.saved_model.load(str(SAVED_MODEL))
    ask = loaded.signatures["serving_default"]
    images = np.random.default_rng(0).integers(0, 256, (64, 32, 32, 3), np.uint8)
    alone = np.concatenate([ask(images=image[None])["probabilities"].numpy() for image in images])
    wrong = itertools.count()

    def calls(thread: int, number: int) -> None:
        rng = np.random.default_rng((thread, number))
        for _ in range(a_thread):
            chosen = rng.integers(0, len(images), rng.integers(1, 9))
            found = ask(images=tf.constant(images[chosen]))["probabilities"].numpy()
            if found.shape != alone[chosen].shape or np.abs(found - alone[chosen]).max() > TOLERANCE:
                next(wrong)

    rounds = 10
    a_thread = math.ceil(times / rounds / THREADS)
    turn = itertools.count()

    def one_round() -> None:
        number = next(turn)
        threads = [threading.Thread(target=calls, args=(thread, number)) for thread in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    found = repeated(one_round, rounds)
    return {**found, "times": rounds * a_thread * THREADS, "wrong": next(wrong)}


def predictions(times: int) -> dict:
    """`Classifier.predict` of 2 images, by the ResNet-20 that comes with the package."""
    np, kr = _imported()
    classifier = kr.Classifier.open("resnet20@cifar10")
    images = list(np.random.default_rng(0).integers(0, 256, (2, 32, 32, 3), np.uint8))
    first = classifier.predict(images)
    wrong = itertools.count()

    def predict() -> None:
        if classifier.predict(images) != first:
            next(wrong)

    return {**repeated(predict, times), "wrong": next(wrong)}


def predictions_in_keras(times: int) -> dict:
    """`model.predict` of the same network in stock layers, on 2 images."""
    np, _ = _imported()
    model = _in_stock_layers()
    images = np.random.default_rng(0).random((2, 32, 32, 3), np.float32)
    return repeated(lambda: model.predict(images, verbose=0), times)


def builds(times: int) -> dict:
    """`kr.ResNet20()`, thrown away."""
    _, kr = _imported()
    return repeated(kr.ResNet20, times)


def builds_in_keras(times: int) -> dict:
    """The same network in stock layers, cloned from one that stays, and thrown away."""
    stock = _in_stock_layers()
    import keras

    return repeated(lambda: keras.models.clone_model(stock), times)


def trainings(times: int) -> dict:
    """`kr.train` of a ResNet-20 for 2 steps on 64 images, each into a directory of its own."""
    np, kr = _imported()
    rng = np.random.default_rng(0)
    images, labels = rng.integers(0, 256, (64, 32, 32, 3), np.uint8), np.arange(64) % 10
    number = itertools.count()
    with tempfile.TemporaryDirectory() as folder:

        def train() -> None:
            run = f"{folder}/{next(number)}"
            kr.train("resnet20", (images, labels), batch_size=32, iterations=2, run_dir=run)

        return repeated(train, times)


def trainings_in_keras(times: int) -> dict:
    """`compile` and `fit` of the same network in stock layers for 2 steps, each time on a clone."""
    np, _ = _imported()
    stock = _in_stock_layers()
    import keras

    rng = np.random.default_rng(0)
    images, labels = rng.random((64, 32, 32, 3), np.float32), np.arange(64) % 10

    def train() -> None:
        model = keras.models.clone_model(stock)
        model.compile("sgd", "sparse_categorical_crossentropy")
        model.fit(images, labels, batch_size=32, verbose=0)

    return repeated(train, times)


def children(times: int) -> dict:
    """Processes that are forked after `import keras_resnets`, and spawned, each predicting: `wrong` differ or fail."""
    import keras_resnets  # noqa: F401  # before the fork, as a server does that loads its modules once

    answers = []

    def child(method: str) -> None:
        with get_context(method).Pool(1) as pool:
            try:
                answers.append(pool.apply_async(predicted).get(timeout=300))
            except Exception:
                answers.append(None)

    methods = itertools.cycle(("spawn", "fork"))
    found = repeated(lambda: child(next(methods)), times)
    return {**found, "wrong": sum(answer is None or answer != answers[0] for answer in answers)}


def predicted() -> list[float]:
    """Scores of one image."""
    np, kr = _imported()
    image = np.random.default_rng(0).integers(0, 256, (32, 32, 3), np.uint8)
    (found,) = kr.Classifier.open("resnet20@cifar10").predict([image])
    return [probability for _, probability in found.classes]


def _in_stock_layers():
    """ResNet-20 in Keras's own layers."""
    _, kr = _imported()
    from peers import in_stock_layers

    return in_stock_layers(kr.ResNet20())


def _imported():
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    import numpy as np

    import keras_resnets as kr

    return np, kr


STUDIES: dict[str, tuple[Callable[[int], dict], int]] = {
    "served": (served, 5000),
    "predictions": (predictions, 10_000),
    "predictions_in_keras": (predictions_in_keras, 10_000),
    "builds": (builds, 200),
    "builds_in_keras": (builds_in_keras, 200),
    "trainings": (trainings, 20),
    "trainings_in_keras": (trainings_in_keras, 20),
    "children": (children, 10),
}

if __name__ == "__main__":
    main()
