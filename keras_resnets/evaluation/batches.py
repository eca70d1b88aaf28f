"""Crops in batches that are full, read ahead of their use, and how far that has come."""

import contextlib
import os
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np

BATCH_PIXELS = 32 * 224 * 224  # of a batch whose size is not given
BATCH = 500  # at most, then
WAITING_BYTES = 256 << 20  # of crops, in shapes too rare to fill a batch
READERS = min(8, os.cpu_count() or 1)  # threads that read and cut images while the network computes
Owned = tuple[np.ndarray, np.ndarray]  # numbers of images, [n], and crops of them, [n, h, w, c]


def batches(crops: Iterable[Owned], size: int | None, batch_size: int | None) -> Iterator[Owned]:
    """Crops of a shape in batches that are filled across images; what is left comes last."""
    waiting: dict[tuple[int, ...], list[tuple[int, np.ndarray]]] = {}
    held = 0

    def take(shape, count) -> Owned:
        nonlocal held
        batch, waiting[shape] = waiting[shape][:count], waiting[shape][count:]
        held -= len(batch) * int(np.prod(shape))
        return np.array([owner for owner, _ in batch]), np.stack([crop for _, crop in batch])

    for owners, some in crops:
        shape = some.shape[1:]
        waiting.setdefault(shape, []).extend(zip(owners, some, strict=True))
        held += some.size
        full = _batch_size(shape, size, batch_size)
        while len(waiting[shape]) >= full:
            yield take(shape, full)
        while held > WAITING_BYTES:
            largest = max(waiting, key=lambda shape: len(waiting[shape]) * int(np.prod(shape)))
            yield take(largest, len(waiting[largest]))
    for shape, left in waiting.items():
        if left:
            yield take(shape, len(left))


def _batch_size(shape: tuple[int, ...], size: int | None, given: int | None) -> int:
    """How many crops of a shape are a batch; whole images as many as have the pixels of `given` crops."""
    pixels = shape[0] * shape[1]
    if given is None:
        return min(BATCH, max(1, BATCH_PIXELS // pixels))
    return given if size is None else max(1, min(given, given * size * size // pixels))


def ahead(function: Callable, items: Iterable) -> Iterator:
    """`function` of each item, in order, computed by other threads a few items ahead of their use."""
    with ThreadPoolExecutor(READERS) as threads:
        running: deque = deque()
        try:
            for item in items:
                running.append(threads.submit(function, item))
                if len(running) > 2 * READERS:
                    yield running.popleft().result()
            while running:
                yield running.popleft().result()
        finally:
            for future in running:
                future.cancel()


class Bar(contextlib.AbstractContextManager):
    """How many images are read, and the seconds left, on standard error."""

    WIDTH = 30

    def __init__(self, images: int, shown: bool):
        self.images, self.shown, self.done = images, shown, 0
        self.start = self.told = time.monotonic()

    def step(self) -> None:
        self.done += 1
        now = time.monotonic()
        if self.shown and (now - self.told > 0.2 or self.done == self.images):
            self.told = now
            filled = self.WIDTH * self.done // self.images
            left = (now - self.start) * (self.images / self.done - 1)
            bar = "#" * filled + "." * (self.WIDTH - filled)
            print(
                f"\r{bar} {self.done:,}/{self.images:,} images, {left:.0f} s left ", end="", file=sys.stderr, flush=True
            )

    def __exit__(self, *_) -> None:
        if self.shown and self.done:
            print(file=sys.stderr)
