"""What a step must do is counted as it is said to be."""

import runpy

import keras
import pytest
from keras import layers

from tests.benchmarks.test_grouped_conv import ROOT

FLOORS = runpy.run_path(ROOT / "benchmarks" / "floors.py")


def test_work_is_counted_by_hand():
    inputs = keras.Input((8, 8, 3))
    x = layers.Conv2D(4, 3, padding="same", use_bias=False)(inputs)
    x = layers.BatchNormalization()(x)
    model = keras.Model(inputs, layers.Dense(10, use_bias=False)(layers.GlobalAveragePooling2D()(x)))
    products = 8 * 8 * 4 * 27 + 4 * 10
    parameters = 4 * 27 + 8 + 40
    maps = 8 * 8 * 4 + 10
    assert FLOORS["work"](model, 5) == {
        "operations": 6 * 5 * products,
        "bytes": 5 * 4 * 5 * maps + 8 * 4 * parameters,
    }


def test_the_fastest_is_the_greatest_amount_a_second(monkeypatch):
    spent = {"short": 0.01, "long": 0.03}
    monkeypatch.setitem(FLOORS["fastest"].__globals__, "seconds", spent.get)
    tasks = ((1.0, "short"), (6.0, "long"), (100.0, "never reached"))
    assert FLOORS["fastest"](tasks) == pytest.approx(200.0)
