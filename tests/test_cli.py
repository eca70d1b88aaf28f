"""The command, as a newcomer types it."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import keras_resnets as kr
from keras_resnets import cli, commands
from keras_resnets.analysis.explanation import METHODS
from keras_resnets.cli import main


def test_list(capsys):
    assert main(["list", "resnext29*"]) == 0
    assert capsys.readouterr().out.split() == ["resnext29_8x64d", "resnext29_16x64d"]


def test_summary_prints_the_table(capsys):
    assert main(["summary", "resnet20"]) == 0
    out = capsys.readouterr().out
    assert out.strip() == kr.complexity(kr.ResNet20()).table()
    assert main(["summary", "resnet20", "--size", "64", "--classes", "7"]) == 0
    assert "input 64x64x3" in capsys.readouterr().out


SHALLOW = ("--set", "network_options={depths: [1, 1, 1], filters: 8, cardinality: 2, base_width: 4}")


def test_train_evaluate_predict(tmp_path, capsys, monkeypatch):
    from PIL import Image

    monkeypatch.chdir(tmp_path)
    command = ["train", "resnext29_8x64d", "--dataset", "digits", "--iterations", "3", *SHALLOW]
    assert main(command) == 0
    out = capsys.readouterr().out
    assert "epoch 1/1  iteration 3" in out
    recipe = json.loads((tmp_path / "runs/resnext29_8x64d-digits/config.json").read_text())["recipe"]
    assert recipe["iterations"] == 3 and recipe["network_options"]["filters"] == 8
    assert "runs/resnext29_8x64d-digits/errors.png" in out and "last.keras" in out and "config.json" in out

    assert main(command) == 1
    assert "holds a run already" in capsys.readouterr().err

    assert main(["evaluate", "runs/resnext29_8x64d-digits"]) == 0
    assert "of 355)" in capsys.readouterr().out
    run = "runs/resnext29_8x64d-digits"
    again = ["evaluate", run, f"{run}/last.keras", "--crops", "10", "--scales", "288"]
    assert main([*again, "--per-class", "--json", "found.json", "--append", "results.jsonl"]) == 0
    out = capsys.readouterr().out
    assert "digits, ten_crops (288), 10 forward passes an image" in out and "most often taken for" in out
    assert '"crops": 10' in (tmp_path / "found.json").read_text()
    assert main(["results", "results.jsonl"]) == 0
    assert "| digits, 355 | ten_crops (288) | 10 |" in capsys.readouterr().out
    Image.new("L", (8, 8)).save("digit.png")
    (tmp_path / "more").mkdir()
    Image.new("L", (8, 8)).save("more/another.png")
    assert main(["predict", "runs/resnext29_8x64d-digits", "digit.png", "more", "--top", "2"]) == 0
    assert capsys.readouterr().out.startswith("digit.png: ")


def test_explain_draws_a_row_for_each_image(tmp_path, capsys, monkeypatch):
    from PIL import Image

    monkeypatch.chdir(tmp_path)
    (tmp_path / "more").mkdir()
    for name in ("one.png", "more/two.png"):
        Image.effect_noise((32, 40), 90).convert("RGB").save(name)
    command = ["explain", "resnet20@cifar10", "one.png", "more", "--class", "dog", "--stage", "2"]
    assert main([*command, "--method", "layer_cam", "--output", "new/heat.png"]) == 0
    head, first, second, written = capsys.readouterr().out.splitlines()
    assert first.startswith("one.png ") and second.startswith("more/two.png ") and "dog" in first and "%" in second
    assert head.split()[:3] == ["image", "class", "probability"] and written == "new/heat.png"
    with Image.open(written) as picture:
        assert picture.height > 800


@pytest.mark.parametrize("word, found", [(None, None), ("cat", "cat"), ("3", "3"), ("1", 1)])
def test_a_class_is_a_name_before_it_is_a_number(word, found):
    class Network:
        class_names = ("cat", "3")

    assert commands.class_of(word, Network) == found


def test_the_methods_are_those_of_explain():
    assert list(commands.METHODS) == list(METHODS)


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


@pytest.mark.slow
def test_settings_reach_the_training_that_overwrites_another(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    command = ["train", "resnext29_8x64d", "--dataset", "digits", "--iterations", "2", *SHALLOW]
    assert main(command) == 0
    command += ["--overwrite", "--set", "optimizer={kind: adamw}"]
    assert main([*command, "--set", "learning_rate=1e-3"]) == 0
    recipe = json.loads((tmp_path / "runs/resnext29_8x64d-digits/config.json").read_text())["recipe"]
    assert (recipe["learning_rate"], recipe["optimizer"]["kind"]) == (1e-3, "adamw")


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["summary", "resnet51"], "did you mean 'resnet50'"),
        (["summary", "googlenet", "--size", "16"], "googlenet needs images of at least 31x31 pixels, not 16x16"),
        (["summary", "alexnet", "--size", "16"], "'alexnet' for images of 16x16 pixels: a layer would have no output."),
        (["summary", "resnet50", "--size", "0"], "--size must be a positive integer, not 0"),
        (["summary", "resnet50", "--classes", "-1"], "--classes must be a positive integer, not -1"),
        (["train", "resnet21"], "did you mean 'resnet20'"),
        (["tune", "resnext29_8x6d", "--dataset", "digits"], "did you mean 'resnext29_8x64d'"),
        (["list", "mobilenet*"], "No network matches 'mobilenet*'"),
        (["train", "resnet20", "--dataset", "digit"], "did you mean 'digits'"),
        (["train", "--recipe", "he_cifa"], "did you mean 'he_cifar'"),
        (["train", "--recipe", "nowhere.yaml"], "Cannot find recipe file 'nowhere.yaml'"),
        (["train", "--set", "learning_rat=1"], "did you mean 'learning_rate'"),
        (["train", "--set", "learning_rate"], "A setting is KEY=VALUE"),
        (["train", "--set", "batch_size=many"], "batch_size must be a whole number, not 'many'"),
        (["train", "resnet50"], "images in memory keep their size, 32 x 32, and are not cut to 224 x 224"),
        (["evaluate", "nowhere"], "'nowhere' holds no run"),
        (["evaluate", "nowhere", "--crops", "11"], "Unknown protocol '11'"),
        (["evaluate", "nowhere.keras"], "File 'nowhere.keras' does not exist"),
        (["evaluate", "resnet21@nowhere.pth"], "did you mean 'resnet20'"),
        (["evaluate", "resnet20"], "'resnet20' has no weights: give NAME@WEIGHTS, such as resnet50@torchvision or"),
        (["evaluate", "ResNet50"], "'resnet50' has no weights: give NAME@WEIGHTS"),
        (["predict", "resnet20", "a.png"], "'resnet20' has no weights: give NAME@WEIGHTS"),
        (["predict", "nowhere", "a.png", "--preprocessing", "torhc"], "did you mean 'torch'"),
        (["explain", "resnet20", "a.png"], "'resnet20' has no weights: give NAME@WEIGHTS"),
        (["explain", "nowhere", "a.png", "--method", "gradcam"], "did you mean 'grad_cam'"),
        (["explain", "nowhere", "a.png", "--output", "a.jpg"], "Unknown format of a figure '.jpg'"),
        (["explain", "resnet20@cifar10", "nowhere.png"], "nowhere.png"),
        (["explain", "resnet20@cifar10", *65 * ["a.png"]], "A figure shows at most 64 images, not 65"),
        (["explain", "resnet20@cifar10", "a.png", "--window", "3"], "'grad_cam' has no option 'window'"),
        (["explain", "resnet20@cifar10", "a.png", "--stage", "stage4"], "did you mean 'stage1'"),
        (["results", "nowhere.jsonl"], "Cannot open 'nowhere.jsonl': no such file or directory."),
        (["results", "."], "Cannot open '.': is a directory."),
        (["export", "nowhere", "net"], "'nowhere' holds no run"),
        (["export", "resnet20", "net"], "'resnet20' has no weights: give NAME@WEIGHTS"),
        (["export", "nowhere", "net.onnx", "--top", "3"], "The format 'onnx' has no --top"),
        (["export", "nowhere", "net.tflite", "--layout", "NCHW"], "The format 'litert' has no --layout"),
        (
            ["export", "nowhere", "net.onnx", "--format", "litert"],
            "'net.onnx' has the suffix of the format 'onnx', but --format is 'litert'",
        ),
        (["export", "nowhere", "net.tflite", "--format", "saved_model"], "has the suffix of the format 'litert'"),
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
        *("", "list", "summary", "train", "evaluate", "predict", "explain", "export", "results", "doctor"),
        *("data", "data import", "data show"),
    ],
)
def test_help(command, capsys):
    with pytest.raises(SystemExit) as caught:
        main([*command.split(), "--help"])
    assert caught.value.code == 0
    assert "usage: keras-resnets" in capsys.readouterr().out


@pytest.mark.parametrize(
    "destination, given, found",
    [
        ("x/net.onnx", None, "onnx"),
        ("x/NET.TFLITE", None, "litert"),
        ("x/net", None, "saved_model"),
        ("x/net.v2", None, "saved_model"),
        ("x/net.bin", "onnx", "onnx"),
        ("x/net.onnx", "onnx", "onnx"),
    ],
)
def test_the_suffix_decides_the_format(destination, given, found):
    from pathlib import Path

    assert commands.format_of(Path(destination), given) == found


def test_the_formats_are_those_of_export():
    assert list(commands.FORMATS) == list(kr.export.FORMATS)


LIGHT = """
import contextlib, io, sys
from keras_resnets.cli import main
said = io.StringIO()
with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
    try:
        status = main(sys.argv[1:])
    except SystemExit as end:
        status = end.code
