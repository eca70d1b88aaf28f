"""The benchmark of several devices runs, and works out what it says."""

import json
import runpy
from types import SimpleNamespace

import pytest

from tests.benchmarks.test_grouped_conv import ROOT, run


@pytest.mark.slow
def test_a_short_run_writes_what_it_prints(tmp_path):
    output = tmp_path / "results" / "scaling.json"
    result = run("scaling", *("--devices", "1", "2", "--batch", "2", "--rounds", "3"), "--output", output)
    assert result.returncode == 0, result.stderr[-3000:]
    rows = json.loads(output.read_text())["devices"]
    assert [row["devices"] for row in rows] == [1, 2] and rows[0]["to_one"] == 1.0
    for row in rows:
        assert row["images_per_second"] == pytest.approx(row["devices"] * 2000 / row["median_ms"], abs=0.1)
        assert f"{row['images_per_second']:10.1f}" in result.stdout


def test_predictions_are_those_of_a_ring(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    predictions = runpy.run_path(ROOT / "benchmarks" / "scaling.py")["predictions"]
    asked = SimpleNamespace(step_ms=100.0, parameters=25_000_000, gigabytes=10.0, batch=256, decoded=320.0)
    rows = predictions(asked)
    assert [row["gpus"] for row in rows] == [8, 64, 1024]
    # 2 * 7/8 of 100 MB at 10 GB/s: 17.5 ms.
    assert rows[0]["sending_ms"] == 17.5
    assert rows[0]["efficiency"] == [round(100 / 117.5, 3), 1.0]
    assert rows[0]["images_per_second"] == [round(20480 * 100 / 117.5), 20480]
    assert rows[0]["cores_a_gpu"] == 8.0
