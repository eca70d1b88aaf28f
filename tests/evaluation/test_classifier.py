"""One record of a network, what it expects of an image, and the names of its classes."""

import shutil

import keras
import numpy as np
import pytest
from PIL import Image

import keras_resnets as kr
from keras_resnets.evaluation import Classifier
from keras_resnets.runs import Run
from keras_resnets.weights import Preprocessing

NAMES = ("cat", "dog", "ship")
WAY = Preprocessing(16, 20, mean=(0.4, 0.5, 0.6), std=(0.2, 0.3, 0.2))


def layers():
    return [keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(3, activation="softmax", name="head")]


def functional():
    inputs = keras.Input((16, 16, 3))
    pool, dense = layers()
    return keras.Model(inputs, dense(pool(inputs)), name="net")


class Subclassed(keras.Model):
    def __init__(self):
        super().__init__(name="net")
        self.pool, self.dense = layers()

    def call(self, x):
        return self.dense(self.pool(x))


KINDS = {
    "functional": functional,
    "sequential": lambda: keras.Sequential([keras.Input((16, 16, 3)), *layers()], name="net"),
    "subclassed": Subclassed,
}


def made(kind):
    keras.utils.set_random_seed(5)
    return KINDS[kind]()


@pytest.fixture
def images(rng):
    return rng.integers(0, 256, (4, 30, 24, 3), dtype=np.uint8), np.array([0, 1, 2, 1])


@pytest.mark.parametrize("kind", KINDS)
def test_models_of_every_kind_are_evaluated_and_predict_alike(kind, images):
    classifier = Classifier(made(kind), WAY, NAMES)
    expected = Classifier(made("functional"), WAY, NAMES)
    assert kr.evaluate(classifier, images) == kr.evaluate(expected, images)
    assert classifier.predict(images[0]) == expected.predict(images[0])
    assert (classifier.channels, classifier.classes, classifier.name) == (3, 3, "net")


@pytest.mark.parametrize("kind", ["functional", "sequential"])
def test_models_of_every_kind_are_exported(kind, tmp_path, images):
    pytest.importorskip("onnxruntime")
    file = kr.export_onnx(Classifier(made(kind), WAY, NAMES), tmp_path / "net.onnx", include_preprocessing=True)
    assert file.path.exists()


def test_a_subclassed_model_without_a_size_is_refused():
    with pytest.raises(ValueError, match="'net' is a subclassed model of unknown input size: give a preprocessing"):
        Classifier(Subclassed())


@pytest.mark.parametrize(
    "kind", [*(pytest.param(kind, marks=pytest.mark.slow) for kind in ("functional", "sequential")), "subclassed"]
)
def test_a_saved_one_knows_its_images_and_classes_in_a_fresh_process(kind, tmp_path, images, fresh_python):
    classifier = Classifier(made(kind), WAY, NAMES)
    path = classifier.save(tmp_path / "net.keras")
    if kind != "subclassed":  # whose class the other process does not have
        found = fresh_python(
            "import sys, keras_resnets as kr\n"
            "opened = kr.Classifier.open(sys.argv[1])\n"
            "print(opened.preprocessing.to_config(), opened.class_names, sep='|')",
            path,
        )
        config, names = found.strip().split("|")
        assert Preprocessing.from_config(eval(config)).at(16) == kr.Classifier.open(path).preprocessing
        assert eval(names) == NAMES
        assert Classifier.open(path).predict(images[0]) == classifier.predict(images[0])


def test_its_repr_is_one_short_line():
    assert repr(Classifier(functional(), WAY, NAMES)) == "<Classifier 'net': 3 classes, input 16x16x3>"


def test_saving_under_another_ending_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"saved as a \.keras or \.safetensors file, not '.*net\.h5'"):
        Classifier(functional()).save(tmp_path / "net.h5")


def test_files_folders_and_arrays_are_predicted_alike(tmp_path, images):
    classifier = Classifier(functional(), WAY, NAMES)
    paths = [tmp_path / f"{k}.png" for k in range(4)]
    for path, image in zip(paths, images[0], strict=True):
        Image.fromarray(image).save(path)
    of_arrays = [p.classes for p in classifier.predict(images[0], top=2)]
    assert [p.classes for p in classifier.predict(paths, top=2)] == of_arrays
    assert [p.classes for p in classifier.predict(tmp_path, top=2)] == of_arrays
    assert [p.classes for p in classifier.predict(str(paths[1]), top=2)] == of_arrays[1:2]
    assert [p.classes for p in classifier.predict(images[0][1], top=2)] == of_arrays[1:2]
    assert kr.evaluation.predict([classifier, classifier], paths, top=2)[0].file == paths[0]


def test_what_a_model_lacks_is_given_with_it_or_in_the_record(images):
    model = functional()
    assert kr.evaluate(model, images, preprocessing=WAY) == kr.evaluate(Classifier(model, WAY), images)
    mean = np.float32([0.1, 0.2, 0.3])
    given = Classifier(model, Preprocessing.of_training(mean, size=16))
    assert kr.evaluate(model, images, mean=mean) == kr.evaluate(given, images)


