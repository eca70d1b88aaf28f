"""What the subcommands of `keras-resnets` do: each is one call of a public function."""

import argparse
import inspect
import shlex
import sys
from pathlib import Path


def list_networks(options: argparse.Namespace) -> None:
    """`keras-resnets list`."""
    import keras_resnets as kr

    names = kr.list_models(options.pattern)
    if not names:
        raise ValueError(f"No network matches {options.pattern!r}; `keras-resnets list` prints all.")
    print("\n".join(names))


def summary(options: argparse.Namespace) -> None:
    """`keras-resnets summary`."""
    import keras_resnets as kr
    from keras_resnets.networks.abstract import abstract_init

    size = options.size
    # The counts need shapes alone: no variable gets a value.
    with abstract_init():
        model = kr.build(options.network, classes=options.classes, input_shape=size and (size, size, 3))
    print(kr.complexity(model).table())


def launch(options: argparse.Namespace) -> int | None:
    """`keras-resnets launch`: the exit status of the workers, or the commands for several machines."""
    from keras_resnets import launch as launching

    arguments = [argument for argument in options.train if argument != "--"]
    if arguments[:1] != ["train"]:
        raise ValueError("launch needs the command that each worker runs: launch --workers 2 -- train resnet20 ...")
    if options.hosts:
        print(launching.commands_for(options.hosts, arguments))
        return None
    return launching.launch(arguments, options.workers, restarts=options.restarts)


def train(options: argparse.Namespace) -> None:
    """`keras-resnets train`."""
    import keras_resnets as kr

    given = dict(vars(options))
    for name in ("command", "dry_run"):
        del given[name]
    changes = kr.recipes.settings_of(given.pop("set"))
    if changes:
        recipe = kr.recipes.find(options.recipe) if options.recipe else kr.recipes.recipe_for(options.network)
        given["recipe"] = kr.recipes.override(recipe, changes)
    if options.dry_run:
        for name in set(given) - set(inspect.signature(kr.training.plan).parameters):
            del given[name]
        print(kr.training.plan(**given))
        return
    try:
        run = kr.train(**given)
    except KeyboardInterrupt:
        print("Interrupted; the same command with --resume goes on where it stopped.", file=sys.stderr)
        raise
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
    """`keras-resnets tune`."""
    import keras_resnets as kr

    given = {name: value for name, value in vars(options).items() if value is not None and name != "command"}
    given["choices"] = kr.recipes.settings_of(given.pop("vary"))
    given["fixed"] = kr.recipes.settings_of(given.pop("set"))
    search = kr.tuning.search
    try:
        report = search(**given)
    except KeyboardInterrupt:
        print("Interrupted; the same command with --resume goes on where it stopped.", file=sys.stderr)
        raise
    print(report.table())
    if report.best is None:
        raise ValueError("No setting was trained to its end.")
    print(
        f"best: {report.best.setting.name}\n{report.builder_call()}\n"
        f"  figure  {report.directory / 'errors.png'}\n  rows    {report.directory / 'trials.csv'}"
    )


