"""Szegedy et al. 2014, "Going Deeper with Convolutions" (GoogLeNet), arXiv 1409.4842."""

from keras_resnets.training.recipes.record import SGD, Exponential, Recipe

GOOGLENET = Recipe(
    name="googlenet",
    source="Szegedy et al. 2014, arXiv 1409.4842, sec. 5 and 6",
    networks=("googlenet",),
    epochs=250,
    batch_size=32,
    learning_rate=0.01,
    schedule=Exponential(factor=0.96, every=8),
    optimizer=SGD(momentum=0.9, weight_decay=2e-4),
    auxiliary=(0.3, 0.3),
    ema=0.9999,
    augmentation="area 8 to 100 %, aspect 3/4 to 4/3, 224 crop, flip, photometric distortions",
    network_options={"aux": True},
    claim="ImageNet top-5 error: 1 model, 1 crop 10.07 %, 10 crops 9.15 %, 144 crops 7.89 % (Table 3)",
    note=(
        "The paper gives momentum, the decay of 4 % every 8 epochs, auxiliary weights and 'Polyak averaging'. Batch, "
        "learning rate, weight decay and length are those of BVLC, who rebuilt it in Caffe; a running average stands "
        "in for Polyak's."
    ),
)
