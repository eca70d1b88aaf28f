"""What follows from the recorded test errors: the learning rate, and an early end."""

from types import SimpleNamespace

import pytest

from keras_resnets.training.callbacks import StopEarly, fallen
from keras_resnets.training.recipes import Plateau


@pytest.mark.parametrize(
    "errors, rate",
    [
        ([], 1.0),
        ([9, 8, 7], 1.0),
        ([9, 9], 1.0),
        ([9, 9, 9], 0.1),
        ([9, 9, 8, 9, 9], 0.1),
        ([9, 9, 9, 9, 9], 0.01),
        ([9, 9, 9, 9, 9, 9, 9], 0.005),  # not below the least
        ([float("nan")] * 2, 0.1),
    ],
)
def test_the_rate_falls_after_two_tests_without_a_lower_error(errors, rate):
    assert fallen(errors, 1.0, Plateau(factor=0.1, patience=2, least=0.005)) == pytest.approx(rate)


def test_a_rate_below_the_least_is_not_raised():
    assert fallen([9, 9, 9], 0.001, Plateau(factor=0.1, patience=2, least=0.005)) == 0.001


@pytest.mark.parametrize(
    "errors, patience, due",
    [
        ([], 1, False),
        ([9], 1, False),
        ([9, 9], 1, True),
        ([9, 8], 1, False),
        ([9, 8, 8], 2, False),
        ([9, 8, 8, 9], 2, True),
        ([9, 9, 9, 9], None, False),
    ],
)
def test_a_training_ends_when_its_patience_does(errors, patience, due):
    record = SimpleNamespace(rows=[{"test_error": error} for error in errors])
    assert StopEarly(record, patience).due == due
