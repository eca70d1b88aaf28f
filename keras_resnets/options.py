"""Options that several commands of `keras-resnets` share."""

import argparse
import sys
from pathlib import Path

NETWORK_HELP = "run directory, .keras file or NETWORK@WEIGHTS, such as resnet50@torchvision or resnet20@FILE.pth"


def add_existing(command: argparse.ArgumentParser, what: str) -> None:
    """Add `--resume` and `--overwrite`, for commands that make a directory."""
    existing = command.add_mutually_exclusive_group()
    for choice, does in (("resume", "continue"), ("overwrite", "replace")):
        existing.add_argument(
            f"--{choice}",
            dest="existing",
            action="store_const",
            const=choice,
            default="refuse",
            help=f"{does} the {what} in the directory",
        )


class Dataset(argparse.Action):
    """Option `--dataset`, whose names of an earlier release are taken with a warning."""

    def __call__(self, parser, namespace, values, option_string=None):
        if option_string != "--dataset":
            print(
                f"keras-resnets: {option_string} is now --dataset; the old name goes with the next release.",
                file=sys.stderr,
            )
        setattr(namespace, self.dest, values)


def add_dataset(command: argparse.ArgumentParser) -> None:
    """Add `--dataset`, for commands that test a network."""
    command.add_argument(
        "--dataset",
        "--images",
        action=Dataset,
        help="folder with a subfolder per class, or a name as for `train`, of whose test images the network is tested "
        "(default: test images of the run)",
    )


def add_crops(command: argparse.ArgumentParser) -> None:
    """Add `--crops` and `--scales`, for commands that classify images."""
    command.add_argument(
        "--crops",
        "--protocol",
        default="one_crop",
        metavar="NAME",
        help="crops to average over: one_crop (default), ten_crops, 144_crops or multi_scale; also 1, 10 or 144",
    )
    command.add_argument(
        "--scales",
        type=int,
        nargs="+",
        metavar="PIXELS",
        help="lengths of the shorter side, for a network of 224 pixels (default: the paper's)",
    )


def add_network_options(command: argparse.ArgumentParser) -> None:
    """Add the options of networks that are not runs."""
    command.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="option of the builder of NETWORK@WEIGHTS, such as shortcut=A-centered; repeatable",
    )
    command.add_argument(
        "--preprocessing",
        metavar="NAME",
        help="torch, tf or caffe, as in keras.applications (default: that of published weights)",
    )
    command.add_argument("--class-names", type=Path, metavar="FILE", help="file of class names in order, one per line")


def add_weights(command: argparse.ArgumentParser) -> None:
    """Add `--weights`, for commands that read a run."""
    command.add_argument(
        "--weights", choices=("last", "best"), default="last", help="checkpoint of a run (default: last)"
    )


def add_data_dir(command: argparse.ArgumentParser) -> None:
    """Add `--data-dir`, for commands that read or prepare a data set."""
    command.add_argument(
        "--data-dir",
        type=Path,
        help="directory of tensorflow-datasets (default: $TFDS_DATA_DIR or ~/tensorflow_datasets)",
    )
