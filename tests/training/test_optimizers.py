"""The optimizers against their papers' formulas, step by step."""

import keras
import numpy as np
import pytest

from keras_resnets.training import LAMB, LARS, CoupledRMSprop, CoupledSGD, recipes
from keras_resnets.training.optimizers import AdamW, exclude, optimizer


def sgd(weights, gradients, rate, decay, momentum=0.9, nesterov=False):
    """torch.optim.SGD as its documentation states it: g += decay * w; v = momentum * v + g; w -= rate * v."""
    w, v = weights, 0.0
    for g in gradients:
        g = g + decay * w
        v = momentum * v + g
        w = w - rate * (g + momentum * v if nesterov else v)
        yield w


def sgd_of_caffe(weights, gradients, rates, decay, momentum=0.9, nesterov=False):
    """Caffe's SGDSolver and Keras: v = momentum * v - rate * g; w += v."""
    w, v = weights, 0.0
    for g, rate in zip(gradients, rates, strict=True):
        g = g + decay * w
        v = momentum * v - rate * g
        w = w + (momentum * v - rate * g if nesterov else v)
        yield w


def sgd_of_pytorch(weights, gradients, rates, decay, momentum=0.9, nesterov=False):
    w, v = weights, 0.0
    for g, rate in zip(gradients, rates, strict=True):
        g = g + decay * w
        v = momentum * v + g
        w = w - rate * (g + momentum * v if nesterov else v)
        yield w


def adamw(weights, gradients, rate, decay, beta_1=0.9, beta_2=0.999, epsilon=1e-8):
    """torch.optim.AdamW as its documentation states it."""
    w, m, v = weights, 0.0, 0.0
    for t, g in enumerate(gradients, 1):
        w = w - rate * decay * w
        m = beta_1 * m + (1 - beta_1) * g
        v = beta_2 * v + (1 - beta_2) * g**2
        w = w - rate * (m / (1 - beta_1**t)) / (np.sqrt(v / (1 - beta_2**t)) + epsilon)
        yield w


def rmsprop(weights, gradients, rate, decay, rho=0.9, momentum=0.9, epsilon=1.0, initial_square=0.0):
    """TensorFlow's of 2015 and timm's RMSpropTF but for its start: m = momentum * m + rate * g / root."""
    w, square, m = weights, initial_square, 0.0
    for g in gradients:
        g = g + decay * w
        square = rho * square + (1 - rho) * g**2
        m = momentum * m + rate * g / np.sqrt(square + epsilon)
        w = w - m
        yield w


def lars(weights, gradients, rate, decay, momentum=0.9, trust=0.01):
    """You et al. 2017, Algorithm 1."""
    w, v = weights, 0.0
    for g in gradients:
        local = trust * np.linalg.norm(w) / (np.linalg.norm(g) + decay * np.linalg.norm(w))
        v = momentum * v + rate * local * (g + decay * w)
        w = w - v
        yield w


def lamb(weights, gradients, rate, decay, beta_1=0.9, beta_2=0.999, epsilon=1e-6):
    """You et al. 2020, Algorithm 2."""
    w, m, v = weights, 0.0, 0.0
    for t, g in enumerate(gradients, 1):
        m = beta_1 * m + (1 - beta_1) * g
        v = beta_2 * v + (1 - beta_2) * g**2
        r = (m / (1 - beta_1**t)) / (np.sqrt(v / (1 - beta_2**t)) + epsilon) + decay * w
        w = w - rate * np.linalg.norm(w) / np.linalg.norm(r) * r
        yield w


