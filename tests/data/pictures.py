"""Image files that the tests make, sound and broken."""

import io
import struct
import zlib

import numpy as np
from PIL import Image


def smooth(height=40, width=60, seed=0):
    """uint8 `[h, w, 3]` without sharp edges, so that JPEG keeps it."""
    random = np.random.default_rng(seed)
    small = Image.fromarray(random.integers(0, 256, (3, 4, 3), dtype=np.uint8))
    return np.asarray(small.resize((width, height), Image.Resampling.BICUBIC))


def encoded(image, kind="JPEG", **options):
    buffer = io.BytesIO()
    image = image if isinstance(image, Image.Image) else Image.fromarray(image)
    image.save(buffer, kind, **({"quality": 95} if kind == "JPEG" else {}), **options)
    return buffer.getvalue()


def png_that_promises(width, height):
    """A PNG of some bytes whose header promises any size."""

    def chunk(name, content):
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def folder(root, classes=("cat", "dog"), count=10, **options):
    """A folder of `count` JPEGs a class, each of its own colours."""
    for number, name in enumerate(classes):
        (root / name).mkdir(parents=True)
        for k in range(count):
            (root / name / f"{k:03}.jpg").write_bytes(encoded(smooth(seed=100 * number + k, **options)))
    return root
