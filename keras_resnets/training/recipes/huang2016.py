"""Huang, Sun, Liu, Sedra, Weinberger 2016, "Deep Networks with Stochastic Depth", arXiv 1603.09382."""

from keras_resnets.training.recipes.record import SGD, Recipe, Steps

STOCHASTIC_DEPTH_CIFAR = Recipe(
    name="stochastic_depth_cifar",
    source="Huang et al. 2016, arXiv 1603.09382, sec. 4, and the authors' release",
    epochs=500,
    batch_size=128,
    learning_rate=0.1,
    schedule=Steps(at=(250, 375), factor=0.1),
    optimizer=SGD(momentum=0.9, nesterov=True, weight_decay=1e-4, rate_in_velocity=False),
    network_options={"survival": 0.5},
    claim="ResNet-110 test error: CIFAR-10 5.23 % (6.41 % at constant depth), CIFAR-100 24.58 %; 1202 layers 4.91 %",
    note="The paper trains on 45,000 images and keeps 5,000 to choose the epoch by; here all 50,000 are trained on.",
)
