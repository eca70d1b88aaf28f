"""He, Zhang, Ren, Sun 2016, "Identity Mappings in Deep Residual Networks", arXiv 1603.05027."""

from keras_resnets.training.recipes.he2015 import SCALE_JITTER
from keras_resnets.training.recipes.record import SGD, Recipe, Steps, Warmup

PREACT_CIFAR = Recipe(
    name="preact_cifar",
    source="He et al. 2016, arXiv 1603.05027, appendix",
    networks=("preact_resnet110", "preact_resnet164", "preact_resnet1001"),
    iterations=64_000,
    batch_size=128,
    learning_rate=0.1,
    schedule=Steps(at=(32_000, 48_000), factor=0.1),
    warmup=Warmup(length=400, start=0.1, shape="constant"),
    optimizer=SGD(momentum=0.9, weight_decay=1e-4, rate_in_velocity=False),
    claim="CIFAR-10 / 100 test error: 110 layers 6.37 %, 164 5.46 / 24.33 %, 1001 4.92 / 22.71 % (Tables 3 and 4)",
    note="The length is that of He et al. 2015; the paper remarks that its units do not need the warm-up.",
)

PREACT_IMAGENET = Recipe(
    name="preact_imagenet",
    source="He et al. 2016, arXiv 1603.05027, appendix",
    networks=tuple(f"preact_resnet{layers}" for layers in (18, 34, 50, 101, 152, 200)),
    epochs=90,
    batch_size=256,
    learning_rate=0.1,
    schedule=Steps(at=(30, 60), factor=0.1),
    optimizer=SGD(momentum=0.9, weight_decay=1e-4, rate_in_velocity=False),
    augmentation=SCALE_JITTER,
    claim="ImageNet top-1 / top-5 error, 320 crop: ResNet-200 20.7 / 5.3 % (Table 5)",
    note="The paper gives the steps and no end; 90 epochs are fb.resnet.torch's.",
)
