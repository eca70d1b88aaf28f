"""Published errors and what the networks cost."""

import pytest

import keras_resnets as kr
from keras_resnets.analysis.comparison import family_of
from keras_resnets.analysis.published import PUBLISHED


@pytest.mark.parametrize("key", PUBLISHED, ids=" ".join)
def test_published_errors_are_of_networks_that_are_here_once_each_with_a_source(key):
    names = [row.network for row in PUBLISHED[key]]
    assert set(names) <= set(kr.list_models())
    assert len(names) == len(set(names))
    for row in PUBLISHED[key]:
        assert 0 < (row.top5 or 1) < row.top1 < 50 and row.source


def test_costs_are_those_of_complexity(tmp_path):
    found = kr.analysis.compare("cifar100", networks=["densenet40_12"])
    (point,) = found.points
    cost = kr.complexity(kr.DenseNet40_12(classes=100))
    assert (point.error, point.multiply_accumulates, point.parameters) == (
        24.42,
        cost.multiply_accumulates,
        cost.trainable,
    )
    assert found.figure(tmp_path / "compared.png") == (tmp_path / "compared.png",)
    assert "Huang et al. 2017" in found.table()


@pytest.mark.parametrize(
    "network, family",
    [
        ("resnext50_32x4d", "resnext"),
        ("preact_resnet200", "preact_resnet"),
        ("wide_resnet16_8", "wide_resnet"),
        ("densenet_bc100_12", "densenet"),
        ("inception_resnet_v2", "inception"),
        ("googlenet", "inception"),
        ("vgg16_bn", "vgg"),
        ("alexnet", "alexnet"),
        ("zfnet_b", "zfnet"),
        ("prelu_net_c", "prelu_net"),
    ],
)
def test_families(network, family):
    assert family_of(network) == family


def test_what_is_not_there_is_refused_with_what_is():
    with pytest.raises(ValueError, match="only on 'imagenet', 'cifar10', 'cifar100'"):
        kr.analysis.compare("mnist")
    with pytest.raises(ValueError, match="did you mean 'validation, ten crops'"):
        kr.analysis.compare("imagenet", protocol="ten crops")
    with pytest.raises(ValueError, match="did you mean 'resnet56'"):
        kr.analysis.compare("cifar10", networks=["resnet57"])
