"""The networks of a space, which are known before they are built."""

import keras_tuner
import numpy as np
import pytest

import keras_resnets as kr

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:keras_tuner")

SMALL = {"depths": (1, 1, 1), "filters": 32, "base_width": 4}


def small(**options):
    given = {"fixed": SMALL, "input_shape": (8, 8, 1), "classes": 10, **options}
    return kr.tuning.CardinalitySpace("resnext29_8x64d", **given)


def settings(space):
    return [space.setting(values) for values in space.grid()]


@pytest.mark.slow
def test_table_2_falls_out_of_whole_networks():
    found = [(s.cardinality, s.base_width) for s in settings(kr.tuning.CardinalitySpace("resnet50"))]
    assert found == [(1, 64), (2, 40), (4, 24), (8, 14), (32, 4)]


def test_width_follows_from_cardinality_at_equal_cost():
    found = settings(small(cardinalities=(1, 2, 4, 8, 16)))
    assert [s.name for s in found] == ["1x20d", "2x12d", "4x7d", "8x4d", "16x2d"]
    assert all(0.95 < s.share < 1.05 and not s.oversized for s in found)
    assert found[3].share == 1
    model = kr.ResNeXt29(**{**SMALL, "cardinality": 2, "base_width": 12}, input_shape=(8, 8, 1))
    assert kr.complexity(model).trainable == found[1].parameters
    assert kr.complexity(model).multiply_accumulates == found[1].multiply_accumulates


def test_a_free_space_refuses_what_costs_more_than_the_budget():
    found = settings(small(coupled=False, cardinalities=(4, 8), base_widths=(4, 6)))
    assert [(s.name, s.oversized) for s in found] == [("4x4d", False), ("4x6d", False), ("8x4d", False), ("8x6d", True)]


def test_other_choices_change_the_cost_and_so_the_width():
    space = small(cardinalities=(8,), choices={"depths": [[1, 1, 1], [2, 1, 1]], "learning_rate": [0.1, 0.05]})
    found = settings(space)
    assert [s.name for s in found][1:3] == [
        "8x4d, depths=[1, 1, 1], learning_rate=0.05",
        "8x4d, depths=[2, 1, 1], learning_rate=0.1",
    ]
    assert space.options_of(found[2])["depths"] == [2, 1, 1]
    assert space.recipe_of(found[1]).learning_rate == 0.05
    parts = [{"kind": "cosine"}, {"kind": "constant"}]
    found = settings(small(cardinalities=(8,), choices={"schedule": [*parts, parts[0]]}))
    assert [s.chosen["schedule"] for s in found] == parts


@pytest.mark.slow
def test_a_space_is_one_for_keras_tuners_own_tuners(tmp_path, rng):
    space = small(cardinalities=(300, 8), iterations=2, fixed={**SMALL, "filters": 4, "base_width": 1})
    tuner = keras_tuner.RandomSearch(
        space, objective="val_accuracy", max_trials=2, directory=tmp_path, max_consecutive_failed_trials=2
    )
    images, labels = rng.normal(size=(4, 8, 8, 1)).astype("float32"), np.arange(4)
    tuner.search(images, labels, validation_data=(images, labels), epochs=1, verbose=0)
    trials = {trial.hyperparameters["cardinality"]: trial.status for trial in tuner.oracle.trials.values()}
    assert trials == {8: "COMPLETED", 300: "FAILED"}


@pytest.mark.parametrize(
    "options, words",
    [
        ({"cost": "flops"}, "Unknown cost 'flops': choose one of 'parameters', 'multiply_accumulates'"),
        ({"budget": "0.01x"}, "parameters or less: the nearest is 1x1d with "),
        ({"cardinalities": ()}, r"cardinality must be a list of values to choose from, not \(\)"),
        ({"cardinalities": (0,)}, "cardinality must be a positive integer, not 0"),
        ({"choices": {"shortcut": "BC"}}, "shortcut must be a list of values to choose from, not 'BC'"),
        ({"choices": {"shortcut": ["B", "D"]}}, "Unknown shortcut 'D'"),
        ({"choices": {"learning_rat": [0.1]}}, "did you mean 'learning_rate'"),
        ({"choices": {"classes": [2]}}, "key of its recipe 'classes'"),
        ({"choices": {"base_width": [2]}}, "Give the values of base_width as base_widths, not among the choices"),
        ({"recipe": "resnext"}, "Unknown recipe 'resnext'"),
    ],
)
def test_a_wrong_space_is_refused_with_the_nearest(options, words):
    with pytest.raises(ValueError, match=words):
        small(**options)
