"""Trainable parameters by the papers' arithmetic alone, written without the package.

Convolution weights, two for each normalized channel, and the head.
"""


def conv(inputs, outputs, size, groups=1):
    return inputs // groups * size * size * outputs + 2 * outputs


def residual_network(depths, filters, block, stem_size, classes, first=None):
    """A stem, stages that double `filters`, projections where the shape changes ("B"), and a fully connected layer."""
    channels = filters
    total = conv(3, channels, stem_size)
    for stage, depth in enumerate(depths):
        for index in range(depth):
            weights, outputs = block(channels, filters << stage)
            projects = outputs != channels or (index == 0 and stage > 0)
            total += weights + (conv(channels, outputs, 1) if projects else 0)
            channels = outputs
    return total + (channels + 1) * classes


def basic(inputs, filters):
    return conv(inputs, filters, 3) + conv(filters, filters, 3), filters


def bottleneck(cardinality, base_width):
    def block(inputs, filters):
        width = cardinality * (base_width * filters // 64)
        weights = conv(inputs, width, 1) + conv(width, width, 3, cardinality) + conv(width, 4 * filters, 1)
        return weights, 4 * filters

    return block


def preactivated_network(depths, filters, block, stem, classes):
    """`stem`: filters and size; norms ahead of convolutions, bare projections of new channels ("B"), a last norm."""
    channels, size = stem
    total = channels * 3 * size * size
    for stage, depth in enumerate(depths):
        for _ in range(depth):
            weights, outputs = block(channels, filters << stage)
            total += weights + (channels * outputs if outputs != channels else 0)
            channels = outputs
    return total + 2 * channels + (channels + 1) * classes


def preactivated_conv(inputs, outputs, size):
    return 2 * inputs + inputs * size * size * outputs


def preactivated_basic(inputs, filters):
    return preactivated_conv(inputs, filters, 3) + preactivated_conv(filters, filters, 3), filters


def preactivated_bottleneck(inputs, filters):
    reduce, middle = preactivated_conv(inputs, filters, 1), preactivated_conv(filters, filters, 3)
    return reduce + middle + preactivated_conv(filters, 4 * filters, 1), 4 * filters
