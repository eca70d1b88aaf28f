"""Huang, Liu, van der Maaten, Weinberger 2017, "Densely Connected Convolutional Networks", arXiv 1608.06993."""

from keras_resnets.training.recipes.record import SGD, Recipe, Steps

DENSENET_CIFAR = Recipe(
    name="densenet_cifar",
    source="Huang et al. 2017, arXiv 1608.06993, sec. 4.2",
    networks=("densenet40_*", "densenet100_*", "densenet_bc*"),
    epochs=300,
    batch_size=64,
    learning_rate=0.1,
    schedule=Steps(at=(150, 225), factor=0.1),
    optimizer=SGD(momentum=0.9, nesterov=True, weight_decay=1e-4, rate_in_velocity=False),
    claim=(
        "CIFAR-10 / 100 test error: 40-12 5.24 / 24.42 %, 100-12 4.10 / 20.20 %, 100-24 3.74 / 19.25 %, "
        "BC 100-12 4.51 / 22.27 %, 250-24 3.62 / 17.60 %, 190-40 3.46 / 17.18 %"
    ),
)

DENSENET_IMAGENET = Recipe(
    name="densenet_imagenet",
    source="Huang et al. 2017, arXiv 1608.06993, sec. 4.2",
    networks=("densenet121", "densenet161", "densenet169", "densenet201", "densenet264"),
    epochs=90,
    batch_size=256,
    learning_rate=0.1,
    schedule=Steps(at=(30, 60), factor=0.1),
    optimizer=SGD(momentum=0.9, nesterov=True, weight_decay=1e-4, rate_in_velocity=False),
    augmentation="area 8 to 100 %, aspect 3/4 to 4/3, 224 crop, flip, colour jitter, PCA colour",
    claim="ImageNet top-1 error, 1 crop: DenseNet-121 25.0 %, 169 23.6 %, 201 22.5 %, 161 22.2 %",
    note="For memory the paper trains its 161 layers at batch 128 for 100 epochs, divided by 10 at epoch 90 too.",
)