@pytest.mark.parametrize(
    "made, formula",
    [
        (lambda: CoupledSGD(0.1, 0.9, 0.05), sgd),
        (lambda: CoupledSGD(0.1, 0.9, 0.05, nesterov=True), lambda *a: sgd(*a, nesterov=True)),
        (lambda: CoupledSGD(0.1, 0.9, 0.05, rate_in_velocity=False), sgd),
        (lambda: CoupledRMSprop(0.1, 0.05, rho=0.9, momentum=0.9, epsilon=1.0), rmsprop),
        (lambda: AdamW(0.1, 0.05), adamw),
        (lambda: LARS(0.1, 0.9, trust=0.01, coupled_weight_decay=0.05), lars),
        (lambda: LAMB(0.1, 0.05), lamb),
    ],
    ids=["sgd", "nesterov", "pytorch", "rmsprop", "adamw", "lars", "lamb"],
)
def test_every_step_is_the_formulas(made, formula, rng):
    weights, gradients = rng.normal(size=(3, 4)), rng.normal(size=(8, 3, 4))
    variable, ours = keras.Variable(weights.astype("float32")), made()
    for gradient, expected in zip(gradients, formula(weights, gradients, 0.1, 0.05), strict=True):
        ours.apply([keras.ops.convert_to_tensor(gradient.astype("float32"))], [variable])
        np.testing.assert_allclose(np.asarray(variable), expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("nesterov", [False, True])
@pytest.mark.parametrize("rate_in_velocity, formula", [(True, sgd_of_caffe), (False, sgd_of_pytorch)])
@pytest.mark.parametrize("generic", [False, True])
def test_momentum_across_a_drop_of_the_rate(rate_in_velocity, formula, nesterov, generic, rng, monkeypatch):
    """Afterwards the velocity of Caffe goes on at the old rate, PyTorch's at the new."""
    if generic:  # as on JAX
        monkeypatch.setattr(keras.backend, "backend", lambda: "another")
    weights, gradients = rng.normal(size=(3, 4)), rng.normal(size=(8, 3, 4))
    rates = [0.1] * 4 + [0.01] * 4
    variable = keras.Variable(weights.astype("float32"))
    ours = CoupledSGD(0.1, 0.9, 0.05, rate_in_velocity, nesterov=nesterov)
    steps = formula(weights, gradients, rates, 0.05, nesterov=nesterov)
    for gradient, rate, expected in zip(gradients, rates, steps, strict=True):
        ours.learning_rate = rate
        ours.apply([keras.ops.convert_to_tensor(gradient.astype("float32"))], [variable])
        np.testing.assert_allclose(np.asarray(variable), expected, rtol=1e-4, atol=1e-6)
    other = sgd_of_caffe if formula is sgd_of_pytorch else sgd_of_pytorch
    *_, last = other(weights, gradients, rates, 0.05, nesterov=nesterov)
    assert np.abs(np.asarray(variable) - last).max() > 0.01


def test_rmsprop_of_inception_begins_at_1(rng):
    """As in RMSpropTF, to 1e-6 after 20 steps; begun at 0, weights move by half as much again."""
    weights, gradients = rng.normal(size=(3, 4)), rng.normal(size=(20, 3, 4))
    part = recipes.RECIPES["inception_v3"].optimizer
    assert part.initial_square == 1
    variable = keras.Variable(weights.astype("float32"))
    ours = CoupledRMSprop(0.045, 4e-5, part.initial_square, rho=part.rho, momentum=part.momentum, epsilon=part.epsilon)
    for gradient in gradients:
        ours.apply([keras.ops.convert_to_tensor(gradient.astype("float32"))], [variable])
    *_, expected = rmsprop(weights, gradients, 0.045, 4e-5, initial_square=1.0)
    np.testing.assert_allclose(np.asarray(variable), expected, rtol=0, atol=1e-6)
    *_, from_zero = rmsprop(weights, gradients, 0.045, 4e-5)
    assert np.abs(from_zero - expected).max() > 0.1 * np.abs(expected - weights).max()


def test_adamw_takes_whole_steps_by_small_gradients():
    """Keras's own, whose epsilon counts 32 times as much at first, moves by 0.76 of the rate here."""
    moved = {}
    for made in (AdamW(0.1, 0.0), keras.optimizers.AdamW(0.1, 0.0, epsilon=1e-8)):
        variable = keras.Variable(np.zeros(1, "float32"))
        made.apply([keras.ops.convert_to_tensor(np.full(1, 1e-6, "float32"))], [variable])
        moved[type(made)] = -float(variable[0])
    assert moved[AdamW] == pytest.approx(0.1 / 1.01, rel=1e-4)
    assert moved[keras.optimizers.AdamW] == pytest.approx(0.1 / (1 + 0.01 / 0.001**0.5), rel=1e-3)


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="It is TensorFlow's operation.")
@pytest.mark.parametrize("made, fused", [(CoupledSGD(0.1, 0.9), True), (CoupledSGD(0.1), False)])
def test_momentum_is_one_operation(made, fused):
    import tensorflow as tf

    variable = keras.Variable([1.0])
    made.build([variable])
    step = tf.function(lambda gradient: made.apply([gradient], [variable]))
    types = {node.type for node in step.get_concrete_function(tf.zeros(1)).graph.get_operations()}
    assert ("ResourceApplyKerasMomentum" in types) == fused


