"""A run that is resumed with other data or under other conditions."""

import json
import shutil
import warnings
from dataclasses import replace

import keras
import numpy as np
import pytest

import keras_resnets as kr
from keras_resnets.runs import Run
from keras_resnets.training import recipes
from tests.data.pictures import encoded, folder, smooth

VALUES = {"batch_size": 4, "learning_rate": 0.01, "optimizer": "sgd", "augmentation": "area 35 to 100 %, 16 crop, flip"}


def small(*, classes, input_shape, classifier_activation):
    inputs = keras.Input(input_shape)
    x = keras.layers.Flatten(name="flat")(keras.layers.Conv2D(2, 3, strides=4, name="conv")(inputs))
    return keras.Model(inputs, keras.layers.Dense(classes, name="main")(x), name="small")


def trained(dataset, path, existing="resume", epochs=1, **values):
    recipe = recipes.Recipe(name="small", **{**VALUES, "epochs": epochs, **values})
    return kr.train(small, dataset, recipe=recipe, run_dir=path, existing=existing)


@pytest.fixture
def pets(tmp_path):
    return folder(tmp_path / "pets")  # 16 to train, 4 to test


@pytest.fixture(scope="module")
def ended(tmp_path_factory):
    """A run on equal files elsewhere."""
    pets = folder(tmp_path_factory.mktemp("data") / "pets")
    return trained(str(pets), tmp_path_factory.mktemp("runs") / "run", "refuse")


@pytest.fixture
def run(ended, pets, tmp_path):
    """A copy of that run, whose data are at hand."""
    copy = Run(shutil.copytree(ended.path, tmp_path / "run"))
    changed(copy, files={"path": str(pets)})
    return copy


def warned(function, *arguments):
    """What the package warns of while the function is called."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        function(*arguments)
    return [str(warning.message) for warning in caught if str(warning.message).startswith(("The run", "The data"))]


def changed(run, **values):
    """Alter the run's config.json, a part of it by a mapping; None removes."""
    config = json.loads(run.config.read_text())
    for name, value in values.items():
        config[name] = {**config[name], **value} if isinstance(value, dict) else value
    run.config.write_text(json.dumps({name: value for name, value in config.items() if value is not None}))


def one_more(pets):
    (pets / "cat" / "500.jpg").write_bytes(encoded(smooth(seed=500)))


def one_fewer(pets):
    (pets / "dog" / "000.jpg").unlink()


def renamed(pets):
    (pets / "cat").rename(pets / "fox")


def swapped(pets):
    for old, new in (("cat", "old"), ("dog", "cat"), ("old", "dog")):
        (pets / old).rename(pets / new)


def another_class(pets):
    shutil.copytree(pets / "dog", pets / "emu")


def another_file(pets):
    (pets / "cat" / "004.jpg").write_bytes(encoded(smooth(seed=500)))


@pytest.mark.parametrize(
    "change, difference",
    [
        (one_more, r"16 training images there, 17 now\.$"),
        (one_fewer, r"now; 4 test images there, 3 now\.$"),
        (
            renamed,
            r"class 0 'cat' there, 'dog' now \(and 1 more classes\); names of the training images \(SHA-256\) \w{9}",
        ),
        (swapped, r"data: sizes of the training images \(SHA-256\) \w{12} there, \w{12} now; sizes of the test images"),
        (another_class, r"class 2 none there, 'emu' now; 16 training images there, 24 now"),
        (another_file, r"data: sizes of the test images \(SHA-256\) \w{12} there, \w{12} now\.$"),
    ],
)
def test_changed_files_are_refused_and_the_run_is_untouched(change, difference, run, pets):
    change(pets)
    before = {file.name: file.read_bytes() for file in run.path.glob("*.*") if file.name != ".lock"}
    with pytest.raises(ValueError, match=rf"^Cannot resume the run in .*, which has other settings or .*{difference}"):
        trained(str(pets), run.path, epochs=1)
    assert {file.name: file.read_bytes() for file in run.path.glob("*.*") if file.name != ".lock"} == before


def test_another_folder_of_the_same_name_is_refused(run, tmp_path):
    other = folder(tmp_path / "elsewhere" / "pets", height=50)
    with pytest.raises(ValueError, match="sizes of the training images"):
        trained(str(other), run.path)


