"""Key maps of VGG and AlexNet in torchvision and timm, which number layers by their position in a sequence.

timm reads the last map by convolutions where torchvision flattens it.
"""

from collections.abc import Sequence

from keras_resnets.weights.key_map import KeyMap, Rows

HEAD = (("head_dense1", "classifier.0"), ("head_dense2", "classifier.3"), ("head_dense", "classifier.6"))
TIMM_HEAD = (("head_dense{d}", "pre_logits.fc{d}"), ("head_dense", "head.fc"))


def features(convolutions: Sequence[int], layers_each: int) -> Rows:
    """Return the rows of `features`: a convolution takes `layers_each` positions (ReLU, batch norm), a pool one."""
    rows: list[tuple[str, str]] = []
    position = 0
    for stage, depth in enumerate(convolutions, 1):
        for block in range(1, depth + 1):
            rows.append((f"stage{stage}_block{block}_conv", f"features.{position}"))
            if layers_each == 3:
                rows.append((f"stage{stage}_block{block}_conv_bn", f"features.{position + 1}"))
            position += layers_each
        position += 1
    return tuple(rows)


def torchvision(name: str, convolutions: Sequence[int], layers_each: int) -> KeyMap:
    """Return the key map of a VGG in torchvision."""
    return KeyMap(f"torchvision {name}", (*features(convolutions, layers_each), *HEAD))


def timm(name: str, convolutions: Sequence[int], layers_each: int) -> KeyMap:
    """Return the key map of a VGG in timm."""
    rows = (*features(convolutions, layers_each), *TIMM_HEAD)
    return KeyMap(f"timm {name}", rows, dense_as_conv=("head_dense1", "head_dense2"))


SEQUENCES = {
    "vgg16": ((2, 2, 3, 3, 3), 2),
    "vgg19": ((2, 2, 4, 4, 4), 2),
    "vgg16_bn": ((2, 2, 3, 3, 3), 3),
    "vgg19_bn": ((2, 2, 4, 4, 4), 3),
}

KEY_MAPS = (
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