def shrunk_by_decay_alone(made, steps=20):
    """The share of a weight that is gone after steps without a gradient."""
    variable = keras.Variable([1.0])
    for _ in range(steps):
        made.apply([keras.ops.zeros(1)], [variable])
    return 1 - float(variable[0])


def test_decoupled_decay_of_keras_is_another_thing():
    """What makes 1e-4 there about a tenth of 1e-4 here: it does not pass through the momentum."""
    coupled = shrunk_by_decay_alone(CoupledSGD(0.1, 0.9, coupled_weight_decay=0.01))
    assert coupled > 4 * shrunk_by_decay_alone(keras.optimizers.SGD(0.1, 0.9, weight_decay=0.01))


def test_keras_lamb_decays_beside_the_rescaled_step(rng):
    """Why there is a LAMB of ours: at a convolution's usual weights Keras's decays them more than ten times as much."""
    gradients = rng.normal(size=(20, 512)).astype("float32")
    lost = []
    for lamb_of, decay in ((LAMB, "coupled_weight_decay"), (keras.optimizers.Lamb, "weight_decay")):
        ends = []
        for amount in (0.0, 0.1):
            variable = keras.Variable(np.full(512, 0.02, "float32"))
            made = lamb_of(0.005, epsilon=1e-6, **{decay: amount})
            for gradient in gradients:
                made.apply([keras.ops.convert_to_tensor(gradient)], [variable])
            ends.append(np.asarray(variable))
        lost.append(float(np.mean(ends[0] - ends[1])))
    assert lost[1] > 10 * lost[0] > 0


@pytest.mark.parametrize("made", [CoupledSGD(0.5), CoupledRMSprop(0.5), LAMB(0.5), LARS(0.5)])
def test_excluded_variables_take_plain_steps(made, rng):
    weights, gradient = rng.normal(size=5).astype("float32"), rng.normal(size=5).astype("float32")
    gamma, twin = keras.Variable(weights, name="gamma"), keras.Variable(weights, name="gamma")
    made.coupled_weight_decay = 0.3
    made.exclude_from_weight_decay(var_names=["gamma"])
    plain = {
        CoupledSGD: keras.optimizers.SGD(0.5),
        LARS: keras.optimizers.SGD(0.5, 0.9),
        CoupledRMSprop: keras.optimizers.RMSprop(0.5),
        LAMB: keras.optimizers.Adam(0.5, epsilon=1e-6),
    }[type(made)]
    for _ in range(3):
        made.apply([keras.ops.convert_to_tensor(gradient)], [gamma])
        plain.apply([keras.ops.convert_to_tensor(gradient)], [twin])
    np.testing.assert_allclose(np.asarray(gamma), np.asarray(twin), rtol=1e-4)


def test_weights_and_gradients_of_zero_do_no_harm():
    for made in (LARS(0.1, coupled_weight_decay=0.1), LAMB(0.1, coupled_weight_decay=0.1)):
        variables = [keras.Variable([0.0, 0.0]), keras.Variable([1.0, 1.0])]
        made.apply([keras.ops.ones(2), keras.ops.zeros(2)], variables)
        assert all(np.isfinite(np.asarray(variable)).all() for variable in variables)
        assert np.asarray(variables[0]).max() < 0


