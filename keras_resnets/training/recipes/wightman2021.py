"""Wightman, Touvron, Jégou 2021, "ResNet strikes back: An improved training procedure in timm", arXiv 2110.00476."""

from dataclasses import replace

from keras_resnets.training.recipes.record import LAMB, BinaryCrossEntropy, Clipping, Cosine, Recipe, Warmup

NOTE = (
    "Beside Table 2, as in timm: the warm-up starts at 1e-4, the cosine ends at 1e-6, labels above 0.2 count 1, LAMB "
    "clips the gradients' norm to 1."
)

RSB_A1 = Recipe(
    name="rsb_a1",
    source="Wightman et al. 2021, arXiv 2110.00476, Table 2, A1",
    epochs=600,
    batch_size=2048,
    learning_rate=5e-3,
    schedule=Cosine(end=2e-4),
    warmup=Warmup(length=5, start=0.02),
    optimizer=LAMB(weight_decay=0.01, exclude=("norms", "biases")),
    loss=BinaryCrossEntropy(label_smoothing=0.1, threshold=0.2),
    clipping=Clipping(threshold=1.0),
    augmentation=(
        "area 8 to 100 %, aspect 3/4 to 4/3, 224 crop, flip, RandAugment 7 / 0.5, mixup 0.2 or CutMix 1.0, 3 repeats, "
        "centre 95 %"
    ),
    network_options={"drop_path_rate": 0.05},
    claim="ImageNet top-1 accuracy: ResNet-50 80.4 % at 224, crop ratio 0.95",
    note=NOTE,
)

RSB_A2 = replace(
    RSB_A1,
    name="rsb_a2",
    source="Wightman et al. 2021, arXiv 2110.00476, Table 2, A2",
    epochs=300,
    optimizer=LAMB(weight_decay=0.02, exclude=("norms", "biases")),
    loss=BinaryCrossEntropy(threshold=0.2),
    augmentation=(
        "area 8 to 100 %, aspect 3/4 to 4/3, 224 crop, flip, RandAugment 7 / 0.5, mixup 0.1 or CutMix 1.0, 3 repeats, "
        "centre 95 %"
    ),
    claim="ImageNet top-1 accuracy: ResNet-50 79.8 % at 224, crop ratio 0.95",
)

RSB_A3 = replace(
    RSB_A2,
    name="rsb_a3",
    source="Wightman et al. 2021, arXiv 2110.00476, Table 2, A3",
    epochs=100,
    learning_rate=8e-3,
    warmup=Warmup(length=5, start=0.0125),
    schedule=Cosine(end=1.25e-4),
    augmentation="area 8 to 100 %, aspect 3/4 to 4/3, 160 crop, flip, RandAugment 6 / 0.5, mixup 0.1 or CutMix 1.0, "
    "centre 95 %",
    network_options={},
    claim="ImageNet top-1 accuracy: ResNet-50 78.1 % at 224, crop ratio 0.95",
)
