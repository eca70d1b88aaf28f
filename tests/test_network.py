"""Patience with a network that may be down."""

import socket
import threading

import pytest

from keras_resnets import _network


def test_actions_end_with_the_last_or_with_the_first_fault():
    assert sorted(_network.within(5, lambda: 1, lambda: 2)) == [1, 2] and _network.within(5) == []
    release = threading.Event()
    with pytest.raises(ZeroDivisionError):  # although the other one goes on
        _network.within(60, lambda: release.wait(60), lambda: 1 / 0)
    with pytest.raises(TimeoutError, match=r"no answer within 0\.1 seconds"):
        _network.within(0.1, lambda: release.wait(60))
    release.set()


def test_the_default_timeout_of_sockets_is_set_and_given_back():
    before = socket.getdefaulttimeout()
    with _network.default_timeout():
        assert socket.getdefaulttimeout() == _network.ANSWER_SECONDS
    assert socket.getdefaulttimeout() == before
