"""The `weights` option of the builders."""

import hashlib
import json
from dataclasses import replace

import keras
import numpy as np
import pytest

import keras_resnets as kr
from keras_resnets.networks.abstract import abstract_init
from keras_resnets.networks.registry import builder
from keras_resnets.weights import hub, load
from keras_resnets.weights.pretrained import PUBLISHERS, Pretrained
from tests import torch_files
from tests.small_networks import two_blocks

CONFIG = {
    "architecture": "resnet20",
    "num_classes": 10,
    "pretrained_cfg": {
        "input_size": [3, 32, 32],
        "mean": [0.5, 0.4, 0.3],
        "std": [0.2, 0.2, 0.2],
        "interpolation": "bicubic",
        "crop_pct": 0.95,
    },
}


def shallow(*, shortcut="A", survival_probability=None):
    """Two blocks under the name of nine, by which published weights are found."""
    return replace(two_blocks(shortcut=shortcut, survival_probability=survival_probability), name="resnet20")


ResNet20 = builder("ResNet20", shallow, "He et al. 2015, sec. 4.2")


@pytest.fixture
def model(rng):
    model = ResNet20()
    for variable in model.variables:
        if variable.dtype == "float32":
            variable.assign(rng.uniform(0.5, 1.5, variable.shape))
    return model


