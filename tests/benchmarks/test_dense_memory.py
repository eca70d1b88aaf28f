"""The benchmark of recomputed dense layers runs, at a size where it says nothing of time."""

import json

import pytest

from tests.benchmarks.conditions import measures_tensorflow, tells_memory
from tests.benchmarks.test_grouped_conv import run

pytestmark = [
    pytest.mark.slow,
    measures_tensorflow,
    tells_memory,
]


def test_a_short_run_writes_what_it_prints(tmp_path):
    output = tmp_path / "dense_memory.json"
    size = ("--network", "densenet40_12", "--batch", "16", "--rounds", "2")
    result = run("dense_memory", *size, "--output", output)
    assert result.returncode == 0, result.stderr[-3000:]
    report = json.loads(output.read_text())
    kept, recomputed = report["contenders"]["kept"], report["contenders"]["recomputed"]
    assert 0 < recomputed["peak_mib"] < kept["peak_mib"]
    assert report["memory_ratio"] == pytest.approx(recomputed["peak_mib"] / kept["peak_mib"], abs=1e-3)
    assert report["time_ratio"] == pytest.approx(recomputed["median_ms"] / kept["median_ms"], abs=1e-3)
    assert f"memory {report['memory_ratio']:.2f}, time {report['time_ratio']:.2f}" in result.stdout
