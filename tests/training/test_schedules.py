"""Learning rates against Keras's, PyTorch's and the papers' own."""

from dataclasses import replace

import keras
import numpy as np
import pytest

from keras_resnets.training import OneCycle, WarmUp, recipes
from keras_resnets.training.optimizers import optimizer
from keras_resnets.training.schedules import learning_rate

# torch.optim.lr_scheduler.OneCycleLR(max_lr=0.4, total_steps=20), PyTorch 2.13
ONE_CYCLE = (
    *(0.016, 0.052668737, 0.14866874, 0.26733126, 0.36333126, 0.4, 0.3949856, 0.38019385, 0.35636647, 0.32469826),
    *(0.2867772, 0.24450481, 0.2000008, 0.15549679, 0.1132244, 0.075303338, 0.043635129, 0.019807747, 0.0050159975),
    1.6e-06,
)


def recipe(**values):
    base = {"name": "r", "iterations": 100, "batch_size": 8, "learning_rate": 0.5, "optimizer": "sgd"}
    return recipes.Recipe(**{**base, **values})


def rates(recipe, *iterations):
    schedule = learning_rate(recipe)
    return [float(schedule(iteration)) for iteration in iterations]


def test_one_cycle_is_pytorchs():
    found = rates(recipe(iterations=20, learning_rate=0.4, schedule="one_cycle"), *range(20))
    np.testing.assert_allclose(found, ONE_CYCLE, rtol=2e-5, atol=2e-8)


def test_a_linear_warm_up_is_that_of_keras_where_keras_has_one():
    ours = recipe(schedule={"kind": "cosine", "end": 0.1}, warmup={"length": 20, "start": 0.04})
    theirs = keras.optimizers.schedules.CosineDecay(0.02, 80, alpha=0.1, warmup_target=0.5, warmup_steps=20)
    iterations = range(0, 110, 3)
    np.testing.assert_allclose(rates(ours, *iterations), [float(theirs(i)) for i in iterations], rtol=1e-5)


@pytest.mark.parametrize(
    "schedule, expected",  # at iterations 0, 5, 10, 40, 99, after a warm-up of 10 from a tenth of 0.5
    [
        ("constant", (0.05, 0.275, 0.5, 0.5, 0.5)),
        ({"kind": "steps", "at": [40, 80]}, (0.05, 0.275, 0.5, 0.05, 0.005)),
        ({"kind": "exponential", "factor": 0.5, "every": 30}, (0.05, 0.275, 0.5, 0.25, 0.125)),
        (
            {"kind": "exponential", "factor": 0.5, "every": 30, "staircase": False},
            (0.05, 0.275, 0.5, 0.25, 0.5 * 0.5 ** (89 / 30)),
        ),
        ("cosine", (0.05, 0.275, 0.5, 0.375, 0.25 * (1 + np.cos(np.pi * 89 / 90)))),
    ],
)
def test_a_warm_up_precedes_every_schedule(schedule, expected):
    warm = recipe(schedule=schedule, warmup={"length": 10, "start": 0.1})
    np.testing.assert_allclose(rates(warm, 0, 5, 10, 40, 99), expected, rtol=1e-5, atol=1e-8)
    constant = replace(warm, warmup=recipes.Warmup(length=10, start=0.1, shape="constant"))
    np.testing.assert_allclose(rates(constant, 0, 9, 10), (0.05, 0.05, 0.5), rtol=1e-6)


def test_rates_that_do_not_change_are_numbers():
    assert learning_rate(recipe(schedule="constant")) == 0.5
    assert learning_rate(recipe(schedule="plateau")) == 0.5
    assert learning_rate(recipe(schedule={"kind": "steps", "at": []})) == 0.5


def test_steps_take_effect_at_their_own_iteration():
    found = rates(recipe(schedule={"kind": "steps", "at": [30, 60], "factor": 0.2}), 0, 29, 30, 59, 60, 99)
    np.testing.assert_allclose(found, [0.5, 0.5, 0.1, 0.1, 0.02, 0.02], rtol=1e-6)


def test_accumulation_counts_parts_of_batches():
    found = rates(recipe(accumulation=4, schedule={"kind": "steps", "at": [30]}), 4 * 29 + 3, 4 * 30)
    np.testing.assert_allclose(found, [0.5, 0.05], rtol=1e-6)


def test_epochs_must_become_iterations_first():
    with pytest.raises(ValueError, match=r"in_iterations\(\) comes before"):
        learning_rate(recipe(iterations=None, epochs=3))


@pytest.mark.parametrize(
    "schedule",
    [
        WarmUp(keras.optimizers.schedules.CosineDecay(0.5, 90), 10, 0.05, 0.5, "constant"),
        OneCycle(0.5, 100, 0.25, 0.1, 0.01),
    ],
)
def test_our_schedules_survive_serialization(schedule):
    again = keras.optimizers.schedules.deserialize(keras.optimizers.schedules.serialize(schedule))
    for iteration in (0, 9, 10, 24, 25, 99):
        assert float(again(iteration)) == float(schedule(iteration))


def test_the_optimizer_follows_its_own_iterations():
    sgd = optimizer(recipes.scaled(recipes.HE_CIFAR, 4))
    variable = keras.Variable([1.0])
    seen = []
    for _ in range(4):
        seen.append(float(sgd.learning_rate))
        sgd.apply([keras.ops.zeros(1)], [variable])
    np.testing.assert_allclose(seen, [0.1, 0.1, 0.01, 0.001], rtol=1e-6)
