"""Parameters and multiply-accumulates that the papers print, against those of the networks."""

import csv
from decimal import Decimal

import pytest

import keras_resnets as kr
from keras_resnets.networks.abstract import abstract_init
from tests.conftest import DATA

NETWORKS_PAGE = DATA.parents[1] / "docs" / "networks.md"
with (DATA / "published.csv").open(newline="") as file:
    PUBLISHED = list(csv.DictReader(file))
DIFFERENT = [row for row in PUBLISHED if row["instead"]]


def test_every_row_has_its_source():
    assert all(None not in row and ": " in row["source"] for row in PUBLISHED)


def rounded(count, printed):
    """`count` as a number with the digits of `printed`, such as 4.2e9 for 4230479872 and 4.1e9."""
    digits, exponent = printed.split("e")
    places = len(digits.partition(".")[2])
    return f"{Decimal(count).scaleb(-int(exponent)).quantize(Decimal(1).scaleb(-places))}e{exponent}"


@pytest.mark.slow
@pytest.mark.parametrize("row", PUBLISHED, ids=lambda row: f"{row['network']} {row['figure']}")
def test_networks_cost_what_the_papers_print_or_the_page_says_why(row):
    with abstract_init():
        name, _, value = row["options"].partition("=")
        options = {name: int(value) if value == "2" else value} if name else {}
        count = getattr(kr.complexity(kr.build(row["network"], **options)), row["figure"])
    if row["instead"]:
        assert count == int(row["instead"]) and rounded(count, row["printed"]) != row["printed"]
    else:
        assert rounded(count, row["printed"]) == row["printed"]


@pytest.mark.parametrize("row", DIFFERENT, ids=lambda row: f"{row['network']} {row['figure']}")
def test_the_page_lists_each_that_differs(row):
    figure = {"trainable": "parameters", "multiply_accumulates": "multiply-accumulates"}[row["figure"]]
    cells = (f"`{row['network']}`", figure, row["printed"], f"{int(row['instead']):,}", row["source"], row["why"])
    assert f"| {' | '.join(cells)} |" in NETWORKS_PAGE.read_text("utf-8")


@pytest.mark.slow
def test_densenet_264_has_265_layers():
    with abstract_init():
        cost = kr.complexity(kr.DenseNet264())
    assert sum(row.multiply_accumulates > 0 for row in cost.by_layer) == 265
