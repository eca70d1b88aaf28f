"""Deleted and shuffled blocks against networks whose weights say the same."""

import itertools

import keras
import numpy as np
import pytest

import keras_resnets as kr
from keras_resnets.analysis.lesion import _reorder, kendall_tau
from keras_resnets.analysis.surgery import opened, residual_blocks
from tests.analysis.conftest import jolted, tiny
from tests.small_networks import SmallDenseNet

SIX = ("stage1_block1", "stage1_block2", "stage2_block1", "stage2_block2", "stage3_block1", "stage3_block2")


def outputs(model, images):
    return keras.ops.convert_to_numpy(model(images[0].astype("float32") / 255, training=False))


def branch_layer(model, block, name):
    """A layer of a block's branch, which stochastic depth keeps in a layer of its own."""
    names = [layer.name for layer in model.layers]
    inside = model if f"{block}_{name}" in names else model.get_layer(f"{block}_add").branch
    return inside.get_layer(f"{block}_{name}")


@pytest.mark.parametrize(
    "kind, options, silenced",
    [
        pytest.param("residual", {}, "conv2_bn", marks=pytest.mark.slow),
        pytest.param("residual", {"shortcut": "C"}, "conv2_bn", marks=pytest.mark.slow),
        ("residual", {"survival_probability": 0.5}, "conv2_bn"),
        ("preactivated", {}, "conv2"),
    ],
)
def test_a_deleted_block_is_its_shortcut(kind, options, silenced, pictures):
    """As where the last gamma and beta, or the last convolution, of the branch is zero."""
    model = tiny(kind, **options)
    subject = opened(model)
    assert tuple(subject.switches) == SIX == residual_blocks(model)
    whole = outputs(model, pictures)
    np.testing.assert_array_equal(outputs(subject.model, pictures), whole)
    for block in SIX:
        subject.switches[block].open.assign(0.0)
        layer = branch_layer(model, block, silenced)
        before = layer.get_weights()
        layer.set_weights([np.zeros_like(w) if i < 2 else w for i, w in enumerate(before)])
        expected = outputs(model, pictures)
        layer.set_weights(before)
        assert np.abs(expected - whole).max() > 1e-3
        np.testing.assert_allclose(outputs(subject.model, pictures), expected, atol=1e-5)
        subject.switches[block].open.assign(1.0)


def test_a_plain_block_is_deleted_where_the_shapes_allow_it(pictures):
    model = tiny("plain")
    subject = opened(model)
    assert tuple(subject.switches) == ("stage1_block1", "stage1_block2", "stage2_block2", "stage3_block2")
    subject.switches["stage1_block2"].open.assign(0.0)
    ahead = keras.Model(model.input, model.get_layer("stage1_block1_relu").output)
    behind = keras.Model(model.get_layer("stage1_block2_relu").output, model.output)
    expected = keras.ops.convert_to_numpy(behind(outputs(ahead, pictures)))
    np.testing.assert_allclose(outputs(subject.model, pictures), expected, atol=1e-5)


def test_exchanged_blocks_have_each_others_weights(pictures):
    model = tiny(n=3)
    subject = opened(model)
    _reorder(subject, [0, 2, 1, *range(3, 9)])
    other = jolted(tiny(n=3))
    other.set_weights(model.get_weights())
    for name in ("conv1", "conv1_bn", "conv2", "conv2_bn"):
        one, two = (model.get_layer(f"stage1_block{number}_{name}").get_weights() for number in (2, 3))
        other.get_layer(f"stage1_block2_{name}").set_weights(two)
        other.get_layer(f"stage1_block3_{name}").set_weights(one)
    np.testing.assert_allclose(outputs(subject.model, pictures), outputs(other, pictures), atol=1e-5)
    assert np.abs(outputs(other, pictures) - outputs(model, pictures)).max() > 1e-3


