"""The sentences."""

import pytest

from keras_resnets import _errors
from keras_resnets._errors import positive_integer, unknown


def test_the_nearest_is_named_whatever_the_case():
    assert unknown("shortcut", "b", "ABC") == "Unknown shortcut 'b': choose one of 'A', 'B', 'C'; did you mean 'B'?"


def test_of_equally_near_names_the_one_that_begins_alike():
    assert unknown("network", "resnet21", ["resnet32", "resnet20"]).endswith("did you mean 'resnet20'?")


def test_nothing_is_named_where_nothing_is_near():
    assert unknown("form", "zzz", ["abc"]) == "Unknown form 'zzz': choose one of 'abc'."
    assert unknown("form", 3, []).startswith("Unknown form 3")


@pytest.mark.parametrize("value", [0, -1, 1.0, True, "2", None])
def test_only_positive_integers_are_positive_integers(value):
    with pytest.raises(ValueError, match="classes must be a positive integer"):
        positive_integer("classes", value)
    assert positive_integer("classes", 3) == 3


def test_a_thousand_names_are_not_listed():
    text = unknown("class", "dog77", [f"dog{k}" for k in range(100, 300)], listing="names()")
    assert text.startswith(
        "Unknown class 'dog77': choose one of 200 names (names() lists them), such as 'dog177', 'dog"
    )
    assert text.count("'dog") == 7 and text.endswith("; did you mean 'dog177'?")


def test_names_in_a_row_are_counted_and_escaped():
    assert _errors.listed("abc") == "a, b, c"
    assert _errors.listed(["a", "b\n", "c"], 2) == "a, 'b\\n' and 1 more"
    assert _errors.listed(["x: bad", "y: bad", "z: bad"], 1, separator="; ") == "x: bad; and 2 more"
    assert _errors.listed(["n" * 300]) == "n" * 100 and _errors.listed(["n" * 300], longest=None) == "n" * 300
