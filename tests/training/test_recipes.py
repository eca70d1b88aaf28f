"""Recipes: the papers' numbers, what can be changed of them, and what is refused."""

import inspect
import json
import math
from dataclasses import replace

import keras
import numpy as np
import pytest

import keras_resnets as kr
from keras_resnets.networks.registry import find
from keras_resnets.training import recipes
from keras_resnets.training.config import of_length
from keras_resnets.training.losses import loss
from keras_resnets.training.optimizers import optimizer
from keras_resnets.training.schedules import OneCycle, WarmUp, learning_rate

RUN = ("fast_cifar",)  # whose records are in examples/results
EVERY = pytest.mark.parametrize("recipe", recipes.RECIPES.values(), ids=recipes.RECIPES)
CIFAR, IMAGENET = 50_000, 1_281_167  # training images

# By name: training images, and the learning rates that the paper prints, at its epochs, or at iterations where it gives
# its length in those.
# fmt: off
PUBLISHED = {
    "he_cifar":               (CIFAR,    {0: 0.1, 31_999: 0.1, 32_000: 0.01, 48_000: 0.001, 63_999: 0.001}),
    "he_cifar_110":           (CIFAR,    {0: 0.01, 399: 0.01, 400: 0.1, 31_999: 0.1, 32_000: 0.01, 48_000: 0.001}),
    "fast_cifar":             (CIFAR,    {0: 0.008, 3_199: 0.2, 9_600: 0.1, 15_999: 8e-7}),
    "he_imagenet":            (IMAGENET, {0: 0.1}),
    "he_imagenet_steps":      (IMAGENET, {0: 0.1, 29.9: 0.1, 30: 0.01, 60: 0.001, 89.9: 0.001}),
    "preact_cifar":           (CIFAR,    {0: 0.01, 400: 0.1, 32_000: 0.01, 48_000: 0.001}),
    "preact_imagenet":        (IMAGENET, {0: 0.1, 30: 0.01, 60: 0.001}),
    "stochastic_depth_cifar": (CIFAR,    {0: 0.1, 249.9: 0.1, 250: 0.01, 375: 0.001, 499.9: 0.001}),
    "wrn_cifar":              (CIFAR,    {0: 0.1, 59.9: 0.1, 60: 0.02, 120: 0.004, 160: 0.0008, 199.9: 0.0008}),
    "resnext_imagenet":       (IMAGENET, {0: 0.1, 30: 0.01, 60: 0.001, 90: 0.0001}),
    "resnext_cifar":          (CIFAR,    {0: 0.1, 150: 0.01, 225: 0.001, 299.9: 0.001}),
    "densenet_cifar":         (CIFAR,    {0: 0.1, 150: 0.01, 225: 0.001, 299.9: 0.001}),
    "densenet_imagenet":      (IMAGENET, {0: 0.1, 30: 0.01, 60: 0.001, 89.9: 0.001}),
    "googlenet":              (IMAGENET, {0: 0.01, 7.9: 0.01, 8: 0.0096, 16: 0.01 * 0.96**2, 80: 0.01 * 0.96**10}),
    "bn_inception":           (IMAGENET, {0: 0.045, 53_333: 0.045, 53_334: 0.045 * 0.96}),
    "inception_v3":           (IMAGENET, {0: 0.045, 1.9: 0.045, 2: 0.0423, 4: 0.045 * 0.94**2, 98: 0.045 * 0.94**49}),
    "torchvision_v1":         (IMAGENET, {0: 0.1, 30: 0.01, 60: 0.001, 89.9: 0.001}),
    "torchvision_v2":         (IMAGENET, {0: 0.005, 5: 0.5, 302.5: 0.25, 600: 0.0}),
    "rsb_a1":                 (IMAGENET, {0: 1e-4, 5: 5e-3, 302.5: 2.5005e-3, 600: 1e-6}),
    "rsb_a2":                 (IMAGENET, {0: 1e-4, 5: 5e-3, 152.5: 2.5005e-3, 300: 1e-6}),
    "rsb_a3":                 (IMAGENET, {0: 1e-4, 5: 8e-3, 52.5: 4.0005e-3, 100: 1e-6}),
}
# fmt: on


