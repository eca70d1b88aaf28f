"""Command line `keras-resnets`: subcommands, each with its options; `commands` carries them out.

Nothing here imports Keras, so that help, lists and mistakes in names take a fraction of a second.
"""

import argparse
import errno
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from keras_resnets import __version__, commands
from keras_resnets.options import (
    NETWORK_HELP,
    Dataset,
    add_crops,
    add_data_dir,
    add_dataset,
    add_existing,
    add_network_options,
    add_weights,
)

EPILOG = """\
examples:
  keras-resnets list 'resnext*'
  keras-resnets summary resnet50
  keras-resnets train resnet20 --dataset digits --epochs 40
  keras-resnets train resnet20 --recipe wrn_cifar --set optimizer.nesterov=false --dry-run
  keras-resnets evaluate runs/resnet20-digits --crops 10
  keras-resnets evaluate resnet50@torchvision --dataset val --crops 144 --append results.jsonl
  keras-resnets predict runs/resnet20-digits digit.png
  keras-resnets explain resnet20@cifar10 cat.png --method occlusion --output cat_explained.png
  keras-resnets tune resnext29_8x64d --dataset digits --budget 1.0x --epochs 20
  keras-resnets figures runs/plain20-digits runs/resnet20-digits
  keras-resnets report runs/resnet20-digits
  keras-resnets compare runs/plain20-digits runs/resnet20-digits
  keras-resnets export runs/resnet20-digits saved_models/digits
"""

RECIPE_HELP = """\
A recipe file holds the keys of a recipe, or a base and the keys that differ from it:
  base: wrn_cifar
  epochs: 60
  schedule: {at: [20, 40, 50]}
  optimizer: {weight_decay: 1e-4}
"""


FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
RESUME = "; the same command with --resume goes on where it stopped"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: Words of the command line; default those of the process.

    Returns:
        Exit status: 0; 1 after an error, which is printed; 2 for wrong usage; 75 after SIGTERM has stopped a training
        that was saved and can be resumed; 130 after Ctrl-C.
    """
    options = parser().parse_args(arguments)
    try:
        return options.command(options) or 0
    except (ValueError, TypeError, ArithmeticError, OSError, ImportError) as error:
        print(f"keras-resnets: {describe(error)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt as stop:
        print(f"keras-resnets: interrupted{options.resume}", file=sys.stderr)
        return getattr(stop, "exit_status", 130)


def describe(error: Exception) -> str:
    """Return an error as a sentence; the system's own errors are a number, a phrase and a file."""
    if isinstance(error, OSError) and error.filename is not None and error.strerror:
        verb = "write" if error.errno in FULL else "open"
        return f"Cannot {verb} {os.fspath(error.filename)!r}: {error.strerror.lower()}."
    return str(error)


