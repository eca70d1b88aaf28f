"""torchvision's reference recipes, of its references/classification.

The second is explained in "How to Train State-Of-The-Art Models Using TorchVision's Latest Primitives"
(Vryniotis 2021).
"""

from keras_resnets.training.recipes.record import SGD, Cosine, CrossEntropy, Recipe, Steps, Warmup

TORCHVISION_V1 = Recipe(
    name="torchvision_v1",
    source="torchvision, references/classification: the baseline of the weights IMAGENET1K_V1",
    epochs=90,
    batch_size=8 * 32,
    learning_rate=0.1,
    scaling="linear",
    schedule=Steps(at=(30, 60), factor=0.1),
    optimizer=SGD(momentum=0.9, weight_decay=1e-4, rate_in_velocity=False),
    augmentation="area 8 to 100 %, aspect 3/4 to 4/3, 224 crop, flip",
    claim="ImageNet top-1 / top-5 accuracy, 1 crop: ResNet-50 76.130 / 92.862 %",
    note="ResNeXts were trained 100 epochs.",
)

TORCHVISION_V2 = Recipe(
    name="torchvision_v2",
    source="torchvision, references/classification: the weights IMAGENET1K_V2 (Vryniotis 2021)",
    epochs=600,
    batch_size=8 * 128,
    learning_rate=0.5,
    scaling="linear",
    schedule=Cosine(),
    warmup=Warmup(length=5, start=0.01),
    optimizer=SGD(momentum=0.9, weight_decay=2e-5, exclude=("norms",), rate_in_velocity=False),
    loss=CrossEntropy(label_smoothing=0.1),
    ema=0.999966,
    augmentation=(
        "area 8 to 100 %, aspect 3/4 to 4/3, 176 crop, flip, TrivialAugment wide, random erasing 0.1, mixup 0.2 or "
        "CutMix 1.0, 4 repeats"
    ),
    claim="ImageNet top-1 / top-5 accuracy, 1 crop of 224 of shorter side 232: ResNet-50 80.858 / 95.434 %",
    note=(
        "Its average is updated every 32 iterations with 1 - momentum = 0.00002 * 8 * 128 * 32 / 600: 0.999966 an "
        "iteration. It changes the learning rate once an epoch, here every iteration."
    ),
)
