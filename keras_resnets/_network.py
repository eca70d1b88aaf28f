"""Patience with a network that may be down."""

from __future__ import annotations

import contextlib
import queue
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

ANSWER_SECONDS = 8.0  # for name, connection and first answer together; a blocked network answers nothing at all
READ_SECONDS = 30.0  # without a byte, once a host has answered
Result = TypeVar("Result")


def within(seconds: float, *actions: Callable[[], Result]) -> list[Result]:
    """Call functions at the same time, each in a thread; none is waited for beyond `seconds`.

    A name server or firewall that never answers cannot be interrupted, and the timeout of a socket holds for each of a
    host's addresses and not for finding them: only a thread can be left behind.

    Returns:
        The results, in the order in which they came.

    Raises:
        TimeoutError: A function has not returned in time.
        Exception: The first one that a function raises.
    """
    ended: queue.Queue[tuple[Result | None, Exception | None]] = queue.Queue()

    def call(action: Callable[[], Result]) -> None:
        try:
            ended.put((action(), None))
        except Exception as fault:
            ended.put((None, fault))

    for action in actions:
        threading.Thread(target=call, args=(action,), daemon=True).start()
    deadline = time.monotonic() + seconds
    results = []
    for _ in actions:
        try:
            result, fault = ended.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            raise TimeoutError(f"no answer within {seconds:g} seconds") from None
        if fault is not None:
            raise fault
        results.append(result)
    return results  # type: ignore[return-value]


@contextlib.contextmanager
def default_timeout() -> Iterator[None]:
    """Give the sockets of the block, opened by a library that sets no timeout, `ANSWER_SECONDS`."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(ANSWER_SECONDS)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)