def parser() -> argparse.ArgumentParser:
    """Build the parser of all commands."""
    top = argparse.ArgumentParser(
        prog="keras-resnets",
        description="Build, train and evaluate residual, dense and Inception networks.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"keras-resnets {__version__}")
    top.set_defaults(resume="")
    add = top.add_subparsers(title="commands", required=True, metavar="COMMAND")
    add_list(add.add_parser("list", help="list the names of the networks"))
    add_summary(add.add_parser("summary", help="print a network's stages, parameters and multiply-accumulates"))
    add_train(add.add_parser("train", help="train a network by its paper's recipe"))
    add_launch(add.add_parser("launch", help="train on several workers, on one machine or more"))
    add_tune(add.add_parser("tune", help="search over cardinality at equal cost"))
    add_evaluate(add.add_parser("evaluate", help="measure the test error of trained networks"))
    add_predict(add.add_parser("predict", help="classify image files"))
    add_explain(add.add_parser("explain", help="draw which pixels of images a network's class rests on"))
    add_export(add.add_parser("export", help="write a network as SavedModel, ONNX or LiteRT"))
    add_results(add.add_parser("results", help="print a file of `evaluate --append` as a Markdown table"))
    add_figures(add.add_parser("figures", help="draw curves and analyses of trained runs as PNG and SVG"))
    add_compare(add.add_parser("compare", help="write one HTML page that sets several runs side by side"))
    add_report(add.add_parser("report", help="write one HTML file with a run's settings, curves, costs and analyses"))
    add_doctor(add.add_parser("doctor", help="check this installation for what is broken or slow"))
    add_data(add.add_parser("data", help="prepare data sets"))
    return top


def add_list(command: argparse.ArgumentParser) -> None:
    """Add the options of `list`."""
    command.add_argument("pattern", nargs="?", default="*", help="shell wildcards, such as 'resnext*'")
    command.set_defaults(command=commands.list_networks)


def add_summary(command: argparse.ArgumentParser) -> None:
    """Add the options of `summary`."""
    command.add_argument("network", help="name from `keras-resnets list`")
    command.add_argument("--size", type=int, help="height and width of the input in pixels (default: the paper's)")
    command.add_argument("--classes", type=int, help="number of classes (default: the paper's)")
    command.set_defaults(command=commands.summary)


def add_results(command: argparse.ArgumentParser) -> None:
    """Add the options of `results`."""
    command.add_argument("file", type=Path, help="file that `evaluate --append` wrote")
    command.set_defaults(command=commands.results)


def add_doctor(command: argparse.ArgumentParser) -> None:
    """Add the options of `doctor`."""
    command.add_argument("--precision", default="float32", metavar="NAME", help="float32, bfloat16 or float16")
    command.set_defaults(command=commands.doctor)


def add_data(command: argparse.ArgumentParser) -> None:
    """Add the subcommands of `data`."""
    add = command.add_subparsers(title="commands", required=True, metavar="COMMAND")
    add_import(add.add_parser("import", help="prepare a data set from its original files, offline"))
    add_unpack_imagenet(add.add_parser("unpack-imagenet", help="check and unpack ImageNet's two archives"))
    add_unpack_tfds(add.add_parser("unpack-tfds", help="unpack a prepared data set of tensorflow-datasets"))
    add_unpack_tfrecords(add.add_parser("unpack-tfrecords", help="unpack TFRecord files of encoded images"))
    add_show(add.add_parser("show", help="draw images before and after an augmentation"))


def add_import(command: argparse.ArgumentParser) -> None:
    """Add the options of `data import`."""
    command.add_argument("dataset", help="cifar10, cifar100, fashion_mnist, mnist or svhn_cropped")
    command.add_argument(
        "files",
        type=Path,
        nargs="+",
        metavar="file",
        help="archives, in any order; for cifar10 also folders or tars of train/CLASS/*.png and test/CLASS/*.png",
    )
    add_data_dir(command)
    command.set_defaults(command=commands.import_data)


def add_unpack_imagenet(command: argparse.ArgumentParser) -> None:
    """Add the options of `data unpack-imagenet`."""
    command.add_argument("train", type=Path, help="ILSVRC2012_img_train.tar")
    command.add_argument("validation", type=Path, help="ILSVRC2012_img_val.tar")
    command.add_argument("folder", type=Path, help="new folder, complete or absent; about 155 GB")
    command.set_defaults(command=commands.unpack_imagenet)


def add_unpack_tfds(command: argparse.ArgumentParser) -> None:
    """Add the options of `data unpack-tfds`."""
    command.add_argument("name", help="such as imagenette/320px-v2")
    command.add_argument("folder", type=Path, help="new folder, complete or absent")
    add_data_dir(command)
    command.set_defaults(command=commands.unpack_tfds)


def add_unpack_tfrecords(command: argparse.ArgumentParser) -> None:
    """Add the options of `data unpack-tfrecords`."""
    command.add_argument("folder", type=Path, help="new folder, complete or absent")
    command.add_argument("--train", type=Path, nargs="+", required=True, metavar="FILE", help="training images")
    command.add_argument("--test", type=Path, nargs="+", required=True, metavar="FILE", help="test images")
    command.add_argument(
        "--image", default="image/encoded", metavar="FEATURE", help="encoded image (default: image/encoded)"
    )
    command.add_argument(
        "--label", default="image/class/label", metavar="FEATURE", help="class label (default: image/class/label)"
    )
    command.add_argument("--first", type=int, default=0, help="label of the first class (1 in TensorFlow's ImageNet)")
    command.set_defaults(command=commands.unpack_tfrecords)


def add_show(command: argparse.ArgumentParser) -> None:
    """Add the options of `data show`."""
    command.add_argument("dataset", help="folder or CSV file of images, or a name as for `train`")
    command.add_argument(
        "--augmentation",
        default="dataset",
        metavar="NAME",
        help="name of a recipe, an augmentation such as 'area 8 to 100 %%, 224 crop, flip', or dataset (default)",
    )
    command.add_argument("--output", type=Path, default=Path("augmented.png"), help="default: augmented.png")
    command.add_argument("--images", type=int, default=4, help="number of rows, one image each (default: 4)")
    command.add_argument("--draws", type=int, default=7, help="augmented copies of each image (default: 7)")
    command.add_argument("--seed", type=int, default=0, help="seed of the augmentation (default: 0)")
    add_data_dir(command)
    command.set_defaults(command=commands.show_data)


def add_train(command: argparse.ArgumentParser) -> None:
    """Add the options of `train`, which are those of `keras_resnets.train`."""
    command.description = "Train a network by its paper's recipe; options replace values of the recipe."
    command.epilog = RECIPE_HELP
    command.formatter_class = argparse.RawDescriptionHelpFormatter
    command.add_argument("network", nargs="?", default="resnet20", help="default: resnet20")
    command.add_argument(
        "--dataset",
        default="cifar10",
        help="cifar10 (default), cifar100, fashion_mnist, mnist, svhn_cropped, digits, or a folder of images",
    )
    command.add_argument("--run-dir", type=Path, help="directory of the run (default: runs/NETWORK-DATASET)")
    add_existing(command, "run")
    command.add_argument(
        "--recipe", help="name of a recipe, such as he_cifar, or YAML file (default: recipe of the network's paper)"
    )
    command.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="value in place of the recipe's, such as optimizer.momentum=0.95; repeatable",
    )
    command.add_argument(
        "--dry-run", action="store_true", help="print costs, memory, steps and learning rates without training"
    )
    add_length(command)
    command.add_argument("--batch-size", type=int, help="images per mini-batch, over all devices")
    command.add_argument("--learning-rate", type=float, help="initial learning rate, after the warm-up")
    command.add_argument("--weight-decay", type=float, help="weight decay of the optimizer")
    command.add_argument("--seed", type=int, default=0, help="seed of weights, order and augmentation (default: 0)")
    command.add_argument(
        "--strategy",
        default="auto",
        metavar="NAME",
        help="auto, single, mirrored (devices of one machine), multi_worker (see `launch`) or tpu (default: auto)",
    )
    command.add_argument("--precision", default="float32", metavar="NAME", help="float32, bfloat16 or float16")
    command.add_argument(
        "--sync-batch-norm", action="store_true", help="normalize over the whole batch instead of each device's share"
    )
    command.add_argument(
        "--steps-per-execution", type=int, default=1, help="batches per call of the compiled step (default: 1)"
    )
    command.add_argument(
        "--checkpoint-every",
        metavar="N",
        help="also save within epochs, every N iterations or every 90s, 10m or 2h (default: 10m)",
    )
    command.add_argument("--keep", type=int, default=2, help="number of last checkpoints to keep (default: 2)")
    command.add_argument(
        "--patience", type=int, metavar="EPOCHS", help="stop after this many epochs without a new lowest test error"
    )
    add_data_dir(command)
    command.set_defaults(command=commands.train, resume=RESUME)


