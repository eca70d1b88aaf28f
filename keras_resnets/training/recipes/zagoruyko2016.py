"""Zagoruyko & Komodakis 2016, "Wide Residual Networks", arXiv 1605.07146."""

from keras_resnets.training.recipes.record import SGD, Recipe, Steps

WRN_CIFAR = Recipe(
    name="wrn_cifar",
    source="Zagoruyko & Komodakis 2016, arXiv 1605.07146, sec. 3",
    networks=("wide_resnet16_8", "wide_resnet40_4", "wide_resnet28_10"),
    epochs=200,
    batch_size=128,
    learning_rate=0.1,
    schedule=Steps(at=(60, 120, 160), factor=0.2),
    optimizer=SGD(momentum=0.9, nesterov=True, weight_decay=5e-4, rate_in_velocity=False),
    claim="CIFAR-10 / 100 test error: WRN-16-8 4.27 / 20.43 %, 40-4 4.53 / 21.18 %, 28-10 4.00 / 19.25 %",
)
