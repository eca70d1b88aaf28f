"""Images of a training as its network takes them: small files in memory, others at the network's size, what fits."""

import numpy as np
import pytest
from PIL import Image

import keras_resnets as kr
from keras_resnets.training import memory, plan, recipes
from keras_resnets.training.inputs import augmentation_in_words, suited
from tests.small_networks import SmallResNet

SHORT = {"batch_size": 4, "iterations": 4, "recipe": "he_cifar"}


def tiny(folder, side=12, count=10, sides=()):
    rng = np.random.default_rng(0)
    for name in ("cat", "dog"):
        (folder / name).mkdir(parents=True)
        for i in range(count):
            size = sides[i % len(sides)] if sides else side
            Image.fromarray(rng.integers(0, 256, (size, size, 3), dtype=np.uint8)).save(folder / name / f"{i}.png")
    return folder


def test_small_files_of_one_size_are_trained_as_cifar_is(tmp_path, capsys):
    """They were enlarged to 224 pixels, which took forty times the memory."""
    run = kr.train(SmallResNet, str(tiny(tmp_path / "pets")), run_dir=tmp_path / "run", **SHORT)
    config = run.read_config()
    assert config["image_shape"] == [12, 12, 3] and config["augmentation"] == {"pad": 4, "flip": True}
    assert run.read_mean().shape == (12, 12, 3)
    assert "input 12x12x3, 16 training images, padded by 4 and cropped and flipped; about" in capsys.readouterr().out
    found = kr.evaluate(run.path)  # on the files again
    assert found.images == 4
    assert found.top1_error == pytest.approx(run.read_metrics()[-1]["test_error"])
    assert found.negative_log_likelihood == pytest.approx(run.read_metrics()[-1]["test_loss"], rel=1e-4)


def test_larger_files_are_cut_to_the_networks_size(tmp_path):
    images = kr.data.from_folder(tiny(tmp_path, sides=(70, 80)))
    cut = suited(images, recipes.HE_CIFAR, "resnet20")
    assert cut.image_shape == (32, 32, 3) and "random areas resized to 32, flipped" in augmentation_in_words(cut)
    assert suited(images, recipes.HE_CIFAR, kr.InceptionV3).image_shape == (299, 299, 3)
    assert suited(images, recipes.HE_CIFAR, lambda **options: None).image_shape == (224, 224, 3)
    assert suited(images, recipes.HE_IMAGENET_STEPS, "resnet20").image_shape == (224, 224, 3)


def test_a_plan_has_the_same_input(tmp_path):
    assert plan("resnet20", str(tiny(tmp_path / "a")), batch_size=4, recipe="he_cifar").input_shape == (12, 12, 3)


def test_images_that_cannot_be_decoded_are_left_out_or_refused(tmp_path, caplog):
    folder = tiny(tmp_path, side=32)
    content = bytearray((folder / "cat" / "1.png").read_bytes())
    content[len(content) // 2] ^= 0xFF
    (folder / "cat" / "1.png").write_bytes(content)
    with pytest.raises(ValueError, match=r"1 of 16 files cannot be decoded, more than max_bad allows: .*1\.png"):
        kr.data.in_memory(kr.data.from_folder(folder))
    found = kr.data.in_memory(kr.data.from_folder(folder, max_bad=0.5))
    assert len(found.train) == 15 and "1.png cannot be decoded and is left out" in caplog.text
    with pytest.raises(ValueError, match="not all squares of one size up to 64"):
        kr.data.in_memory(kr.data.from_folder(tiny(tmp_path / "mixed", sides=(12, 14))))


def test_what_does_not_fit_is_refused_before_it_begins(tmp_path, monkeypatch):
    monkeypatch.setattr(memory, "free_memory", lambda: 1_000)
    with pytest.raises(ValueError, match=r"A batch of 4 images of 12x12x3 takes about 0\.4 MB .* 0\.0 MB are free"):
        kr.train(SmallResNet, str(tiny(tmp_path / "pets")), run_dir=tmp_path / "run", **SHORT)
    assert not (tmp_path / "run").exists()


def test_free_memory_is_read_where_the_system_tells(tmp_path, monkeypatch):
    (tmp_path / "meminfo").write_text("MemTotal: 9 kB\nMemAvailable:   4 kB\n")
    monkeypatch.setattr(memory, "MEMINFO", tmp_path / "meminfo")
    assert memory.free_memory() == 4096
    monkeypatch.setattr(memory, "MEMINFO", tmp_path / "none")
    assert memory.free_memory() is None
