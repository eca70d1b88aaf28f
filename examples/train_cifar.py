"""Train ResNet-20 on CIFAR-10 as He et al. 2015, sec. 4.2, did; or any network on any of the small data sets.

    python examples/train_cifar.py                                   # ResNet-20, CIFAR-10, 64,000 iterations
    python examples/train_cifar.py resnet110                         # with the paper's warm-up
    python examples/train_cifar.py resnet20 --dataset fashion_mnist --epochs 20

The options are those of `keras-resnets train` (`--help` lists them); in your own code the same is one call:

    import keras_resnets as kr
    run = kr.train("resnet20", "cifar10")
    model = run.load("last")

On 2 cores of an AMD EPYC (TensorFlow 2.21), the third command took 38 minutes and ended at a test error of 6.98 %;
its record is in examples/results/resnet20-fashion_mnist. The first takes a CPU about a day; the paper's result is
8.75 %, ours is not known yet.
"""

import sys

from keras_resnets.cli import main

if __name__ == "__main__":
    sys.exit(main(["train", *sys.argv[1:]]))
