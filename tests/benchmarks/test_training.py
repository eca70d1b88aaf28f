"""The benchmark of a training step runs, at a size where it says nothing."""

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
