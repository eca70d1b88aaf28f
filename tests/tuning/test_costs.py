"""What a budget means, and the width that costs what it allows."""

import math

import pytest

from keras_resnets.complexity import bottleneck_parameters
from keras_resnets.tuning.costs import budget_of, cost_of, width_of_cost, with_cardinality


def test_table_2_of_xie_falls_out_of_a_block():
    def width(cardinality):
        return width_of_cost(lambda d: bottleneck_parameters(cardinality, d), bottleneck_parameters(1, 64), math.inf)

    assert [(c, width(c)) for c in (1, 2, 4, 8, 32)] == [(1, 64), (2, 40), (4, 24), (8, 14), (32, 4)]


@pytest.mark.parametrize(
    "budget, most, width", [(100, 110, 10), (105, 200, 10), (111, 200, 11), (120, 120, 10), (0.5, 0.9, None)]
)
def test_the_nearest_width_that_is_allowed(budget, most, width):
    assert width_of_cost(lambda d: d * d, budget, most) == width


@pytest.mark.parametrize("cost", ["parameters", "multiply_accumulates"])
@pytest.mark.parametrize("cardinality, form", [(3, "c"), (3, "a"), (1, "c")])
def test_a_network_costs_a_quadratic_polynomial_of_its_width(cost, cardinality, form):
    """Three widths tell the fourth, so that not all need be counted."""
    options = {"depths": (1, 1, 1), "filters": 6, "cardinality": cardinality, "form": form}

    def at(width):
        return getattr(cost_of("resnext29_8x64d", {**options, "base_width": width}, (9, 9, 1), 4), cost)

    assert width_of_cost(at, at(7), at(7)) == 7
    assert width_of_cost(at, at(7), at(7) - 1) == 6


@pytest.mark.parametrize("text, budget", [("1.0x", 200), ("0.5X", 100), ("1e3", 1000), (300.0, 300), (" 2 x", 400)])
def test_a_budget_is_a_share_or_a_number(text, budget):
    assert budget_of(text, 200, "parameters") == budget


@pytest.mark.parametrize(
    "text, words",
    [
        ("", "A budget is a share such as 1.0x or a number of parameters such as 200, not ''"),
        ("-1x", "not '-1x'"),
        ("0", "not '0'"),
        ("1.2.3x", "not '1.2.3x'"),
        ("4.2e9", "21,000,000 times the network's own 200: the kind of cost may be the other one"),
    ],
)
def test_what_is_no_budget(text, words):
    with pytest.raises(ValueError, match="budget") as error:
        budget_of(text, 200, "parameters")
    assert words in str(error.value)


def test_a_resnet_is_a_resnext_of_one_path_and_vgg_is_none():
    assert with_cardinality("resnet50") == "resnext50_1x64d"
    with pytest.raises(ValueError, match="Unknown network with a cardinality 'vgg16': choose one of 'resnext29_8x64d'"):
        with_cardinality("vgg16")
    with pytest.raises(ValueError, match="did you mean 'resnext50_32x4d'"):
        with_cardinality("resnext50_32x4")
