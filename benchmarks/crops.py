"""What a protocol's crops cost beyond their forward passes.

    python benchmarks/crops.py  # GoogLeNet, 144 crops
    python benchmarks/crops.py --images FOLDER --network resnet50 --protocol multi_scale
    python benchmarks/crops.py --help

Two contenders in processes of their own take turns. One evaluates: it reads JPEG files, resizes, cuts, mirrors,
standardizes, predicts and averages. The other predicts what is ready: the same batches, standardized beforehand.
A figure is the median of the rounds, between the least and the greatest; the ratio is that of the medians.
Without --images the photographs are made up, 500 x 375 pixels each.
The result is a table and, with --output, a JSON file.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path

from side_by_side import Worker, answer, closing, described, in_turns, machine, summary, write_report

CONTENDERS = {"evaluate": "kr.evaluate, from the files", "forward passes": "the same batches, standardized beforehand"}


def main(arguments: list[str] | None = None) -> dict:
    """Run the benchmark that the command line describes, print its table, and return what --output holds."""
    options = parser().parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        files = photographs(options, Path(folder))
        task = {name: getattr(options, name) for name in ("network", "protocol", "batch")}
        report = {"machine": machine(os.cpu_count()), **task, "photographs": len(files)}
        with closing({contender: Worker(serve, contender) for contender in CONTENDERS}) as workers:
            for contender, worker in workers.items():
                worker.prepare(contender, {**task, "files": files})
            times = in_turns(workers, options.rounds)

    report["contenders"] = {contender: summary(spent) for contender, spent in times.items()}
    evaluate, passes = report["contenders"].values()
    report["ratio"] = round(evaluate["median_ms"] / passes["median_ms"], 3)
    report["about"] = CONTENDERS
    print(
        f"{options.network}, {options.protocol}, {len(files)} photographs, batches of {options.batch}, milliseconds\n"
    )
    print(f"{'':16}{'median':>10}{'min':>10}{'max':>10}")
    for contender, figures in report["contenders"].items():
        print(f"{contender:16}" + "".join(f"{figures[key]:10.0f}" for key in ("median_ms", "min_ms", "max_ms")))
    print(f"{'ratio':16}{report['ratio']:10.3f}")
    if options.output:
        write_report(report, options.output)
    return report


def parser() -> argparse.ArgumentParser:
    options = described(__doc__)
    options.add_argument("--images", type=Path, metavar="FOLDER", help="with photographs (default: made up)")
    options.add_argument("--photographs", type=int, default=2, help="how many (default: %(default)s)")
    options.add_argument("--network", default="googlenet", help="any of 3 channels (default: %(default)s)")
    options.add_argument("--protocol", default="144_crops", help="see docs/evaluation.md (default: %(default)s)")
    options.add_argument("--batch", type=int, default=32, help="crops in a batch (default: %(default)s)")
    options.add_argument("--rounds", type=int, default=7, help="of each contender (default: %(default)s)")
    return options


def photographs(options, folder: Path) -> list[str]:
    """The first files of --images, or made-up ones."""
    import numpy as np
    from PIL import Image

    if options.images:
        return [str(path) for path in sorted(options.images.rglob("*.[Jj][Pp]*[Gg]"))[: options.photographs]]
    random = np.random.default_rng(0)
    files = []
    for number in range(options.photographs):
        coarse = Image.fromarray(random.integers(0, 256, (47, 63, 3), dtype="uint8"))
        files.append(str(folder / f"{number}.jpg"))
        coarse.resize((500, 375), Image.Resampling.BICUBIC).save(files[-1], quality=90)
    return files


def serve(contender: str, pipe) -> None:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    answer(pipe, contender, builders)


def builders() -> dict:
    import keras
    import numpy as np

    import keras_resnets as kr
    from keras_resnets.evaluation import Classifier, Pictures, evaluate_classifiers
    from keras_resnets.evaluation.batches import batches
    from keras_resnets.evaluation.forward import crops_of, flexible

    def network_of(network):
        keras.utils.set_random_seed(1)
        model = kr.inference_model(kr.build(network))
        way = kr.weights.Preprocessing().at(model.input_shape[1])
        return Classifier(model, way)

    def evaluate(network, protocol, batch, files):
        contestant, protocol = network_of(network), kr.evaluation.find_protocol(protocol)
        pictures = Pictures(files, np.zeros(len(files), np.int64))
        return lambda: evaluate_classifiers([contestant], pictures, protocol, batch_size=batch)

    def passes(network, protocol, batch, files):
        contestant, protocol = network_of(network), kr.evaluation.find_protocol(protocol)
        pictures = Pictures(files, np.zeros(len(files), np.int64))
        crops = (
            (np.full(len(some), index), some)
            for index in range(len(files))
            for some in crops_of(pictures.pixels(index, 3), contestant, protocol)
        )
        ready = [
            contestant.preprocessing.standardize(some)
            for _, some in batches(crops, contestant.preprocessing.size, batch)
        ]
        model = flexible(contestant.model) if protocol.cut == "whole" else contestant.model
        return lambda: [model.predict_on_batch(inputs) for inputs in ready]

    return {"evaluate": evaluate, "forward passes": passes}


if __name__ == "__main__":
    main()