@EVERY
def test_the_learning_rate_is_the_papers(recipe):
    images, published = PUBLISHED[recipe.name]
    steps = images // recipe.batch_size
    schedule = learning_rate(recipes.in_iterations(recipe, steps))
    for time, expected in published.items():
        iteration = time if recipe.epochs is None else round(time * steps)
        found = schedule if isinstance(schedule, float) else float(schedule(iteration))
        assert found == pytest.approx(expected, rel=1e-3, abs=1e-8), time


@EVERY
def test_every_recipe_builds(recipe):
    made = optimizer(recipes.in_iterations(recipe, 100))
    assert float(made.learning_rate) > 0
    variable = keras.Variable([1.0])
    made.apply([keras.ops.ones(1)], [variable])
    assert float(variable[0]) < 1
    assert np.isfinite(float(loss(recipe.loss)(np.array([1]), np.array([[0.1, 0.7, 0.2]], "float32"))))


@EVERY
def test_every_recipe_tells_its_source_and_both_results(recipe):
    assert recipe.source and recipe.claim
    assert (recipe.result != recipes.NOT_REPRODUCED) == (recipe.name in RUN)


@EVERY
def test_a_recipe_survives_json(recipe):
    assert recipes.Recipe(**json.loads(json.dumps(recipe.to_mapping()))) == recipe


@EVERY
def test_defaults_are_of_networks_that_take_the_recipes_options(recipe):
    """A pattern may be ahead of its network, but a default must be able to build."""
    for network in kr.list_models():
        if recipe.networks and recipe is default_of(network):
            assert set(recipe.network_options) <= set(inspect.signature(find(network)).parameters)


def default_of(network):
    try:
        return recipes.recipe_for(network)
    except ValueError:
        return None


def test_recipes_find_their_networks():
    assert recipes.recipe_for("resnet20") is recipes.HE_CIFAR
    assert recipes.recipe_for("resnet110") is recipes.HE_CIFAR_110
    assert recipes.recipe_for("resnet50") is recipes.HE_IMAGENET
    assert recipes.recipe_for("resnext101_64x4d") is recipes.RESNEXT_IMAGENET
    assert recipes.recipe_for("wide_resnet28_10") is recipes.WRN_CIFAR
    with pytest.raises(ValueError, match="'vgg16' has no recipe of its own here: name one of 'he_cifar'"):
        recipes.recipe_for("vgg16")
    assert recipes.find("he_cifar").batch_size == 128
    with pytest.raises(ValueError, match="did you mean 'he_cifar'"):
        recipes.find("he_cifa")


def test_the_papers_weigh_what_they_weigh():
    assert recipes.GOOGLENET.auxiliary == (0.3, 0.3)
    assert recipes.INCEPTION_V3.loss.label_smoothing == 0.1
    assert (recipes.INCEPTION_V3.clipping.by, recipes.INCEPTION_V3.clipping.threshold) == ("global_norm", 2.0)
    assert recipes.INCEPTION_V3.optimizer.epsilon == 1.0
    assert recipes.WRN_CIFAR.optimizer == recipes.SGD(0.9, True, 5e-4, rate_in_velocity=False)
    assert [r.optimizer.weight_decay for r in (recipes.RSB_A1, recipes.RSB_A2, recipes.RSB_A3)] == [0.01, 0.02, 0.02]
    # 1 - momentum of an average over 32 iterations at once, from 0.99998 over 600 epochs of 8 x 128 images.
    assert 1 - recipes.TORCHVISION_V2.ema**32 == pytest.approx(2e-5 * 8 * 128 * 32 / 600, rel=5e-3)


