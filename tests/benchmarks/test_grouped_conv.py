"""The benchmark of grouped convolution runs, at sizes where it says nothing."""

import json
import os
import subprocess
import sys
from pathlib import Path

import keras
import pytest

ROOT = Path(__file__).parents[2]


def run(benchmark, *arguments):
    return subprocess.run(
        [sys.executable, ROOT / "benchmarks" / f"{benchmark}.py", *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=300,
    )


@pytest.mark.slow
@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="it measures TensorFlow")
def test_quick_run_writes_what_it_prints(tmp_path):
    output = tmp_path / "results" / "grouped_conv.json"
    chosen = ("--parts", "convolutions", "--contenders", "ours", "keras", "--forced", "block_diagonal")
    result = run("grouped_conv", "--quick", *chosen, "--rounds", "3", "--output", output)
    assert result.returncode == 0, result.stderr[-3000:]
    report = json.loads(output.read_text())
    assert report["machine"]["versions"]["keras"] == keras.__version__
    assert "--quick" in report["machine"]["command"]
    rows = report["convolutions"]
    assert len(rows) == 2 * 2 * 3  # convolutions, directions, contenders
    for row in rows:
        assert 0 < row["min_ms"] <= row["median_ms"] <= row["max_ms"]
        assert row["rounds"] == 3
        assert row["task"] in result.stdout


def test_help_names_the_contenders():
    result = run("grouped_conv", "--help")
    assert result.returncode == 0
    assert "torch_channels_last" in result.stdout