def test_the_same_data_go_on_without_a_word(run, pets):
    assert warned(trained, str(pets), run.path) == []


@pytest.mark.parametrize("name", ["pets", "animals"])
def test_equal_data_elsewhere_go_on_with_a_warning(name, run, pets, tmp_path):
    moved = tmp_path / "elsewhere" / name
    shutil.copytree(pets, moved)
    (told,) = warned(trained, str(moved), run.path)
    assert f"have the same content, but have been moved: {'' if name == 'pets' else 'dataset '}" in told
    assert f"path {str(pets)!r} there, {str(moved)!r} now." in told
    assert any(json.loads(line).get("message") == told for line in run.log.read_text().splitlines())


def test_a_run_of_an_earlier_release_goes_on_with_a_warning(run, pets):
    changed(run, data=None, devices=None)
    (told,) = warned(trained, str(pets), run.path)
    assert "is of an earlier release" in told and "could not be compared" in told


def test_a_run_of_an_earlier_release_is_refused_by_what_it_has_kept(run, pets):
    changed(run, data=None)
    one_more(pets)
    with pytest.raises(ValueError, match="16 training images there, 17 now"):
        trained(str(pets), run.path)


@pytest.mark.parametrize(
    "part, value, difference",
    [
        ("versions", {"keras": "3.0.0"}, f"keras '3.0.0' there, '{keras.__version__}' now"),
        ("versions", {"keras_resnets": "0.0.1"}, "keras_resnets '0.0.1' there, "),
        ("versions", {"tensorflow": "2.0.0"}, "tensorflow '2.0.0' there, "),
        ("devices", {"strategy": "tpu", "replicas": 8}, "strategy 'tpu' there, 'single' now; replicas 8 there, 1 now"),
        ("machine", {"processor": "Z80"}, "processor 'Z80' there, "),
    ],
)
def test_other_conditions_are_told_by_a_warning(part, value, difference, run, pets):
    changed(run, **{part: value})
    (told,) = warned(trained, str(pets), run.path)
    assert "continues under other conditions, and may not end bit for bit" in told
    assert difference in told


def test_what_changes_no_result_is_not_told(run, pets):
    changed(run, versions={"python": "3.0"}, machine={"cores": 512})
    assert warned(trained, str(pets), run.path) == []


def test_another_backend_is_refused(run, pets):
    changed(run, versions={"backend": "torch"})
    now = keras.backend.backend()
    with pytest.raises(ValueError, match=f"other settings or data: backend 'torch' there, '{now}' now"):
        trained(str(pets), run.path)


def test_all_that_differs_is_in_one_sentence(run, pets):
    one_more(pets)
    with pytest.raises(ValueError, match=r"learning_rate 0\.01 there, 0\.1 now; 16 training images there, 17 now\.$"):
        trained(str(pets), run.path, learning_rate=0.1)


@pytest.fixture(scope="module")
def images():
    rng = np.random.default_rng(0)
    split = kr.data.Split(rng.integers(0, 256, (16, 16, 16, 1)).astype("uint8"), np.arange(16) % 2)
    return kr.data.ImageSet("noise", ("a", "b"), split, split, kr.data.Augmentation(1, flip=False))


@pytest.fixture(scope="module")
def on_arrays(images, tmp_path_factory):
    return trained(images, tmp_path_factory.mktemp("runs") / "run", "refuse", augmentation="dataset")


@pytest.mark.parametrize(
    "change, difference",
    [
        (lambda s: {"train": replace(s.train, images=s.train.images[::-1])}, "data: pixels of the training images"),
        (lambda s: {"test": replace(s.test, labels=1 - s.test.labels)}, "data: labels of the test images"),
        (lambda s: {"class_names": ("b", "a")}, r"data: class 0 'a' there, 'b' now \(and 1 more classes\)\.$"),
        (lambda s: {"name": "static", "class_names": ("a", "c")}, "class 1 'b' there, 'c' now"),
    ],
)
def test_changed_arrays_are_refused(change, difference, images, on_arrays):
    with pytest.raises(ValueError, match=difference):
        trained(replace(images, **change(images)), on_arrays.path, augmentation="dataset")


