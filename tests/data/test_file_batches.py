"""Batches of files: the same again from any step, in a fresh order each pass, and never stopped by one bad file."""

import itertools
import logging

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from keras_resnets import data
from keras_resnets.data.file_batches import mean_of_files
from keras_resnets.images import in_graph
from tests.data.pictures import encoded, folder, smooth

BATCH = 3
SMALL = data.ImageTransform(16)
COLORED = data.ImageTransform(16, jitter=0.4, pca=0.1)  # which takes twice as long to trace


@pytest.fixture
def images(tmp_path):
    return data.from_folder(folder(tmp_path / "pets"), augmentation=SMALL)  # 16 to train, 4 to test


def batches(split, count, **options):
    stream = data.training_batches(split, BATCH, **{"augmentation": SMALL, **options})
    return [(pixels.numpy(), labels.numpy()) for pixels, labels in itertools.islice(stream, count)]


def assert_same(first, second):
    for (pixels, labels), (others, other_labels) in zip(first, second, strict=True):
        np.testing.assert_array_equal(pixels, others)
        np.testing.assert_array_equal(labels, other_labels)


def test_batches_are_full_typed_and_endless(images, monkeypatch):
    """And a file's way to its pixels is traced once, though it stands in two places of the graph."""
    traced, decode = [], in_graph.decode
    monkeypatch.setattr(in_graph, "decode", lambda *given: traced.append(given) or decode(*given))
    stream = data.training_batches(images.train, BATCH, augmentation=SMALL)
    assert len(traced) == 1
    pixels, labels = stream.element_spec
    assert (pixels.shape, pixels.dtype.name) == ((BATCH, 16, 16, 3), "float32")
    assert (labels.shape, labels.dtype.name) == ((BATCH,), "int64")
    assert stream.cardinality() == tf.data.INFINITE_CARDINALITY


@pytest.mark.parametrize(
    "start, augmentation", [(4, SMALL), *(pytest.param(k, COLORED, marks=pytest.mark.slow) for k in (1, 4, 5, 6, 12))]
)
def test_a_stream_from_a_later_step_is_the_rest_of_the_stream(images, start, augmentation):
    """From inside a pass of five batches, and from its end."""
    whole = batches(images.train, 15, seed=3, augmentation=augmentation)
    assert_same(whole[start:], batches(images.train, 15 - start, seed=3, start=start, augmentation=augmentation))


@pytest.mark.slow
def test_another_seed_gives_other_batches(images):
    first, other = (batches(images.train, 1, seed=seed)[0][0] for seed in (3, 4))
    assert np.any(first != other)


def test_each_pass_takes_each_image_at_most_once_in_a_fresh_order(images):
    plain = batches(images.train, 10, augmentation=None)  # centres, which tell which image it is
    passes = [[image.tobytes() for pixels, _ in part for image in pixels] for part in (plain[:5], plain[5:])]
    assert [len(set(one)) for one in passes] == [15, 15]
    assert passes[0] != passes[1]


WORDS = "area 35 to 100 %, 16 crop, TrivialAugment wide, random erasing 0.5, mixup 0.2 or CutMix 1.0, 3 repeats"


@pytest.mark.slow
def test_repeats_and_mixtures_are_replayed_too(images):
    whole = batches(images.train, 8, augmentation=data.ImageTransform.parse(WORDS))
    assert whole[0][1].shape == (BATCH, 2) and whole[0][1].dtype == np.float32
    np.testing.assert_allclose(np.concatenate([shares for _, shares in whole]).sum(1), 1, atol=1e-6)
    assert_same(whole[3:], batches(images.train, 5, augmentation=data.ImageTransform.parse(WORDS), start=3))


def test_a_repeated_image_is_cut_otherwise_each_time(images):
    repeated = data.ImageTransform(16, repeats=3)
    for pixels, labels in batches(images.train, 5, augmentation=repeated):
        assert len(set(labels.tolist())) == 1
        assert len({image.tobytes() for image in pixels}) == 3


