"""A brand's fonts: a face that may be embedded, and can be.

https://learn.microsoft.com/typography/opentype/spec/os2#fstype
"""

from __future__ import annotations

import io
from typing import Any

from msp_reports.domain.brand import BrandFile

MOST_BYTES = 5_000_000
_FORBIDDEN = {
    0x0002: "its licence forbids that",
    0x0100: "its licence forbids to embed a part of it, which is what a page holds",
    0x0200: "its licence allows bitmaps only",
}
"""By bit of OS/2.fsType (OpenType 1.9.1)."""
_SUFFIXES = {b"OTTO": "otf", b"wOFF": "woff", b"wOF2": "woff2"}


def read_face(name: str, content: bytes, *, style: str) -> BrandFile:
    """Check a face and hold it; `style` is ``regular`` or ``bold``.

    Raises:
        ValueError: it is too large, no font, or must not be embedded as a page does it.
    """
    from fontTools.ttLib import TTFont

    if len(content) > MOST_BYTES:
        raise ValueError(f"expected at most {MOST_BYTES:,} bytes, {name} has {len(content):,}")
    try:
        font: Any = TTFont(io.BytesIO(content), lazy=True)
        rights = font["OS/2"].fsType
        font.getBestCmap().items()
    except Exception as broken:  # noqa: BLE001 - whatever a broken file runs fontTools and brotli into
        raise ValueError(f"expected a TrueType or OpenType font, {name} is none ({broken})") from None
    for bit, why in _FORBIDDEN.items():
        if rights & bit:
            raise ValueError(f"expected a font that may be embedded, {name} may not: {why}")
    suffix = _SUFFIXES.get(content[:4], "ttf")
    return BrandFile(name=f"brand-{style}.{suffix}", media_type="font/ttf", content=content)
