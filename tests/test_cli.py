"""The command, as a newcomer types it."""

import subprocess
import sys

import pytest

import keras_resnets as kr
from keras_resnets.cli import main


def test_list(capsys):
    assert main(["list", "resnext29*"]) == 0
    assert capsys.readouterr().out.split() == ["resnext29_8x64d", "resnext29_16x64d"]


def test_summary_prints_the_table(capsys):
    assert main(["summary", "resnet50"]) == 0
    out = capsys.readouterr().out
    assert out.strip() == kr.complexity(kr.ResNet50()).table()
    assert main(["summary", "resnet18", "--size", "64", "--classes", "7"]) == 0
    assert "input 64x64x3" in capsys.readouterr().out


def test_train_evaluate_predict(tmp_path, capsys, monkeypatch):
    from PIL import Image

    monkeypatch.chdir(tmp_path)
    command = ["train", "--dataset", "digits", "--iterations", "3"]
    assert main(command) == 0
    out = capsys.readouterr().out
    assert "epoch 1/1  iteration 3" in out
    assert "runs/resnet20-digits/errors.png" in out and "last.keras" in out and "config.json" in out

    assert main(command) == 1
    assert "holds a run already" in capsys.readouterr().err
    assert main([*command, "--overwrite"]) == 0
    capsys.readouterr()

    assert main(["evaluate", "runs/resnet20-digits"]) == 0
    assert "of 355)" in capsys.readouterr().out
    again = ["evaluate", "runs/resnet20-digits", "runs/resnet20-digits/last.keras", "--crops", "10", "--scales", "288"]
    assert main([*again, "--per-class", "--json", "found.json", "--append", "results.jsonl"]) == 0
    out = capsys.readouterr().out
    assert "digits, ten_crops (288), 10 forward passes an image" in out and "most often taken for" in out
    assert '"crops": 10' in (tmp_path / "found.json").read_text()
    assert main(["results", "results.jsonl"]) == 0
    assert "| digits, 355 | ten_crops (288) | 10 |" in capsys.readouterr().out
    Image.new("L", (8, 8)).save("digit.png")
    assert main(["predict", "runs/resnet20-digits", "digit.png", "--top", "2"]) == 0
    assert capsys.readouterr().out.startswith("digit.png: ")


def test_dry_run_trains_nothing(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "short.yaml").write_text("base: wrn_cifar\nepochs: 60\nschedule: {at: [20, 40, 50]}\n")
    command = ["train", "resnet20", "--dataset", "digits", "--recipe", "short.yaml", "--dry-run"]
    assert main([*command, "--set", "learning_rate=0.05", "--set", "optimizer.nesterov=false"]) == 0
    out = capsys.readouterr().out
    assert "steps                 660 of 128 images, 11 an epoch, 60 epochs" in out
    assert "optimizer             sgd, momentum 0.9, weight_decay 0.0005, decay coupled\n" in out
    assert "0.05 at 0" in out and "0.0004 at 659" in out
    assert [file.name for file in tmp_path.iterdir()] == ["short.yaml"]


def test_settings_reach_the_training(tmp_path, capsys, monkeypatch):
    import json

    monkeypatch.chdir(tmp_path)
    command = ["train", "--dataset", "digits", "--iterations", "2", "--set", "optimizer={kind: adamw}"]
    assert main([*command, "--set", "learning_rate=1e-3"]) == 0
    recipe = json.loads((tmp_path / "runs/resnet20-digits/config.json").read_text())["recipe"]
    assert (recipe["learning_rate"], recipe["optimizer"]["kind"]) == (1e-3, "adamw")


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["summary", "resnet51"], "did you mean 'resnet50'"),
        (["list", "mobilenet*"], "No network matches 'mobilenet*'"),
        (["train", "resnet20", "--dataset", "digit"], "did you mean 'digits'"),
        (["train", "--recipe", "he_cifa"], "did you mean 'he_cifar'"),
        (["train", "--recipe", "nowhere.yaml"], "There is no recipe file 'nowhere.yaml'"),
        (["train", "--set", "learning_rat=1"], "did you mean 'learning_rate'"),
        (["train", "--set", "learning_rate"], "A setting is KEY=VALUE"),
        (["train", "--set", "batch_size=many"], "batch_size must be a whole number, not 'many'"),
        (["train", "resnet50"], "images in memory keep their size, 32 x 32, and are not cut to 224 x 224"),
        (["evaluate", "nowhere"], "'nowhere' holds no run"),
        (["evaluate", "nowhere", "--crops", "11"], "Unknown protocol '11'"),
        (["evaluate", "nowhere.keras"], "There is no file 'nowhere.keras'"),
        (["evaluate", "resnet21@nowhere.pth"], "did you mean 'resnet20'"),
        (["predict", "nowhere", "a.png", "--preprocessing", "torhc"], "did you mean 'torch'"),
        (["results", "nowhere.jsonl"], "nowhere.jsonl"),
        (["export", "nowhere", "net"], "'nowhere' holds no run"),
        (["export", "nowhere", "net", "--format", "saved_modle"], "did you mean 'saved_model'"),
        (["export", "nowhere", "net.onnx", "--format", "onnx", "--top", "3"], "The format 'onnx' has no --top"),
        (["export", "nowhere", "net.onnx", "--format", "onnx"], "'nowhere' holds no run"),
        (["data", "import", "fashion_mnist", "nowhere.gz"], "nowhere.gz"),
        (["data", "unpack-imagenet", "nowhere.tar", "neither.tar", "folder"], "nowhere.tar"),
        (["data", "unpack-tfds", "cifar10", "folder", "--data-dir", "nowhere"], "cifar10 is not prepared under"),
    ],
)
def test_errors_are_one_sentence(arguments, words, capsys):
    assert main(arguments) == 1
    error = capsys.readouterr().err
    assert words in error
    assert error.startswith("keras-resnets: ") and error.count("\n") == 1


@pytest.mark.parametrize(
    "arguments", [[], ["train", "--epochs", "1", "--iterations", "2"], ["train", "--resume", "--overwrite"]]
)
def test_wrong_usage_exits_with_2(arguments):
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2


@pytest.mark.parametrize(
    "command",
    [
        *("", "list", "summary", "train", "evaluate", "predict", "export", "results", "doctor"),
        *("data", "data import", "data show"),
    ],
)
def test_help(command, capsys):
    with pytest.raises(SystemExit) as caught:
        main([*command.split(), "--help"])
    assert caught.value.code == 0
    assert "usage: keras-resnets" in capsys.readouterr().out


def test_the_command_is_installed():
    from pathlib import Path

    command = Path(sys.executable).with_name("keras-resnets")
    out = subprocess.run([command, "list", "plain1?"], capture_output=True, text=True, check=True).stdout
    assert out.split() == ["plain18"]
