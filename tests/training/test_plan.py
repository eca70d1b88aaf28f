"""What a training would be, told without training."""

import math

import keras
import pytest

import keras_resnets as kr
from keras_resnets.training import plan, recipes
from keras_resnets.training.memory import kept_by_optimizer
from keras_resnets.training.plan import sparkline


def test_the_plan_counts_what_the_network_counts():
    found = plan("resnet20", "digits", epochs=40)
    cost = kr.complexity(kr.ResNet20(input_shape=(8, 8, 1)))
    assert (found.parameters, found.multiply_accumulates) == (cost.trainable, cost.multiply_accumulates)
    assert found.memory.weights == 4 * cost.parameters
    assert found.memory.gradients == found.memory.optimizer == 4 * cost.trainable
    outputs = 64 + sum(math.prod(row.output_shape) for row in cost.by_layer)
    assert found.memory.activations == 4 * 128 * outputs
    assert (found.steps_per_epoch, found.recipe.iterations) == (11, 440)
    assert found.recipe.schedule.at == (220, 330)
    assert found.rates[0] == (0, pytest.approx(0.1)) and found.rates[-1] == (439, pytest.approx(0.001))


def test_the_plan_reads_as_a_table():
    text = str(plan("resnet20", "digits", epochs=40))
    assert "parameters            269,434\n" in text
    assert "multiply-accumulates  2,516,608 an image\n" in text
    assert "steps                 440 of 128 images, 11 an epoch, 40 epochs\n" in text
    assert "estimated time        8 s on two CPU cores, 0 s at best on one data-center GPU (8.5e+11 oper" in text
    assert "estimated: weights 1.1 MB" in text and "(each layer's output, 128 images)" in text
    assert "learning rate         ████" in text
    assert "0.1 at 0" in text and "0.001 at 439" in text


def test_what_a_recipe_lacks_is_told():
    text = str(plan("resnet50", "cifar10", recipe="rsb_a2", network_options={"survival": None}))
    assert "RandAugment" in text and "kr.data lacks it: train() refuses" in text
    assert "claim                 ImageNet top-1 accuracy: ResNet-50 79.8 %" in text
    assert "result                not reproduced yet" in text
    assert "clipping              clipping, threshold 1.0, by global_norm" in text
    assert "exclude norms and biases" in text


def test_a_plateau_has_no_figure():
    assert "0.1, times 0.1 after 5 epochs without a lower test error" in str(plan("resnet18", "cifar10"))


def test_auxiliary_classifiers_are_counted():
    with_them = plan("inception_v3", colour_images(), recipe=of_a_file(auxiliary=[0.4], network_options={"aux": True}))
    without = plan("inception_v3", colour_images(), recipe=of_a_file())
    assert with_them.parameters > without.parameters
    assert "auxiliary losses      0.4\n" in str(with_them)


def colour_images():
    import numpy as np

    split = kr.data.Split(np.zeros((4, 299, 299, 3), "uint8"), np.arange(4))
    return kr.data.ImageSet("four", tuple("abcd"), split, split, kr.data.Augmentation())


def of_a_file(**values):
    return recipes.Recipe(name="own", epochs=1, batch_size=2, learning_rate=0.1, optimizer="sgd", **values)


@pytest.mark.parametrize(
    "values, kept",
    [
        ({}, 1),
        ({"optimizer.momentum": 0.0}, 0),
        ({"optimizer": "adamw"}, 2),
        ({"optimizer": "rmsprop", "optimizer.momentum": 0.9}, 2),
        ({"ema": 0.9}, 2),
        ({"accumulation": 2, "ema": 0.9}, 3),
    ],
)
def test_what_an_optimizer_keeps_for_each_weight(values, kept):
    assert kept_by_optimizer(recipes.override(recipes.HE_CIFAR, values)) == kept


def test_memory_follows_the_part_of_a_batch_and_the_precision():
    whole = plan("resnet20", "digits").memory.activations
    halves = recipes.override(recipes.HE_CIFAR, {"accumulation": 2})
    assert plan("resnet20", "digits", recipe=halves).memory.activations == whole / 2
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        assert plan("resnet20", "digits").memory.activations == whole / 2
    finally:
        keras.config.set_dtype_policy(before)


def test_bars_span_four_decades():
    assert sparkline([1.0, 0.1, 0.01, 0.0, 1e-9], 1.0) == "█▆▅▁▁"


@pytest.mark.parametrize(
    "options, words",
    [
        ({"network": "resnet21"}, "did you mean 'resnet20'"),
        ({"dataset": "digit"}, "did you mean 'digits'"),
        ({"batch_size": 2_000}, "A batch is 1 to 1442 images"),
        ({"epochs": 1, "iterations": 1}, "not both"),
        ({"recipe": "googlenet"}, "'resnet20' has no such option"),
    ],
)
def test_plans_are_refused_as_trainings_are(options, words):
    with pytest.raises(ValueError) as caught:
        plan(**{"network": "resnet20", "dataset": "digits", **options})
    assert words in str(caught.value)


def test_the_digits_are_as_many_as_they_are_said_to_be():
    assert len(kr.data.load("digits").train) == kr.data.DATASETS["digits"].train_images
