"""State dicts of PyTorch into models and back; tests/weights/test_parity.py proves that they mean the same there."""

import functools
import json

import keras
import ml_dtypes
import numpy as np
import pytest

import keras_resnets as kr
from keras_resnets.networks.abstract import abstract_init
from keras_resnets.weights.names import KEY_MAPS
from keras_resnets.weights.slots import layers_of, weight_slots
from keras_resnets.weights.traits import difference
from tests.conftest import DATA
from tests.small_networks import SmallPlain, SmallPreActResNet, SmallResNet, SmallWideResNet

SMALL = {"input_shape": (32, 32, 3), "classes": 7}


def randomized(model, rng):
    """Every variable another number, moving statistics too."""
    for layer in layers_of(model):
        for variable in layer.weights:
            variable.assign(rng.uniform(0.5, 1.5, variable.shape))
    return model


def assert_same_weights(first, second):
    for ours, theirs in zip(first.get_weights(), second.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def assert_unchanged_by(model, error, words, *arguments, **options):
    before = model.get_weights()
    with pytest.raises(error) as caught:
        kr.load_torch_weights(model, *arguments, **options)
    for part in [words] if isinstance(words, str) else words:
        assert part in str(caught.value)
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


@pytest.fixture(scope="module")
def resnet():
    """A network that the tests of this file read and never change."""
    return randomized(kr.ResNet18(**SMALL), np.random.default_rng(0))


@pytest.fixture(scope="module")
def state(resnet):
    return kr.to_torch_weights(resnet)


ROUND_TRIPS = {
    "plain": SmallPlain,
    "preact_resnet": SmallPreActResNet,
    "resnet": functools.partial(SmallResNet, survival_probability=0.5),
    "resnext": functools.partial(kr.ResNeXt29, depths=(1, 1, 1), filters=8, cardinality=2, base_width=4),
    "wide_resnet": SmallWideResNet,
}
SLOW_ROUND_TRIPS = {
    "alexnet": {"input_shape": (63, 63, 3)},
    "googlenet": {"variant": "torchvision", "aux": True},
    "plain20": {},
    "preact_resnet18": {},
    "resnet20": {"survival": 0.5},
    "resnext29_8x64d": {"cardinality": 4, "base_width": 8},
    "wide_resnet16_8": {},
    "densenet121": {},
    "inception_resnet_v2": {"input_shape": (75, 75, 3)},
    "inception_v3": {"variant": "torchvision", "input_shape": (75, 75, 3)},
    "preact_resnet50": {},
    "resnet50": {},
    "vgg16_bn": {},
}


def assert_round_trip(build, folder, rng):
    model = randomized(build(), rng)
    state = kr.to_torch_weights(model, folder / "x.safetensors")
    again = build()
    kr.load_torch_weights(again, folder / "x.safetensors")
    assert_same_weights(again, model)
    back = kr.to_torch_weights(again)
    assert back.keys() == state.keys()
    for key, array in state.items():
        np.testing.assert_array_equal(back[key], array, strict=True)


@pytest.mark.parametrize("name", ROUND_TRIPS)
def test_the_way_there_and_back_is_exact(name, tmp_path, rng):
    assert_round_trip(functools.partial(ROUND_TRIPS[name], **SMALL), tmp_path, rng)


@pytest.mark.slow
@pytest.mark.parametrize("name", SLOW_ROUND_TRIPS)
def test_the_way_there_and_back_is_exact_for_networks_of_the_registry(name, tmp_path, rng):
    assert_round_trip(functools.partial(kr.build, name, **{**SMALL, **SLOW_ROUND_TRIPS[name]}), tmp_path, rng)


@pytest.mark.parametrize("file", sorted((DATA / "parity").glob("*.json")), ids=lambda file: file.stem)
def test_names_and_shapes_are_all_of_theirs(file):
    facts = json.loads(file.read_text())
    name = {"resnetv2_50": "preact_resnet50"}.get(facts["name"], facts["name"])
    if name not in kr.list_models():
        pytest.skip(f"{name} is not there")
    with abstract_init():
        variant = {"variant": "torchvision"} if name in ("googlenet", "inception_v3") else {}
        aux = {"aux": True} if variant else {}
        model = kr.build(name, **variant, **aux)
        key_map = next(each for each in KEY_MAPS if all(each.module(layer.name) for layer in layers_of(model)))
        found, unnamed = weight_slots(model, key_map)
    assert {key: slot.shape for key, slot in found.items()} == {key: tuple(shape) for key, shape in facts["state"]}
    assert not unnamed


def test_the_files_are_those_of_the_state(resnet, state, tmp_path):
    from safetensors.numpy import load_file

    kr.to_torch_weights(resnet, tmp_path / "x.safetensors")
    kr.to_torch_weights(resnet, tmp_path / "x.npz")
    for found in (load_file(tmp_path / "x.safetensors"), dict(np.load(tmp_path / "x.npz"))):
        assert found.keys() == state.keys()
        for key, array in state.items():
            np.testing.assert_array_equal(found[key], array, strict=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["x.npz", "x.safetensors"]
    assert state["bn1.num_batches_tracked"].dtype == np.int64
    assert state["conv1.weight"].shape == (64, 3, 7, 7)


def test_another_naming_can_be_written(resnet):
    assert "linear.weight" in kr.to_torch_weights(resnet, naming="akamaster resnet")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["vgg16", "vgg19_bn"])
def test_timm_keeps_the_first_layers_of_vggs_head_as_convolutions(name, rng):
    model = randomized(kr.build(name, classes=7, input_shape=(64, 64, 3)), rng)
    theirs = kr.to_torch_weights(model, naming=f"timm {name}")
    torchvision = kr.to_torch_weights(model)
    assert theirs["pre_logits.fc1.weight"].shape == (4096, 512, 2, 2)
    assert theirs["pre_logits.fc2.weight"].shape == (4096, 4096, 1, 1)
    for ours, other in (("fc1", "classifier.0"), ("fc2", "classifier.3")):
        flat = theirs[f"pre_logits.{ours}.weight"].reshape(4096, -1)
        np.testing.assert_array_equal(flat, torchvision[f"{other}.weight"])
    again = kr.build(name, classes=7, input_shape=(64, 64, 3))
    kr.load_torch_weights(again, theirs)
    assert_same_weights(again, model)


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda model, folder: kr.to_torch_weights(model, folder / "x.pth"), "Unknown format of weights '.pth'"),
        (lambda model, folder: kr.to_torch_weights(model, naming="torchvision"), "Unknown naming 'torchvision'"),
        (lambda model, folder: kr.to_torch_weights(model, naming="timm vgg16"), "does not have names for all of"),
        (lambda model, folder: kr.to_torch_weights(kr.GoogLeNet(**SMALL)), "No naming of PyTorch's has names for all"),
    ],
)
def test_what_cannot_be_written(call, words, resnet, tmp_path):
    with pytest.raises(ValueError) as caught:
        call(resnet, tmp_path)
    assert words in str(caught.value)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("dtype", ["float64", "float16", ml_dtypes.bfloat16])