@pytest.mark.slow
def test_one_image_is_cut_otherwise_each_time(tmp_path):
    images = data.from_folder(folder(tmp_path / "one", count=5), augmentation=SMALL)
    pixels = np.concatenate([pixels for pixels, _ in batches(images.train, 20)])
    assert len({image.tobytes() for image in pixels}) == len(pixels)


def test_tests_are_in_order_whole_and_filled_up(images):
    mean = np.full((1, 1, 3), 0.5, np.float32)
    plain = [labels for _, labels in data.test_batches(images.test, 3).as_numpy_iterator()]
    assert [labels.tolist() for labels in plain] == [[0, 0, 1], [1]]
    stream = data.test_batches(images.test, 3, mean=mean, multiple=3)
    assert stream.cardinality() == 2
    pixels, labels, weights = (np.concatenate(part) for part in zip(*stream.as_numpy_iterator(), strict=True))
    assert labels.tolist() == [0, 0, 1, 1, 1, 1] and weights.tolist() == [1, 1, 1, 1, 0, 0]
    assert pixels.shape == (6, 16, 16, 3)


@pytest.mark.parametrize("kind", ["channel", pytest.param("pixel", marks=pytest.mark.slow)])
def test_the_mean_is_that_of_the_centres(images, kind):
    chosen = images.augmented("area 8 to 100 %, 16 crop" + (", per-pixel mean" if kind == "pixel" else ""))
    pixels = np.concatenate([pixels for pixels, _ in data.test_batches(chosen.train, 4).as_numpy_iterator()])
    expected = pixels.mean(axis=0) if kind == "pixel" else pixels.mean(axis=(0, 1, 2), keepdims=True)[0]
    mean = mean_of_files(chosen.train)
    np.testing.assert_allclose(mean, expected, atol=1e-5)
    less = np.concatenate([p for p, _ in data.test_batches(chosen.train, 4, mean=mean).as_numpy_iterator()])
    np.testing.assert_allclose(less, pixels - mean, atol=1e-6)


