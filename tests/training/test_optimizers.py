"""The optimizer against the formula, step by step, and the schedule at its edges."""

import keras
import numpy as np
import pytest

from keras_resnets.training import CoupledSGD, recipes
from keras_resnets.training.optimizers import learning_rate, optimizer


def pytorch_sgd(weights, gradients, rate, momentum, decay, nesterov=False):
    """torch.optim.SGD as its documentation states it: g += decay * w; v = momentum * v + g; w -= rate * v."""
    w, v, seen = np.float64(weights), 0.0, []
    for g in np.float64(gradients):
        g = g + decay * w
        v = momentum * v + g
        w = w - rate * (g + momentum * v if nesterov else v)
        seen.append(w)
    return seen


@pytest.mark.parametrize("nesterov", [False, True])
def test_every_step_is_pytorchs(nesterov, rng):
    weights, gradients = rng.normal(size=5), rng.normal(size=(6, 5))
    variable = keras.Variable(weights.astype("float32"))
    sgd = CoupledSGD(0.1, 0.9, coupled_weight_decay=0.05, nesterov=nesterov)
    for gradient, expected in zip(gradients, pytorch_sgd(weights, gradients, 0.1, 0.9, 0.05, nesterov), strict=True):
        sgd.apply([keras.ops.convert_to_tensor(gradient.astype("float32"))], [variable])
        np.testing.assert_allclose(np.asarray(variable), expected, rtol=1e-5, atol=1e-6)


def test_decoupled_decay_of_keras_is_another_thing(rng):
    """What makes 1e-4 there about a tenth of 1e-4 here: it does not pass through the momentum."""
    weights, gradients = rng.normal(size=5), np.zeros((20, 5))
    shrunk = []
    for sgd in (
        CoupledSGD(0.1, 0.9, coupled_weight_decay=0.01),
        keras.optimizers.SGD(0.1, 0.9, weight_decay=0.01),
    ):
        variable = keras.Variable(weights.astype("float32"))
        for gradient in gradients:
            sgd.apply([keras.ops.convert_to_tensor(gradient.astype("float32"))], [variable])
        shrunk.append(1 - np.asarray(variable)[0] / weights[0])
    assert shrunk[0] > 4 * shrunk[1]


def test_excluded_variables_do_not_decay():
    kept, decayed = (keras.Variable([1.0], name=name) for name in ("gamma", "kernel"))
    sgd = CoupledSGD(0.1, coupled_weight_decay=0.5)
    sgd.exclude_from_weight_decay(var_names=["gamma"])
    sgd.apply([keras.ops.zeros(1), keras.ops.zeros(1)], [kept, decayed])
    assert np.asarray(kept)[0] == 1
    assert np.asarray(decayed)[0] == pytest.approx(0.95)


def test_config_round_trip():
    sgd = CoupledSGD(0.1, 0.9, coupled_weight_decay=1e-4, nesterov=True)
    again = keras.optimizers.deserialize(keras.optimizers.serialize(sgd))
    assert isinstance(again, CoupledSGD)
    assert again.get_config() == sgd.get_config()


@pytest.mark.parametrize("options", [{"coupled_weight_decay": -1}, {"weight_decay": 1e-4}])
def test_wrong_decays_are_refused(options):
    with pytest.raises(ValueError, match="decay"):
        CoupledSGD(**options)


def rates(recipe, *iterations):
    return [float(learning_rate(recipe)(iteration)) for iteration in iterations]


def test_he_steps_at_32k_and_48k():
    found = rates(recipes.HE_CIFAR, 0, 31_999, 32_000, 47_999, 48_000, 63_999)
    np.testing.assert_allclose(found, [0.1, 0.1, 0.01, 0.01, 0.001, 0.001], rtol=1e-6)


def test_110_layers_warm_up_for_400_iterations():
    found = rates(recipes.HE_CIFAR_110, 0, 399, 400, 31_999, 32_000, 48_000)
    np.testing.assert_allclose(found, [0.01, 0.01, 0.1, 0.1, 0.01, 0.001], rtol=1e-6)


def test_the_optimizer_follows_its_own_iterations():
    sgd = optimizer(recipes.scaled(recipes.HE_CIFAR, 4))
    variable = keras.Variable([1.0])
    seen = []
    for _ in range(4):
        seen.append(float(sgd.learning_rate))
        sgd.apply([keras.ops.zeros(1)], [variable])
    np.testing.assert_allclose(seen, [0.1, 0.1, 0.01, 0.001], rtol=1e-6)


def test_scaling_keeps_the_shares():
    short = recipes.scaled(recipes.HE_CIFAR_110, 6_400)
    assert (short.iterations, short.decay_at, short.warmup_iterations) == (6_400, (3_200, 4_800), 40)
    assert recipes.scaled(recipes.HE_CIFAR, 64_000) == recipes.HE_CIFAR
    with pytest.raises(ValueError, match="at least 1 iteration, not 0"):
        recipes.scaled(recipes.HE_CIFAR, 0)


def test_recipes_find_their_networks():
    assert recipes.recipe_for("resnet20") is recipes.HE_CIFAR
    assert recipes.recipe_for("resnet110") is recipes.HE_CIFAR_110
    assert recipes.find("he_cifar").batch_size == 128
    with pytest.raises(ValueError, match="did you mean 'he_cifar'"):
        recipes.find("he_cifa")