print(status, said.getvalue().replace(chr(10), ' '), sep=chr(10))
print(*sys.modules)
"""


@pytest.mark.parametrize(
    "arguments, status, words",
    [
        (["--help"], 0, "usage: keras-resnets"),
        (["--version"], 0, f"keras-resnets {kr.__version__}"),
        (["list", "resnext29*"], 0, "resnext29_8x64d resnext29_16x64d"),
        (["trian"], 2, "invalid choice: 'trian'"),
        (["train", "resnet21"], 1, "did you mean 'resnet20'"),
        (["evaluate", "resnet20"], 1, "NAME@WEIGHTS"),
        (["explain", "resnet20@cifar10", "a.png", "--method", "gradcam"], 1, "did you mean 'grad_cam'"),
        (["results", "RESULTS"], 0, "| digits, 355 |"),
        (["launch", "--hosts", "a:1", "b:2", "--", "train"], 0, "# on b"),
    ],
)
def test_it_answers_without_keras(arguments, status, words, fresh_python, tmp_path):
    """What takes seconds to import is left alone where names, help or a file of text are asked for."""
    row = {"networks": ["a"], "data": "digits", "images": 355, "errors": 9, "protocol": "one_crop", "crops": 1}
    row |= {"top1_error": 2.5, "interval": [1, 4], "top5_error": 0.0, "negative_log_likelihood": 0.1, "seconds": 1}
    (tmp_path / "results.jsonl").write_text(json.dumps({**row, "calibration_error": 0.5}) + "\n")
    given = [str(tmp_path / "results.jsonl") if word == "RESULTS" else word for word in arguments]
    found, said, modules = fresh_python(LIGHT, *given).splitlines()
    assert found == str(status) and words in said
    assert not {module.split(".")[0] for module in modules.split()} & {"keras", "tensorflow", "jax", "matplotlib"}


def test_an_interrupt_during_the_imports_is_one_line(tmp_path):
    """Here in place of Keras is what swallows a KeyboardInterrupt, as some of its imports do."""
    (tmp_path / "keras.py").write_text(
        "import time\n"
        "print('importing', flush=True)\n"
        "try:\n    time.sleep(60)\nexcept BaseException:\n    print('swallowed', flush=True)\n"
    )
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    process = subprocess.Popen(
        [sys.executable, "-m", "keras_resnets", "summary", "resnet50"],
        env={**os.environ, "PYTHONPATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # jobs in the background ignore it
    )
    assert process.stdout.readline() == "importing\n"
    process.send_signal(signal.SIGINT)
    out, error = process.communicate(timeout=60)
    assert (process.returncode, out, error) == (130, "", "keras-resnets: interrupted\n")


def test_an_interrupt_later_is_one_line_too(monkeypatch, capsys):
    def stopped(options):
        raise KeyboardInterrupt

    monkeypatch.setattr(commands, "train", stopped)
    assert main(["train"]) == 130
    resume = "the same command with --resume goes on where it stopped"
    assert capsys.readouterr().err == f"keras-resnets: interrupted; {resume}\n"
    monkeypatch.setattr(commands, "summary", stopped)
    assert main(["summary", "resnet50"]) == 130
    assert capsys.readouterr().err == "keras-resnets: interrupted\n"


def test_the_handlers_of_others_stay():
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with commands.ending_at_interrupt():
            assert signal.getsignal(signal.SIGINT) is not signal.default_int_handler
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        with commands.ending_at_interrupt():
            assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_the_command_is_installed():
    from pathlib import Path

    command = Path(sys.executable).with_name("keras-resnets")
    out = subprocess.run([command, "list", "plain1?"], capture_output=True, text=True, check=True).stdout
    assert out.split() == ["plain18"]


@pytest.mark.parametrize(
    "command",
    [
        ["tune", "resnet50", "--data", "pets"],
        ["evaluate", "run", "--images", "pets"],
        ["figures", "run", "--images", "pets"],
        ["report", "run", "--images", "pets"],
    ],
)
def test_images_have_one_name_and_the_old_ones_warn(command, capsys):
    *before, old, value = command
    assert cli.parser().parse_args([*before, "--dataset", value]).dataset == "pets"
    assert capsys.readouterr().err == ""
    assert cli.parser().parse_args(command).dataset == "pets"
    assert capsys.readouterr().err == (
        f"keras-resnets: {old} is now --dataset; the old name goes with the next release.\n"
    )


def test_the_client_without_a_server_ends_in_one_sentence():
    client = Path(cli.__file__).parents[1] / "examples/serving/client.py"
    command = [sys.executable, str(client), __file__, "--url", "http://localhost:1"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (1, "")
    assert re.fullmatch(r"No server answers at http://localhost:1: .*\n", done.stderr)