@pytest.mark.parametrize(
    "made",
    [
        CoupledSGD(0.1, 0.9, coupled_weight_decay=1e-4, nesterov=True),
        CoupledSGD(0.1, 0.9, rate_in_velocity=False),
        CoupledRMSprop(0.1, 1e-4, 1.0, rho=0.8, momentum=0.5, epsilon=1.0),
        AdamW(0.1, 1e-4),
        LARS(0.1, trust=0.02, coupled_weight_decay=1e-4),
        LAMB(0.1, 1e-2, beta_2=0.99),
    ],
)
def test_config_round_trip(made):
    again = keras.optimizers.deserialize(keras.optimizers.serialize(made))
    assert type(again) is type(made)
    assert again.get_config() == made.get_config()


@pytest.mark.parametrize("kind", [CoupledSGD, CoupledRMSprop, LARS, LAMB])
@pytest.mark.parametrize("options", [{"coupled_weight_decay": -1}, {"weight_decay": 1e-4}])
def test_wrong_decays_are_refused(kind, options):
    with pytest.raises(ValueError, match="decay"):
        kind(**options)


def made_by(**changes):
    return optimizer(recipes.override(recipes.HE_CIFAR, changes))


@pytest.mark.parametrize(
    "part, kind",
    [
        ("sgd", CoupledSGD),
        ({"kind": "sgd", "decay": "decoupled"}, keras.optimizers.SGD),
        ("rmsprop", CoupledRMSprop),
        ({"kind": "rmsprop", "decay": "decoupled"}, keras.optimizers.RMSprop),
        ("adamw", AdamW),
        ("lamb", LAMB),
        ("lars", LARS),
    ],
)
def test_recipes_name_their_optimizers(part, kind):
    made = made_by(optimizer=part)
    assert type(made) is kind
    assert float(made.learning_rate) == pytest.approx(0.1)


def test_what_keras_has_is_asked_of_keras():
    made = made_by(clipping={"threshold": 2.0}, ema=0.99, accumulation=2)
    config = made.get_config()
    assert (config["global_clipnorm"], config["clipnorm"], config["clipvalue"]) == (2.0, None, None)
    assert config["use_ema"] and config["ema_momentum"] == pytest.approx(0.99**0.5)
    assert config["gradient_accumulation_steps"] == 2
    assert made_by(clipping={"threshold": 1, "by": "norm"}).clipnorm == 1
    assert made_by(clipping={"threshold": 1, "by": "value"}).clipvalue == 1


def test_norms_biases_and_slopes_are_told_by_their_variables():
    layers = [keras.layers.Dense(3), keras.layers.BatchNormalization(), keras.layers.PReLU()]
    model = keras.Sequential([keras.Input((2,)), *layers])
    decayed = {}
    for excluded in ([], ["norms"], ["biases"], ["slopes"], ["norms", "biases"]):
        made = made_by(**{"optimizer.weight_decay": 0.5, "optimizer.exclude": excluded})
        model.set_weights([np.ones(weight.shape) for weight in model.weights])
        made.apply([keras.ops.zeros(v.shape) for v in model.trainable_variables], model.trainable_variables)
        decayed[tuple(excluded)] = {v.name for v in model.trainable_variables if np.asarray(v).max() < 1}
    assert decayed == {
        (): {"kernel", "bias", "gamma", "beta", "alpha"},
        ("norms",): {"kernel", "bias", "alpha"},
        ("biases",): {"kernel", "gamma", "beta", "alpha"},
        ("slopes",): {"kernel", "bias", "gamma", "beta"},
        ("norms", "biases"): {"kernel", "alpha"},
    }


def test_exclusions_can_be_made_again_on_a_loaded_optimizer():
    recipe = recipes.override(recipes.HE_CIFAR, {"optimizer.weight_decay": 0.5, "optimizer.exclude": ["biases"]})
    loaded = keras.optimizers.deserialize(keras.optimizers.serialize(optimizer(recipe)))
    bias = keras.Variable([1.0], name="bias")
    loaded.build([bias])
    exclude(loaded, recipe)
    loaded.apply([keras.ops.zeros(1)], [bias])
    assert np.asarray(bias)[0] == 1