def add_length(command: argparse.ArgumentParser) -> None:
    """Add `--epochs` and `--iterations` of `train`."""
    length = command.add_mutually_exclusive_group()
    length.add_argument(
        "--epochs",
        type=float,
        help="length in epochs; the schedule is scaled to it; with --resume a run goes on to this length",
    )
    length.add_argument("--iterations", type=int, help="length in mini-batches; the schedule is scaled to it")


def add_launch(command: argparse.ArgumentParser) -> None:
    """Add the options of `launch`."""
    command.description = "Train on several workers: start them on this machine, or print the commands for several."
    where = command.add_mutually_exclusive_group(required=True)
    where.add_argument("--workers", type=int, metavar="N", help="start N workers here")
    where.add_argument("--hosts", nargs="+", metavar="HOST:PORT", help="print the command for each of these machines")
    command.add_argument(
        "--restarts", type=int, default=0, help="restarts from the last checkpoint after a failure (default: 0)"
    )
    command.add_argument(
        "train", nargs=argparse.REMAINDER, metavar="-- train ...", help="command that each worker runs"
    )
    command.set_defaults(command=commands.launch)


def add_tune(command: argparse.ArgumentParser) -> None:
    """Add the options of `tune`, which are those of `keras_resnets.tuning.search`."""
    command.description = "Train networks of different cardinality, width or depth within one budget, and compare them."
    command.add_argument("network", help="network with a cardinality, such as resnext50_32x4d or resnet50")
    command.add_argument("--dataset", "--data", action=Dataset, required=True, help="data set, as for `train`")
    command.add_argument(
        "--budget", default="1.0x", help="share of the network's own cost (default: 1.0x), or a cost such as 4.2e9"
    )
    command.add_argument(
        "--cost", default="parameters", metavar="KIND", help="parameters (default) or multiply_accumulates"
    )
    command.add_argument(
        "--space", default="cardinality", metavar="NAME", help="cardinality (which fixes the width; default) or free"
    )
    command.add_argument("--cardinalities", type=int, nargs="+", metavar="C", help="default: 1 2 4 8 32")
    command.add_argument("--base-widths", type=int, nargs="+", metavar="D", help="widths of a path, in a free space")
    command.add_argument(
        "--vary",
        action="append",
        default=[],
        metavar="KEY=[V1, V2]",
        help="values to choose from for an option of the builder or of the recipe, such as shortcut=[B, C], "
        "depths=[[2, 2, 2], [3, 3, 3]] or learning_rate=[0.1, 0.05]; repeatable",
    )
    command.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="option of the builder or of the recipe for all networks, such as filters=16 or batch_size=32; repeatable",
    )
    command.add_argument("--recipe", help="name of a recipe, or YAML file (default: recipe of the network's paper)")
    command.add_argument(
        "--tuner", default="grid", metavar="NAME", help="grid (default), random, bayesian or hyperband"
    )
    command.add_argument(
        "--objective",
        default="test_error",
        metavar="NAME",
        help="test_error (default), best_test_error, test_loss or test_accuracy",
    )
    command.add_argument(
        "--max-trials", type=int, metavar="N", help="maximum number of settings (default: all of a grid, else 10)"
    )
    command.add_argument("--seeds", type=int, default=3, help="trainings per setting (default: 3)")
    command.add_argument("--epochs", type=float, help="epochs of each training (default: the recipe's)")
    command.add_argument("--patience", type=int, metavar="EPOCHS", help="stop a training early, as in `train`")
    command.add_argument("--seed", type=int, default=0, help="first seed (default: 0)")
    command.add_argument(
        "--dir", type=Path, dest="directory", help="directory of the search (default: runs/tune-NETWORK-DATASET)"
    )
    add_existing(command, "search")
    command.add_argument(
        "--workers", type=int, default=1, metavar="N", help="number of processes that share the trials"
    )
    add_data_dir(command)
    command.set_defaults(command=commands.tune, resume=RESUME)


