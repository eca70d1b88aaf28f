"""The command `keras-resnets`: its subcommands and their options; `commands` has what they do."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from keras_resnets import commands

EPILOG = """\
examples:
  keras-resnets list 'resnext*'
  keras-resnets summary resnet50
  keras-resnets train resnet20 --dataset digits --epochs 40
  keras-resnets train resnet20 --recipe wrn_cifar --set optimizer.nesterov=false --dry-run
  keras-resnets evaluate runs/resnet20-digits --crops 10
  keras-resnets evaluate resnet50@torchvision --images val --crops 144 --append results.jsonl
  keras-resnets predict runs/resnet20-digits digit.png
  keras-resnets tune resnext29_8x64d --data digits --budget 1.0x --epochs 20
  keras-resnets figures runs/plain20-digits runs/resnet20-digits
  keras-resnets report runs/resnet20-digits
  keras-resnets export runs/resnet20-digits saved_models/digits
"""

RECIPE_HELP = """\
A recipe file holds a recipe's keys, or, with a base, those that differ:
  base: wrn_cifar
  epochs: 60
  schedule: {at: [20, 40, 50]}
  optimizer: {weight_decay: 1e-4}
"""


NETWORK_HELP = (
    "a directory that `train` made, a .keras file, or NETWORK@WEIGHTS: resnet50@torchvision, resnet20@FILE.pth"
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Exit status 0; 1 for an error, told in a sentence or two; 2 for wrong usage; 75 where SIGTERM has stopped a training
    that is saved and can be resumed; 130 for Ctrl-C.
    """
    options = parser().parse_args(arguments)
    try:
        return options.command(options) or 0
    except (ValueError, TypeError, ArithmeticError, OSError, ImportError) as error:
        print(f"keras-resnets: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt as stop:
        print("keras-resnets: interrupted", file=sys.stderr)
        return getattr(stop, "exit_status", 130)


def parser() -> argparse.ArgumentParser:
    """The commands and their options."""
    top = argparse.ArgumentParser(
        prog="keras-resnets",
        description="Build, train and judge the residual, dense and Inception networks of the papers.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    subcommands = top.add_subparsers(title="commands", required=True, metavar="COMMAND")

    command = subcommands.add_parser("list", help="names of the networks")
    command.add_argument("pattern", nargs="?", default="*", help="with shell wildcards: 'resnext*'")
    command.set_defaults(command=commands.list_networks)

    command = subcommands.add_parser("summary", help="a network's table: stages, parameters, multiply-accumulates")
    command.add_argument("network", help="a name that `keras-resnets list` prints")
    command.add_argument("--size", type=int, help="height and width of the input in pixels (default: the paper's)")
    command.add_argument("--classes", type=int, help="number of classes (default: the paper's)")
    command.set_defaults(command=commands.summary)

    add_train(subcommands.add_parser("train", help="train a network by its paper's recipe"))
    add_launch(subcommands.add_parser("launch", help="train on several workers of one machine or more"))

    add_tune(subcommands.add_parser("tune", help="search over cardinality at equal cost"))

    add_evaluate(subcommands.add_parser("evaluate", help="judge trained runs, or other networks, by the papers' crops"))
    add_predict(subcommands.add_parser("predict", help="name the classes of image files"))
    add_export(subcommands.add_parser("export", help="write a network for servers, as a SavedModel"))

    command = subcommands.add_parser(
        "results", help="a file of results that `evaluate --append` made, as a Markdown table"
    )
    command.add_argument("file", type=Path)
    command.set_defaults(command=commands.results)

    add_figures(subcommands.add_parser("figures", help="draw what there is to see of trained runs, as PNG and SVG"))
    add_report(subcommands.add_parser("report", help="one HTML file with a run's settings, curves, costs and analysis"))

    command = subcommands.add_parser("doctor", help="what is known to be broken or slow here, and what to do")
    command.add_argument("--precision", default="float32", metavar="NAME", help="float32, bfloat16 or float16")
    command.set_defaults(command=commands.doctor)

    data_commands = subcommands.add_parser("data", help="prepare data sets").add_subparsers(
        title="commands", required=True, metavar="COMMAND"
    )
    command = data_commands.add_parser("import", help="prepare a data set from its original files, without a network")
    command.add_argument("dataset", help="cifar10, cifar100, fashion_mnist, mnist or svhn_cropped")
    command.add_argument(
        "files",
        type=Path,
        nargs="+",
        metavar="file",
        help="the archives, in any order; of cifar10 also folders or tars of train/CLASS/*.png and test/CLASS/*.png",
    )
    add_data_dir(command)
    command.set_defaults(command=commands.import_data)

    command = data_commands.add_parser("unpack-imagenet", help="ImageNet's two archives, checked first, into a folder")
    command.add_argument("train", type=Path, help="ILSVRC2012_img_train.tar")
    command.add_argument("validation", type=Path, help="ILSVRC2012_img_val.tar")
    command.add_argument("folder", type=Path, help="made here, whole or not at all; about 155 GB")
    command.set_defaults(command=commands.unpack_imagenet)

    command = data_commands.add_parser("unpack-tfds", help="a prepared set of tensorflow-datasets into a folder")
    command.add_argument("name", help="such as imagenette/320px-v2")
    command.add_argument("folder", type=Path, help="made here, whole or not at all")
    add_data_dir(command)
    command.set_defaults(command=commands.unpack_tfds)

    command = data_commands.add_parser("unpack-tfrecords", help="TFRecord files of encoded images into a folder")
    command.add_argument("folder", type=Path, help="made here, whole or not at all")
    command.add_argument("--train", type=Path, nargs="+", required=True, metavar="FILE", help="of training images")
    command.add_argument("--test", type=Path, nargs="+", required=True, metavar="FILE", help="of test images")
    command.add_argument("--image", default="image/encoded", metavar="FEATURE", help="default: image/encoded")
    command.add_argument("--label", default="image/class/label", metavar="FEATURE", help="default: image/class/label")
    command.add_argument("--first", type=int, default=0, help="the first class's label; 1 in TensorFlow's ImageNet")
    command.set_defaults(command=commands.unpack_tfrecords)

    command = data_commands.add_parser("show", help="draw images as an augmentation makes them")
    command.add_argument("dataset", help="the path of a folder or a CSV file of images, or a name as for `train`")
    command.add_argument(
        "--augmentation",
        default="dataset",
        metavar="NAME",
        help="a recipe's name, its words, such as 'area 8 to 100 %%, 224 crop, flip', or dataset (default)",
    )
    command.add_argument("--output", type=Path, default=Path("augmented.png"), help="default: augmented.png")
    command.add_argument("--images", type=int, default=4, help="rows, an image each (default: 4)")
    command.add_argument("--draws", type=int, default=7, help="columns, beside the image itself (default: 7)")
    command.add_argument("--seed", type=int, default=0, help="fixes the draws (default: 0)")
    add_data_dir(command)
    command.set_defaults(command=commands.show_data)
    return top


def add_train(command: argparse.ArgumentParser) -> None:
    """The options of `train`, which are those of `keras_resnets.train`."""
    command.description = "Train a network by its paper's recipe; the options given replace the recipe's values."
    command.epilog = RECIPE_HELP
    command.formatter_class = argparse.RawDescriptionHelpFormatter
    command.add_argument("network", nargs="?", default="resnet20", help="default: resnet20")
    command.add_argument(
        "--dataset",
        default="cifar10",
        help="cifar10 (default), cifar100, fashion_mnist, mnist, svhn_cropped, digits, or a folder of images",
    )
    command.add_argument("--run-dir", type=Path, help="where the run is kept (default: runs/NETWORK-DATASET)")
    add_existing(command, "run")
    command.add_argument(
        "--recipe", help="name of a recipe, such as he_cifar, or a YAML file (default: that of the network's paper)"
    )
    command.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="a value in place of the recipe's, such as optimizer.momentum=0.95; can be given several times",
    )
    command.add_argument(
        "--dry-run", action="store_true", help="print costs, memory, steps and learning rate, and train nothing"
    )
    length = command.add_mutually_exclusive_group()
    length.add_argument("--epochs", type=float, help="length in epochs; the schedule is scaled to it")
    length.add_argument("--iterations", type=int, help="length in mini-batches; likewise")
    command.add_argument("--batch-size", type=int, help="images a mini-batch, over all devices")
    command.add_argument("--learning-rate", type=float, help="at the start, after the warm-up")
    command.add_argument("--weight-decay", type=float, help="of the recipe's optimizer")
    command.add_argument("--seed", type=int, default=0, help="fixes the run (default: 0)")
    command.add_argument(
        "--strategy",
        default="auto",
        metavar="NAME",
        help="auto, single, mirrored (devices of one machine), multi_worker (see `launch`) or tpu (default: auto)",
    )
    command.add_argument("--precision", default="float32", metavar="NAME", help="float32, bfloat16 or float16")
    command.add_argument(
        "--sync-batch-norm", action="store_true", help="normalize over the whole batch, not over each device's part"
    )
    command.add_argument("--steps-per-execution", type=int, default=1, help="batches at a time (default: 1)")
    command.add_argument(
        "--checkpoint-every",
        metavar="N",
        help="save inside an epoch too, after N iterations, or a time such as 90s, 10m or 2h (default: 10m)",
    )
    command.add_argument("--keep", type=int, default=2, help="how many last checkpoints are kept (default: 2)")
    command.add_argument(
        "--patience", type=int, metavar="EPOCHS", help="end after so many without a new lowest test error"
    )
    add_data_dir(command)
    command.set_defaults(command=commands.train)


def add_launch(command: argparse.ArgumentParser) -> None:
    """The options of `launch`."""
    command.description = "Train on several workers: start them on this machine, or tell how to start them on several."
    where = command.add_mutually_exclusive_group(required=True)
    where.add_argument("--workers", type=int, metavar="N", help="start N workers here, and stop them together")
    where.add_argument("--hosts", nargs="+", metavar="HOST:PORT", help="print what to run on each of these machines")
    command.add_argument("--restarts", type=int, default=0, help="go on from the last checkpoint so often (default: 0)")
    command.add_argument("train", nargs=argparse.REMAINDER, metavar="-- train ...", help="the command of each worker")
    command.set_defaults(command=commands.launch)


def add_tune(command: argparse.ArgumentParser) -> None:
    """The options of `tune`, which are those of `keras_resnets.tuning.search`."""
    command.description = "Paths, width or depth at equal cost? Train every setting within a budget, and tell."
    command.add_argument("network", help="one with a cardinality, such as resnext50_32x4d or resnet50")
    command.add_argument("--data", "--dataset", dest="dataset", required=True, help="as for `train`")
    command.add_argument(
        "--budget", default="1.0x", help="a share of the network's own cost (default: 1.0x), or a cost such as 4.2e9"
    )
    command.add_argument(
        "--cost", default="parameters", metavar="KIND", help="parameters (default) or multiply_accumulates"
    )
    command.add_argument(
        "--space", default="cardinality", metavar="NAME", help="cardinality (width follows from it; default) or free"
    )
    command.add_argument("--cardinalities", type=int, nargs="+", metavar="C", help="default: 1 2 4 8 32")
    command.add_argument("--base-widths", type=int, nargs="+", metavar="D", help="of a free space")
    command.add_argument(
        "--vary",
        action="append",
        default=[],
        metavar="KEY=[V1, V2]",
        help="what else is chosen: an option of the builder or a recipe's value, such as shortcut=[B, C], "
        "depths=[[2, 2, 2], [3, 3, 3]] or learning_rate=[0.1, 0.05]; can be given several times",
    )
    command.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="an option of the builder, or a value in place of the recipe's, the same for all, such as filters=16 or "
        "batch_size=32; can be given several times",
    )
    command.add_argument("--recipe", help="name of a recipe, or a YAML file (default: that of the network's paper)")
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
        "--max-trials", type=int, metavar="N", help="settings at most (default: a grid's all, else 10)"
    )
    command.add_argument("--seeds", type=int, default=3, help="trainings of each setting (default: 3)")
    command.add_argument("--epochs", type=float, help="of each training (default: the recipe's)")
    command.add_argument("--patience", type=int, metavar="EPOCHS", help="end a training early, as in `train`")
    command.add_argument("--seed", type=int, default=0, help="the first seed (default: 0)")
    command.add_argument(
        "--dir", type=Path, dest="directory", help="where it is kept (default: runs/tune-NETWORK-DATASET)"
    )
    add_existing(command, "search")
    command.add_argument("--workers", type=int, default=1, metavar="N", help="processes that share the trials out")
    add_data_dir(command)
    command.set_defaults(command=commands.tune)


