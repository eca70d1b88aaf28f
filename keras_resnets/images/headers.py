"""Headers of image files: kind, size, orientation and cost of decoding, read without decoding a pixel.

The limits hold for training, evaluation and exported models.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from keras_resnets._files import open_regular

MOST_PIXELS = 1 << 26
"""Largest number of pixels that is decoded: 67 million, 200 MB. A larger image is refused by its header."""

MOST_ASPECT = 100
"""Largest ratio of the longer side to the shorter one: resizing by the shorter one makes the longer one long."""

MOST_SCANS = 100
"""Largest number of scans of a JPEG; usual progressive ones have 10. Each scan, of a few bytes perhaps, costs a pass
over the whole image."""

MOST_SCANNED = 1 << 28
"""Largest product of pixels and scans of a JPEG of several scans: 27 million pixels at the usual 10."""

MOST_SPARE = 1 << 16
"""Largest number of packed bytes of a PNG beyond the length of its unpacked pixels, and of its packed texts; they may
unpack to 1,000 times as many."""

DEEPEST = 16  # bits of a PNG's pixel in each channel
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # of a PNG, by its type of colour

_TAIL = 64
_KEYWORD = 82  # the longest of a PNG's text, a zero, and whether the text is packed
_MOST_CHUNKS = 1 << 16
_UPRIGHT = 1
_WITHOUT_LENGTH = {0x01, *range(0xD0, 0xD9)}
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_PROGRESSIVE = {0xC2, 0xC6, 0xCA, 0xCE}
_HUFFMAN_OF_8_BITS = {0xC0, 0xC1, 0xC2}
_ENDS = {"jpeg": b"\xff\xd9", "png": b"IEND\xaeB`\x82", "gif": b"\x3b"}


@dataclass(frozen=True)
class Header:
    """Header of an image file.

    Attributes:
        kind: "jpeg", "png", "gif" or "bmp", by the first bytes, whatever the file is called.
        height: Height in pixels, as stored.
        width: Width in pixels, as stored.
        orientation: Exif orientation, 1 (upright) to 8.
        sound: Whether the file has its end and nothing unusual; otherwise only decoding shows whether it is sound.
        start: Position of a JPEG's first scan marker.
        scans: Number of scans of a JPEG.
    """

    kind: str
    height: int
    width: int
    orientation: int = _UPRIGHT
    sound: bool = True
    start: int = 0
    scans: int = 1

    @property
    def upright_size(self) -> tuple[int, int]:
        """Height and width as displayed; orientations 5 to 8 swap them."""
        return (self.height, self.width) if self.orientation < 5 else (self.width, self.height)


def read_header(path: str | os.PathLike[str], most_pixels: int = MOST_PIXELS) -> Header:
    """Read the header of a JPEG, PNG, GIF or BMP file.

    Raises:
        OSError: The file cannot be read, or is not a regular file.
        ValueError: The file is empty, not such an image, cut short within its header, or beyond a limit of this module.
    """
    with open_regular(path) as file:
        return header_of(file, most_pixels)


def header_of(file: BinaryIO, most_pixels: int = MOST_PIXELS) -> Header:
    """Read the header of an open file, as `read_header` does."""
    start = file.read(32)
    if not start:
        raise ValueError("empty")
    try:
        header = _parsed(start, file, most_pixels)
    except (struct.error, IndexError):
        raise ValueError("cut short within its header") from None
    refuse_size(header.height, header.width, most_pixels)
    if header.scans > 1:
        _refuse_scans(header)
    return header


def refuse_size(height: int, width: int, most_pixels: int = MOST_PIXELS) -> None:
    """Raise if an image has no pixels, too many of them, or is too long and thin.

    Raises:
        ValueError: The reason, as the end of a sentence.
    """
    if height < 1 or width < 1:
        raise ValueError(f"{width}x{height} pixels")
    if height * width > most_pixels:
        raise ValueError(f"{width:,}x{height:,} pixels, more than the {most_pixels:,} that are decoded")
    if max(height, width) > MOST_ASPECT * min(height, width):
        raise ValueError(f"{width:,}x{height:,} pixels: one side is more than {MOST_ASPECT} times the other")


def _refuse_scans(header: Header) -> None:
    scans, pixels = header.scans, header.height * header.width
    if scans > MOST_SCANS:
        raise ValueError(f"a JPEG of {scans:,} scans, more than the {MOST_SCANS} that are decoded")
    if scans * pixels > MOST_SCANNED:
        raise ValueError(
            f"a JPEG of {pixels:,} pixels in {scans} scans, {scans * pixels:,} together, more than the "
            f"{MOST_SCANNED:,} that are decoded"
        )


def _parsed(start: bytes, file: BinaryIO, most_pixels: int) -> Header:
    if start.startswith(b"\xff\xd8\xff"):
        return _jpeg(file)
    if start.startswith(b"\x89PNG\r\n\x1a\n"):
        width, height = struct.unpack(">II", start[16:24])
        refuse_size(height, width, most_pixels)
        _refuse_packed(file, height, width)
        return Header("png", height, width, sound=_ends(file, "png"))
    if start.startswith((b"GIF87a", b"GIF89a")):
        width, height = struct.unpack("<HH", start[6:10])
        return Header("gif", height, width, sound=_ends(file, "gif"))
    if start.startswith(b"BM"):
        width, height, _, bits = struct.unpack("<iiHH", start[18:30])
        if bits not in (24, 32):
            raise ValueError(f"a BMP of {bits} bits a pixel, of which only 24 and 32 are read")
        return Header("bmp", abs(height), width, sound=False)
    raise ValueError("no JPEG, PNG, GIF or BMP by its first bytes")


def _refuse_packed(file: BinaryIO, height: int, width: int) -> None:
    """Raise if a PNG has more packed data than an image of its size needs."""
    file.seek(24)
    depth, colour = struct.unpack(">BB", file.read(2))
    pixels = text = 0
    for length, name, content in _chunks(file):
        if name == b"IDAT":
            pixels += length
        elif name == b"zTXt" or (name == b"iTXt" and content.partition(b"\0")[2][:1] == b"\1"):
            text += length
    most = most_packed(height, width, min(depth, DEEPEST), CHANNELS.get(colour, max(CHANNELS.values())))
    if pixels > most:
        raise ValueError(f"a PNG of {pixels:,} packed bytes of pixels, more than the {most:,} that its size needs")
    if text > MOST_SPARE:
        raise ValueError(f"a PNG of {text:,} bytes of packed texts, more than the {MOST_SPARE:,} that are read")


def most_packed(height: Any, width: Any, depth: Any, channels: Any) -> Any:
    """Return the bytes that a PNG's pixels may have packed: an eighth more than unpacked, a byte a row included, and a
    few. Integers, or integers in a graph; depth in bits, 1 to 16."""
    unpacked = height * ((width * depth * channels + 7) // 8 + 1)
    return unpacked + unpacked // 8 + MOST_SPARE


def _chunks(file: BinaryIO) -> Iterator[tuple[int, bytes, bytes]]:
    """Yield length, name and first bytes of each chunk of a PNG."""
    file.seek(8)
    for _ in range(_MOST_CHUNKS):
        head = file.read(8)
        if len(head) < 8:
            return
        length, name = struct.unpack(">I4s", head)
        content = file.read(min(length, _KEYWORD)) if name == b"iTXt" else b""
        yield length, name, content
        file.seek(length - len(content) + 4, os.SEEK_CUR)
    raise ValueError(f"a PNG of more than {_MOST_CHUNKS:,} chunks")


def _ends(file: BinaryIO, kind: str) -> bool:
    """Return whether the file has its end; some cameras append a few bytes to it."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - _TAIL))
    return _ENDS[kind] in file.read()