@pytest.fixture
def torchvision(model, tmp_path, monkeypatch):
    """A ResNet-20 as if torchvision had published it, in the cache already."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    folder = tmp_path / "models"
    folder.mkdir()
    path = torch_files.save(folder / "x.pth", kr.to_torch_weights(model))
    stem = f"resnet20-{hashlib.sha256(path.read_bytes()).hexdigest()[:8]}"
    path.rename(folder / f"{stem}.pth")
    preprocessing = kr.weights.Preprocessing(size=32, resize=36)
    small = replace(PUBLISHERS["torchvision"], classes=10, files={"resnet20": (Pretrained(stem, preprocessing),)})
    monkeypatch.setitem(PUBLISHERS, "torchvision", small)


@pytest.fixture
def hub_repository(model, tmp_path, monkeypatch):
    """A hub of one repository."""
    kr.to_torch_weights(model, tmp_path / "model.safetensors")
    (tmp_path / "config.json").write_text(json.dumps(CONFIG))
    asked = []

    def hub_file(repository, revision, file):
        asked.append((repository, revision, file))
        return tmp_path / file.split("/")[-1]

    monkeypatch.setattr(load, "hub_file", hub_file)
    return asked


def assert_same_weights(first, second):
    for ours, theirs in zip(first.get_weights(), second.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("name", ["x.weights.h5", "x.keras", "x.safetensors", "x.npz", "x.pth"])
def test_a_file_of_any_format(name, model, tmp_path):
    path = tmp_path / name
    if name.endswith(".h5"):
        model.save_weights(path)
    elif name.endswith(".keras"):
        model.save(path)
    elif name.endswith(".pth"):
        torch_files.save(path, kr.to_torch_weights(model))
    else:
        kr.to_torch_weights(model, path)
    for given in (path, str(path)):
        assert_same_weights(ResNet20(weights=given), model)
    assert ResNet20(weights=path).preprocessing is None


@pytest.mark.parametrize("weights", ["torchvision", "torchvision/V1"])
def test_torchvisions_own(weights, model, torchvision):
    loaded = ResNet20(weights=weights, name="mine")
    assert_same_weights(loaded, model)
    assert (loaded.preprocessing.size, loaded.preprocessing.resize) == (32, 36)
    wider = ResNet20(weights=weights, input_shape=(64, 64, 3))
    assert (wider.preprocessing.size, wider.preprocessing.resize) == (64, 72)
    free = ResNet20(weights=weights, input_shape=(None, None, 3), include_top=False)
    assert free.preprocessing.size == 32


@pytest.mark.parametrize(
    "weights, repository, revision, file",
    [
        ("timm/resnet20.a1_in1k", "timm/resnet20.a1_in1k", None, "model.safetensors"),
        ("hf://me/mine", "me/mine", None, "model.safetensors"),
        ("hf://me/mine@v1.0", "me/mine", "v1.0", "model.safetensors"),
        ("hf://me/mine@v1.0/deep/model.safetensors", "me/mine", "v1.0", "deep/model.safetensors"),
        ("hf://me/mine/model.safetensors", "me/mine", None, "model.safetensors"),
    ],
)
def test_the_hubs(weights, repository, revision, file, model, hub_repository):
    loaded = ResNet20(weights=weights)
    assert_same_weights(loaded, model)
    assert hub_repository == [(repository, revision, "config.json"), (repository, revision, file)]
    way = loaded.preprocessing
    assert (way.size, way.resize, way.interpolation, way.mean) == (32, 33, "bicubic", (0.5, 0.4, 0.3))


@pytest.mark.parametrize("weights", ["torchvision", "timm/resnet20.a1_in1k"])
@pytest.mark.usefixtures("torchvision", "hub_repository")
def test_another_number_of_classes_starts_the_head_anew_and_says_so(weights, model, capsys, recwarn):
    keras.utils.set_random_seed(3)
    loaded = ResNet20(weights=weights, classes=3)
    out = capsys.readouterr().out
    assert f"The weights {weights!r} have 10 classes, the model 'resnet20' has 3: its head starts from random" in out
    assert not [warning for warning in recwarn if issubclass(warning.category, UserWarning)]
    assert loaded.output_shape == (None, 3) and loaded.preprocessing.size == 32
    for ours, theirs in zip(loaded.get_weights()[:-2], model.get_weights()[:-2], strict=True):
        np.testing.assert_array_equal(ours, theirs)
    keras.utils.set_random_seed(3)
    np.testing.assert_array_equal(loaded.get_layer("head_dense").kernel, ResNet20(classes=3).get_weights()[-2])


@pytest.mark.parametrize("options", [{}, {"include_top": False, "classes": 3}])
def test_a_head_of_as_many_classes_and_none_at_all_say_nothing(options, model, torchvision, capsys):
    loaded = ResNet20(weights="torchvision", **options).get_weights()
    for ours, theirs in zip(loaded, model.get_weights()[: len(loaded)], strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert "head" not in capsys.readouterr().out


def test_a_file_of_another_number_of_classes_is_refused(model, tmp_path):
    kr.to_torch_weights(model, tmp_path / "x.npz")
    with pytest.raises(ValueError, match=r"The weights have 10 classes, the model has 3: .*skip_head=True"):
        ResNet20(weights=tmp_path / "x.npz", classes=3)


def test_a_saved_model_carries_preprocessing(torchvision, tmp_path):
    loaded = ResNet20(weights="torchvision")
    loaded.save(tmp_path / "x.keras")
    assert keras.saving.load_model(tmp_path / "x.keras").preprocessing == loaded.preprocessing


@pytest.mark.parametrize(
    "build, words",
    [
        (lambda: kr.Plain20(weights="torchvision"), ["publishes no weights of 'plain20'", "resnet50"]),
        (lambda: kr.ResNet50(weights="torchvision/V3"), ["Unknown version of torchvision's resnet50 'V3'", "'V2'"]),
        (lambda: kr.ResNet50(weights="torchvision", downsample="1x1"), ['with downsample="3x3", not downsample="1x1"']),
        (
            lambda: kr.ResNet50(weights="timm/resnet50.a1_in1k", survival=0.5),
            ["with survival_probability=None, not a survival_probability"],
        ),
        (lambda: kr.AlexNet(weights="torchvision", variant="2012"), ['with variant="2014", not variant="2012"']),
        (lambda: kr.GoogLeNet(weights="torchvision"), ['with variant="torchvision", not variant="paper"']),
        (lambda: kr.InceptionV3(weights="torchvision"), ['with variant="torchvision", not variant="release"']),
        (
            lambda: kr.GoogLeNet(weights="torchvision", variant="torchvision", local_response=True),
            ["with local_response=False, not"],
        ),
        (lambda: kr.ResNet20(weights="akamaster"), ['with shortcut="A-centered", not shortcut="A"']),
        (lambda: kr.ResNet20(weights="akamaster", shortcut="B"), ['with shortcut="A-centered", not shortcut="B"']),
        (lambda: kr.ResNet20(weights="chenyaofo/cifar10"), ['with shortcut="B", not shortcut="A"']),
        (
            lambda: kr.ResNet110(weights="chenyaofo/cifar100"),
            ["cifar100 publishes no weights of 'resnet110'"],
        ),
        (
            lambda: kr.ResNet50(weights="imagenet"),
            ["Unknown weights 'imagenet'", 'weights="torchvision"', "kr.load_keras_applications_weights"],
        ),
        (
            lambda: kr.ResNet20(weights="timm/resnet20"),
            ["Cannot find a file 'timm/resnet20'", "'torchvision', 'akamaster'", '"timm/NAME.TAG"'],
        ),
        (lambda: kr.ResNet20(weights=__file__), [".safetensors", "not '"]),
    ],
)
def test_what_does_not_fit_is_told_before_anything_is_downloaded(build, words, monkeypatch):
    monkeypatch.setattr(load, "cached", None)
    monkeypatch.setattr(load, "hub_file", None)
    with pytest.raises(ValueError) as caught, abstract_init():
        build()
    for part in words:
        assert part in str(caught.value)


@pytest.mark.parametrize(
    "change, words",
    [
        ({"architecture": "resnetblur20"}, "has the weights of 'resnetblur20', not of 'resnet20'"),
        ({"num_classes": 0, "architecture": "resnet32"}, "has the weights of 'resnet32', not of 'resnet20'"),
    ],
)
def test_what_a_hubs_configuration_tells(change, words, hub_repository, tmp_path):
    (tmp_path / "config.json").write_text(json.dumps({**CONFIG, **change}))
    with pytest.raises(ValueError, match=words):
        ResNet20(weights="timm/resnet20.a1_in1k")
    assert len(hub_repository) == 1


def test_a_configuration_that_is_none_is_told(hub_repository, tmp_path):
    for content in ("no json", "[]"):
        (tmp_path / "config.json").write_text(content)
        with pytest.raises(ValueError, match=r"Cannot read configuration .*(JSON)"):
            ResNet20(weights="timm/resnet20.a1_in1k")


def test_timms_names_of_pre_activation_networks():
    assert load.timm_name("preact_resnet50") == "resnetv2_50"
    assert load.timm_name("resnext50_32x4d") == "resnext50_32x4d"


@pytest.mark.parametrize("publisher", PUBLISHERS.values(), ids=PUBLISHERS)
def test_the_published_tables(publisher):
    """The names of the files hold the network and end in the beginning of their SHA-256."""
    for network, files in publisher.files.items():
        assert network in kr.list_models()
        for tag, entry in zip(("V1", "V2"), files, strict=False):
            assert publisher.find(network, tag) is entry
            digest = entry.digest.removeprefix("sha256:")
            assert publisher.url(entry).endswith(f"/{entry.stem}{publisher.suffix}") and entry.stem.endswith(
                f"-{digest}"
            )
            assert network.partition("_")[0] in entry.stem and len(digest) == 8 and int(digest, 16)
        assert publisher.find(network) is files[-1]


def test_the_tables_of_cifar():
    akamaster, ten, hundred = (PUBLISHERS[name] for name in ("akamaster", "chenyaofo/cifar10", "chenyaofo/cifar100"))
    assert list(akamaster.files) == ["resnet20", "resnet32", "resnet44", "resnet56", "resnet110", "resnet1202"]
    assert list(ten.files) == list(hundred.files) == ["resnet20", "resnet32", "resnet44", "resnet56"]
    assert akamaster.url(akamaster.find("resnet20")) == (
        "https://github.com/akamaster/pytorch_resnet_cifar10/raw/master/pretrained_models/resnet20-12fca82f.th"
    )
    assert ten.file(ten.find("resnet56")) == "cifar10_resnet56-187c023a.pt"


@pytest.mark.parametrize(
    "file, value",
    [
        ("model.keras", np.nan),
        ("model.weights.h5", np.inf),
        pytest.param("model.keras", np.inf, marks=pytest.mark.slow),
        pytest.param("model.weights.h5", np.nan, marks=pytest.mark.slow),
    ],
)
def test_keras_files_with_values_that_are_not_finite_are_refused(file, value, model, tmp_path):
    model.get_layer("stage2_block1_conv1_bn").moving_mean.assign(np.full(16, value))
    (model.save_weights if file.endswith(".h5") else model.save)(tmp_path / file)
    words = rf"weights of '.*{file}': 1 of \d+ arrays hold NaN or infinite .*: stage2_block1_conv1_bn/moving_mean\.$"
    with pytest.raises(ValueError, match=words):
        ResNet20(weights=tmp_path / file)
    other = ResNet20()
    before = other.get_weights()
    with pytest.raises(ValueError, match=words):
        load.load_weights(other, tmp_path / file)
    for one, same in zip(other.get_weights(), before, strict=True):
        np.testing.assert_array_equal(one, same)


def cached_file(publisher, network, model, folder, naming):
    """Put the weights of `model` into the cache as if `publisher` had published them."""
    path = torch_files.save(folder / "x.pth", kr.to_torch_weights(model, naming=naming))
    stem = f"{network}-{hashlib.sha256(path.read_bytes()).hexdigest()[:8]}"
    path.rename(folder / f"{stem}{publisher.suffix}")
    return replace(publisher, files={network: (replace(publisher.find(network), stem=stem),)})


@pytest.mark.parametrize(
    "name, shortcut, naming",
    [("akamaster", "A-centered", "akamaster resnet"), ("chenyaofo/cifar10", "B", "torchvision resnet")],
)
def test_networks_of_cifar_load_with_names_and_preprocessing(name, shortcut, naming, tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    (tmp_path / "models").mkdir()
    model = kr.ResNet20(shortcut=shortcut)
    publisher = cached_file(PUBLISHERS[name], "resnet20", model, tmp_path / "models", naming)
    monkeypatch.setitem(PUBLISHERS, name, publisher)
    classifier = kr.Classifier.open(f"resnet20@{name}", options={"shortcut": shortcut})
    assert_same_weights(classifier.model, model)
    assert classifier.class_names[0] == "airplane" and classifier.preprocessing.size == 32


def test_without_a_network_the_sentence_names_address_file_and_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setattr(hub, "_open", lambda url: (_ for _ in ()).throw(OSError("no network")))
    with pytest.raises(OSError, match=r"resnet20-12fca82f.th could not be downloaded: no net.* as resnet20-12fca"):
        kr.ResNet20(weights="akamaster", shortcut="A-centered")


def test_a_torch_file_with_such_values_is_named(model, tmp_path):
    model.get_layer("head_dense").bias.assign(np.full(10, np.nan))
    kr.to_torch_weights(model, tmp_path / "x.npz")
    with pytest.raises(ValueError, match=r"weights of '.*x.npz': 1 of \d+ arrays hold NaN or infinite values"):
        ResNet20(weights=tmp_path / "x.npz")