def add_evaluate(command: argparse.ArgumentParser) -> None:
    """Add the options of `evaluate`."""
    command.description = "Measure the test error of a network, or of several by the mean of their probabilities."
    command.add_argument("networks", nargs="+", metavar="network", help=NETWORK_HELP)
    add_dataset(command)
    add_crops(command)
    add_weights(command)
    add_network_options(command)
    add_data_dir(command)
    command.add_argument("--batch-size", type=int, help="crops per forward pass")
    command.add_argument("--per-class", action="store_true", help="also print a line per class")
    command.add_argument(
        "--json", type=Path, metavar="FILE", help="write all results, with the confusion matrix, to a JSON file"
    )
    command.add_argument("--append", type=Path, metavar="FILE", help="append the summary to a file of results")
    command.set_defaults(command=commands.evaluate)


def add_predict(command: argparse.ArgumentParser) -> None:
    """Add the options of `predict`."""
    command.add_argument("network", help=NETWORK_HELP)
    command.add_argument(
        "files", type=Path, nargs="+", metavar="file", help="image file (PNG, JPEG, ...) or folder of them"
    )
    command.add_argument("--top", type=int, default=3, help="number of classes to print per file (default: 3)")
    add_crops(command)
    add_weights(command)
    add_network_options(command)
    command.set_defaults(command=commands.predict)


