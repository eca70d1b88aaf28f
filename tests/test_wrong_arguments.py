"""Wrong arguments of public functions are refused in a sentence; nothing hangs, and nothing is left behind."""

import pytest

from tests.wrong_arguments import measure, shares


@pytest.mark.parametrize(
    "share, least", [(0.03, 0.95), pytest.param(1.0, 0.99, marks=[pytest.mark.slow, pytest.mark.timeout(3600)])]
)
def test_wrong_arguments_are_refused_in_a_clear_sentence(share, least):
    found = measure(share, seed=0)
    assert len(found) > 12_000 * share / 2
    others = [
        f"{name}({parameter}={value}): {kind} {words}"
        for name, parameter, value, kind, words in found
        if kind != "clear"
    ]
    assert shares(found)["clear"] >= least, others
    assert shares(found)["too long"] == shares(found)["files"] == 0, others
