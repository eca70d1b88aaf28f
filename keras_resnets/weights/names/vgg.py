"""VGG and AlexNet as torchvision counts their layers: positions in a sequence, which its configuration decides."""

from keras_resnets.weights.naming import Naming

HEAD = (("head_dense1", "classifier.0"), ("head_dense2", "classifier.3"), ("head_dense", "classifier.6"))


def vgg(name, convolutions, layers_each):
    """Rows of `features`: each convolution takes `layers_each` positions (ReLU, batch norm), each pool one."""
    rows, position = [], 0
    for stage, depth in enumerate(convolutions, 1):
        for block in range(1, depth + 1):
            rows.append((f"stage{stage}_block{block}_conv", f"features.{position}"))
            if layers_each == 3:
                rows.append((f"stage{stage}_block{block}_conv_bn", f"features.{position + 1}"))
            position += layers_each
        position += 1
    return Naming(name, (*rows, *HEAD))


NAMINGS = (
    vgg("torchvision vgg16", (2, 2, 3, 3, 3), 2),
    vgg("torchvision vgg19", (2, 2, 4, 4, 4), 2),
    vgg("torchvision vgg16_bn", (2, 2, 3, 3, 3), 3),
    vgg("torchvision vgg19_bn", (2, 2, 4, 4, 4), 3),
    Naming(
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
