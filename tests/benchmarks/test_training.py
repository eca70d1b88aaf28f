"""The benchmark of a training step runs, at a size where it says nothing."""

import importlib.util
import json

import pytest

from tests.benchmarks.test_grouped_conv import run


@pytest.mark.slow
def test_a_short_run_writes_what_it_prints(tmp_path):
    output = tmp_path / "results" / "training.json"
    result = run("training", *("--networks", "resnet20", "--batch", "2", "--rounds", "3"), "--output", output)
    assert result.returncode == 0, result.stderr[-3000:]
    (network,) = json.loads(output.read_text())["networks"]
    names = [row["contender"] for row in network["rows"]]
    assert names[0] == "ours" and "applications" not in names
    for row in network["rows"]:
        assert 0 < row["min_ms"] <= row["median_ms"] <= row["max_ms"]
        assert row["images_per_second"] == pytest.approx(2000 / row["median_ms"], abs=0.1)
        assert row["import_s"] > 0 and row["build_s"] > 0 and row["first_step_s"] > 0 and row["peak_mib"] > 100
        assert f"  {row['contender']:20}{row['images_per_second']:10.1f}" in result.stdout


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("jax") is None, reason="JAX is not installed (extra 'test')")
def test_it_runs_on_jax_as_on_a_gpu(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    output = tmp_path / "training.json"
    size = ("--networks", "resnext50_32x4d", "--size", "32", "--batch", "2", "--rounds", "3")
    result = run("training", *size, "--precision", "bfloat16", "--contenders", "ours", "--output", output)
    assert result.returncode == 0, result.stderr[-3000:]
    (network,) = json.loads(output.read_text())["networks"]
    assert [row["bound"] for row in network["floors"]] == ["operations", "bytes"]
    for bound in network["floors"]:
        assert bound["ms"] == pytest.approx(1000 * bound["amount"] / bound["per_second"], abs=0.01)
        assert f"at the least {bound['ms']:,.1f} ms" in result.stdout
