"""Batches of crops, reading ahead, and the progress bar."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from tqdm import tqdm

# Limits of a batch whose size is not given.
BATCH_PIXELS = 32 * 224 * 224
BATCH = 500
WAITING_BYTES = 256 << 20  # crops of shapes too rare to fill a batch
READERS = min(8, os.cpu_count() or 1)  # threads that read and crop images while the network computes
Owned = tuple[np.ndarray, np.ndarray]  # indices of images, [n], and their crops, [n, h, w, c]


def batches(crops: Iterable[Owned], size: int | None, batch_size: int | None) -> Iterator[Owned]:
    """Yield full batches of crops of one shape, collected across images; incomplete batches come last.

    Args:
        crops: Image indices and crops, as they are read.
        size: Input size of the network in pixels; None for crops of any size.
        batch_size: Crops of the input size in a batch; None for as many as `BATCH_PIXELS` and `BATCH` allow.
    """
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
    """Return the number of crops in a batch; larger images get fewer, so that a batch has about the same pixels."""
    pixels = shape[0] * shape[1]
    if given is None:
        return min(BATCH, max(1, BATCH_PIXELS // pixels))
    return given if size is None else max(1, min(given, given * size * size // pixels))


def ahead(function: Callable, items: Iterable) -> Iterator:
    """Yield `function(item)` of each item, in order, computed by other threads a few items ahead."""
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


def progress_bar(images: int, shown: bool) -> tqdm:
    """Make a progress bar on standard error, with the images done, the time left and the images per second.

    Args:
        images: Total number of images.
        shown: Whether anything is printed.
    """
    return tqdm(total=images, unit=" images", disable=not shown)