def spoil(path):
    """What a header does not tell: the middle of the file is gone."""
    png = bytearray(encoded(smooth(), "PNG"))
    png[len(png) // 3 : 2 * len(png) // 3] = bytes(len(png) // 3)
    with open(path, "wb") as file:  # noqa: PTH123
        file.write(png)


def test_an_image_that_fails_in_decoding_is_replaced_and_named(images, caplog):
    spoil(images.train.paths[5])
    split = data.FileSplit(**{**vars(images.train), "max_bad": 0.1})
    with caplog.at_level(logging.WARNING, "keras_resnets.data"):
        for _ in range(2):
            centres = next(pixels for pixels, _ in data.test_batches(split, 16).as_numpy_iterator())
    np.testing.assert_array_equal(centres[5], centres[6])
    assert len({image.tobytes() for image in centres}) == 15
    assert caplog.text.count(f"{split.paths[5]} cannot be decoded") == 1


@pytest.mark.slow
def test_an_image_is_replaced_alike_from_any_step(images):
    spoil(images.train.paths[5])
    split = data.FileSplit(**{**vars(images.train), "max_bad": 0.1})
    whole = batches(split, 15)
    assert_same(whole[7:], batches(split, 8, start=7))


@pytest.mark.parametrize(
    "words",
    ["shorter side in [16, 32], 16 crop", pytest.param("area 8 to 100 %, 16 crop", marks=pytest.mark.slow)],
)
def test_odd_images_come_through(words, tmp_path):
    root = folder(tmp_path / "pets", count=5)
    exif = Image.Exif()
    exif[0x0112] = 8
    gray16 = Image.fromarray(np.full((30, 20), 40_000, np.uint16))
    odd = {
        "dot.jpg": encoded(Image.new("L", (1, 1), 200)),
        "wide.jpg": encoded(Image.new("RGB", (20_000, 200), "navy")),
        "tall.png": encoded(Image.new("RGB", (200, 20_000), "navy"), "PNG"),
        "cmyk.jpg": encoded(Image.fromarray(smooth()).convert("CMYK")),
        "sixteen.png": encoded(gray16, "PNG"),
        "png.jpg": encoded(smooth(), "PNG"),
        "gif.jpg": encoded(Image.fromarray(smooth()).convert("P"), "GIF"),
        "turned.jpg": encoded(smooth(40, 90), exif=exif.tobytes()),
    }
    for name, content in odd.items():
        (root / "cat" / name).write_bytes(content)
    images = data.from_folder(root, max_bad=0.0, augmentation=SMALL, test_share=0.1)
    assert images.bad == () and len(images.train) + len(images.test) == 18
    for pixels, _ in batches(images.train, 6, augmentation=data.ImageTransform.parse(words)):
        assert np.isfinite(pixels).all() and pixels.min() >= 0 and pixels.max() <= 1.001


def test_too_many_that_fail_stop_the_stream_with_their_list(images):
    for path in images.train.paths[:4]:
        spoil(path)
    with pytest.raises(tf.errors.InvalidArgumentError, match="more than max_bad allows") as raised:
        batches(images.train, 6, augmentation=None)
    assert "cat/00" in str(raised.value)


@pytest.mark.slow
def test_files_that_are_gone_stop_the_stream(images, tmp_path):
    (tmp_path / "pets").rename(tmp_path / "elsewhere")
    with pytest.raises(tf.errors.InvalidArgumentError, match="16 of 16 files fail"):
        batches(data.FileSplit(**{**vars(images.train), "max_bad": 0.99}), 1, augmentation=None)


def test_another_sets_augmentation_and_mean_are_refused(images):
    with pytest.raises(TypeError, match="augmented by an ImageTransform"):
        data.training_batches(images.train, BATCH, augmentation=data.Augmentation())
    with pytest.raises(ValueError, match=r"must have the shape \(1, 1, 3\) or \(16, 16, 3\), not \(3,\)"):
        data.test_batches(images.test, BATCH, mean=np.zeros(3))


@pytest.mark.parametrize(
    "change", ["random erasing 0.5", pytest.param("TrivialAugment wide, cutout 4", marks=pytest.mark.slow)]
)
def test_images_in_memory_are_streamed_alike_from_any_step(change):
    rng = np.random.default_rng(0)
    split = data.Split(rng.integers(0, 256, (20, 8, 8, 3), dtype=np.uint8), rng.integers(0, 3, 20), classes=3)
    chosen = data.ImageTransform.parse(f"padding 2, 8 crop, flip, {change}, mixup 0.2 or CutMix 1.0")
    mean = data.mean_of(split)

    def stream(**options):
        return data.training_batches(split, 6, mean=mean, augmentation=chosen, seed=3, **options).take(5)

    whole = list(stream().as_numpy_iterator())
    assert whole[0][0].shape == (6, 8, 8, 3) and whole[0][1].shape == (6, 3)
    for images, shares in whole:
        assert np.isfinite(images).all()
        np.testing.assert_allclose(shares.sum(1), 1, rtol=1e-6)
    later = next(stream(start=3).as_numpy_iterator())
    np.testing.assert_array_equal(later[0], whole[3][0])
    np.testing.assert_array_equal(later[1], whole[3][1])


def test_a_padded_crop_of_images_in_memory_is_one_of_the_image():
    pixels = np.random.default_rng(0).integers(1, 256, (4, 6, 6, 1), dtype=np.uint8)
    split = data.Split(pixels, np.arange(4))
    chosen = data.ImageTransform(6, None, pad=2, flip=False)
    around = np.pad(pixels, [(0, 0), (2, 2), (2, 2), (0, 0)]) / np.float32(255)
    for images, labels in data.training_batches(split, 4, augmentation=chosen).take(3).as_numpy_iterator():
        for image, label in zip(images, labels, strict=True):
            possible = [around[label, y : y + 6, x : x + 6] for y in range(5) for x in range(5)]
            assert any(np.allclose(image, crop, atol=1e-6) for crop in possible)


def test_images_in_memory_keep_their_size():
    split = data.Split(np.zeros((4, 6, 6, 1), np.uint8), np.arange(4))
    with pytest.raises(ValueError, match="keep their size, 6 x 6"):
        data.training_batches(split, 2, augmentation=data.ImageTransform())
