"""A short recipe of today for CIFAR-10: a quarter of the paper's updates under one cycle of the learning rate."""

from keras_resnets.training.recipes.record import SGD, OneCycle, Recipe

FAST_CIFAR = Recipe(
    name="fast_cifar",
    source=(
        "ours, of known parts: one cycle of the learning rate (Smith & Topin 2018, arXiv 1708.07120), Nesterov "
        "momentum, no decay of norms and biases (He et al. 2019, arXiv 1812.01187, sec. 3.1), "
        "decay 5e-4 (Zagoruyko & Komodakis 2016, arXiv 1605.07146)"
    ),
    iterations=16_000,
    batch_size=128,
    learning_rate=0.2,
    schedule=OneCycle(rise=0.2),
    optimizer=SGD(momentum=0.9, nesterov=True, weight_decay=5e-4, exclude=("norms", "biases")),
    result="ResNet-20 8.80 % after 16,000 iterations, one seed: not reached (examples/results/cifar10)",
    claim="ours to reach: ResNet-20's 8.75 % of He et al. 2015, Table 6, after a quarter of the paper's updates",
)