def test_a_batch_size_takes_the_learning_rate_along_if_told_to():
    bigger = {"batch_size": 512}
    assert recipes.override(recipes.HE_CIFAR, bigger).learning_rate == 0.1
    assert recipes.override(recipes.HE_CIFAR, {**bigger, "scaling": "linear"}).learning_rate == pytest.approx(0.4)
    assert recipes.override(recipes.HE_CIFAR, {**bigger, "scaling": "square_root"}).learning_rate == pytest.approx(0.2)
    assert recipes.override(recipes.TORCHVISION_V1, {"batch_size": 1024}).learning_rate == pytest.approx(0.4)
    assert recipes.override(recipes.TORCHVISION_V1, {**bigger, "learning_rate": 0.3}).learning_rate == 0.3


def test_parts_are_changed_and_replaced():
    changed = recipes.override(
        recipes.HE_CIFAR, {"optimizer.nesterov": True, "schedule": {"factor": 0.2}, "loss.label_smoothing": "1e-1"}
    )
    assert changed.optimizer == recipes.SGD(momentum=0.9, nesterov=True, weight_decay=1e-4)
    assert changed.schedule == recipes.Steps(at=(32_000, 48_000), factor=0.2)
    assert changed.loss.label_smoothing == 0.1
    other = recipes.override(recipes.HE_CIFAR, {"optimizer": "lamb", "optimizer.weight_decay": 0.02})
    assert other.optimizer == recipes.LAMB(weight_decay=0.02)
    assert recipes.override(recipes.HE_CIFAR, {"warmup.length": 5}).warmup == recipes.Warmup(length=5)
    assert recipes.override(recipes.HE_CIFAR_110, {"warmup": None}).warmup is None
    assert recipes.override(recipes.GOOGLENET, {"network_options": {}}).network_options == {}


def test_scaling_keeps_the_shares():
    short = recipes.scaled(recipes.HE_CIFAR_110, 6_400)
    assert (short.iterations, short.schedule.at, short.warmup.length) == (6_400, (3_200, 4_800), 40)
    assert recipes.scaled(recipes.HE_CIFAR, 64_000) == recipes.HE_CIFAR
    average = recipes.scaled(recipes.in_iterations(recipes.GOOGLENET, 40), 100)
    assert (average.iterations, average.schedule.every) == (100, pytest.approx(3.2))
    assert average.ema == pytest.approx(0.99)
    with pytest.raises(ValueError, match="at least 1 iteration, a whole number, not 0"):
        recipes.scaled(recipes.HE_CIFAR, 0)
    with pytest.raises(ValueError, match="is in epochs"):
        recipes.scaled(recipes.WRN_CIFAR, 10)


def test_epochs_become_iterations():
    found = recipes.in_iterations(recipes.WRN_CIFAR, 390)
    assert (found.epochs, found.iterations, found.schedule.at) == (None, 78_000, (23_400, 46_800, 62_400))
    assert recipes.in_iterations(recipes.HE_CIFAR, 390) is recipes.HE_CIFAR


