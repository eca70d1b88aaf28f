"""Ioffe & Szegedy 2015, "Batch Normalization: Accelerating Deep Network Training", arXiv 1502.03167."""

from keras_resnets.training.recipes.record import SGD, Exponential, Recipe

BN_INCEPTION = Recipe(
    name="bn_inception",
    source="Ioffe & Szegedy 2015, arXiv 1502.03167, sec. 4.2, BN-x30",
    networks=("bn_inception",),
    iterations=6_000_000,
    batch_size=32,
    learning_rate=0.045,
    schedule=Exponential(factor=0.96, every=320_000 / 6),
    optimizer=SGD(momentum=0.9, weight_decay=2e-4 / 5),
    augmentation="area 8 to 100 %, aspect 3/4 to 4/3, 224 crop, flip, few photometric distortions",
    claim="ImageNet top-1 accuracy, 1 crop: 74.8 % after 6,000,000 steps (72.2 % after 2,700,000)",
    note=(
        "The paper gives the learning rate, 30 times its Inception's, the batch of 32, a decay 6 times as fast as that "
        "one's and a fifth of its weight decay; 4 % every 8 epochs (Szegedy et al. 2014) and BVLC's 2e-4 are assumed."
    ),
)
