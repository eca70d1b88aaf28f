"""Explanations of answers, held to what their papers say of them."""

import keras
import numpy as np
import pytest
from PIL import Image

import keras_resnets as kr
from keras_resnets.analysis.explanation import METHODS
from keras_resnets.analysis.heat_maps import resized
from keras_resnets.analysis.subject import Subject, place_of
from keras_resnets.networks.abstract import abstract_init
from tests.analysis.conftest import jolted, tiny
from tests.small_networks import OneBlock, SmallDenseNetBC, SmallPreActCifar, SmallPReLUNet, SmallVGG_BN

layers = keras.layers


@pytest.fixture(scope="module")
def network():
    return tiny(n=1)


@pytest.fixture
def images(pictures):
    return pictures[0][:3]


def logits_of(model, images):
    return model.predict_on_batch(images.astype("float32") / 255)


def bilinear(maps, size):
    """Bilinear interpolation between the centers of pixels, along one axis after the other."""
    for axis in (1, 2):
        at = (np.arange(size) + 0.5) * maps.shape[axis] / size - 0.5
        maps = np.apply_along_axis(lambda line, at=at: np.interp(at, np.arange(len(line)), line), axis, maps)
    return maps


def test_grad_cam_is_the_class_activation_map_of_the_head_weights(network, images):
    """Zhou et al. 2016: behind a global average, the map is the sum of maps by the weights of the dense layer."""
    found = kr.explain(network, images, target=[0, 4, 4])
    maps = kr.features(network, 3).predict_on_batch(images.astype("float32") / 255)["stage3"]
    weights = np.asarray(network.get_layer("head_dense").kernel)[:, [0, 4, 4]].T
    class_maps = np.einsum("nhwc,nc->nhw", maps, weights) / (maps.shape[1] * maps.shape[2])
    np.testing.assert_allclose(found.heat_maps, bilinear(np.maximum(class_maps, 0), 8), atol=1e-5)
    assert found.heat_maps.max() > 1e-2 and found.stage == "stage3" and found.classes == (0, 4, 4)


def test_layer_cam_weighs_each_position_by_its_gradient(images):
    """Closed form: the logit is the sum of the map's squares over 8, so that the gradient is the map over 4."""
    inputs = keras.Input((8, 8, 3))
    map_of = layers.Conv2D(2, 3, padding="same", name="map")(inputs)
    sums = layers.GlobalAveragePooling2D()(layers.Multiply()([map_of, map_of]))
    model = keras.Model(inputs, layers.Dense(2, kernel_initializer="ones")(sums))
    maps = keras.Model(inputs, map_of).predict_on_batch(images.astype("float32") / 255)
    expected = np.maximum((np.maximum(2 * maps / 64, 0) * maps).sum(axis=-1), 0)
    np.testing.assert_allclose(kr.explain(model, images, "layer_cam", stage="map").heat_maps, expected, atol=1e-6)


@pytest.mark.parametrize("baseline", [0, 127.5])
def test_integrated_gradients_sum_to_the_difference_of_the_logits(baseline, network, images):
    found = kr.explain(network, images, "integrated_gradients", baseline=baseline)
    blank = np.full((1, 8, 8, 3), baseline)
    difference = (logits_of(network, images) - logits_of(network, blank))[range(3), found.classes]
    np.testing.assert_allclose(found.heat_maps.sum(axis=(1, 2)), difference, rtol=0.01)
    assert (found.heat_maps < 0).any()


def test_integrated_gradients_of_a_linear_network_are_its_weights_times_the_pixels(images):
    model = keras.Sequential([keras.Input((8, 8, 3)), layers.Flatten(), layers.Dense(2)])
    weights = np.asarray(model.layers[-1].kernel)[:, 1].reshape(8, 8, 3)
    found = kr.explain(model, images, "integrated_gradients", target=1, steps=1)
    np.testing.assert_allclose(found.heat_maps, (weights * images / 255).sum(axis=-1), atol=1e-5)


def test_too_few_steps_are_warned_of(network, images):
    with pytest.warns(UserWarning, match=r"images .*\(from 0\) do not sum to .* within 1%: take more steps than 1\."):
        kr.explain(network, images, "integrated_gradients", steps=1)


