"""He, Zhang, Ren, Sun 2015, "Deep Residual Learning for Image Recognition", arXiv 1512.03385."""

from dataclasses import replace

from keras_resnets.training.recipes.record import SGD, Plateau, Recipe, Steps, Warmup

HE_CIFAR = Recipe(
    name="he_cifar",
    source="He et al. 2015, arXiv 1512.03385, sec. 4.2",
    networks=("plain20", "plain32", "plain44", "plain56", "resnet20", "resnet32", "resnet44", "resnet56"),
    iterations=64_000,
    batch_size=128,
    learning_rate=0.1,
    schedule=Steps(at=(32_000, 48_000), factor=0.1),
    optimizer=SGD(momentum=0.9, weight_decay=1e-4),
    claim="CIFAR-10 test error: ResNet-20 8.75 %, 32 7.51 %, 44 7.17 %, 56 6.97 % (Table 6)",
)

# "we use 0.01 to warm up the training until the training error is below 80% (about 400 iterations)"
HE_CIFAR_110 = replace(
    HE_CIFAR,
    name="he_cifar_110",
    networks=("plain110", "plain1202", "resnet110", "resnet1202"),
    warmup=Warmup(length=400, start=0.1, shape="constant"),
    claim="CIFAR-10 test error: ResNet-110 6.43 % (6.61 ± 0.16), ResNet-1202 7.93 % (Table 6)",
)

SCALE_JITTER = "shorter side in [256, 480], 224 crop, flip, per-pixel mean, PCA colour"

HE_IMAGENET = Recipe(
    name="he_imagenet",
    source="He et al. 2015, arXiv 1512.03385, sec. 3.4",
    networks=("plain18", "plain34", "resnet18", "resnet34", "resnet50", "resnet101", "resnet152"),
    iterations=600_000,
    batch_size=256,
    learning_rate=0.1,
    schedule=Plateau(factor=0.1, patience=5),
    optimizer=SGD(momentum=0.9, weight_decay=1e-4),
    augmentation=SCALE_JITTER,
    claim=(
        "ImageNet top-1 / top-5 error, 10 crops: ResNet-34 B 24.52 / 7.46 %, ResNet-50 22.85 / 6.71 %, "
        "101 21.75 / 6.05 %, 152 21.43 / 5.71 % (Table 3)"
    ),
    note="The paper divides the learning rate by 10 'when the error plateaus'; the patience of 5 epochs is ours.",
)

HE_IMAGENET_STEPS = Recipe(
    name="he_imagenet_steps",
    source="fb.resnet.torch, Gross & Wilber 2016: He et al.'s networks at fixed steps",
    epochs=90,
    batch_size=256,
    learning_rate=0.1,
    schedule=Steps(at=(30, 60), factor=0.1),
    optimizer=SGD(momentum=0.9, nesterov=True, weight_decay=1e-4, rate_in_velocity=False),
    augmentation="area 8 to 100 %, aspect 3/4 to 4/3, 224 crop, flip, colour jitter, PCA colour",
    claim=(
        "ImageNet top-1 / top-5 error, 1 crop: ResNet-18 30.43 / 10.76 %, 34 26.73 / 8.74 %, 50 24.01 / 7.02 %, "
        "101 22.44 / 6.21 %"
    ),
)
