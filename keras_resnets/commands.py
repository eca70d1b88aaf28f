"""Subcommands of `keras-resnets`, each one call of a public function.

Names are checked first; only then is Keras imported, which takes seconds.
"""

import argparse
import contextlib
import inspect
import os
import shlex
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

from keras_resnets import plotting
from keras_resnets._errors import positive_integer, unknown
from keras_resnets._names import check_source, list_models, network_name

FORMATS = {"saved_model": "", "onnx": ".onnx", "litert": ".tflite"}
"""Formats of `export` by name, with the suffix of their files."""
METHODS = ("grad_cam", "layer_cam", "integrated_gradients", "occlusion", "saliency")
"""Methods of `explain`."""
INTERRUPTED = 130  # exit status after Ctrl-C, as shells have it


def import_keras() -> None:
    """Import Keras and its backend, TensorFlow with oneDNN; Ctrl-C meanwhile ends the process.

    TensorFlow leaves oneDNN off on processors without AVX-512, where ResNet-20 trains six times as fast with it. A
    KeyboardInterrupt inside these imports comes with a trace of dozens of lines, or is swallowed by one of them.
    """
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
    with ending_at_interrupt():
        import keras  # noqa: F401


@contextlib.contextmanager
def ending_at_interrupt() -> Iterator[None]:
    """End the process with one line and exit status 130 at SIGINT, unless somebody else handles or ignores it."""
    main_thread = threading.current_thread() is threading.main_thread()
    if not main_thread or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return

    def end(number: int, frame: FrameType | None) -> None:
        os.write(2, b"keras-resnets: interrupted\n")
        os._exit(INTERRUPTED)

    signal.signal(signal.SIGINT, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def list_networks(options: argparse.Namespace) -> None:
    """Run `keras-resnets list`."""
    names = list_models(options.pattern)
    if not names:
        raise ValueError(f"No network matches {options.pattern!r}; `keras-resnets list` prints all.")
    print("\n".join(names))


def summary(options: argparse.Namespace) -> None:
    """Run `keras-resnets summary`."""
    options.network = network_name(options.network)
    for name in ("size", "classes"):
        if (value := getattr(options, name)) is not None:
            positive_integer(f"--{name}", value)
    import_keras()
    import keras_resnets as kr
    from keras_resnets.networks.abstract import abstract_init

    size = options.size
    # The counts need shapes alone: no variable gets a value.
    try:
        with abstract_init():
            model = kr.build(options.network, classes=options.classes, input_shape=size and (size, size, 3))
    except ValueError as error:
        if "output size would be" not in str(error):  # Keras's own, several lines of a layer's shapes
            raise
        raise ValueError(
            f"Cannot build {options.network!r} for images of {size}x{size} pixels: a layer would have no output."
        ) from error
    print(kr.complexity(model).table())


def launch(options: argparse.Namespace) -> int | None:
    """Run `keras-resnets launch`, which returns the exit status of the workers or prints the commands of machines."""
    from keras_resnets import launch as launching

    arguments = [argument for argument in options.train if argument != "--"]
    if arguments[:1] != ["train"]:
        raise ValueError("launch needs the command that each worker runs: launch --workers 2 -- train resnet20 ...")
    if options.hosts:
        print(launching.commands_for(options.hosts, arguments))
        return None
    return launching.launch(arguments, options.workers, restarts=options.restarts)


def train(options: argparse.Namespace) -> None:
    """Run `keras-resnets train`."""
    options.network = network_name(options.network)
    import_keras()
    import keras_resnets as kr

    given = arguments_of(options)
    del given["dry_run"]
    changes = kr.recipes.settings_of(given.pop("set"))
    if changes:
        recipe = kr.recipes.find(options.recipe) if options.recipe else kr.recipes.recipe_for(options.network)
        given["recipe"] = kr.recipes.override(recipe, changes)
    if options.dry_run:
        for name in set(given) - set(inspect.signature(kr.training.plan).parameters):
            del given[name]
        print(kr.training.plan(**given))
        return
    run = kr.train(**given)
    if not run.writes:
        return
    result = run.read_result()
    print(
        f"Test error {result['test_error']:.2f} % (accuracy {100 - result['test_error']:.2f} %) "
        f"after {result['iterations']:,} iterations, {result['seconds']:.0f} s.\n"
        f"  curves   {run.figure}, {run.metrics}\n"
        f"  weights  {run.last}, {run.best}\n"
        f"  record   {run.config}, {run.result}"
    )


def tune(options: argparse.Namespace) -> None:
    """Run `keras-resnets tune`."""
    options.network = network_name(options.network)
    import_keras()
    import keras_resnets as kr

    given = {name: value for name, value in arguments_of(options).items() if value is not None}
    given["choices"] = kr.recipes.settings_of(given.pop("vary"))
    given["fixed"] = kr.recipes.settings_of(given.pop("set"))
    report = kr.tuning.search(**given)
    print(report.table())
    if report.best is None:
        raise ValueError("No setting was trained to its end.")
    print(
        f"best: {report.best.setting.name}\n{report.builder_call()}\n"
        f"  figure  {report.directory / 'errors.png'}\n  rows    {report.directory / 'trials.csv'}"
    )


def evaluate(options: argparse.Namespace) -> None:
    """Run `keras-resnets evaluate`."""
    for source in options.networks:
        check_source(source)
    import_keras()
    from keras_resnets import evaluation

    given = network_options(options)
    found = evaluation.evaluate(
        options.networks,
        dataset_to_test(options),
        data_dir=options.data_dir,
        batch_size=options.batch_size,
        **given,
    )
    print(found.table() if options.per_class else found.about())
    if options.json:
        found.write_json(options.json)
    if options.append:
        found.append_to(options.append, weights=options.networks)


def predict(options: argparse.Namespace) -> None:
    """Run `keras-resnets predict`."""
    check_source(options.network)
    import_keras()
    from keras_resnets import evaluation

    for prediction in evaluation.predict(options.network, options.files, top=options.top, **network_options(options)):
        print(prediction)


def explain(options: argparse.Namespace) -> None:
    """Run `keras-resnets explain`."""
    if options.method not in METHODS:
        raise ValueError(unknown("method", options.method, METHODS))
    plotting.formats_of(options.output)
    check_source(options.network)
    import_keras()
    import keras_resnets as kr
    from keras_resnets.analysis.explanation import refuse_rows
    from keras_resnets.evaluation.prediction import image_list

    files = image_list(options.files)
    refuse_rows(len(files))
    network = kr.evaluation.classifier_of(options.network, **source_options(options))
    names = ("stage", "baseline", "steps", "window", "stride", "samples", "noise")
    given = {name: vars(options)[name] for name in names if vars(options)[name] is not None}
    found = kr.explain(network, files, options.method, target=class_of(options.target, network), **given)
    written = found.figure(options.output)
    print(found.table())
    print("\n".join(map(str, written)))


def class_of(word: str | None, network: Any) -> int | str | None:
    """Return the class that a word of the command line means: a name where the network has it, else a number."""
    is_number = word is not None and word.isdecimal() and word not in (network.class_names or ())
    return int(word) if word is not None and is_number else word


def network_options(options: argparse.Namespace) -> dict:
    """Return the options of networks and crops as arguments of `evaluate` and `predict`."""
    import keras_resnets as kr

    protocol = kr.evaluation.find_protocol(options.crops)
    return {"protocol": protocol.at(*options.scales) if options.scales else protocol, **source_options(options)}


def source_options(options: argparse.Namespace) -> dict:
    """Return the options of networks as arguments of functions that open a network."""
    import keras_resnets as kr

    names, way = options.class_names, options.preprocessing
    return {
        "weights": options.weights,
        "class_names": names.read_text(encoding="utf-8").splitlines() if names else None,
        "preprocessing": kr.weights.keras_applications_preprocessing(way) if way else None,
        "options": kr.recipes.settings_of(options.set),
    }


def export(options: argparse.Namespace) -> None:
    """Run `keras-resnets export`."""
    chosen = format_of(options.destination, options.format)
    check_source(options.source)
    import_keras()
    from keras_resnets import export as exporting

    names = (
        "include_preprocessing",
        "layout",
        "opset",
        "quantize",
        "representative",
        "size",
        "top",
        "dtype",
        "most_pixels",
        "fold_batch_norm",
    )
    given = {name: vars(options)[name] for name in names if vars(options)[name] is not None}
    for name in given:
        if name not in exporting.options_of(chosen):
            raise ValueError(f"The format {chosen!r} has no --{name.replace('_', '-')}.")
    write = exporting.find_format(chosen)
    print(write(options.source, options.destination, **given, **source_options(options)))


def format_of(destination: Path, given: str | None) -> str:
    """Return the name of the format in which `export` writes a path.

    Args:
        destination: The path. A suffix that is none of `FORMATS` says nothing.
        given: The format asked for; None for that of the suffix, or "saved_model".

    Raises:
        ValueError: If the format is unknown, or the suffix is that of another format.
    """
    if given is not None and given not in FORMATS:
        raise ValueError(unknown("format", given, FORMATS))
    by_suffix = {suffix: name for name, suffix in FORMATS.items() if suffix}.get(destination.suffix.lower())
    if given and by_suffix and given != by_suffix:
        raise ValueError(
            f"{str(destination)!r} has the suffix of the format {by_suffix!r}, but --format is {given!r}: change one."
        )
    return given or by_suffix or "saved_model"


def results(options: argparse.Namespace) -> None:
    """Run `keras-resnets results`."""
    from keras_resnets.evaluation.report import read_results, results_table

    print(results_table(read_results(options.file)))


def figures(options: argparse.Namespace) -> None:
    """Run `keras-resnets figures`."""
    import_keras()
    from keras_resnets import analysis

    written = analysis.draw_runs(options.runs, options.output, **analysis_options(options))
    print("\n".join(map(str, written)))


def report(options: argparse.Namespace) -> None:
    """Run `keras-resnets report`."""
    import_keras()
    from keras_resnets import analysis

    print(analysis.report(options.run, options.output, **analysis_options(options)))


def compare(options: argparse.Namespace) -> None:
    """Run `keras-resnets compare`."""
    import_keras()
    from keras_resnets import analysis

    given = {"weights": options.weights, "data_dir": options.data_dir, "curves_only": options.curves_only}
    print(analysis.compare_runs(options.runs, options.output, images=dataset_to_test(options), **given))


def analysis_options(options: argparse.Namespace) -> dict:
    """Return the options of `figures` and `report` as arguments of the functions."""
    names = ("curves_only", "limit", "trials", "pairs", "weights", "data_dir")
    return {"images": dataset_to_test(options), **{name: getattr(options, name) for name in names}}


def dataset_to_test(options: argparse.Namespace) -> Any:
    """Return the images to test on: a folder, or the data set of a name; None for those of the run."""
    from keras_resnets import data

    name = options.dataset
    return data.load(name, options.data_dir) if name in data.DATASETS and not Path(name).exists() else name


def doctor(options: argparse.Namespace) -> int:
    """Run `keras-resnets doctor`, which returns exit status 1 if something is broken."""
    import_keras()
    from keras_resnets.doctor import diagnose

    diagnosis = diagnose(options.precision)
    print(diagnosis)
    return int(diagnosis.broken)


def import_data(options: argparse.Namespace) -> None:
    """Run `keras-resnets data import`."""
    from keras_resnets import data

    print(f"Prepared in {data.import_archives(options.dataset, options.files, options.data_dir)}.")


def unpack_imagenet(options: argparse.Namespace) -> None:
    """Run `keras-resnets data unpack-imagenet`."""
    from keras_resnets import data

    print_unpacked(data.unpack_imagenet(options.train, options.validation, options.folder))


def unpack_tfds(options: argparse.Namespace) -> None:
    """Run `keras-resnets data unpack-tfds`."""
    from keras_resnets import data

    print_unpacked(data.unpack_tfds(options.name, options.folder, options.data_dir))


def unpack_tfrecords(options: argparse.Namespace) -> None:
    """Run `keras-resnets data unpack-tfrecords`."""
    from keras_resnets import data

    features = {"image": options.image, "label": options.label, "first": options.first}
    print_unpacked(data.unpack_tfrecords(options.train, options.test, options.folder, **features))


def print_unpacked(folder: Path) -> None:
    """Print where the images are, and the command that trains on them."""
    print(f"Unpacked in {folder}; train with `keras-resnets train NETWORK --dataset {shlex.quote(str(folder))}`.")


def show_data(options: argparse.Namespace) -> None:
    """Run `keras-resnets data show`."""
    import_keras()
    import keras_resnets as kr

    words = options.augmentation
    if words in kr.recipes.RECIPES:
        words = kr.recipes.RECIPES[words].augmentation
    images = kr.data.load(options.dataset, options.data_dir).augmented(words)
    path = kr.data.show(images, options.output, images=options.images, draws=options.draws, seed=options.seed)
    print(f"Drawn in {path}: each row is an image as tested, then {options.draws} augmented copies.")


def arguments_of(options: argparse.Namespace) -> dict[str, Any]:
    """Return the options that the command line itself does not use, by name."""
    return {name: value for name, value in vars(options).items() if name not in ("command", "resume")}
