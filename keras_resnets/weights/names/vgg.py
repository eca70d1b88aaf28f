"""VGG and AlexNet as torchvision counts their layers: positions in a sequence, which its configuration decides.

timm counts alike, but reads the last map by convolutions where torchvision flattens it.
"""

from keras_resnets.weights.key_map import KeyMap

HEAD = (("head_dense1", "classifier.0"), ("head_dense2", "classifier.3"), ("head_dense", "classifier.6"))
TIMM_HEAD = (("head_dense{d}", "pre_logits.fc{d}"), ("head_dense", "head.fc"))


def features(convolutions, layers_each):
    """Rows of `features`: each convolution takes `layers_each` positions (ReLU, batch norm), each pool one."""
    rows, position = [], 0
    for stage, depth in enumerate(convolutions, 1):
        for block in range(1, depth + 1):
            rows.append((f"stage{stage}_block{block}_conv", f"features.{position}"))
            if layers_each == 3:
                rows.append((f"stage{stage}_block{block}_conv_bn", f"features.{position + 1}"))
            position += layers_each
        position += 1
    return tuple(rows)


def torchvision(name, *sequence):
    """Of torchvision's VGG."""
    return KeyMap(f"torchvision {name}", (*features(*sequence), *HEAD))


def timm(name, *sequence):
    """Of timm's VGG."""
    return KeyMap(f"timm {name}", (*features(*sequence), *TIMM_HEAD), dense_as_conv=("head_dense1", "head_dense2"))


SEQUENCES = {
    "vgg16": ((2, 2, 3, 3, 3), 2),
    "vgg19": ((2, 2, 4, 4, 4), 2),
    "vgg16_bn": ((2, 2, 3, 3, 3), 3),
    "vgg19_bn": ((2, 2, 4, 4, 4), 3),
}

NAMINGS = (
    *(torchvision(name, *sequence) for name, sequence in SEQUENCES.items()),
    *(timm(name, *sequence) for name, sequence in SEQUENCES.items()),
    KeyMap(
        "torchvision alexnet",
        (
            ("stem_conv", "features.0"),
            ("stage1_block1_conv", "features.3"),
            ("stage2_block1_conv", "features.6"),
            ("stage2_block2_conv", "features.8"),
            ("stage2_block3_conv", "features.10"),
            ("head_dense1", "classifier.1"),
            ("head_dense2", "classifier.4"),
            ("head_dense", "classifier.6"),
        ),
    ),
)
