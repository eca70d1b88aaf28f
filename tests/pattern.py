"""Fixed weights and inputs behind tests/data/parity: drawn from names and shapes alone, so that no file holds them."""

import zlib

import numpy as np


def pattern(name, shape, least_variance):
    """The value of parameter or buffer `name`: a fixed draw that depends on the name and shape alone."""
    rng = np.random.RandomState(zlib.crc32(name.encode()))
    if name.endswith("running_var"):
        return least_variance + rng.uniform(size=shape)
    if name.endswith("running_mean") or name.endswith("bias"):
        return 0.1 * rng.standard_normal(shape)
    if len(shape) == 1:
        return 1.0 + 0.1 * rng.standard_normal(shape)
    return rng.standard_normal(shape) * np.sqrt((2.0 if len(shape) == 4 else 1.0) / np.prod(shape[1:]))


def state(facts):
    """A torch-layout state dict of float32 arrays, by torch's names."""
    return {
        name: np.asarray(pattern(name, tuple(shape), facts["least_variance"]), "float32")
        for name, shape in facts["state"]
    }


def image(size, batch=2):
    """A fixed NHWC batch: a coarse 7x7 mosaic, so that images differ, under fine noise, so that every pixel counts."""
    rng = np.random.RandomState(0)
    cell = np.arange(size) * 7 // size
    mosaic = 2.0 * rng.standard_normal((batch, 7, 7, 3))[:, cell][:, :, cell]
    return mosaic + 0.5 * rng.standard_normal((batch, size, size, 3))
