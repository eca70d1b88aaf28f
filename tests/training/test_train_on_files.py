"""Training on a folder of images: by a recipe's own augmentation, resumed, evaluated and predicting."""

import json

import keras
import pytest

import keras_resnets as kr
from keras_resnets.training import plan, recipes
from tests.data.pictures import folder
from tests.data.test_file_batches import spoil

VALUES = {"batch_size": 4, "learning_rate": 0.01, "optimizer": "sgd", "augmentation": "area 35 to 100 %, 16 crop, flip"}


def small(*, classes, input_shape, classifier_activation):
    inputs = keras.Input(input_shape)
    x = keras.layers.Conv2D(4, 3, strides=2, name="conv")(inputs)
    x = keras.layers.Flatten(name="flat")(keras.layers.ReLU(name="relu")(x))
    return keras.Model(inputs, keras.layers.Dense(classes, name="main")(x), name="small")


@pytest.fixture
def pets(tmp_path):
    return folder(tmp_path / "pets")  # 16 to train, 4 to test


def trained(dataset, path, epochs=2, existing="refuse", **values):
    recipe = recipes.Recipe(name="small", **{**VALUES, "epochs": epochs, **values})
    return kr.train(small, dataset, recipe=recipe, run_dir=path, existing=existing)


def test_a_folder_is_trained_on_judged_and_predicted(pets, tmp_path):
    run = trained(str(pets), tmp_path / "run")
    config = run.read_config()
    assert (config["dataset"], config["class_names"], config["image_shape"]) == ("pets", ["cat", "dog"], [16, 16, 3])
    assert run.read_mean().shape == (1, 1, 3)
    found = kr.evaluate(run.path)
    assert found.images == 4
    assert found.top1_error == pytest.approx(run.read_metrics()[-1]["test_error"], abs=1e-3)
    # Evaluation reads by Pillow, validation by TensorFlow: the same pixels, but for a level of 255 here and there.
    assert found.negative_log_likelihood == pytest.approx(run.read_metrics()[-1]["test_loss"], rel=1e-3)
    images = kr.data.from_source(config["files"])
    predictions = kr.evaluation.predict(run.path, images.test.paths, top=1)
    wrong = [p.classes[0][0] != images.class_names[k] for p, k in zip(predictions, images.test.labels, strict=True)]
    assert sum(wrong) == found.errors


@pytest.mark.slow
@pytest.mark.parametrize("loss", ["cross_entropy", "binary_cross_entropy"])
def test_mixed_images_are_trained_on_and_whole_ones_tested(loss, pets, tmp_path):
    words = (
        "area 35 to 100 %, 16 crop, flip, RandAugment 7 / 0.5, random erasing 0.1, mixup 0.2 or CutMix 1.0, 2 repeats"
    )
    run = trained(str(pets), tmp_path / "run", augmentation=words, loss=loss)
    found = kr.evaluate(run.path)
    assert found.top1_error == pytest.approx(run.read_metrics()[-1]["test_error"], abs=1e-3)
    # Evaluation reads by Pillow, validation by TensorFlow: the same pixels, but for a level of 255 here and there.
    assert found.negative_log_likelihood == pytest.approx(run.read_metrics()[-1]["test_loss"], rel=1e-3)
    assert trained(str(pets), tmp_path / "run", 2, "resume", augmentation=words, loss=loss).read_result()


@pytest.mark.slow
def test_the_split_and_the_augmentation_of_a_set_are_kept_and_files_that_are_passed_over_are_in_the_log(pets, tmp_path):
    (pets / "cat" / "notes.txt").write_text("notes")
    chosen = kr.data.ImageTransform(12, None, shorter_side=(12, 20), mean="pixel")
    images = kr.data.from_folder(pets, test_share=0.5, augmentation=chosen, max_bad=0.1)
    run = trained(images, tmp_path / "run", epochs=1, augmentation="dataset")
    again = kr.data.from_source(run.read_config()["files"])
    assert again.test.paths == images.test.paths and again.augmentation == chosen
    assert run.read_mean().shape == (12, 12, 3)
    assert kr.evaluate(run.path).images == 10
    lines = [json.loads(line) for line in run.log.read_text().splitlines()]
    (told,) = [line for line in lines if line["event"] == "bad_files"]
    assert told["count"] == 1 and told["files"][0][0].endswith("notes.txt")


@pytest.mark.parametrize(
    "part, sentence",
    [
        ("train", r"1 of 16 files fail.*003\.jpg"),
        pytest.param("test", "1 of 4 files fail", marks=pytest.mark.slow),
    ],
)
def test_too_many_files_that_fail_stop_the_training_with_their_list(part, sentence, pets, tmp_path):
    images = kr.data.from_folder(pets)
    spoil(getattr(images, part).paths[3])
    with pytest.raises(ValueError, match=sentence):
        trained(images, tmp_path / "run", epochs=1)


def test_a_path_that_is_not_there_is_told(tmp_path):
    with pytest.raises(FileNotFoundError, match="Cannot find folder"):
        trained(str(tmp_path / "nowhere"), tmp_path / "run")


def test_words_that_mean_nothing_are_refused_before_files_are_read(pets, tmp_path):
    with pytest.raises(ValueError, match=r"does not have that yet \(Unknown augmentation 'blur'.*augmentation=dataset"):
        trained(str(pets), tmp_path / "run", augmentation="area 8 to 100 %, 16 crop, blur")


def test_a_folder_is_planned(pets):
    found = plan("resnet18", str(pets), recipe="torchvision_v1", batch_size=4, epochs=2)
    assert (found.dataset, found.train_images, found.steps_per_epoch) == ("pets", 16, 4)
    assert "224x224x3" in str(found) and "lacks" not in str(found)
