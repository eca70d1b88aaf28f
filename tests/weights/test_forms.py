"""ResNeXt's three forms compute one function (Xie et al. 2017, Fig. 3)."""

import itertools

import numpy as np
import pytest

import keras_resnets as kr
from keras_resnets.networks.abstract import abstract_init

SMALL = {
    **{"depths": (1, 1, 1), "cardinality": 4, "base_width": 16},
    **{"input_shape": (32, 32, 3), "classifier_activation": None},
}


def randomized(form, rng, **options):
    """A network whose every weight, moving statistics included, differs from its initial value."""
    model = kr.ResNeXt29(form=form, **SMALL, **options)
    for variable in model.weights:
        variable.assign(
            np.asarray(variable) * rng.uniform(0.8, 1.2, variable.shape) + 0.01 * rng.uniform(size=variable.shape)
        )
    return model


@pytest.mark.parametrize(
    "source, target",
    [
        pytest.param(*pair, marks=() if pair == ("c", "a") else pytest.mark.slow)
        for pair in itertools.permutations("abc", 2)
    ],
)
def test_outputs_agree_in_inference_and_in_training(source, target, rng):
    model, other = randomized(source, rng), randomized(target, rng)
    images = rng.normal(size=(4, 32, 32, 3)).astype("float32")
    assert np.abs(model(images) - other(images)).max() > 1e-2
    kr.weights.copy_between_forms(model, other)
    for training in (False, True):
        expected, found = (np.asarray(m(images, training=training)) for m in (model, other))
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5 * np.abs(expected).max())
        assert expected.std(axis=0).min() > 1e-3


def test_forms_have_equal_parameters():
    with abstract_init():
        counts = {form: kr.ResNeXt29(form=form, **SMALL).count_params() for form in "abc"}
    assert len(set(counts.values())) == 1


def test_one_path_is_the_bottleneck_in_every_form():
    one = {**SMALL, "cardinality": 1}
    names = [[layer.name for layer in kr.ResNeXt29(form=form, **one).layers] for form in "abc"]
    assert names[0] == names[1] == names[2]


def test_networks_that_differ_in_more_are_refused_unchanged(rng):
    source, target = randomized("a", rng), kr.ResNeXt29(depths=(1, 1, 1), cardinality=4, base_width=8)
    before = target.get_weights()
    with pytest.raises(ValueError, match="differ in more than the form"):
        kr.weights.copy_between_forms(source, target)
    for old, new in zip(before, target.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
