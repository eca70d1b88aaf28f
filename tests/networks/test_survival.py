"""Residual networks with stochastic depth (Huang et al. 2016) beside the same networks without."""

import inspect

import keras
import numpy as np
import pytest

import keras_resnets as kr
from keras_resnets.layers import StochasticDepth
from keras_resnets.networks.abstract import abstract_init
from keras_resnets.networks.registry import find
from tests.small_networks import SmallResNet

SMALL = {"input_shape": (32, 32, 3), "classes": 5}
NETWORKS = {
    "resnet20": {},
    "resnet18": {"shortcut": "C", "output_stride": 8},
    "resnet50": {},
    "resnext29_8x64d": {"cardinality": 4, "base_width": 8},
    "preact_resnet18": {},
    "preact_resnet50": {"variant": "keras_applications"},
    "wide_resnet16_8": {"dropout": 0.3},
}


def surviving_layers(model):
    return [layer for layer in model.layers if isinstance(layer, StochasticDepth)]


def rows(model):
    """Return the rows of complexity() by layer; sums are of another class, and projections may come first."""
    kinds = {"Add": "sum", "StochasticDepth": "sum"}
    cost = kr.complexity(model)
    return {row.name: (kinds.get(row.kind, row.kind), *list(vars(row).values())[2:]) for row in cost.by_layer}


@pytest.mark.parametrize("name", [name for name in kr.list_models("*resne*") if "inception" not in name])
def test_every_residual_builder_has_the_option(name):
    options = inspect.signature(find(name)).parameters
    assert options["survival_probability"].default is None and options["drop_path_rate"].default == 0


def test_survival_falls_linearly_over_all_blocks():
    """p_l = 1 - l / L (1 - p_L): from p_0 = 1, which no block has, to p_L = 0.5 (eq. 4)."""
    with abstract_init():
        layers = surviving_layers(kr.ResNet20(survival_probability=0.5))
    np.testing.assert_allclose([layer.survival for layer in layers], [1 - block / 18 for block in range(1, 10)])
    assert [layer.name for layer in layers][::4] == ["stage1_block1_add", "stage2_block2_add", "stage3_block3_add"]


@pytest.mark.slow
def test_survival_of_110_layers_is_that_of_the_paper():
    with abstract_init():
        layers = surviving_layers(kr.ResNet110(survival_probability=0.2))
    np.testing.assert_allclose([layers[i].survival for i in (0, 26, 53)], [1 - 0.8 / 54, 0.6, 0.2])


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.slow if name in ("resnet18", "resnet50", "preact_resnet50") else ())
        for name in NETWORKS
    ],
)
def test_the_counts_are_those_without(name):
    options = {**SMALL, **NETWORKS[name]}
    with abstract_init():
        model, plain = kr.build(name, survival_probability=0.5, **options), kr.build(name, **options)
    assert rows(model) == rows(plain)
    found, expected = kr.complexity(model), kr.complexity(plain)
    assert found.table() == expected.table()
    assert (found.parameters, found.trainable) == (expected.parameters, expected.trainable)


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=() if name == "resnet20" else pytest.mark.slow) for name in NETWORKS],
)
def test_in_test_every_branch_is_scaled(name, rng):
    """So is that of the plain network whose shortcuts start from the sum with a branch times its survival."""
    options = {**SMALL, **NETWORKS[name], "classifier_activation": None}
    model, plain = kr.build(name, survival_probability=0.5, **options), kr.build(name, **options)
    kr.weights.copy_between_forms(plain, model)
    survival = {layer.name.removesuffix("_add"): layer.survival for layer in surviving_layers(model)}
    images = rng.normal(size=(2, 32, 32, 3)).astype("float32")
    assert np.abs(np.asarray(model(images)) - np.asarray(plain(images))).max() > 1e-3
    for block, last in last_layers(plain).items():
        last.set_weights([weight * survival[block] for weight in last.get_weights()[:2]] + last.get_weights()[2:])
    found, expected = np.asarray(model(images)), np.asarray(plain(images))
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-4 * np.abs(expected).max())


def last_layers(plain):
    """By block, the layer that ends its branch: a normalization, with gamma and beta first, or a convolution."""
    return {
        layer.name.removesuffix("_add"): layer.input[-1]._keras_history.operation
        for layer in plain.layers
        if layer.name.endswith("_add")
    }


def test_weights_are_carried_both_ways():
    model, plain, again = kr.ResNet20(survival_probability=0.5), kr.ResNet20(), kr.ResNet20()
    kr.load_torch_weights(model, kr.to_torch_weights(plain))
    kr.load_torch_weights(again, kr.to_torch_weights(model))
    assert len(kr.to_torch_weights(model)) == 19 * 5 + 2 + 19  # kernels, norms, the head, PyTorch's counts of steps
    for ours, theirs in zip(plain.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize(
    "source, target", [("c", "a"), *(pytest.param(*p, marks=pytest.mark.slow) for p in ("ac", "ba"))]
)
def test_paths_keep_their_order(source, target, rng):
    options = {"depths": (1, 1, 1), "cardinality": 4, "base_width": 16, "classifier_activation": None, **SMALL}
    model, other = kr.ResNeXt29(form=source, survival_probability=1, **options), kr.ResNeXt29(form=target, **options)
    images = rng.normal(size=(2, 32, 32, 3)).astype("float32")
    kr.weights.copy_between_forms(model, other)
    found, expected = np.asarray(other(images)), np.asarray(model(images))
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5 * np.abs(expected).max())