def _jpeg(file: BinaryIO) -> Header:
    """Read size, orientation and scans of a JPEG; its pixels are searched if it may have several scans."""
    file.seek(2)
    orientation, frame = _UPRIGHT, b""
    while True:
        at, marker = file.tell(), _marker(file)
        if marker in _WITHOUT_LENGTH:
            continue
        if marker == 0xD9 or (marker == 0xDA and not frame):
            raise ValueError("a JPEG without a frame")
        length = struct.unpack(">H", file.read(2))[0] - 2
        if marker == 0xDA:
            break
        if marker in _FRAMES:
            code, frame = marker, file.read(length)
        elif marker == 0xE1:
            orientation = _orientation(file.read(length)) or orientation
        else:
            file.seek(length, os.SEEK_CUR)
    bits, height, width, components = struct.unpack(">BHHB", frame[:6])
    several = code in _PROGRESSIVE or file.read(1)[0] < components
    scans = file.read().partition(_ENDS["jpeg"])[0].count(b"\xff\xda") + 1 if several else 1
    sound = bits == 8 and code in _HUFFMAN_OF_8_BITS and _ends(file, "jpeg")
    return Header("jpeg", height, width, orientation, sound, at, scans)


def _marker(file: BinaryIO) -> int:
    """Read the next marker; any number of 0xFF may precede it."""
    if file.read(1)[0] != 0xFF:
        raise ValueError("a JPEG of broken segments")
    code = 0xFF
    while code == 0xFF:
        code = file.read(1)[0]
    return code


def _orientation(segment: bytes) -> int | None:
    """Read tag 0x0112 in the first directory of an Exif segment; None if it is missing or invalid."""
    if not segment.startswith(b"Exif\0\0"):
        return None
    tiff = segment[6:]
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None:
        return None
    try:
        (first,) = struct.unpack_from(order + "I", tiff, 4)
        (count,) = struct.unpack_from(order + "H", tiff, first)
        for k in range(count):
            tag, kind, _, value = struct.unpack_from(order + "HHIH", tiff, first + 2 + 12 * k)
            if tag == 0x0112 and kind == 3:
                return value if 1 <= value <= 8 else None
    except struct.error:
        pass
    return None
