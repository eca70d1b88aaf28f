"""The data sets by name; the digits, which need neither network nor disk."""

import sys

import numpy as np
import pytest

from keras_resnets import data
from keras_resnets.data.sources import every_fifth_of_each_class


def test_the_table():
    assert list(data.DATASETS) == ["cifar10", "cifar100", "fashion_mnist", "mnist", "svhn_cropped", "digits"]
    mirrored = {name for name, row in data.DATASETS.items() if row.augmentation.flip}
    assert mirrored == {"cifar10", "cifar100", "fashion_mnist"}
    assert {name: row.augmentation.pad for name, row in data.DATASETS.items() if name != "digits"} == {
        name: 4 for name in data.DATASETS if name != "digits"
    }


def test_an_unknown_name_gets_the_nearest():
    with pytest.raises(ValueError, match=r"Unknown dataset 'cifar11'.*did you mean 'cifar10'"):
        data.load("cifar11")


@pytest.fixture(scope="module")
def digits():
    pytest.importorskip("sklearn")
    return data.load("digits")


def test_digits_are_what_the_table_says(digits):
    row = data.DATASETS["digits"]
    assert digits.train.images.shape[1:] == digits.test.images.shape[1:] == row.shape
    assert digits.class_names == tuple("0123456789")
    assert len(digits.class_names) == row.classes
    assert digits.augmentation == data.Augmentation(pad=1, flip=False)


def test_digits_use_the_whole_range(digits):
    assert digits.train.images.min() == 0
    assert digits.train.images.max() == 255
    assert len(np.unique(digits.train.images)) == 17


def test_digits_are_split_once_for_all(digits):
    assert len(digits.train) + len(digits.test) == 1797
    shares = np.bincount(digits.test.labels) / np.bincount(digits.train.labels)
    np.testing.assert_allclose(shares, 1 / 4, atol=0.01)


def test_every_fifth_of_each_class_is_held_out():
    labels = np.array([0] * 5 + [1] * 10 + [2] * 4)
    assert np.flatnonzero(every_fifth_of_each_class(labels)).tolist() == [4, 9, 14]


def test_digits_without_scikit_learn_name_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(ImportError, match=r"pip install keras_resnets\[digits\]"):
        data.load("digits")
