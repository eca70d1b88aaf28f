"""The benchmark of stochastic depth runs, at a size where it says nothing."""

import json

import pytest

from tests.benchmarks.conditions import measures_tensorflow
from tests.benchmarks.test_grouped_conv import run


@pytest.mark.slow
@measures_tensorflow
def test_a_short_run_writes_what_it_prints(tmp_path):
    output = tmp_path / "results" / "stochastic_depth.json"
    size = ("--network", "resnet20", "--batch", "2", "--rounds", "3")
    result = run("stochastic_depth", *size, "--backends", "tensorflow", "--output", output)
    assert result.returncode == 0, result.stderr[-3000:]
    report = json.loads(output.read_text())
    (row,) = report["backends"]
    for figures in (row["without"], row["with"]):
        assert 0 < figures["min_ms"] <= figures["median_ms"] <= figures["max_ms"]
        assert figures["rounds"] == 3
    assert row["ratio"] == pytest.approx(row["with"]["median_ms"] / row["without"]["median_ms"], abs=1e-3)
    # Two layers of 3x3x16x16 at 32x32, or as much, in each of 9 blocks, the first half as much where the map is halved;
    # block l is dropped with l / 9 / 2.
    blocks = {block: 2 * 2_359_296 - (1_179_648 if block in (4, 7) else 0) for block in range(1, 10)}
    dropped = sum(block / 18 * cost for block, cost in blocks.items())
    assert report["expected_ratio"] == pytest.approx(1 - dropped / 40_551_040, abs=1e-3)
    assert f"{row['ratio']:.2f}" in result.stdout