def add_explain(command: argparse.ArgumentParser) -> None:
    """Add the options of `explain`."""
    command.description = (
        "Draw which pixels of images a network's class rests on: one picture with a row for each image, as the network "
        "sees it, and its heat map beside it. At most 64 images."
    )
    command.add_argument("network", help=NETWORK_HELP)
    command.add_argument(
        "files", type=Path, nargs="+", metavar="image", help="image file (PNG, JPEG, ...) or folder of them"
    )
    command.add_argument(
        "--method",
        default="grad_cam",
        metavar="NAME",
        help="grad_cam (default), layer_cam, integrated_gradients, occlusion or saliency",
    )
    command.add_argument(
        "--class",
        dest="target",
        metavar="NAME",
        help="class to explain, by name or number from 0 (default: the likeliest of each image)",
    )
    command.add_argument(
        "--output",
        type=Path,
        default=Path("explanation.png"),
        metavar="FILE",
        help=".png or .svg, or a path without suffix for both (default: explanation.png)",
    )
    add_method_options(command)
    add_weights(command)
    add_network_options(command)
    command.set_defaults(command=commands.explain)


def add_method_options(command: argparse.ArgumentParser) -> None:
    """Add the options of the methods of `explain`."""
    command.add_argument(
        "--stage",
        type=number_or_name,
        metavar="NAME",
        help="grad_cam, layer_cam: stage, such as 2 or stage2, or layer (default: the last stage)",
    )
    command.add_argument(
        "--baseline",
        type=float,
        metavar="LEVEL",
        help="gray level, 0 to 255: integrated_gradients: of the blank image (default: 0); occlusion: of the square "
        "(default: 127.5)",
    )
    command.add_argument(
        "--steps", type=int, metavar="N", help="integrated_gradients: intervals of the line (default: 32 to 864)"
    )
    command.add_argument(
        "--window", type=int, metavar="PIXELS", help="occlusion: side of the square (default: a sixth of the image)"
    )
    command.add_argument(
        "--stride",
        type=int,
        metavar="PIXELS",
        help="occlusion: distance of neighbouring squares (default: half a side)",
    )
    command.add_argument("--samples", type=int, metavar="N", help="saliency: noisy copies of the image (default: 32)")
    command.add_argument(
        "--noise",
        type=float,
        metavar="SHARE",
        help="saliency: their noise, a share of the input's range (default: 0.15)",
    )


def number_or_name(word: str) -> int | str:
    """Return a word of digits as a number."""
    return int(word) if word.isdecimal() else word


