"""The benchmark of the input pipeline runs, at a size where it says nothing."""

import json

import pytest

from tests.benchmarks.test_grouped_conv import run
from tests.data.pictures import folder


@pytest.mark.slow
def test_a_short_run_writes_what_it_prints(tmp_path):
    root, output = folder(tmp_path / "pets"), tmp_path / "results" / "input_pipeline.json"
    size = ("--batch", "2", "--batches", "2", "--rounds", "3")
    result = run("input_pipeline", root, *size, "--output", output)
    assert result.returncode == 0, result.stderr[-3000:]
    rows = json.loads(output.read_text())["contenders"]
    names = [row["contender"] for row in rows]
    assert [name for name in names if name != "torchvision"] == [
        "ours",
        "ours_colour",
        "ours_trivial",
        "tf_data",
        "decode",
    ]
    for row in rows:
        assert 0 < row["min_ms"] <= row["median_ms"] <= row["max_ms"]
        assert row["images_per_core_second"] == pytest.approx(4000 / row["median_ms"], abs=0.1)
        assert f"{row['contender']:22}{row['images_per_core_second']:10.1f}" in result.stdout
