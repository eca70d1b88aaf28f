"""The benchmark of inference runs, at a size where it says nothing."""

import json
import runpy

import keras
import pytest

import keras_resnets as kr
from keras_resnets.networks.shapes import shapes_only
from tests.benchmarks.test_grouped_conv import ROOT, run


@pytest.mark.slow
@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="it measures TensorFlow")
def test_a_short_run_writes_what_it_prints(tmp_path):
    output = tmp_path / "results" / "inference.json"
    size = ("--networks", "resnet20", "--batch", "2", "--rounds", "3")
    result = run("inference", *size, "--contenders", "frozen", "folded", "unfolded", "--output", output)
    assert result.returncode == 0, result.stderr[-3000:]
    (network,) = json.loads(output.read_text())["networks"]
    assert [row["contender"] for row in network["contenders"]] == ["frozen", "folded", "unfolded"]
    for row in network["contenders"]:
        assert 0 < row["min_ms"] <= row["median_ms"] <= row["max_ms"]
        assert row["images_per_second"] == pytest.approx(2000 / row["median_ms"], abs=0.1)
        assert f"{row['contender']:22}{row['images_per_second']:10.1f}" in result.stdout


def test_the_networks_in_pytorch_are_ours(monkeypatch):
    torch = pytest.importorskip("torch")
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    inference = runpy.run_path(ROOT / "benchmarks" / "inference.py")
    for network in ("resnet20", "resnet50", "resnext50_32x4d"):
        model = inference["in_torch"](torch.nn, *inference["TORCH"][network])
        with shapes_only():
            ours = kr.complexity(kr.build(network)).trainable
        assert sum(p.numel() for p in model.parameters()) == ours
