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
    image.save(buffer, kind, **{**({"quality": 95} if kind == "JPEG" else {}), **options})
    return buffer.getvalue()


def png_that_promises(width, height):
    """A PNG of some bytes whose header promises any size."""
    return png(width, height, ("IDAT", zlib.compress(b"")))


def png(width, height, *chunks):
    """A PNG, RGB of 8 bits, of any chunks between the header and the end."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    content = b"\x89PNG\r\n\x1a\n"
    for name, data in [("IHDR", header), *chunks, ("IEND", b"")]:
        typed = name.encode() + data
        content += struct.pack(">I", len(data)) + typed + struct.pack(">I", zlib.crc32(typed))
    return content


def black(width, height, *before):
    """A sound black PNG with other chunks ahead of its pixels."""
    return png(width, height, *before, ("IDAT", zlib.compress(bytes(height * (3 * width + 1)))))


def zeros(megabytes):
    """That many zeros, packed: a thousandth of them."""
    packer = zlib.compressobj(9)
    return b"".join(packer.compress(bytes(1 << 20)) for _ in range(megabytes)) + packer.flush()


def of_scans(count, height=64, width=64):
    """A progressive JPEG of `count` scans, 10 or more: the last one again and again."""
    content = encoded(Image.new("RGB", (width, height), (10, 20, 30)), progressive=True)
    last = content[content.rindex(b"\xff\xc4", 0, content.rindex(b"\xff\xda")) : -2]
    return content[:-2] + last * (count - 10) + b"\xff\xd9"


def cut(content, share=2 / 3):
    """A JPEG that keeps a share of its last scan, and an end-of-image marker behind that."""
    last = content.rindex(b"\xff\xda") + 14
    return content[: last + int(share * (len(content) - last))].rstrip(b"\xff") + b"\xff\xd9"


def folder(root, classes=("cat", "dog"), count=10, **options):
    """A folder of `count` JPEGs a class, each of its own colours."""
    for number, name in enumerate(classes):
        (root / name).mkdir(parents=True)
        for k in range(count):
            (root / name / f"{k:03}.jpg").write_bytes(encoded(smooth(seed=100 * number + k, **options)))
    return root