@pytest.mark.parametrize(
    "make, words",
    [
        (lambda: Classifier("net"), "model must be a keras.Model, not 'net'"),
        (lambda: Classifier(functional(), class_names=("a", "b")), "2 class names, but 'net' has 3 classes"),
        (lambda: Classifier(kr.ResNet20(include_top=False)), "build it with its top"),
        (lambda: kr.evaluate(3.5, (np.zeros((1, 4, 4, 3), np.uint8), [0])), "NETWORK@WEIGHTS, not 3.5"),
        (lambda: Classifier.open("nowhere.keras"), "File 'nowhere.keras' does not exist"),
    ],
)
def test_what_is_no_classifier_is_refused_in_a_sentence(make, words):
    with pytest.raises((TypeError, ValueError, FileNotFoundError), match=words):
        make()


def run_of(model, path, mean=0.25):
    """A run directory with a mean image, as training leaves it."""
    run = Run(path)
    with run.locked():
        run.begin({"dataset": "digits", "class_names": list(NAMES)}, np.full((16, 16, 3), mean, np.float32))
        run.save(model, "last")
    return run.path


def test_a_run_copied_elsewhere_stays_the_same_classifier(tmp_path, images):
    model = functional()
    model.compile()
    here = run_of(model, tmp_path / "run")
    there = shutil.copytree(here, tmp_path / "elsewhere" / "copy")
    expected = Classifier(model, Preprocessing.of_training(np.full((16, 16, 3), 0.25, np.float32), size=16), NAMES)
    before = Classifier.open(here).predict(images[0])
    shutil.rmtree(here)
    opened = Classifier.open(there)
    assert opened.predict(images[0]) == before == expected.predict(images[0])
    assert (opened.class_names, opened.origin.source, opened.origin.dataset) == (NAMES, "copy", "digits")
    assert opened.preprocessing == expected.preprocessing


def test_a_network_with_its_weights_is_opened_by_name(tmp_path, rng):
    keras.utils.set_random_seed(2)
    model = kr.ResNet20(classes=3, shortcut="B")
    model.save_weights(tmp_path / "net.weights.h5")
    pixels = rng.integers(0, 256, (3, 40, 36, 3), dtype=np.uint8), np.array([0, 1, 2])
    given = {"preprocessing": Preprocessing(32, 36), "class_names": NAMES}
    name, options = f"resnet20@{tmp_path / 'net.weights.h5'}", {"classes": 3, "shortcut": "B"}
    opened = Classifier.open(name, options=options, **given)
    assert (opened.origin.source, opened.origin.dataset) == ("resnet20@net.weights.h5", None)
    assert opened.predict(pixels[0]) == Classifier(model, **given).predict(pixels[0])
    assert kr.evaluate(name, pixels, options=options, **given) == kr.evaluate(opened, pixels)


def test_several_classifiers_predict_the_mean_of_their_probabilities(images):
    classifiers = []
    for seed, way in ((1, WAY), (2, Preprocessing(16, 16))):
        keras.utils.set_random_seed(seed)
        classifiers.append(Classifier(functional(), way, NAMES))
    apart = [[dict(one.classes) for one in classifier.predict(images[0])] for classifier in classifiers]
    together = kr.evaluation.predict(classifiers, images[0])
    for first, second, mean in zip(*apart, together, strict=True):
        assert dict(mean.classes) == pytest.approx({name: (first[name] + second[name]) / 2 for name in NAMES})
    assert apart[0] != apart[1]


def test_a_mean_image_of_another_size_is_refused():
    mean = Preprocessing.of_training(np.zeros((20, 20, 3), np.float32), size=20)
    with pytest.raises(ValueError, match="A mean image of 20 x 20 pixels is for that size alone, not 16 x 16"):
        Classifier(functional(), mean)
    with pytest.raises(ValueError, match=r"of the size 16, not of the shape \(20, 20, 3\)"):
        kr.evaluation.classifier_of(functional(), mean=np.zeros((20, 20, 3), np.float32))


@pytest.mark.parametrize("old", ["judge", "judged", "evaluate_run", "predict_images", "open_network", "Judged"])
def test_old_names_warn(old):
    with pytest.warns(DeprecationWarning, match=f"evaluation.{old} is now"):
        getattr(kr.evaluation, old)


@pytest.mark.parametrize("mean", ["x", 0.5, [["a"]], {}, object()])
def test_a_mean_is_an_array_of_numbers(mean):
    model = keras.Sequential([keras.Input((4, 4, 3)), keras.layers.Flatten(), keras.layers.Dense(2)])
    with pytest.raises(ValueError, match=r"^mean must be an array of numbers, .* or \[channels\], not "):
        kr.evaluation.classifier.classifier_of(model, mean=mean)


def test_options_are_a_mapping():
    with pytest.raises(TypeError, match=r"^options must be a mapping, such as .*, not 5\.$"):
        Classifier.open("resnet20@x.npz", options=5)