def add_existing(command: argparse.ArgumentParser, what: str) -> None:
    """`--resume` and `--overwrite`, of the commands that make a directory."""
    existing = command.add_mutually_exclusive_group()
    for choice, does in (("resume", "go on with"), ("overwrite", "replace")):
        existing.add_argument(
            f"--{choice}",
            dest="existing",
            action="store_const",
            const=choice,
            default="refuse",
            help=f"{does} the {what} that is in the directory",
        )


def add_evaluate(command: argparse.ArgumentParser) -> None:
    """The options of `evaluate`."""
    command.description = "Judge a network, or several by the mean of their probabilities."
    command.add_argument("networks", nargs="+", metavar="network", help=NETWORK_HELP)
    command.add_argument("--images", metavar="DIR", help="with a subfolder a class (default: the run's test images)")
    add_crops(command)
    add_weights(command)
    add_network_options(command)
    add_data_dir(command)
    command.add_argument("--batch-size", type=int, help="crops at once")
    command.add_argument("--per-class", action="store_true", help="print a line a class too")
    command.add_argument("--json", type=Path, metavar="FILE", help="write all figures there, with the confusion matrix")
    command.add_argument("--append", type=Path, metavar="FILE", help="append a line to a file of results")
    command.set_defaults(command=commands.evaluate)


