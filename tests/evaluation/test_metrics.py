"""Figures of probabilities against small sums by hand and published values."""

import numpy as np
import pytest

from keras_resnets.evaluation import metrics


def test_wilson_interval_is_the_textbooks():
    """81 of 263: Newcombe 1998, Table I, method 3."""
    assert metrics.wilson_interval(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert metrics.wilson_interval(0, 20) == pytest.approx((0.0, 0.1611), abs=5e-5)
    assert metrics.wilson_interval(1, 29) == pytest.approx((0.0061, 0.1718), abs=5e-5)
    assert metrics.wilson_interval(7, 7)[1] == 1.0


def test_calibration_error_is_the_sum_over_bins(rng):
    confidence, correct = rng.uniform(0.1, 1, 500), rng.random(500) < 0.6
    expected = 0.0
    for m in range(1, 16):
        inside = (confidence > (m - 1) / 15) & (confidence <= m / 15)
        if inside.any():
            expected += inside.mean() * abs(correct[inside].mean() - confidence[inside].mean())
    assert metrics.calibration_error(confidence, correct) == pytest.approx(expected)
    assert metrics.calibration_error(np.ones(4), np.array([True, True, True, False])) == pytest.approx(0.25)


def test_ranks_count_the_likelier_classes():
    log_p = np.log([[0.5, 0.3, 0.2], [0.2, 0.3, 0.5], [0.4, 0.4, 0.2], [0.4, 0.4, 0.2]])
    np.testing.assert_array_equal(metrics.ranks(log_p, np.array([0, 0, 0, 1])), [0, 2, 0, 1])


def test_confusion_counts_pairs(rng):
    labels, predicted = rng.integers(0, 4, 50), rng.integers(0, 4, 50)
    expected = np.zeros((4, 4), int)
    np.add.at(expected, (labels, predicted), 1)
    np.testing.assert_array_equal(metrics.confusion(labels, predicted, 4), expected)
