"""Logos that can do no harm: PNG, or SVG that only draws.

https://www.w3.org/TR/png-3/ and https://www.w3.org/TR/SVG11/
"""

from __future__ import annotations

import re
import struct
from xml.etree import ElementTree

from msp_reports.domain.brand import BrandFile

MOST_BYTES = 200_000
MOST_PIXELS = 2000
"""Of each side of a PNG."""

_PNG = b"\x89PNG\r\n\x1a\n"
_SVG = "{http://www.w3.org/2000/svg}"
_ELEMENTS = {
    "svg", "g", "defs", "title", "desc", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon",
    "linearGradient", "radialGradient", "stop", "clipPath",
}  # fmt: skip
_ATTRIBUTES = {
    "id", "version", "viewBox", "width", "height", "x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "r", "rx",
    "ry", "fx", "fy", "d", "points", "transform", "fill", "fill-rule", "fill-opacity", "stroke", "opacity",
    "stroke-width", "stroke-linecap", "stroke-linejoin", "stroke-miterlimit", "stroke-dasharray", "offset",
    "stroke-opacity", "stop-color", "stop-opacity", "gradientUnits", "gradientTransform", "clip-path",
    "clip-rule", "clipPathUnits", "preserveAspectRatio",
}  # fmt: skip
_ADDRESS = re.compile(r"url\((?!#[\w-]+\))|[\w-]+://|data:|javascript:", re.IGNORECASE)


def read_logo(name: str, content: bytes) -> BrandFile:
    """Check a logo and hold it.

    Raises:
        ValueError: it is too large, no PNG, or an SVG that does more than draw.
    """
    if len(content) > MOST_BYTES:
        raise ValueError(f"expected at most {MOST_BYTES:,} bytes, {name} has {len(content):,}")
    if content.startswith(_PNG):
        return _png(name, content)
    if name.endswith(".svg"):
        return _svg(name, content)
    raise ValueError(f"expected a PNG or SVG, {name} is neither")


def _png(name: str, content: bytes) -> BrandFile:
    if len(content) < 24:  # noqa: PLR2004 - signature, length, type, width and height
        raise ValueError(f"expected a whole PNG, {name} ends too early")
    width, height = struct.unpack(">II", content[16:24])
    if not 0 < max(width, height) <= MOST_PIXELS:
        raise ValueError(f"expected at most {MOST_PIXELS} pixels a side, {name} has {width} x {height}")
    return BrandFile(name="brand-logo.png", media_type="image/png", content=content)


def _svg(name: str, content: bytes) -> BrandFile:
    if b"<!DOCTYPE" in content.upper() or b"<!ENTITY" in content.upper() or b"<?xml-stylesheet" in content:
        raise ValueError(f"expected an SVG without DOCTYPE, entity or style sheet: {name}")
    try:
        root = ElementTree.fromstring(content.decode("utf-8"))  # noqa: S314 - no entities by now
    except (ElementTree.ParseError, UnicodeDecodeError, ValueError) as broken:
        raise ValueError(f"expected well-formed SVG in UTF-8: {name}: {broken}") from None
    if root.tag != f"{_SVG}svg":
        raise ValueError(f"expected an svg element at the top of {name}")
    for element in root.iter():
        if element.tag.removeprefix(_SVG) not in _ELEMENTS or not element.tag.startswith(_SVG):
            raise ValueError(
                f"expected an SVG that only draws; {name} has <{element.tag.removeprefix(_SVG)}>"
            )
        for attribute, value in element.attrib.items():
            if attribute not in _ATTRIBUTES or _ADDRESS.search(value):
                raise ValueError(f"expected an SVG that only draws; {name} has {attribute}={value[:40]!r}")
    return BrandFile(name="brand-logo.svg", media_type="image/svg+xml", content=content)