def test_every_deletion_is_judged_and_the_model_is_left_as_it_is(pictures):
    model = tiny()
    before = model.get_weights()
    pictures = (pictures[0], outputs(model, pictures).argmax(axis=1))  # the whole network errs on none of them
    found = kr.analysis.lesion(model, pictures, deletions=(1, 6), swaps=(1, 3), trials=3)
    assert found.error == 0 and max(found.single) > 0
    assert found.blocks == SIX and len(found.single) == 6
    assert set(found.pairs) == set(itertools.combinations(range(6), 2))
    assert set(found.deleted[1]) <= set(found.single)
    assert len(set(found.deleted[6])) == 1 and len(found.deleted[6]) == 3
    assert len(found.shuffled) == 6 and all(-1 <= tau < 1 for tau, _ in found.shuffled[:3])
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))
    again = kr.analysis.lesion(model, pictures, deletions=(1, 6), swaps=(1, 3), trials=3)
    assert again == found
    assert "without stage1_block1" in found.table()


def test_some_images_are_spread_over_the_set(pictures):
    model = tiny(n=1)
    labels = (outputs(model, pictures).argmax(axis=1) + np.isin(np.arange(20), (0, 5, 10))) % 10
    found = kr.analysis.lesion(model, (pictures[0], labels), limit=5, pairs=False, deletions=(), swaps=())
    assert found.images == 5 and found.error == pytest.approx(60)  # 0, 5, 10, 14 and 19


@pytest.mark.parametrize("order, tau", [((0, 1, 2, 3), 1), ((3, 2, 1, 0), -1), ((1, 0, 2, 3), 2 / 3)])
def test_kendall_tau(order, tau):
    assert kendall_tau(order) == pytest.approx(tau)


def test_what_cannot_be_done_is_refused_in_a_sentence(pictures):
    with pytest.raises(ValueError, match="none has a shortcut"):
        kr.analysis.lesion(SmallDenseNet(input_shape=(8, 8, 3)), pictures)
    model = tiny(n=1)
    with pytest.raises(ValueError, match="Cannot delete 7 blocks: 'tiny' has 3"):
        kr.analysis.lesion(model, pictures, deletions=[7])
    with pytest.raises(ValueError, match="a number of swaps must be a positive integer, not -1"):
        kr.analysis.lesion(model, pictures, swaps=[-1])
    with pytest.raises(ValueError, match="trials must be a positive integer"):
        kr.analysis.lesion(model, pictures, trials=0)
    with pytest.raises(TypeError, match=r"a Classifier, a keras\.Model, .*, not 7"):
        kr.analysis.lesion(7, pictures)


def test_the_figure_has_a_panel_for_each_that_was_measured(pictures, tmp_path):
    found = kr.analysis.lesion(tiny(n=1), pictures, limit=2, deletions=(1, 2), swaps=(1,), trials=1)
    assert found.figure(tmp_path / "lesion") == (tmp_path / "lesion.png", tmp_path / "lesion.svg")
    svg = (tmp_path / "lesion.svg").read_text()
    assert found.figure(tmp_path / "lesion") and (tmp_path / "lesion.svg").read_text() == svg
    with pytest.raises(ValueError, match=r"Unknown format of a figure '\.jpg'"):
        found.figure(tmp_path / "lesion.jpg")


def test_a_network_whose_outputs_are_not_finite_is_not_judged(pictures):
    model = tiny(n=1)
    model.get_layer("head_dense").bias.assign(np.full(10, np.nan))
    with pytest.raises(FloatingPointError, match=r"of 'tiny' are not finite for 20 .*'head_dense/bias' are not"):
        kr.analysis.lesion(model, pictures, pairs=False, deletions=(), swaps=())


def test_damage_that_makes_outputs_not_finite_is_named(pictures):
    """A branch takes away what the stem gives, which alone is beyond float32 a few layers on."""
    model = tiny(n=1)
    model.get_layer("stage1_block1_conv1").kernel.assign(np.zeros((3, 3, 16, 16)))
    for layer, beta in (("stem_conv_bn", 3e38), ("stage1_block1_conv2_bn", -3.2e38)):
        model.get_layer(layer).beta.assign(np.full(16, beta))
    assert kr.evaluate(model, pictures).images == 20
    with pytest.raises(FloatingPointError, match=r"Without stage1_block1: The outputs of 'tiny' are not finite"):
        kr.analysis.lesion(model, pictures, pairs=False, deletions=(), swaps=())
