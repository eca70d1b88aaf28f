"""BN-Inception against its table and counts that others have published."""

import keras
import pytest

import keras_resnets as kr
from keras_resnets.networks.abstract import abstract_init

# fmt: off
# Ioffe & Szegedy 2015, Figure 5: what a module gives; its 1x1, 3x3 reduce, 3x3, double 3x3 reduce, double 3x3, pool.
FIGURE_5 = {
    "3a": ((28, 28,  256), ( 64,  64,  64,  64,  96,  32)),
    "3b": ((28, 28,  320), ( 64,  64,  96,  64,  96,  64)),
    "3c": ((14, 14,  576), (  0, 128, 160,  64,  96,   0)),
    "4a": ((14, 14,  576), (224,  64,  96,  96, 128, 128)),
    "4b": ((14, 14,  576), (192,  96, 128,  96, 128, 128)),
    "4c": ((14, 14,  576), (160, 128, 160, 128, 160,  96)),
    "4d": ((14, 14,  576), ( 96, 128, 192, 160, 192,  96)),
    "4e": (( 7,  7, 1024), (  0, 128, 192, 192, 256,   0)),
    "5a": (( 7,  7, 1024), (352, 192, 320, 160, 224, 128)),
    "5b": (( 7,  7, 1024), (352, 192, 320, 192, 224, 128)),
}
# fmt: on
STAGES = (("3a", "3b"), ("3c", "4a", "4b", "4c", "4d"), ("4e", "5a", "5b"))


@pytest.fixture(scope="module")
def model():
    with abstract_init():
        return kr.BNInception()


def sizes(table):
    """Kernel weights and normalized channels ahead of the classifier, and the channels that it reads."""
    weights, channels, x = 64 * 7 * 7 * 3, 64, 64

    def conv(inputs, outputs, size):
        nonlocal weights, channels
        weights += inputs * outputs * size * size
        channels += outputs
        return outputs

    x = conv(conv(x, 64, 1), 192, 3)
    for ones, reduce, three, reduce_double, double, projected in table:
        conv(conv(x, reduce, 1), three, 3)
        conv(conv(conv(x, reduce_double, 1), double, 3), double, 3)
        x = conv(x, ones, 1) + three + double + (conv(x, projected, 1) or x)
    return weights, channels, x


def paper():
    return [row for _, row in FIGURE_5.values()]


def test_the_modules_are_those_of_figure_5(model):
    for stage, names in enumerate(STAGES, 1):
        for index, name in enumerate(names, 1):
            block, (shape, row) = f"stage{stage}_block{index}", FIGURE_5[name]
            layers = ("1x1", "3x3_reduce", "3x3", "double3x3_reduce", "double3x3_2", "pool_proj")
            filters = {layer.name: layer.filters for layer in model.layers if isinstance(layer, keras.layers.Conv2D)}
            assert tuple(filters.get(f"{block}_{layer}", 0) for layer in layers) == row, name
            assert model.get_layer(f"{block}_concat").output.shape[1:] == shape, name


def test_the_pools_are_means_but_where_the_paper_has_a_maximum(model):
    pools = [layer for layer in model.layers if layer.name.startswith("stage") and layer.name.endswith("_pool")]
    maxima = [layer.name for layer in pools if isinstance(layer, keras.layers.MaxPooling2D)]
    assert len(pools) == 10
    assert maxima == ["stage2_block1_pool", "stage3_block1_pool", "stage3_block3_pool"]  # 3c, 4e, 5b


def test_the_arithmetic_gives_what_others_count():
    """With the deviations of each: the table is theirs too."""
    # TF-slim's InceptionV2 without the classifier: a separable first convolution with biases; no gammas; all variables.
    weights, channels, _ = sizes(paper())
    assert weights - 7 * 7 * 3 * 64 + (7 * 7 * 3 * 8 + 24 * 64 + 64) + 3 * (channels - 64) == 10_173_112
    # The BN-Inception of pytorchcv, converted from Caffe: biases too, and pools of 4c and 4d projected to 128 channels.
    caffe = [(*row[:-1], 128) if name in ("4c", "4d") else row for name, (_, row) in FIGURE_5.items()]
    weights, channels, features = sizes(caffe)
    assert weights + 3 * channels + (features + 1) * 1000 == 11_295_240


def test_the_count_is_that_of_the_arithmetic_and_near_the_papers(model):
    weights, channels, features = sizes(paper())
    cost = kr.complexity(model)
    assert cost.trainable == weights + 2 * channels + (features + 1) * 1000 == 11_194_984
    # Szegedy et al. 2015, arXiv 1512.00567, Table 3: 2.0 billion.
    assert round(cost.multiply_accumulates / 1e9, 1) == 2.0


def test_any_size():
    with abstract_init():
        model = kr.BNInception(input_shape=(None, None, 3), include_top=False)
    assert model.output_shape == (None, None, None, 1024)
    assert model.compute_output_shape((1, 225, 97, 3)) == (1, 8, 4, 1024)