def test_only_the_chief_compares(run, pets, monkeypatch):
    """Another worker reads no config.json, which may lie where it cannot see it."""
    monkeypatch.setattr(
        "keras_resnets.training.trainer.devices", lambda strategy: kr.training.devices.Devices(chief=False)
    )
    monkeypatch.setattr("keras_resnets.training.trainer.Trainer.fit", lambda *_: None)
    monkeypatch.setattr(Run, "read_config", None)
    assert warned(trained, str(pets), run.path, "resume") == []


def lengthened(images, path, epochs, schedule, ema=0.0, existing="resume", **values):
    recipe = recipes.Recipe(
        name="small", **{**VALUES, "augmentation": "dataset", "epochs": 8, "schedule": schedule, "ema": ema, **values}
    )
    return kr.train(small, images, recipe=recipe, run_dir=path, existing=existing, epochs=epochs)


def test_a_run_that_ended_goes_on_to_a_greater_length_as_one_of_that_length(images, tmp_path):
    whole = lengthened(images, tmp_path / "whole", 3, "constant", existing="refuse")
    run = lengthened(images, tmp_path / "run", 2, "constant", existing="refuse")
    run = lengthened(images, run.path, 3, "constant")
    assert [row["iteration"] for row in run.read_metrics()] == [4, 8, 12]
    assert run.read_result()["iterations"] == 12
    for ours, theirs in zip(run.load().weights, whole.load().weights, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    config, of_whole = run.read_config(), whole.read_config()
    assert config["recipe"] == of_whole["recipe"]
    assert config["length_changes"] == [{"from": 8, "to": 12, "at": 8}]
    assert "length_changed" in run.log.read_text()


@pytest.mark.slow
def test_from_there_on_the_learning_rate_and_the_average_are_those_of_the_new_length(images, tmp_path):
    whole = lengthened(images, tmp_path / "whole", 6, "cosine", 0.9, existing="refuse")
    run = lengthened(images, tmp_path / "run", 2, "cosine", 0.9, existing="refuse")
    begun = run.read_metrics()
    for epochs in (4, 6):  # and of the newest length, after several
        run = lengthened(images, run.path, epochs, "cosine", 0.9)
    rows, of_whole = run.read_metrics(), whole.read_metrics()
    assert rows[:2] == begun
    assert begun[1]["learning_rate"] < 1e-3 < rows[2]["learning_rate"]
    assert [row["learning_rate"] for row in rows[4:]] == [row["learning_rate"] for row in of_whole[4:]]
    assert [change["to"] for change in run.read_config()["length_changes"]] == [16, 24]
    momenta = [run.load().optimizer.ema_momentum for run in (run, whole)]
    assert momenta[0] == momenta[1] > 0.85


@pytest.fixture(scope="module")
def of_two_epochs(images, tmp_path_factory):
    """A run that no test changes."""
    return lengthened(images, tmp_path_factory.mktemp("runs") / "run", 2, "cosine", existing="refuse")


def test_a_length_that_was_trained_already_is_refused(images, of_two_epochs):
    run = of_two_epochs
    there = run.config.read_bytes(), run.result.read_bytes(), run.last.read_bytes()
    with pytest.raises(
        ValueError, match=r"to a length of 4 iterations: it has trained 8, and can only go on to more\.$"
    ):
        lengthened(images, run.path, 1, "cosine")
    assert lengthened(images, run.path, 2, "cosine").read_result()["iterations"] == 8
    assert there == (run.config.read_bytes(), run.result.read_bytes(), run.last.read_bytes())


def test_with_another_length_other_settings_are_still_refused(images, of_two_epochs, tmp_path):
    run = of_two_epochs
    with pytest.raises(ValueError, match=r"other settings or data: learning_rate 0\.01 there, 0\.1 now\.$"):
        lengthened(images, run.path, 3, "cosine", learning_rate=0.1)
    with pytest.raises(ValueError, match="iterations 8 there, 32 now"):  # the recipe's own length was not asked for
        lengthened(images, run.path, None, "cosine")
    with pytest.raises(ValueError, match="only the greater one averages the weights"):
        short = lengthened(images, tmp_path / "short", 1, "cosine", 0.5, existing="refuse")
        lengthened(images, short.path, 8, "cosine", 0.5)
