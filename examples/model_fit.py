"""The package's pieces in a `model.fit` of your own: a small ResNeXt on the handwritten digits, on a CPU.

    python examples/model_fit.py

Needs the extra `digits`. On 2 cores of an AMD EPYC (TensorFlow 2.21) it
ends in about half a minute with a top-1 error of 2.54 % (9 of 355).
"""

import keras

import keras_resnets as kr

BATCH, EPOCHS = 64, 20


def main():
    keras.utils.set_random_seed(0)
    digits = kr.data.load("digits")
    mean = kr.data.per_pixel_mean(digits.train)
    steps = kr.data.steps_per_epoch(digits.train, BATCH)

    model = kr.ResNeXt29(
        cardinality=8,
        base_width=4,
        input_shape=digits.train.images.shape[1:],
        classes=len(digits.class_names),
        classifier_activation=None,
    )
    print(kr.complexity(model).table())
    model.compile(
        optimizer=kr.training.CoupledSGD(
            keras.optimizers.schedules.CosineDecay(0.01, EPOCHS * steps), momentum=0.9, coupled_weight_decay=1e-4
        ),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
        jit_compile=False,  # on a CPU, TensorFlow's own kernels outrun XLA's
    )
    model.fit(
        kr.data.training_batches(digits.train, BATCH, mean=mean, augmentation=digits.augmentation),
        steps_per_epoch=steps,
        epochs=EPOCHS,
        shuffle=False,
        verbose=2,
    )
    print(kr.evaluate(model, digits.test, mean=mean))


if __name__ == "__main__":
    main()