def add_predict(command: argparse.ArgumentParser) -> None:
    """The options of `predict`."""
    command.add_argument("network", help=NETWORK_HELP)
    command.add_argument("files", type=Path, nargs="+", metavar="file", help="images: PNG, JPEG, ...")
    command.add_argument("--top", type=int, default=3, help="how many classes a file (default: 3)")
    add_crops(command)
    add_weights(command)
    add_network_options(command)
    command.set_defaults(command=commands.predict)


def add_export(command: argparse.ArgumentParser) -> None:
    """The options of `export`; each is for the formats whose function has it."""
    command.description = (
        "Write a network in a format that other programs run; each file is checked against the network."
    )
    command.add_argument("source", metavar="network", help=NETWORK_HELP)
    command.add_argument(
        "destination", type=Path, metavar="path", help="the file; of saved_model the directory of its versions"
    )
    command.add_argument(
        "--format", default="saved_model", metavar="NAME", help="saved_model (default), onnx or litert"
    )
    command.add_argument(
        "--include-preprocessing", action="store_const", const=True, help="ONNX, LiteRT: take uint8 pixels"
    )
    command.add_argument("--layout", metavar="NAME", help="of ONNX's input: NHWC (default) or NCHW")
    command.add_argument("--opset", type=int, metavar="N", help="of ONNX's operations (default: 17)")
    command.add_argument("--quantize", metavar="NAME", help="of LiteRT's weights (default: not at all)")
    command.add_argument("--size", type=int, metavar="PIXELS", help="of a SavedModel's input (default: the network's)")
    command.add_argument("--top", type=int, metavar="K", help="classes that classify_bytes names (default: 5)")
    command.add_argument("--dtype", metavar="NAME", help="of the signatures' images: uint8 (default) or float32")
    command.add_argument("--most-pixels", type=int, metavar="N", help="of an image that classify_bytes decodes")
    command.add_argument(
        "--fold-batch-norm", action="store_const", const=True, help="make batch normalizations part of convolutions"
    )
    add_weights(command)
    add_network_options(command)
    command.set_defaults(command=commands.export)


