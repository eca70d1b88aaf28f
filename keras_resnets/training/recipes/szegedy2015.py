"""Szegedy et al. 2015, "Rethinking the Inception Architecture for Computer Vision", arXiv 1512.00567."""

from keras_resnets.training.recipes.record import Clipping, CrossEntropy, Exponential, Recipe, RMSProp

INCEPTION_V3 = Recipe(
    name="inception_v3",
    source="Szegedy et al. 2015, arXiv 1512.00567, sec. 7 and 8, and the authors' release",
    networks=("inception_v3",),
    epochs=100,
    batch_size=1600,
    learning_rate=0.045,
    schedule=Exponential(factor=0.94, every=2),
    optimizer=RMSProp(
        rho=0.9, momentum=0.9, epsilon=1.0, weight_decay=4e-5, exclude=("norms", "biases"), initial_square=1.0
    ),
    loss=CrossEntropy(label_smoothing=0.1),
    auxiliary=(0.4,),
    clipping=Clipping(threshold=2.0),
    ema=0.9999,
    augmentation="area 8 to 100 %, aspect 3/4 to 4/3, 299 crop, flip, photometric distortions",
    network_options={"aux": True},
    claim="ImageNet top-1 / top-5 error: 1 crop 21.2 / 5.6 % (Table 3), 144 crops 18.77 / 4.2 % (Table 4)",
    note=(
        "The paper gives rho, epsilon, learning rate and decay, clipping, smoothing, 50 replicas of 32 images and 'a "
        "running average'; momentum, weight decay, the auxiliary weight and the average's momentum are the release's."
    ),
)