def test_occlusion_is_the_naive_loop(network, images):
    found = kr.explain(network, images[:2], "occlusion", target=1, window=3, stride=2, baseline=100)
    log_p = np.log(np.asarray(keras.ops.softmax(logits_of(network, images[:2]))))[:, 1]
    for number, image in enumerate(images[:2]):
        falls = [[[] for _ in range(8)] for _ in range(8)]
        for top in (0, 2, 4, 5):
            for left in (0, 2, 4, 5):
                covered = image.copy()
                covered[top : top + 3, left : left + 3] = 100
                outputs = np.asarray(keras.ops.softmax(logits_of(network, covered[None])))
                for y in range(top, top + 3):
                    for x in range(left, left + 3):
                        falls[y][x].append(log_p[number] - np.log(outputs[0, 1]))
        expected = [[np.mean(each) for each in row] for row in falls]
        np.testing.assert_allclose(found.heat_maps[number], expected, atol=1e-5)


def test_saliency_without_noise_is_the_gradient(network, images):
    """By central differences; a pixel's value is the largest magnitude of its channels."""
    found = kr.explain(network, images[:1], "saliency", target=3, noise=0)
    rng = np.random.default_rng(0)
    for y, x in rng.integers(0, 8, (4, 2)):
        slopes = []
        for channel in range(3):
            step = np.zeros((1, 8, 8, 3))
            step[0, y, x, channel] = 255e-3
            ahead, behind = (logits_of(network, images[:1] + sign * step)[0, 3] for sign in (1, -1))
            slopes.append(abs(ahead - behind) / 2e-3)
        assert found.heat_maps[0, y, x] == pytest.approx(max(slopes), rel=0.05, abs=1e-3)


