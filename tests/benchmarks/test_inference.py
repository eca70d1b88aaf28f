"""The benchmark of inference runs, at a size where it says nothing."""

import json

import keras
import pytest

from tests.benchmarks.test_grouped_conv import run


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
