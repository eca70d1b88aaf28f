"""Versions and machine."""

import sys

import pytest

from keras_resnets import environment


def test_a_record_has_command_versions_and_machine(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["/usr/bin/keras-resnets", "train", "two words"])
    found = environment.provenance()
    assert found["command"] == "keras-resnets train 'two words'"
    assert {"python", "backend", "keras", "numpy"} <= found["versions"].keys()
    assert found["machine"]["cores"] >= 1


@pytest.mark.parametrize(
    "lines, name, flags",
    [
        ("processor\t: 0\nmodel name\t: A: CPU\nflags\t\t: sse avx512_bf16\n", "A: CPU", {"sse", "avx512_bf16"}),
        ("processor\t: 0\nFeatures\t: fp bf16\n", None, {"fp", "bf16"}),
        (None, None, set()),
    ],
)
def test_the_processor_is_read_where_the_system_has_it(lines, name, flags, tmp_path, monkeypatch):
    file = tmp_path / "cpuinfo"
    if lines is not None:
        file.write_text(lines)
    monkeypatch.setattr(environment, "CPUINFO", file)
    monkeypatch.setattr(environment.platform, "processor", lambda: "by the system")
    assert environment.processor_flags() == flags
    assert environment.machine()["processor"] == (name or "by the system")
