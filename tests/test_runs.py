"""Run directories whose files are damaged."""

import json

import numpy as np
import pytest

from keras_resnets import cli
from keras_resnets.runs import Run


@pytest.fixture
def run(tmp_path):
    run = Run(tmp_path / "run")
    run.path.mkdir()
    run.begin({"network": "resnet20", "dataset": "digits", "class_names": ["0"]}, np.zeros((2, 2, 1), "float32"))
    run.write_metrics([{"epoch": 1.0, "test_error": 50.0}])
    run.write_result({"test_error": 50.0})
    return run


@pytest.mark.parametrize("read", [Run.read_config, Run.read_result])
@pytest.mark.parametrize(
    "content, fault",
    [
        (b"", "Expecting value"),
        (b"\xff\xfe{", "codec can't decode"),
        (b'["a", "list"]', r'it holds \["a", "list"\], not a JSON object'),
        (b"[" * 100_000, "recursion"),
        (b'{"network": 20, "test_error": "high"}', "its '(network|test_error)' is (20|\"high\")"),
    ],
    ids=["empty", "not text", "a list", "deep", "of another type"],
)
def test_a_damaged_json_file_is_told_in_one_sentence(content, fault, read, run):
    file = run.config if read is Run.read_config else run.result
    file.write_bytes(content)
    with pytest.raises(OSError, match=f"(?s)^Cannot read .*{file.name}': .*{fault}.*\\.$"):
        read(run)


@pytest.mark.parametrize(
    "content",
    [
        {"class_names": ["a", 1]},
        {"image_shape": [32, 32]},
        {"image_shape": [32, 0, 3]},
        {"image_shape": [10**9, 32, 3]},
        {"recipe": {"network_options": 3}},
        {"files": {"augmentation": 0.5}},
        {"files": {"path": None}},
        {"data": {"train": []}},
        {"data": {"test": {"labels": 5}}},
        {"train_images": "many"},
        {"seed": 10**400},
    ],
    ids=repr,
)
def test_what_is_inside_config_json_is_checked(content, run):
    run.config.write_text(json.dumps(content))
    with pytest.raises(OSError, match=r"^Cannot read '.*config\.json': (its .* are|it holds a whole number) of .*\.$"):
        run.read_config()


@pytest.mark.parametrize(
    "entry",
    [
        {"sha256": 5},
        {"sha256": "a", "precision": 5},
        {"sha256": "a", "random": 5},
        {"sha256": "a", "moment": 5},
        {"sha256": "a", "moment": {"batches": "x"}},
        {"sha256": "a", "moment": {"batches": 1, "other": 2}},
        {"sha256": "a", "iteration": 10**400},
    ],
    ids=repr,
)
def test_what_is_inside_checkpoints_json_is_checked(entry, run):
    run.last.write_bytes(b"model")
    run.checkpoints.record.write_text(json.dumps({"last": [entry]}))
    with pytest.raises(OSError, match=r"^Cannot read '.*checkpoints\.json': (its|it holds a whole number) "):
        run.load()


def test_what_a_file_lacks_is_told_where_it_is_asked_for(run):
    with pytest.raises(OSError, match=r"^Cannot read '.*config\.json': it has no 'recipe'\.$"):
        run.read_config()["recipe"]
    with pytest.raises(OSError, match=r"^Cannot read '.*metrics\.csv': it has no 'iteration'\.$"):
        run.read_metrics()[0]["iteration"]
    assert run.read_config().get("recipe") is None and run.read_metrics() == [{"epoch": 1.0, "test_error": 50.0}]


@pytest.mark.parametrize(
    "content, fault",
    [
        (b"epoch,test_error\n1," + b"9" * 131_073, r"field larger than field limit"),
        (b"epoch,test_error\n1,5\n2,fifty\n", r"line 3 has 'fifty' for 'test_error', which is not a number"),
        (b"epoch,test_error\n1,5,6\n", r"line 2 has more values than the first line has names"),
        (b"epoch,test_error\n1,\xff\n", r"codec can't decode"),
    ],
    ids=["a long field", "a word", "too many", "not text"],
)
def test_damaged_metrics_are_told_in_one_sentence(content, fault, run):
    run.metrics.write_bytes(content)
    with pytest.raises(OSError, match=rf"^Cannot read '.*metrics\.csv': .*{fault}.*\.$"):
        run.read_metrics()


@pytest.mark.parametrize("content", [b"", b"no array", b"\x93NUMPY\x01\x00"])
def test_a_damaged_mean_is_told_in_one_sentence(content, run):
    run.mean.write_bytes(content)
    with pytest.raises(OSError, match=r"^Cannot read '.*mean\.npy': ") as caught:
        run.read_mean()
    assert "pickle" not in str(caught.value)


def test_a_missing_file_is_told_in_one_sentence(run):
    run.mean.unlink()
    with pytest.raises(FileNotFoundError, match=r"^Cannot read '.*mean\.npy': there is no such file\.$"):
        run.read_mean()


def test_the_command_ends_with_the_sentence(run, capsys):
    run.metrics.write_text("epoch,test_error\n1," + "9" * 131_073)
    assert cli.main(["figures", str(run.path), "--curves-only"]) == 1
    err = capsys.readouterr().err
    assert err.startswith("keras-resnets: Cannot read") and "metrics.csv" in err and "Traceback" not in err


def test_a_run_is_one_short_line():
    assert repr(Run("runs/demo")) == "Run('runs/demo')"
