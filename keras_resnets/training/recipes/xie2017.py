"""Xie, Girshick, Dollár, Tu, He 2017, "Aggregated Residual Transformations for Deep Neural Networks"."""

from keras_resnets.training.recipes.record import SGD, Recipe, Steps

RESNEXT_IMAGENET = Recipe(
    name="resnext_imagenet",
    source="Xie et al. 2017, arXiv 1611.05431, sec. 4, and the authors' release",
    networks=("resnext50_*", "resnext101_*"),
    epochs=100,
    batch_size=256,
    learning_rate=0.1,
    schedule=Steps(at=(30, 60, 90), factor=0.1),
    optimizer=SGD(momentum=0.9, nesterov=True, weight_decay=1e-4, rate_in_velocity=False),
    augmentation="area 8 to 100 %, aspect 3/4 to 4/3, 224 crop, flip, colour jitter, PCA colour",
    claim="ImageNet top-1 error, 1 crop: ResNeXt-50 32x4d 22.2 %, ResNeXt-101 32x4d 21.2 %, 64x4d 20.4 %",
    note="The steps are those of fb.resnet.torch, as the paper says; Nesterov and length are the release's.",
)

RESNEXT_CIFAR = Recipe(
    name="resnext_cifar",
    source="Xie et al. 2017, arXiv 1611.05431, appendix A, and the authors' release",
    networks=("resnext29_*",),
    epochs=300,
    batch_size=128,
    learning_rate=0.1,
    schedule=Steps(at=(150, 225), factor=0.1),
    optimizer=SGD(momentum=0.9, nesterov=True, weight_decay=5e-4, rate_in_velocity=False),
    claim="CIFAR-10 / 100 test error: ResNeXt-29 8x64d 3.65 / 17.77 %, 16x64d 3.58 / 17.31 %",
    note="Nesterov is the release's.",
)
