"""The networks as others have them: in PyTorch, in keras.applications and in stock Keras layers."""

from __future__ import annotations

import importlib.util

NETWORKS = (
    "resnet20",
    "resnet50",
    "resnext50_32x4d",
    "wide_resnet50_2",
    "densenet121",
    "googlenet",
    "inception_v3",
)
NO_AUX = {"aux_logits": False, "init_weights": False}
# block, filters and stride of the stem, depths, first width, cardinality: He et al. 2015, Table 1 and sec. 4.2; Xie et
# al. 2017, Table 1.
IN_TORCH = {
    "resnet50": ("bottleneck", (3, 4, 6, 3), 64, 1),
    "resnext50_32x4d": ("bottleneck", (3, 4, 6, 3), 128, 32),
    "resnet20": ("basic", (3, 3, 3), 16, 1),
}
# The same networks of torchvision, where it is installed and `IN_TORCH` has none.
TORCHVISION = {"wide_resnet50_2": {}, "densenet121": {}, "googlenet": NO_AUX, "inception_v3": NO_AUX}
# What the networks of TORCHVISION are to `kr.build`, where that is not what the papers have.
OPTIONS = {"googlenet": {"variant": "torchvision"}, "inception_v3": {"variant": "torchvision"}}
# The ResNets have their stride on the first 1x1 there, and biases in front of its norms.
APPLICATIONS = {
    "resnet50": "ResNet50",
    "resnet152": "ResNet152",
    "densenet121": "DenseNet121",
    "inception_v3": "InceptionV3",
}
SIZES = {"resnet20": 32, "inception_v3": 299}


def size_of(network: str) -> int:
    """Height and width of the paper's images."""
    return SIZES.get(network, 224)


def our_network(network: str, size: int):
    """The network here, for images of `size`x`size`."""
    import keras_resnets as kr

    return kr.build(network, input_shape=(size, size, 3), **OPTIONS.get(network, {}))


def has_torch(network: str) -> bool:
    """Whether PyTorch is installed, and has this network here."""
    if importlib.util.find_spec("torch") is None:
        return False
    return network in IN_TORCH or (network in TORCHVISION and importlib.util.find_spec("torchvision") is not None)


def torch_network(network: str):
    """The network in PyTorch, with fresh weights; it gives logits."""
    if network in IN_TORCH:
        return in_torch(*IN_TORCH[network])
    import torchvision

    return getattr(torchvision.models, network)(weights=None, **TORCHVISION[network])


def in_stock_layers(model):
    """A Keras model of Keras's own convolutions and batch normalizations in place of ours."""
    import keras

    import keras_resnets as kr

    stocks = {
        kr.GroupedConv2D: keras.layers.Conv2D,
        kr.layers.PointwiseConv2D: keras.layers.Conv2D,
        kr.layers.FusedBatchNormalization: keras.layers.BatchNormalization,
    }

    def stock(layer):
        config = layer.get_config()
        config.pop("implementation", None)
        return stocks.get(type(layer), type(layer)).from_config(config)

    return keras.models.clone_model(model, clone_function=stock)


def in_torch(block, depths, width, cardinality):
    """A residual network in plain PyTorch, layer for layer that of `kr` (v1.5: the stride on the 3x3)."""
    from torch import nn

    small = block == "basic"

    def conv_bn(inputs, filters, size, stride=1, groups=1):
        conv = nn.Conv2d(inputs, filters, size, stride, size // 2, groups=groups, bias=False)
        return conv, nn.BatchNorm2d(filters)

    def transform(inputs, width, outputs, stride):
        if small:
            return *conv_bn(inputs, width, 3, stride), nn.ReLU(True), *conv_bn(width, outputs, 3)
        middle = conv_bn(width, width, 3, stride, cardinality)
        return *conv_bn(inputs, width, 1), nn.ReLU(True), *middle, nn.ReLU(True), *conv_bn(width, outputs, 1)

    class Identity(nn.Module):
        """Option A: subsampled, with zeros for new channels (He et al. 2015, sec. 3.3)."""

        def __init__(self, new, stride):
            super().__init__()
            self.new, self.stride = new, stride

        def forward(self, x):
            return nn.functional.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, 0, self.new))

    class Residual(nn.Module):
        def __init__(self, inputs, width, outputs, stride):
            super().__init__()
            self.transform = nn.Sequential(*transform(inputs, width, outputs, stride))
            same = inputs == outputs and stride == 1
            projection = [] if same else conv_bn(inputs, outputs, 1, stride)
            self.shortcut = Identity(outputs - inputs, stride) if small else nn.Sequential(*projection)

        def forward(self, x):
            return nn.functional.relu(self.transform(x) + self.shortcut(x), inplace=True)

    channels = 16 if small else 64
    layers = [*conv_bn(3, channels, *((3, 1) if small else (7, 2))), nn.ReLU(True)]
    layers += [] if small else [nn.MaxPool2d(3, 2, 1)]
    for stage, depth in enumerate(depths):
        paths = width * 2**stage
        outputs = paths if small else 256 * 2**stage
        for index in range(depth):
            layers.append(Residual(channels, paths, outputs, 2 if stage and not index else 1))
            channels = outputs
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, 10 if small else 1000))