def add_figures(command: argparse.ArgumentParser) -> None:
    """The options of `figures`."""
    command.description = (
        "Draw the errors of runs, how their layers respond, and what is left of them without some of their blocks; of "
        "several under one recipe their curves side by side."
    )
    command.add_argument("runs", nargs="+", type=Path, metavar="run", help="a directory that `train` made")
    command.add_argument("--output", type=Path, metavar="DIR", help="default: RUN/figures, of several runs figures")
    add_analysis(command)
    command.set_defaults(command=commands.figures)


def add_report(command: argparse.ArgumentParser) -> None:
    """The options of `report`."""
    command.add_argument("run", type=Path, help="a directory that `train` made")
    command.add_argument("--output", type=Path, metavar="FILE", help="default: RUN/report.html")
    add_analysis(command)
    command.set_defaults(command=commands.report)


def add_analysis(command: argparse.ArgumentParser) -> None:
    """How much `figures` and `report` measure."""
    command.add_argument("--curves-only", action="store_true", help="what needs neither weights nor images")
    command.add_argument("--images", metavar="DIR", help="with a subfolder a class (default: the run's test images)")
    command.add_argument("--limit", type=int, default=500, help="so many images (default: 500)")
    command.add_argument("--trials", type=int, default=10, help="draws of what is drawn at random (default: 10)")
    command.add_argument("--pairs", action="store_true", help="delete each pair of blocks too, which takes long")
    add_weights(command)
    add_data_dir(command)


