"""ZFNet against Figure 3 and Table 2 of its paper."""

import keras
import pytest

import keras_resnets as kr
from keras_resnets.layers import LocalResponseNormalization
from keras_resnets.networks.abstract import abstract_init

# Channels and side of the map behind each convolution and pool.
FIGURE_3 = {
    "stem_conv": (96, 110),
    "stage1_pool": (96, 55),
    "stage1_block1_conv": (256, 26),
    "stage2_pool": (256, 13),
    "stage2_block1_conv": (384, 13),
    "stage2_block2_conv": (384, 13),
    "stage2_block3_conv": (256, 13),
    "tail_pool": (256, 6),
}
TABLE_2_B = {"stage2_block1_conv": (512, 13), "stage2_block2_conv": (1024, 13), "stage2_block3_conv": (512, 13)}
TABLE_2_B |= {"tail_pool": (512, 6)}


@pytest.mark.parametrize("build, expected", [(kr.ZFNet, FIGURE_3), (kr.ZFNetB, FIGURE_3 | TABLE_2_B)])
def test_the_maps_are_those_of_the_paper(build, expected):
    with abstract_init():
        model = build()
    maps = [layer for layer in model.layers if isinstance(layer, keras.layers.Conv2D | keras.layers.MaxPooling2D)]
    assert {layer.name: (layer.output.shape[-1], layer.output.shape[1]) for layer in maps} == expected
    for stage in (1, 2):
        norm = model.get_layer(f"stage{stage}_norm")
        assert isinstance(norm, LocalResponseNormalization)
        assert norm.input is model.get_layer(f"stage{stage}_pool").output


def test_47_pixels_are_the_least():
    with abstract_init():
        assert kr.ZFNet(input_shape=(47, 47, 3), include_top=False).output_shape == (None, 1, 1, 256)
        with pytest.raises(ValueError, match="needs images of at least 47x47 pixels, not 46x47"):
            kr.ZFNet(input_shape=(46, 47, 3), include_top=False)