def test_smoothing_averages_noisy_copies_and_repeats_by_its_seed(network, images):
    one, same, other = (
        kr.explain(network, images[:1], "saliency", seed=seed, samples=3).heat_maps for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(one, same)
    assert np.abs(one - other).max() > 1e-4


def patch_finder():
    """Network whose class "red" is the mean of what exceeds 0.6 in red less green, closed form, ends in a softmax."""
    model = keras.Sequential(
        [
            keras.Input((16, 16, 3)),
            layers.Conv2D(2, 1, activation="relu", name="colors"),
            layers.GlobalAveragePooling2D(),
            layers.Dense(2, activation="softmax"),
        ]
    )
    kernel = np.array([[1, 0], [-1, 1], [0, -1]], "float32").reshape(1, 1, 3, 2)
    model.layers[0].set_weights([kernel, np.full(2, -0.6, "float32")])
    model.layers[-1].set_weights([40 * np.array([[0, 1], [1, 0]], "float32"), np.zeros(2, "float32")])
    return model


@pytest.mark.parametrize("method", METHODS)
def test_a_planted_patch_that_decides_the_class_is_found(method, rng):
    images = rng.integers(0, 90, (2, 16, 16, 3), dtype="uint8")
    images[:, :4, :4] = (0, 250, 0)  # speaks for the other class
    images[0, 9:13, 2:6] = images[1, 3:7, 10:14] = (250, 0, 0)
    found = kr.explain(patch_finder(), images, method, target="red", class_names=["green", "red"])
    assert found.class_names == ("red", "red") and found.heat_maps.dtype == np.float32
    heat = np.maximum(found.heat_maps, 0)
    for each, (top, left) in zip(heat, [(9, 2), (3, 10)], strict=True):
        y, x = np.unravel_index(each.argmax(), each.shape)
        assert top <= y < top + 4 and left <= x < left + 4
        if method != "saliency":  # which does not ask for the direction: green counts as much
            assert each[top - 1 : top + 5, left - 1 : left + 5].sum() > 0.75 * each.sum()


@pytest.mark.parametrize("method, options", [("grad_cam", {}), ("saliency", {"noise": 0}), ("occlusion", {})])
def test_a_last_softmax_changes_nothing(method, options, network, images):
    inputs = keras.Input((8, 8, 3))
    for last in (layers.Softmax(), layers.Activation("softmax")):
        ending = keras.Model(inputs, last(network(inputs)))
        expected, found = (kr.explain(each, images, method, **options) for each in (network, ending))
        np.testing.assert_allclose(found.heat_maps, expected.heat_maps, atol=1e-5)
        assert found.probabilities == pytest.approx(expected.probabilities, rel=1e-5)


BUILT = {
    "pre-activation": lambda: SmallPreActCifar(input_shape=(8, 8, 3)),
    "dense": lambda: SmallDenseNetBC(input_shape=(8, 8, 3)),
    "fully connected head": lambda: SmallVGG_BN(input_shape=(32, 32, 3), classes=10),
    "spatial pyramid": lambda: SmallPReLUNet(input_shape=(64, 64, 3), classes=10),
}
KINDS = [pytest.param(kind, marks=pytest.mark.slow if kind == "spatial pyramid" else ()) for kind in BUILT]


@pytest.mark.parametrize("kind", KINDS)
def test_every_design_has_maps_and_its_logits_are_the_network_s(kind, rng):
    model = jolted(BUILT[kind]())
    inputs = rng.random((2, *model.input_shape[1:]), dtype=np.float32)
    info = kr.feature_info(model)[0]
    name, place = place_of(model, 1)
    subject = Subject(kr.Classifier(model), place)
    logits, maps, found = subject.gradients(inputs, np.array([1, 2]))
    assert name == info.level == "stage1" and maps.shape == found.shape and maps.shape[-1] == info.channels
    log_p = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    np.testing.assert_allclose(log_p, subject.log_probabilities(inputs), atol=1e-4)
    assert np.abs(found).max() > 0


def test_the_gradient_at_a_stage_is_that_of_the_layers_behind_it(rng):
    """A step along the gradient at a map, given to a model of the layers behind it, raises the logit as much."""
    model = jolted(SmallDenseNetBC(input_shape=(8, 8, 3), classifier_activation=None))
    _, place = place_of(model, 2)
    inputs = rng.random((1, 8, 8, 3), dtype=np.float32)
    _, maps, found = Subject(kr.Classifier(model), place).gradients(inputs, np.array([1]))
    behind = keras.Model(place.output, model.output)
    step = 1e-3 * found / np.linalg.norm(found)
    rise = behind.predict_on_batch(maps + step)[0, 1] - behind.predict_on_batch(maps - step)[0, 1]
    assert rise == pytest.approx(2e-3 * np.linalg.norm(found), rel=0.02)


def test_folded_saved_and_multi_output_models_are_explained_alike(network, images, tmp_path):
    expected = kr.explain(network, images, "layer_cam", stage=2)
    classifier = kr.Classifier(network, class_names=list("abcdefghij"))
    with_auxiliary = keras.Model(
        network.inputs, {"main": network.output, "aux1": layers.Dense(10)(layers.Flatten()(network.inputs[0]))}
    )
    for each in (
        kr.inference_model(network),
        kr.Classifier.open(classifier.save(tmp_path / "saved.keras")),
        with_auxiliary,
    ):
        found = kr.explain(each, images, "layer_cam", stage=2)
        np.testing.assert_allclose(found.heat_maps, expected.heat_maps, atol=1e-5)
        assert found.stage == "stage2" and found.classes == expected.classes
    assert expected.heat_maps.max() > 1e-2


def test_a_backbone_inside_a_model_and_a_saved_sequential_one_are_looked_into(images, tmp_path):
    backbone = SmallPreActCifar(include_top=False, input_shape=(8, 8, 3))
    model = keras.Sequential([keras.Input((8, 8, 3)), backbone, layers.GlobalAveragePooling2D(), layers.Dense(2)])
    expected = kr.explain(model, images, stage="stage1")
    saved = kr.Classifier(model, class_names=["a", "b"]).save(tmp_path / "saved.keras")
    np.testing.assert_allclose(kr.explain(saved, images, stage=1).heat_maps, expected.heat_maps, atol=1e-5)
    assert expected.heat_maps.max() > 0 and kr.explain(model, images).stage == "stage3"


def test_the_model_is_not_changed(network, images):
    def state():
        return [len(each._inbound_nodes) + len(each._outbound_nodes) for each in network.operations]

    weights, nodes = network.get_weights(), state()
    kr.explain(network, images[:1], stage=1)
    kr.explain(network, images[:1], "occlusion")
    assert state() == nodes
    assert all((old == new).all() for old, new in zip(weights, network.get_weights(), strict=True))


def test_another_explanation_follows_changed_weights_and_traces_nothing_again(images, monkeypatch):
    network = tiny(n=1)
    before = kr.explain(network, images, target=1)
    head = network.get_layer("head_dense")
    head.kernel.assign(2 * np.asarray(head.kernel))
    monkeypatch.setattr("keras_resnets.analysis.subject.gradients", None)
    np.testing.assert_allclose(kr.explain(network, images, target=1).heat_maps, 2 * before.heat_maps, atol=1e-5)


def test_gradients_of_many_networks_come_without_a_warning_of_tensorflow(caplog):
    for _ in range(6):
        subject = Subject(kr.Classifier(patch_finder()))
        subject.gradients(np.zeros((1, 16, 16, 3), "float32"), np.zeros(1, "int64"))
    assert "retracing" not in caplog.text


def test_files_folders_arrays_and_names(images, tmp_path):
    network = tiny(n=1)
    Image.fromarray(images[0]).save(tmp_path / "one.png")
    Image.fromarray(np.pad(images[1], ((4, 4), (0, 8), (0, 0)))).save(tmp_path / "two.png")
    names = [f"class {number}" for number in range(10)]
    found = kr.explain(network, tmp_path, class_names=names, target="class 3", batch_size=1)
    assert [file.name for file in found.files] == ["one.png", "two.png"] and len(found) == 2
    np.testing.assert_array_equal(found.images[0], images[0])
    one = kr.explain(network, images[0], target=3)
    np.testing.assert_allclose(one.heat_maps[0], found.heat_maps[0], atol=1e-6)
    probabilities = np.asarray(keras.ops.softmax(logits_of(network, images[:1])))
    assert one.probabilities == pytest.approx([probabilities[0, 3]], rel=1e-4)
    assert kr.explain(network, tmp_path / "one.png").classes == (probabilities.argmax(),)
    lines = found.table().splitlines()
    assert len(lines) == 3 and "class 3" in lines[1] and " %" in lines[1]


@pytest.mark.parametrize("method", ["grad_cam", "occlusion"])
def test_the_figure(method, images, rng, tmp_path):
    found = kr.analysis.Explanation(
        network="net",
        method=method,
        stage=None,
        files=(tmp_path / "$a$.png", 1, 2),
        images=images,
        heat_maps=rng.normal(size=(3, 8, 8)),
        classes=(0, 1, 2),
        class_names=("cat", "a name of more letters than fit above a panel", "dog"),
        probabilities=(1.0, 0.5, 0.25),
    )
    (file,) = found.figure(tmp_path / "new" / "figure.png")
    with Image.open(file) as picture:
        assert picture.width == 1050 and picture.height > 1000
    (file,) = found.figure(tmp_path / "figure.svg")
    for words in (f"{METHODS[method].title} of net", METHODS[method].unit, "$a$.png", "image 1", "cat, 100.0 %"):
        assert f"<!-- {words} -->" in file.read_text()


def test_gray_images_and_heat_maps_of_zeros_are_drawn(tmp_path):
    model = keras.Sequential([keras.Input((8, 8, 1)), layers.Conv2D(2, 3), layers.Flatten(), layers.Dense(2)])
    model.layers[-1].kernel.assign(np.zeros((72, 2)))
    found = kr.explain(model, np.zeros((1, 8, 8, 1), "uint8"))
    assert not found.heat_maps.any() and found.figure(tmp_path / "figure.png")
    with pytest.raises(ValueError, match="A figure shows at most 64 images, not 65"):
        kr.explain(model, np.zeros((65, 8, 8, 1), "uint8")).figure(tmp_path / "many.png")


@pytest.mark.parametrize(
    "options, words",
    [
        ({"method": "grad-cam"}, "Unknown value of method 'grad-cam': .* did you mean 'grad_cam'"),
        ({"method": "occlusion", "stage": 2}, "'occlusion' has no option 'stage': it is one of 'grad_cam' and 'lay"),
        ({"window": 3}, "'grad_cam' has no option 'window': it is one of 'occlusion'"),
        ({"stage": 4}, "Unknown stage of 'tiny' 4: choose one of 'stage1', 'stage2', 'stage3'"),
        ({"stage": "stage33"}, "did you mean 'stage3'"),
        ({"target": 10}, "target must be the number of a class, 0 to 9, or its name, not 10"),
        ({"target": "dok", "class_names": ["cat", "dog", *"abcdefgh"]}, "Unknown class 'dok': .* did you mean 'dog'"),
        ({"target": "a", "class_names": [*"abcdefgha", "j"]}, "'a' is the name of the classes 0, 8: give"),
        ({"target": [1, 2]}, "one for each of 3, not 2 classes"),
        ({"target": -1}, "target must be an integer of at least 0 or a text or a list"),
        ({"images": []}, "Give at least one image"),
        ({"images": "nowhere.png"}, "nowhere.png"),
        ({"method": "occlusion", "window": 9}, "window must be at most the image's shorter side, 8 pixels, not 9"),
        ({"method": "occlusion", "window": 2, "stride": 3}, "stride must be at most the side of the square, 2 pixels"),
        ({"method": "occlusion", "baseline": 256}, "baseline must be a number from 0 to 255 or None, not 256"),
        ({"mehtod": "occlusion"}, "Unknown argument of explain 'mehtod': .* did you mean 'method'"),
    ],
)
def test_what_does_not_fit_is_refused_in_a_sentence(options, words, network, images):
    with pytest.raises(ValueError, match=words):
        kr.explain(network, **{"images": images, **options})


def test_images_of_several_sizes_are_refused():
    model = keras.Sequential([keras.Input((None, None, 3)), layers.GlobalAveragePooling2D(), layers.Dense(2)])
    images = [np.zeros((height, 8, 3), "uint8") for height in (8, 9)]
    with pytest.raises(ValueError, match="these are of 8 x 8, 9 x 8 pixels: explain images of one size at a time"):
        kr.explain(model, images, "saliency")
    with pytest.raises(ValueError, match="has no layer whose output is a map"):
        kr.explain(model, images[:1])
    oblong = keras.Sequential([keras.Input((8, 6, 3)), layers.Flatten(), layers.Dense(2)])
    with pytest.raises(ValueError, match="takes images of 8 x 6 pixels, not 8 x 8"):
        kr.explain(oblong, images[:1], "saliency")


def test_what_is_not_finite_is_refused(images):
    network = tiny(n=1)
    network.get_layer("head_dense").bias.assign(np.full(10, np.nan))
    with pytest.raises(FloatingPointError, match=r"outputs of 'tiny' are not finite for 3 .*'head_dense/bias' are not"):
        kr.explain(network, images)


def test_maps_are_resized_whatever_their_values(rng):
    maps = 1000 * rng.normal(size=(2, 3, 4)).astype("float32")
    np.testing.assert_allclose(resized(maps, (8, 8)), bilinear(maps, 8), rtol=1e-4, atol=1e-2)


JAX = """
import sys, keras, numpy as np, keras_resnets as kr
assert keras.backend.backend() == "jax" and "tensorflow" not in sys.modules
images = np.load(sys.argv[1] + "/images.npy")
classifier = kr.Classifier.open(sys.argv[1] + "/model.keras")
found = {method: kr.explain(classifier, images, method, **options).heat_maps for method, options in eval(sys.argv[2])}
np.savez(sys.argv[1] + "/found.npz", **found)
assert "tensorflow" not in sys.modules
"""


@pytest.mark.slow
def test_jax_gives_the_same_heat_maps(images, tmp_path, fresh_python):
    calls = [("layer_cam", {"stage": 1}), ("integrated_gradients", {"target": "d"}), ("occlusion", {"target": 2})]
    classifier = kr.Classifier(jolted(OneBlock(input_shape=(8, 8, 3))), class_names=list("abcdefghij"))
    classifier.save(tmp_path / "model.keras")
    np.save(tmp_path / "images.npy", images)
    fresh_python(JAX, tmp_path, calls, KERAS_BACKEND="jax")
    found = np.load(tmp_path / "found.npz")
    for method, options in calls:
        expected = kr.explain(classifier, images, method, **options).heat_maps
        assert np.abs(expected).max() > 1e-3
        np.testing.assert_allclose(found[method], expected, atol=1e-3 * np.abs(expected).max())


@pytest.mark.slow
@pytest.mark.parametrize("name", kr.list_models())
def test_every_network_has_a_map_to_explain(name):
    with abstract_init():
        model = kr.build(name)
    for info in kr.feature_info(model):
        name, place = place_of(model, info.level)
        assert (name, place.name, len(place.output.shape)) == (info.level, info.name, 4)
