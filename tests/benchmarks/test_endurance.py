"""The benchmark of long use runs, at a length where memory says nothing."""

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
    output = tmp_path / "endurance.json"
    result = run("endurance", "--share", "0.01", "--output", output)
    assert result.returncode == 0, result.stderr[-3000:]
    studies = json.loads(output.read_text())["studies"]
    assert set(studies) > {"served", "predictions", "builds", "trainings", "children"}
    for name, row in studies.items():
        assert row["end_over_middle"] == pytest.approx(row["end_mib"] / row["middle_mib"], abs=1e-3)
        assert row.get("wrong", 0) == 0
        assert f"{name} " in result.stdout
