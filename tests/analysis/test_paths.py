"""Paths by length, and their gradients."""

import itertools
import math

import numpy as np
import pytest

import keras_resnets as kr
from keras_resnets.analysis import Paths
from keras_resnets.analysis.paths import input_gradient, lead
from keras_resnets.analysis.surgery import Points, opened
from tests.analysis.conftest import tiny


@pytest.mark.parametrize(
    "kind, options",
    [
        pytest.param("residual", {}, marks=pytest.mark.slow),
        ("preactivated", {}),
        ("residual", {"survival_probability": 0.5}),
    ],
)
def test_the_gradients_of_all_paths_sum_to_the_networks(kind, options, pictures):
    """2^3 paths of three blocks, each with its gradient alone."""
    model = tiny(kind, n=1, **options)
    images, labels = pictures[0].astype("float32") / 255, pictures[1]
    subject = opened(model, Points)
    gradient = input_gradient(subject.model)
    total = 0
    for length in range(4):
        for branches in itertools.combinations(range(3), length):
            lead(subject, branches)
            total = total + gradient(images, labels)
    np.testing.assert_allclose(total, input_gradient(model)(images, labels), atol=1e-5)
    assert np.abs(total).max() > 1e-3


def test_as_many_paths_of_each_length_as_there_are_choices(pictures):
    found = kr.analysis.paths(tiny(n=1), pictures, trials=2, limit=4)
    assert found.blocks == 3 and found.lengths == tuple(range(4)) and found.images == 4
    assert found.shares == pytest.approx([math.comb(3, k) / 8 for k in range(4)])
    assert sum(found.contributions) == pytest.approx(1)
    assert found.gradients[0][0] == found.gradients[0][1]  # there is one path through all shortcuts
    assert "2^3 paths" in found.table()
    assert found == kr.analysis.paths(tiny(n=1), pictures, trials=2, limit=4)


def test_effective_lengths_are_the_fewest_that_bring_the_share():
    found = Paths("tiny", "images", 1, 4, (0, 1, 2, 3, 4), ((1.0,), (10.0,), (10.0,), (0.01,), (0.0,)))
    assert found.effective() == (1, 2)
    assert found.effective(0.5) == (2, 2)
    with pytest.raises(ValueError, match="share must be"):
        found.effective(1.0)


def test_a_network_of_a_thousand_blocks_has_shares():
    found = Paths("resnet", "images", 1, 1202, (600, 601), ((1.0,), (1.0,)))
    assert 0 < found.shares[0] < 0.03


def test_what_cannot_be_done_is_refused_in_a_sentence(pictures):
    with pytest.raises(ValueError, match="it has a single path"):
        kr.analysis.paths(tiny("plain"), pictures)
    with pytest.raises(ValueError, match="are 0 to 3 blocks long"):
        kr.analysis.paths(tiny(n=1), pictures, lengths=[4])
    with pytest.raises(ValueError, match="has the classes 0 to 9"):
        kr.analysis.paths(tiny(n=1), (pictures[0], pictures[1] + 1))


def test_the_figure(pictures, tmp_path):
    found = kr.analysis.paths(tiny(n=1), pictures, trials=1, limit=2)
    assert [file.suffix for file in found.figure(tmp_path / "paths")] == [".png", ".svg"]


@pytest.mark.slow
def test_jax_gives_the_same_gradients(pictures, tmp_path, fresh_python):
    model = tiny(n=1)
    model.save(tmp_path / "model.keras")
    np.savez(tmp_path / "images.npz", images=pictures[0], labels=pictures[1])
    code = (
        "import sys, numpy, keras, keras_resnets as kr\n"
        "model = keras.saving.load_model(sys.argv[1] + '/model.keras')\n"
        "held = numpy.load(sys.argv[1] + '/images.npz')\n"
        "found = kr.analysis.paths(model, (held['images'], held['labels']), trials=2)\n"
        "damaged = kr.analysis.lesion(model, (held['images'], held['labels']), trials=1)\n"
        "print(*found.single, *damaged.single)"
    )
    printed = [float(word) for word in fresh_python(code, tmp_path, KERAS_BACKEND="jax").split()]
    here = kr.analysis.paths(model, pictures, trials=2).single + kr.analysis.lesion(model, pictures, trials=1).single
    assert printed == pytest.approx(here, rel=1e-3)


def test_gradients_of_outputs_that_are_not_finite_are_not_sampled(pictures):
    model = tiny(n=1)
    model.get_layer("head_dense").bias.assign(np.full(10, np.nan))
    with pytest.raises(FloatingPointError, match=r"of 'tiny' are not finite for 20 .*'head_dense/bias' are not"):
        kr.analysis.paths(model, pictures, trials=1)


def test_gradients_that_are_not_finite_are_refused(pictures):
    """Forward the stem multiplies by 1e-35 before 1e20; backward it comes last, behind 1e25 times 1e20."""
    model = tiny(n=1)
    for layer, factor in (("stem_conv", 1e-35), ("head_dense", 1e25)):
        kernel = model.get_layer(layer).kernel
        kernel.assign(np.float32(factor) * np.asarray(kernel))
    norm = model.get_layer("stem_conv_bn")
    norm.gamma.assign(np.full(16, 1e20))
    norm.moving_mean.assign(np.zeros(16))
    assert kr.evaluate(model, pictures).images == 20
    with pytest.raises(FloatingPointError, match=r"gradients of paths of \d blocks through 'tiny' are not finite"):
        kr.analysis.paths(model, pictures, trials=1)
