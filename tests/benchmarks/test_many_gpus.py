"""What many GPUs give is worked out as it is said to be."""

import json

import pytest

from tests.benchmarks.test_grouped_conv import run

ASKED = ("--step-ms", "100", "--parameters", "25000000", "--node-link", "100", "--link", "10", "--latency-us", "1")


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    output = tmp_path_factory.mktemp("many") / "gpus.json"
    result = run("many_gpus", *ASKED, "--batch", "256", "--decoded", "320", "--output", output)
    assert result.returncode == 0, result.stderr
    found = json.loads(output.read_text())["gpus"]
    assert all("{:,} to {:,}".format(*row["images_per_second"]) in result.stdout for row in found)
    return found


def test_a_node_is_one_ring(rows):
    assert rows[0]["gpus"] == 8
    # 14 turns of 12.5 MB at 100 GB/s and a microsecond
    assert rows[0]["averaging_ms"] == pytest.approx(14 * (0.125 + 0.001), abs=0.01)
    assert rows[0]["efficiency"] == [round(100 / (100 + 1.764), 3), 1.0]
    assert rows[0]["images_per_second"] == [round(20480 * 100 / 101.764), 20480]
    assert rows[0]["cores_a_gpu"] == 8.0 and rows[0]["read_mb_a_gpu"] == 281.6


def test_nodes_are_rings_of_an_eighth(rows):
    assert [row["gpus"] for row in rows[1:]] == [64, 1024]
    # 254 turns of 12.5 MB / 128 at 10 GB/s and a microsecond, after those in the node
    assert rows[2]["averaging_ms"] == pytest.approx(14 * 0.126 + 254 * (12.5 / 128 / 10 + 0.001), abs=0.01)


def test_sending_that_outlasts_computing_bounds_the_step():
    result = run("many_gpus", "--step-ms", "1", "--gpus", "64", "--link", "1")
    # 14 turns of 12.8 MB at 450 GB/s, 14 of 1.6 MB at 1 GB/s, and 28 latencies: 22.9 ms.
    assert "0.042 to 0.044" in result.stdout