@pytest.mark.slow
@pytest.mark.parametrize("name", ["resnet20", "resnext29_8x64d", "wide_resnet16_8"])
def test_it_trains_and_is_loaded_by_a_fresh_process(name, rng, loaded_elsewhere):
    keras.utils.set_random_seed(1)
    model = kr.build(name, survival_probability=0.5, **{**SMALL, **NETWORKS[name]})
    images = rng.normal(size=(4, 32, 32, 3)).astype("float32")
    model.compile(kr.training.CoupledSGD(0.01, 0.9), "sparse_categorical_crossentropy", jit_compile=False)
    assert np.isfinite(model.fit(images, np.arange(4), epochs=2, verbose=0).history["loss"]).all()
    np.testing.assert_allclose(loaded_elsewhere(model, images), model.predict_on_batch(images), atol=1e-5)


def test_the_global_seed_fixes_training(rng):
    images, losses = rng.normal(size=(4, 16, 16, 3)).astype("float32"), []
    for seed in (1, 1, 2):
        keras.utils.set_random_seed(seed)
        model = SmallResNet(survival_probability=0.5, input_shape=(16, 16, 3))
        model.compile("sgd", "sparse_categorical_crossentropy", run_eagerly=True)
        losses.append(model.fit(images, np.arange(4), epochs=1, batch_size=2, shuffle=False, verbose=0).history["loss"])
    assert losses[0] == losses[1] != losses[2]


def test_the_summary_shows_the_sums_with_their_parameters():
    lines: list[str] = []
    kr.ResNet20(survival_probability=0.5).summary(line_length=79, print_fn=lines.append)
    shown = next(line for line in "\n".join(lines).splitlines() if "stage1_block1_add" in line)
    assert f"{2 * (3 * 3 * 16 * 16 + 4 * 16):,}" in shown


@pytest.mark.parametrize("survival", [0, 1.5, -1, "half", True])
def test_errors_name_what_was_given(survival):
    with pytest.raises(ValueError, match="survival_probability must be a probability above 0 and up to 1") as caught:
        kr.ResNet18(survival_probability=survival)
    assert repr(survival) in str(caught.value)


def test_plain_networks_have_no_branch_to_drop():
    with pytest.raises(TypeError, match="Unknown option of Plain20 'survival_probability'"):
        kr.Plain20(survival_probability=0.5)


@pytest.mark.parametrize("options", [{"survival": 0.5}, {"survival": 0.5, "survival_probability": 0.5}])
def test_survival_is_another_name_of_the_option(options):
    with abstract_init():
        layers = surviving_layers(kr.ResNet20(**options))
    assert (len(layers), layers[-1].survival) == (9, 0.5)


def test_both_names_with_different_values_are_refused():
    with pytest.raises(ValueError, match=r"survival_probability and survival name one option.* not 0\.8 and 0\.5"):
        kr.ResNet20(survival=0.5, survival_probability=0.8)
    with pytest.raises(TypeError, match="Unknown option of Plain20 'survival'"):
        kr.Plain20(survival=0.5)


def test_the_option_is_found_by_the_names_of_other_libraries():
    assert "drop_path" in kr.ResNet50.__doc__ and "drop_path" in StochasticDepth.__doc__


def dropped_paths(model):
    return {layer.name: layer.rate for layer in model.layers if layer.name.endswith("_drop_path")}


def test_drop_path_grows_linearly_from_no_rate_at_the_first_block():
    """timm: rate * block / (blocks - 1), blocks counted from 0."""
    with abstract_init():
        rates = dropped_paths(kr.ResNet50(drop_path_rate=0.3))
    assert len(rates) == 15 and "stage1_block1_add_drop_path" not in rates
    np.testing.assert_allclose(list(rates.values()), [0.3 * block / 15 for block in range(1, 16)])


@pytest.mark.parametrize("name", ["resnet20", pytest.param("preact_resnet18", marks=pytest.mark.slow)])
def test_drop_path_changes_training_alone(name, rng):
    """So published weights keep their function; each image draws for itself, and what is kept is scaled."""
    options = {**SMALL, **NETWORKS[name], "classifier_activation": None}
    model, plain = kr.build(name, drop_path_rate=0.5, **options), kr.build(name, **options)
    kr.weights.copy_between_forms(plain, model)
    images = rng.normal(size=(8, 32, 32, 3)).astype("float32")
    np.testing.assert_allclose(model(images), plain(images), rtol=1e-6)
    drop = model.get_layer(list(dropped_paths(model))[-1])
    branch = rng.uniform(1, 2, (64, 2, 2, 3)).astype("float32")
    factors = np.asarray(drop(branch, training=True)) / branch
    assert all(len(np.unique(factor.round(4))) == 1 for factor in factors)
    assert set(np.unique(factors.round(4))) == {0.0, 2.0}


def test_the_two_forms_exclude_each_other():
    with pytest.raises(ValueError, match="Give survival_probability or drop_path_rate"):
        kr.ResNet20(survival_probability=0.5, drop_path_rate=0.1)
    with pytest.raises(ValueError, match="drop_path_rate must be"):
        kr.ResNet20(drop_path_rate=1.0)