@pytest.mark.parametrize(
    "changes, words",
    [
        ({"learning_rat": 0.1}, "did you mean 'learning_rate'"),
        ({"weight_decay": 0.1}, "did you mean 'optimizer.weight_decay'"),
        ({"optimizer.momentun": 0.1}, "did you mean 'momentum'"),
        ({"optimizer": "adam"}, "choose one of 'sgd', 'rmsprop', 'adamw', 'lamb', 'lars'; did you mean 'adamw'"),
        ({"optimizer": {"kind": "lamb", "momentum": 0.9}}, "Unknown field of optimizer lamb 'momentum'"),
        ({"learning_rate": "fast"}, "learning_rate must be a number, not 'fast'"),
        ({"learning_rate": -1}, "learning_rate must be positive, not -1"),
        ({"learning_rate": float("nan")}, "learning_rate must be a number, not nan"),
        ({"learning_rate": True}, "learning_rate must be a number, not True"),
        ({"batch_size": 12.5}, "batch_size must be a whole number, not 12.5"),
        ({"optimizer.nesterov": 1}, "nesterov must be true or false, not 1"),
        ({"optimizer.momentum": 1}, "momentum must be at least 0 and below 1, not 1"),
        ({"optimizer.decay": "couple"}, "choose one of 'coupled', 'decoupled'; did you mean 'coupled'"),
        ({"optimizer.exclude": ["norm"]}, "did you mean 'norms'"),
        ({"schedule.at": 30}, "at must be a list, such as [30], not 30"),
        ({"schedule.at": [48_000, 32_000]}, "at must ascend"),
        ({"schedule": "steps"}, "needs a value for at"),
        ({"name": 3}, "name must be text, not 3"),
        ({"network_options": 3}, "network_options must be a mapping of names to values, not 3"),
        ({"clipping": 2.0}, "clipping must be a mapping of threshold, by, not 2.0"),
        ({"iterations": 40_000}, "changes at 48000, after the end at 40000 iterations"),
        ({"accumulation": 3}, "cannot be split into 3 equal parts"),
        ({"schedule": "plateau", "warmup.length": 5}, "takes no warm-up"),
        ({"epochs": None}, "needs epochs or iterations"),
    ],
)
def test_wrong_changes_get_one_sentence(changes, words):
    with pytest.raises(ValueError) as caught:
        recipes.override(recipes.HE_CIFAR, changes)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_recipe_written_in_python_is_checked_too():
    with pytest.raises(ValueError, match="threshold must be positive, not 0"):
        recipes.Clipping(threshold=0)
    with pytest.raises(ValueError, match="needs epochs or iterations, one of the two"):
        replace(recipes.HE_CIFAR, epochs=3)


def test_a_file_changes_a_base(tmp_path):
    file = tmp_path / "short.yaml"
    file.write_text(
        "base: wrn_cifar\nepochs: 60\nschedule: {at: [20, 40, 50]}\noptimizer:\n  weight_decay: 1e-4  # text to YAML\n"
    )
    found = recipes.find(file)
    assert (found.name, found.epochs, found.batch_size) == ("short", 60, 128)
    assert found.schedule == recipes.Steps(at=(20, 40, 50), factor=0.2)
    assert found.optimizer == recipes.SGD(0.9, True, 1e-4, rate_in_velocity=False)


def test_a_file_can_do_without_a_base(tmp_path):
    file = tmp_path / "own.yml"
    file.write_text(
        "epochs: 3\nbatch_size: 16\nlearning_rate: 0.01\noptimizer: {kind: adamw, exclude: [norms]}\nschedule: cosine\n"
    )
    assert recipes.find(str(file)) == recipes.Recipe(
        name="own",
        epochs=3,
        batch_size=16,
        learning_rate=0.01,
        optimizer=recipes.AdamW(exclude=("norms",)),
        schedule=recipes.Cosine(),
    )