def add_export(command: argparse.ArgumentParser) -> None:
    """Add the options of `export`; each holds for the formats whose function has it."""
    command.description = "Write a network in a format that other programs run, and compare its outputs with Keras's."
    command.add_argument("source", metavar="network", help=NETWORK_HELP)
    command.add_argument("destination", type=Path, metavar="path", help="file, or directory of a SavedModel's versions")
    command.add_argument(
        "--format",
        metavar="NAME",
        help="saved_model, onnx or litert (default: onnx for a path in .onnx, litert for .tflite, else saved_model)",
    )
    command.add_argument(
        "--include-preprocessing", action="store_const", const=True, help="ONNX, LiteRT: take uint8 pixels"
    )
    command.add_argument("--layout", metavar="NAME", help="ONNX: layout of the input, NHWC (default) or NCHW")
    command.add_argument("--opset", type=int, metavar="N", help="ONNX: version of the operations (default: 17)")
    command.add_argument("--quantize", metavar="NAME", help="LiteRT: float16 or int8 (default: none)")
    command.add_argument(
        "--representative",
        type=Path,
        metavar="DIR",
        help="LiteRT: folder of images, or of folders of them, that set the ranges of int8",
    )
    command.add_argument(
        "--size", type=int, metavar="PIXELS", help="SavedModel: size of the input (default: the network's)"
    )
    command.add_argument(
        "--top", type=int, metavar="K", help="SavedModel: number of classes that classify_bytes names (default: 5)"
    )
    command.add_argument("--dtype", metavar="NAME", help="SavedModel: type of images, uint8 (default) or float32")
    command.add_argument(
        "--most-pixels", type=int, metavar="N", help="SavedModel: maximum size of an image that classify_bytes decodes"
    )
    command.add_argument(
        "--fold-batch-norm", action="store_const", const=True, help="merge batch normalizations into convolutions"
    )
    add_weights(command)
    add_network_options(command)
    command.set_defaults(command=commands.export)


def add_figures(command: argparse.ArgumentParser) -> None:
    """Add the options of `figures`."""
    command.description = (
        "Draw error curves of runs, responses of their layers, and errors after deleting blocks; draw the curves of "
        "several runs of one recipe side by side."
    )
    command.add_argument("runs", nargs="+", type=Path, metavar="run", help="run directory")
    command.add_argument("--output", type=Path, metavar="DIR", help="default: RUN/figures, for several runs figures")
    add_analysis(command)
    command.set_defaults(command=commands.figures)


def add_report(command: argparse.ArgumentParser) -> None:
    """Add the options of `report`."""
    command.add_argument("run", type=Path, help="run directory")
    command.add_argument("--output", type=Path, metavar="FILE", help="default: RUN/report.html")
    add_analysis(command)
    command.set_defaults(command=commands.report)


def add_compare(command: argparse.ArgumentParser) -> None:
    """Add the options of `compare`."""
    command.description = (
        "Write one HTML page about several runs of one data set: errors, sizes and times, their curves in one figure, "
        "what only one of two errs on, errors by class, and the settings that differ."
    )
    command.add_argument("runs", nargs="+", type=Path, metavar="run", help="run directory")
    command.add_argument(
        "--output", type=Path, metavar="FILE", default=Path("comparison.html"), help="default: comparison.html"
    )
    command.add_argument("--curves-only", action="store_true", help="skip what needs weights and images")
    add_dataset(command)
    add_weights(command)
    add_data_dir(command)
    command.set_defaults(command=commands.compare)


def add_analysis(command: argparse.ArgumentParser) -> None:
    """Add the options of the measurements of `figures` and `report`."""
    command.add_argument("--curves-only", action="store_true", help="skip what needs weights and images")
    add_dataset(command)
    command.add_argument("--limit", type=int, default=500, help="number of images (default: 500)")
    command.add_argument("--trials", type=int, default=10, help="random draws per measurement (default: 10)")
    command.add_argument("--pairs", action="store_true", help="also delete each pair of blocks, which takes long")
    add_weights(command)
    add_data_dir(command)


if __name__ == "__main__":
    sys.exit(main())
