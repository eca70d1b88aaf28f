"""Standard deviations of responses against the layers' own outputs."""

import keras
import numpy as np
import pytest

import keras_resnets as kr
from tests.analysis.conftest import tiny


@pytest.mark.parametrize("kind, ending", [("residual", "_bn"), ("plain", "_bn"), ("preactivated", "")])
def test_a_response_is_what_the_layers_own_normalization_gives(kind, ending, pictures):
    model = tiny(kind, n=1)
    found = kr.analysis.responses(model, pictures, batch_size=6)
    assert found.layers[:3] == ("stem_conv", "stage1_block1_conv1", "stage1_block1_conv2")
    assert len(found.layers) == 7 and found.images == 20
    own = keras.Model(model.input, [model.get_layer(name + ending).output for name in found.layers])
    expected = [np.std(output) for output in own(pictures[0].astype("float32") / 255, training=False)]
    assert found.deviations == pytest.approx(expected, rel=1e-3)


def test_layers_inside_stochastic_depth_are_measured_too(pictures):
    still, dropping = tiny(n=1), tiny(n=1, survival_probability=0.5)
    found = kr.analysis.responses(dropping, pictures)
    assert found.layers == kr.analysis.responses(still, pictures).layers
    assert all(deviation > 0 for deviation in found.deviations)


def test_projections_are_left_out(pictures):
    found = kr.analysis.responses(tiny(n=1, shortcut="C"), pictures)
    assert len(found.layers) == 7 and not any("shortcut" in name for name in found.layers)


def test_the_figure(pictures, tmp_path):
    found = kr.analysis.responses(tiny(n=1), pictures)
    assert found.figure(tmp_path / "responses.png") == (tmp_path / "responses.png",)
    assert "stem_conv" in found.table()


def test_a_layer_whose_responses_are_not_finite_is_named(pictures):
    model = tiny(n=1)
    model.get_layer("stage2_block1_conv1_bn").gamma.assign(np.full(32, np.nan))
    words = r"layer 'stage2_block1_conv1' of 'tiny', .* for its weights 'stage2_block1_conv1_bn/gamma' are not"
    with pytest.raises(FloatingPointError, match=words):
        kr.analysis.responses(model, pictures)