@pytest.mark.parametrize(
    "text, words",
    [
        (None, "Cannot find recipe file"),
        ("a: [", "as YAML: "),
        ("- 1", "it must be a mapping of keys to values"),
        ("1: 2", "it must be a mapping of keys to values"),
        ("base: he_cifa", "did you mean 'he_cifar'"),
        ("base: he_cifar\nepoch: 3", "did you mean 'epochs'"),
        ("epoch: 3", "did you mean 'epochs'"),
        ("epochs: 3", "A recipe without a base needs batch_size, learning_rate, optimizer"),
        ("!!python/object/apply:os.system ['true']", "as YAML: "),
        ("base: wrong.yaml", "is its own base"),
        ("base: [he_cifar]", "base must be the name of a recipe or a YAML file"),
        ("base: he_cifar\nepochs: " + "9" * 400, "epochs must be a number"),
        ("a: !!bool x", "as YAML: "),
        ("[" * 100_000, "nested more than 20 times"),
        ("a: &a [1]\nb: *a", "it holds the alias *a: write the value out"),
        ("#" * 2_000_000, "more than 1,048,576 bytes"),
    ],
)
def test_wrong_files_get_one_sentence(text, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "wrong.yaml"
    if text is not None:
        file.write_text(text)
    with pytest.raises(ValueError) as caught:
        recipes.find(file)
    assert words in str(caught.value) and "wrong.yaml" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_no_error_is_longer_than_what_a_reader_takes_in(tmp_path):
    lines = [
        "a: &a0 [x, x, x, x, x, x, x, x, x]",
        *(f"b{k}: &a{k + 1} [{', '.join([f'*a{k}'] * 9)}]" for k in range(8)),
    ]
    many = f"base: he_cifar\nepochs: [{', '.join(['x'] * 10_000)}]"
    word = f"base: he_cifar\n{'x' * 100_000}: 3"
    for text in ("\n".join([*lines, "base: he_cifar", "epochs: *a8"]), many, word):
        (tmp_path / "x.yaml").write_text(text)
        with pytest.raises(ValueError) as caught:
            recipes.find(tmp_path / "x.yaml")
        assert len(str(caught.value)) < 2000


def test_files_may_be_bases_of_each_other_but_not_in_a_circle(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.yaml").write_text("base: he_cifar\nlearning_rate: 0.3")
    (tmp_path / "b.yaml").write_text("base: a.yaml\nema: 0.9")
    assert (recipes.find("b.yaml").learning_rate, recipes.find("b.yaml").ema) == (0.3, 0.9)
    (tmp_path / "a.yaml").write_text("base: b.yaml")
    with pytest.raises(ValueError, match="is its own base"):
        recipes.find("b.yaml")


@pytest.mark.parametrize("steps", [0, -1, 1.5, math.nan, None])
def test_an_epoch_has_updates(steps):
    with pytest.raises(ValueError, match="steps_per_epoch must be a positive integer"):
        recipes.in_iterations(recipes.WRN_CIFAR, steps)


@pytest.mark.parametrize("iterations", [math.nan, math.inf, 1.5, True])
def test_a_length_is_a_whole_number(iterations):
    with pytest.raises(ValueError, match="at least 1 iteration, a whole number, not"):
        recipes.scaled(recipes.HE_CIFAR, iterations)


@pytest.mark.parametrize("epochs", [math.nan, math.inf, 0, "3"])
def test_epochs_are_a_positive_number(epochs):
    with pytest.raises(ValueError, match=f"epochs must be a positive number, not {epochs!r}"):
        of_length(recipes.HE_CIFAR, 10, epochs, None)


@pytest.mark.parametrize(
    "make",
    [
        lambda: WarmUp(None, math.nan, 0.0, 0.1),
        lambda: WarmUp(None, 5, 0.0, math.inf),
        lambda: OneCycle(math.nan, 10),
        lambda: OneCycle(0.1, 0),
    ],
)
def test_schedules_take_finite_numbers(make):
    with pytest.raises(ValueError, match=r"must be a (positive integer|finite number), not"):
        make()


def test_settings_of_the_command_line():
    found = recipes.settings_of(["learning_rate=5e-2", "schedule.at=[60, 120]", "optimizer={kind: lamb}", "warmup="])
    assert found == {
        "learning_rate": "5e-2",
        "schedule.at": [60, 120],
        "optimizer": {"kind": "lamb"},
        "warmup": None,
    }
    with pytest.raises(ValueError, match="KEY=VALUE, such as learning_rate=0"):
        recipes.settings_of(["epochs"])
    with pytest.raises(ValueError, match="Cannot read value"):
        recipes.settings_of(["epochs=["])
