"""The benchmark of several devices runs."""

import json

import pytest

from tests.benchmarks.test_grouped_conv import run


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