def add_crops(command: argparse.ArgumentParser) -> None:
    """`--crops` and `--scales`, of the commands that look at images."""
    command.add_argument(
        "--crops",
        "--protocol",
        default="one_crop",
        metavar="NAME",
        help="what is averaged over: one_crop (default), ten_crops, 144_crops or multi_scale; 1, 10 and 144 do as well",
    )
    command.add_argument(
        "--scales",
        type=int,
        nargs="+",
        metavar="PIXELS",
        help="of an image's shorter side, for a network of 224 pixels (default: the paper's)",
    )


def add_network_options(command: argparse.ArgumentParser) -> None:
    """How a network that is not of a run is built and fed."""
    command.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="an option of the builder of NETWORK@WEIGHTS, such as shortcut=A-centered; can be given several times",
    )
    command.add_argument(
        "--preprocessing",
        metavar="NAME",
        help="torch, tf or caffe, as keras.applications has them (default: what published weights say)",
    )
    command.add_argument("--class-names", type=Path, metavar="FILE", help="the classes in order, a line each")


def add_weights(command: argparse.ArgumentParser) -> None:
    """`--weights`, of the commands that read a run."""
    command.add_argument(
        "--weights", choices=("last", "best"), default="last", help="which of the run's (default: last)"
    )


def add_data_dir(command: argparse.ArgumentParser) -> None:
    """`--data-dir`, of the commands that read or prepare a data set."""
    command.add_argument(
        "--data-dir",
        type=Path,
        help="where tensorflow-datasets keeps prepared data (default: $TFDS_DATA_DIR or ~/tensorflow_datasets)",
    )


if __name__ == "__main__":
    sys.exit(main())
