"""The benchmark of crops runs, at a size where it says nothing."""

import json

import pytest

from tests.benchmarks.conditions import measures_tensorflow
from tests.benchmarks.test_grouped_conv import run


@pytest.mark.slow
@measures_tensorflow
def test_a_short_run_writes_what_it_prints(tmp_path):
    output = tmp_path / "results" / "crops.json"
    size = ("--network", "resnet20", "--photographs", "1", "--protocol", "ten_crops", "--rounds", "3")
    result = run("crops", *size, "--output", output)
    assert result.returncode == 0, result.stderr[-3000:]
    report = json.loads(output.read_text())
    evaluate, passes = (report["contenders"][name]["median_ms"] for name in ("evaluate", "forward passes"))
    assert evaluate > 0 and passes > 0
    assert report["ratio"] == pytest.approx(evaluate / passes, abs=1e-3)
    assert f"{report['ratio']:.3f}" in result.stdout