def test_other_floats_become_float32(dtype, resnet, state):
    model = kr.ResNet18(**SMALL)
    kr.load_torch_weights(model, {name: array.astype(dtype) for name, array in state.items()})
    kernel = model.get_layer("stem_conv").kernel
    assert kernel.dtype == "float32"
    np.testing.assert_allclose(np.asarray(kernel), np.asarray(resnet.get_layer("stem_conv").kernel), rtol=4e-3)


def test_a_model_without_the_top_leaves_the_head_out(resnet, state):
    model = kr.ResNet18(include_top=False, input_shape=(32, 32, 3))
    kr.load_torch_weights(model, state)
    np.testing.assert_array_equal(
        np.asarray(model.get_layer("stage4_block2_conv2").kernel),
        np.asarray(resnet.get_layer("stage4_block2_conv2").kernel),
    )


@pytest.mark.slow
def test_a_vgg_without_the_top_leaves_three_layers_out(rng):
    whole = randomized(kr.VGG16(classes=7, input_shape=(64, 64, 3)), rng)
    model = kr.VGG16(include_top=False, input_shape=(64, 64, 3))
    kr.load_torch_weights(model, kr.to_torch_weights(whole))
    assert_same_weights(model, keras.Model(whole.input, whole.get_layer("tail_pool").output))


def test_another_number_of_classes_is_told(state):
    assert_unchanged_by(
        kr.ResNet18(input_shape=(32, 32, 3), classes=10),
        ValueError,
        ["The weights have 7 classes, the model has 10", "include_top=False", "skip_head=True"],
        state,
    )