def evaluate(options: argparse.Namespace) -> None:
    """`keras-resnets evaluate`."""
    from keras_resnets import evaluation

    given = network_options(options)
    found = evaluation.evaluate(
        options.networks,
        options.images,
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
    """`keras-resnets predict`."""
    from keras_resnets import evaluation

    for prediction in evaluation.predict(options.network, options.files, top=options.top, **network_options(options)):
        print(prediction)


def network_options(options: argparse.Namespace) -> dict:
    """What `evaluate` and `predict` say of networks and crops, as the functions' arguments."""
    import keras_resnets as kr

    protocol = kr.evaluation.find_protocol(options.crops)
    return {"protocol": protocol.at(*options.scales) if options.scales else protocol, **source_options(options)}


def source_options(options: argparse.Namespace) -> dict:
    """What is said of networks, as the functions' arguments."""
    import keras_resnets as kr

    names, way = options.class_names, options.preprocessing
    return {
        "weights": options.weights,
        "class_names": names.read_text(encoding="utf-8").splitlines() if names else None,
        "preprocessing": kr.weights.keras_applications_preprocessing(way) if way else None,
        "options": kr.recipes.settings_of(options.set),
    }


def export(options: argparse.Namespace) -> None:
    """`keras-resnets export`."""
    from keras_resnets import export as exporting

    write = exporting.find_format(options.format)
    names = (
        "include_preprocessing",
        "layout",
        "opset",
        "quantize",
        "size",
        "top",
        "dtype",
        "most_pixels",
        "fold_batch_norm",
    )
    given = {name: vars(options)[name] for name in names if vars(options)[name] is not None}
    for name in given:
        if name not in exporting.options_of(options.format):
            raise ValueError(f"The format {options.format!r} has no --{name.replace('_', '-')}.")
    print(write(options.source, options.destination, **given, **source_options(options)))


def results(options: argparse.Namespace) -> None:
    """`keras-resnets results`."""
    from keras_resnets import evaluation

    print(evaluation.results_table(evaluation.read_results(options.file)))


def figures(options: argparse.Namespace) -> None:
    """`keras-resnets figures`."""
    from keras_resnets import analysis

    written = analysis.draw_runs(options.runs, options.output, **analysis_options(options))
    print("\n".join(map(str, written)))


def report(options: argparse.Namespace) -> None:
    """`keras-resnets report`."""
    from keras_resnets import analysis

    print(analysis.report(options.run, options.output, **analysis_options(options)))


def analysis_options(options: argparse.Namespace) -> dict:
    """What `figures` and `report` say, as the functions' arguments."""
    names = ("curves_only", "images", "limit", "trials", "pairs", "weights", "data_dir")
    return {name: getattr(options, name) for name in names}


def doctor(options: argparse.Namespace) -> int:
    """`keras-resnets doctor`: exit status 1 if something is broken."""
    from keras_resnets.doctor import diagnose

    diagnosis = diagnose(options.precision)
    print(diagnosis)
    return int(diagnosis.broken)


def import_data(options: argparse.Namespace) -> None:
    """`keras-resnets data import`."""
    from keras_resnets import data

    print(f"Prepared in {data.import_archives(options.dataset, options.files, options.data_dir)}.")


def unpack_imagenet(options: argparse.Namespace) -> None:
    """`keras-resnets data unpack-imagenet`."""
    from keras_resnets import data

    print_unpacked(data.unpack_imagenet(options.train, options.validation, options.folder))


def unpack_tfds(options: argparse.Namespace) -> None:
    """`keras-resnets data unpack-tfds`."""
    from keras_resnets import data

    print_unpacked(data.unpack_tfds(options.name, options.folder, options.data_dir))


def unpack_tfrecords(options: argparse.Namespace) -> None:
    """`keras-resnets data unpack-tfrecords`."""
    from keras_resnets import data

    features = {"image": options.image, "label": options.label, "first": options.first}
    print_unpacked(data.unpack_tfrecords(options.train, options.test, options.folder, **features))


def print_unpacked(folder: Path) -> None:
    """Say where the images are, and what takes them."""
    print(f"Unpacked in {folder}: `keras-resnets train NETWORK --dataset {shlex.quote(str(folder))}` takes it.")


def show_data(options: argparse.Namespace) -> None:
    """`keras-resnets data show`."""
    import keras_resnets as kr

    words = options.augmentation
    if words in kr.recipes.RECIPES:
        words = kr.recipes.RECIPES[words].augmentation
    images = kr.data.load(options.dataset, options.data_dir).augmented(words)
    path = kr.data.show(images, options.output, images=options.images, draws=options.draws, seed=options.seed)
    print(f"Drawn in {path}: in each row an image as in the test, and {options.draws} as in the training.")
