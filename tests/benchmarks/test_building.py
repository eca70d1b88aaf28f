"""The benchmark of building runs, and finds what it prints."""

import json

import pytest

from tests.benchmarks.test_grouped_conv import run


@pytest.mark.slow
def test_a_short_run_writes_what_it_prints(tmp_path):
    output = tmp_path / "results" / "building.json"
    result = run("building", "--networks", "resnet50", "--rounds", "3", "--without-deepest", "--output", output)
    assert result.returncode == 0, result.stderr[-3000:]
    (row,) = json.loads(output.read_text())["networks"]
    assert row["ratio"] == pytest.approx(row["ours"]["median_ms"] / row["applications"]["median_ms"], abs=0.01)
    assert f"{row['ratio']:8.2f}" in result.stdout
