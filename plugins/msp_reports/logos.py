"""Logos that can do no harm, and can be drawn: PNG, or SVG that only draws.

https://www.w3.org/TR/png-3/
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

from msp_reports.domain.brand import Brand, BrandFile
from msp_reports.svg_logos import drawing

MOST_BYTES = 200_000
MOST_PIXELS = 2000
"""Of each side of a PNG."""

_PNG = b"\x89PNG\r\n\x1a\n"
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""By colour type."""
_MOST_RAW = MOST_PIXELS * (MOST_PIXELS * 8 + 1)


def read_logo(name: str, content: bytes) -> BrandFile:
    """Check a logo and hold it.

    Raises:
        ValueError: it is too large, no PNG that is whole, or an SVG that does more than draw or cannot be.
    """
    if len(content) > MOST_BYTES:
        raise ValueError(f"expected at most {MOST_BYTES:,} bytes, {name} has {len(content):,}")
    if content.startswith(_PNG):
        return _png(name, content)
    if name.lower().endswith(".svg"):
        return _svg(name, content)
    raise ValueError(f"expected a PNG or SVG, {name} is neither")


def _png(name: str, content: bytes) -> BrandFile:
    chunks = list(_chunks(name, content))
    kind, header = chunks[0]
    if kind != b"IHDR" or len(header) != 13:  # noqa: PLR2004 - the header's length
        raise ValueError(f"expected a PNG that begins with its header, {name} does not")
    width, height, depth, colour, *_, interlaced = struct.unpack(">IIBBBBB", header)
    if not 0 < min(width, height) <= max(width, height) <= MOST_PIXELS:
        raise ValueError(f"expected at most {MOST_PIXELS} pixels a side, {name} has {width} x {height}")
    rows = height * (1 + (width * depth * _CHANNELS.get(colour, 0) + 7) // 8)
    inflate = zlib.decompressobj()
    try:
        raw = inflate.decompress(b"".join(data for kind, data in chunks if kind == b"IDAT"), _MOST_RAW + 1)
    except zlib.error as broken:
        raise ValueError(f"expected a PNG that can be read, {name} cannot ({broken})") from None
    if not inflate.eof or (len(raw) != rows and not interlaced):
        raise ValueError(f"expected a whole PNG, pixels are missing in {name}")
    return BrandFile(name="brand-logo.png", media_type="image/png", content=content)


def _chunks(name: str, content: bytes) -> Iterator[tuple[bytes, bytes]]:
    place, kind = len(_PNG), b""
    while kind != b"IEND":
        if place + 12 > len(content):
            raise ValueError(f"expected a whole PNG, {name} ends too early")
        length, kind = struct.unpack(">I4s", content[place : place + 8])
        data, place = content[place + 8 : place + 8 + length], place + 12 + length
        if content[place - 4 : place] != struct.pack(">I", zlib.crc32(kind + data)):
            raise ValueError(f"expected a PNG that can be read, {name} is damaged or ends too early")
        yield kind, data


def _svg(name: str, content: bytes) -> BrandFile:
    from msp_reports.rendering.trial import complaints

    logo = BrandFile(name="brand-logo.svg", media_type="image/svg+xml", content=drawing(name, content))
    if told := complaints(Brand(logo=logo)):
        raise ValueError(f"expected an SVG that can be drawn, {name} cannot: {'; '.join(told)[:200]}")
    return logo
