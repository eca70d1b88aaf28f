"""What an image file says of itself in its first bytes: kind, size, orientation. No pixel is decoded for that."""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from typing import BinaryIO

MOST_PIXELS = 1 << 26
"""Of an image that is decoded: 67 million, 200 MB. What promises more is refused by its header."""

_TAIL = 64
_UPRIGHT = 1
_WITHOUT_LENGTH = {0x01, *range(0xD0, 0xD9)}
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_HUFFMAN_OF_8_BITS = {0xC0, 0xC1, 0xC2}
_ENDS = {"jpeg": b"\xff\xd9", "png": b"IEND\xaeB`\x82", "gif": b"\x3b"}


@dataclass(frozen=True)
class Header:
    """An image file before it is decoded.

    Attributes:
        kind: "jpeg", "png", "gif" or "bmp", by the first bytes, whatever the file is called.
        height: in pixels, as stored.
        width: in pixels, as stored.
        orientation: Exif's, 1 (upright) to 8.
        sound: whether the end is there and nothing is unusual; if not, only decoding can tell.
    """

    kind: str
    height: int
    width: int
    orientation: int = _UPRIGHT
    sound: bool = True

    @property
    def upright_size(self) -> tuple[int, int]:
        """Height and width as shown: orientations from 5 on swap them."""
        return (self.height, self.width) if self.orientation < 5 else (self.width, self.height)


def read_header(path: str | os.PathLike[str], most_pixels: int = MOST_PIXELS) -> Header:
    """The header of a JPEG, PNG, GIF or BMP file.

    Raises:
        OSError: the file cannot be read.
        ValueError: it is empty, no such image, cut short within its header, or larger than `most_pixels`.
    """
    with open(path, "rb") as file:  # noqa: PTH123
        start = file.read(32)
        if not start:
            raise ValueError("empty")
        try:
            header = _parsed(start, file)
        except (struct.error, IndexError):
            raise ValueError("cut short within its header") from None
        if header.height < 1 or header.width < 1:
            raise ValueError(f"{header.width}x{header.height} pixels")
        if header.height * header.width > most_pixels:
            raise ValueError(
                f"{header.width:,}x{header.height:,} pixels, more than the {most_pixels:,} that are decoded"
            )
        return header


def _parsed(start: bytes, file: BinaryIO) -> Header:
    if start.startswith(b"\xff\xd8\xff"):
        return _jpeg(file)
    if start.startswith(b"\x89PNG\r\n\x1a\n"):
        width, height = struct.unpack(">II", start[16:24])
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


def _ends(file: BinaryIO, kind: str) -> bool:
    """Whether the file's end is there; some cameras append a few bytes to it."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - _TAIL))
    return _ENDS[kind] in file.read()


def _jpeg(file: BinaryIO) -> Header:
    """The frame's size and Exif's orientation, from the segments ahead of the pixels."""
    file.seek(2)
    orientation = _UPRIGHT
    while True:
        marker = _marker(file)
        if marker in _WITHOUT_LENGTH:
            continue
        if marker in (0xD9, 0xDA):
            raise ValueError("a JPEG without a frame")
        length = struct.unpack(">H", file.read(2))[0] - 2
        if marker in _FRAMES:
            bits, height, width = struct.unpack(">BHH", file.read(5))
            sound = bits == 8 and marker in _HUFFMAN_OF_8_BITS and _ends(file, "jpeg")
            return Header("jpeg", height, width, orientation, sound)
        if marker == 0xE1:
            orientation = _orientation(file.read(length)) or orientation
        else:
            file.seek(length, os.SEEK_CUR)


def _marker(file: BinaryIO) -> int:
    """The next marker; any number of 0xFF may precede it."""
    if file.read(1)[0] != 0xFF:
        raise ValueError("a JPEG of broken segments")
    code = 0xFF
    while code == 0xFF:
        code = file.read(1)[0]
    return code


def _orientation(segment: bytes) -> int | None:
    """Tag 0x0112 of the first directory of an Exif segment; None where there is none that means anything."""
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