def test_skip_head_leaves_the_head_as_it_is(resnet, state):
    model = kr.ResNet18(input_shape=(32, 32, 3), classes=10)
    before = model.get_layer("head_dense").get_weights()
    kr.load_torch_weights(model, state, skip_head=True)
    for old, new in zip(before, model.get_layer("head_dense").get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
    np.testing.assert_array_equal(
        np.asarray(model.get_layer("stem_conv").kernel), np.asarray(resnet.get_layer("stem_conv").kernel)
    )
    kr.load_torch_weights(model, {name: array for name, array in state.items() if "fc" not in name}, skip_head=True)


@pytest.mark.slow
def test_skip_head_leaves_auxiliary_classifiers_too(rng):
    options = {"variant": "torchvision", "aux": True, "input_shape": (32, 32, 3)}
    source = randomized(kr.GoogLeNet(classes=7, **options), rng)
    state = kr.to_torch_weights(source)
    model = kr.GoogLeNet(classes=10, **options)
    assert_unchanged_by(model, ValueError, "The weights have 7 classes, the model has 10", state)
    kept = {name: model.get_layer(name).get_weights() for name in ("head_dense", "aux1_dense", "aux2_dense")}
    kr.load_torch_weights(model, state, skip_head=True)
    for name, arrays in kept.items():
        np.testing.assert_array_equal(model.get_layer(name).get_weights()[0], arrays[0])
    hidden = [each.get_layer("aux1_dense1").get_weights()[0] for each in (model, source)]
    np.testing.assert_array_equal(*hidden)
    plain = kr.GoogLeNet(classes=7, **{**options, "aux": False})
    kr.load_torch_weights(plain, state)
    assert not any(name.startswith("aux") for name in kr.to_torch_weights(plain))


def test_what_is_missing_spare_or_misshaped_is_listed(state):
    model = kr.ResNet18(**SMALL)
    less = {name: array for name, array in state.items() if not name.startswith("layer1.")}
    assert_unchanged_by(model, ValueError, ["missing (20)", "layer1.0.bn1.bias", " and 10 more"], less)
    assert_unchanged_by(
        model, ValueError, ["not in the model (1): extra.weight"], {**state, "extra.weight": np.ones(1)}
    )
    other = {**state, "layer1.0.conv1.weight": np.zeros((64, 64, 1, 1))}
    assert_unchanged_by(
        model, ValueError, "of another shape (1): layer1.0.conv1.weight is (64, 64, 1, 1), not (64, 64, 3, 3)", other
    )
    for scalar in (np.float32(1), np.zeros((7, 100))):
        assert_unchanged_by(model, ValueError, "of another shape (1): fc.weight is", {**state, "fc.weight": scalar})
    assert_unchanged_by(model, ValueError, r"(1): 'escape\x1b[2J'", {**state, "escape\x1b[2J": np.ones(1)})
    assert_unchanged_by(kr.ResNet34(**SMALL), ValueError, ["torchvision resnet", "missing", "'resnet34'"], state)


@pytest.mark.parametrize(
    "array, words",
    [
        (np.full(64, np.nan, "float32"), "1 of 102 arrays hold NaN or infinite values"),
        (np.full(64, np.inf, "float32"), "hold NaN or infinite values, as after a training that diverged: bn1.bias"),
        (np.full(64, 1e300), "hold NaN or infinite values"),
        (np.ones(64, "int8"), "1 of 102 arrays are not of floating point: bn1.bias"),
    ],
)
def test_values_that_no_network_has_are_refused(array, words, state):
    assert_unchanged_by(kr.ResNet18(**SMALL), ValueError, words, {**state, "bn1.bias": array})


def test_values_that_are_left_out_do_not_matter(state):
    """torchvision publishes features of VGG-16 whose classifier is NaN."""
    broken = {**state, "fc.weight": np.full((7, 512), np.nan)}
    kr.load_torch_weights(kr.ResNet18(include_top=False, input_shape=(32, 32, 3)), broken)
    kr.load_torch_weights(kr.ResNet18(**SMALL), broken, skip_head=True)


def test_another_number_of_channels_is_told(state):
    model = kr.ResNet18(input_shape=(32, 32, 1), classes=7)
    assert_unchanged_by(model, ValueError, "take images of 3 channels, 'resnet18' takes 1", state)


def test_the_forms_that_spell_paths_out_are_told_the_way():
    options = {"depths": (1, 1, 1), "cardinality": 4, "base_width": 8, **SMALL}
    state = kr.to_torch_weights(kr.ResNeXt29(**options))
    assert_unchanged_by(
        kr.ResNeXt29(form="a", **options), ValueError, ['form="c"', "kr.weights.copy_between_forms"], state
    )


def test_names_of_another_variant_name_the_option(rng):
    state = kr.to_torch_weights(kr.GoogLeNet(variant="torchvision", **SMALL))
    assert_unchanged_by(kr.GoogLeNet(**SMALL), ValueError, 'built with variant="torchvision"', state)


@pytest.mark.slow
def test_weights_of_a_variant_with_the_same_names_are_told(recwarn):
    size = {"input_shape": (75, 75, 3), "classes": 3}
    state = kr.to_torch_weights(kr.InceptionV3(variant="torchvision", **size))
    kr.load_torch_weights(kr.InceptionV3(variant="torchvision", **size), state)
    assert not [w for w in recwarn if "another function" in str(w.message)]
    with pytest.warns(UserWarning, match='build the model with variant="torchvision"'):
        kr.load_torch_weights(kr.InceptionV3(**size), state)


@pytest.mark.parametrize(
    "name, options, needed",
    [
        ("resnet50", {"downsample": "1x1"}, 'downsample="3x3"'),
        ("resnet20", {"survival": 0.8, "shortcut": "B"}, "survival_probability=None"),
        ("preact_resnet18", {"survival": 0.8}, "survival_probability=None"),
        ("googlenet", {"local_response": True, "variant": "torchvision"}, "local_response=False"),
    ],
)
def test_arrays_that_fit_another_function_are_noticed(name, options, needed):
    """torchvision's ResNet-50 in a network with its strides elsewhere gives other logits from the same arrays."""
    same = {"variant": "torchvision"} if "variant" in options else {}
    with abstract_init():
        theirs, ours = (kr.build(name, **SMALL, **each) for each in (same, options))
    key_map = next(each for each in KEY_MAPS if all(each.module(layer.name) for layer in layers_of(theirs)))
    assert difference(theirs, key_map.traits) is None
    assert difference(ours, key_map.traits).needed == needed


def test_a_warning_names_the_option():
    state = kr.to_torch_weights(kr.ResNet20(shortcut="B"))
    with pytest.warns(
        UserWarning, match="computes another function .* build the model with survival_probability=None"
    ) as told:
        kr.load_torch_weights(kr.ResNet20(shortcut="B", survival=0.8), state)
    assert {warning.filename for warning in told} == {__file__}  # the line of the caller, not of the package


def test_akamasters_names_settle_where_the_zero_channels_are():
    centered = kr.to_torch_weights(kr.ResNet20(shortcut="A-centered"), naming="akamaster resnet")
    kr.load_torch_weights(kr.ResNet20(shortcut="A-centered"), centered)
    words = ['have shortcut="A-centered", \'resnet20\' has shortcut="A"', 'Build it with shortcut="A-centered"']
    assert_unchanged_by(kr.ResNet20(), ValueError, words, centered)
    with pytest.raises(ValueError, match="Build it with"):
        kr.to_torch_weights(kr.ResNet20(), naming="akamaster resnet")


def test_names_that_nobody_has_are_told():
    model = kr.ResNet18(**SMALL)
    assert_unchanged_by(
        model,
        ValueError,
        "None of the 2 arrays, such as a.weight, b.weight",
        {"a.weight": np.ones(1), "b.weight": np.ones(1)},
    )


def test_a_prefix_is_named_and_taken(resnet, state):
    """As in detectors and in MoCo, whose file holds two networks and a queue."""
    given = {f"encoder_q.{name}": array for name, array in state.items()}
    given |= {f"encoder_k.{name}": np.zeros_like(array) for name, array in state.items()} | {"queue": np.zeros(3)}
    model = kr.ResNet18(**SMALL)
    assert_unchanged_by(model, ValueError, "have the prefix 'encoder_k.' or 'encoder_q.': load", given)
    kr.load_torch_weights(model, given, prefix="encoder_q.")
    assert_same_weights(model, resnet)
    assert_unchanged_by(
        model, ValueError, "No array of the weights has a name with the prefix 'backbone.'", given, prefix="backbone."
    )


@pytest.mark.slow
def test_a_model_that_is_nested_in_another_keeps_its_slots(rng):
    """A fully connected layer that has been read again still knows which map it flattens."""
    model = randomized(kr.VGG16(classes=7, input_shape=(64, 64, 3)), rng)
    before = kr.to_torch_weights(model)
    model(keras.Input((64, 64, 3)))
    after = kr.to_torch_weights(model)
    np.testing.assert_array_equal(before["classifier.0.weight"], after["classifier.0.weight"])
