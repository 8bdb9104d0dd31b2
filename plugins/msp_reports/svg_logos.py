"""SVG reduced to what only draws. What editors leave in a file is dropped; all else is refused, at once.

https://www.w3.org/TR/SVG11/
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

_SVG, _XLINK = "{http://www.w3.org/2000/svg}", "{http://www.w3.org/1999/xlink}"
_EDITORS = re.compile(
    r"\{(?:http://www\.inkscape\.org/|http://sodipodi\.|http://ns\.adobe\.com/|http://creativecommons\.org/|"
    r"http://web\.resource\.org/cc/|http://purl\.org/dc/|http://www\.w3\.org/1999/02/22-rdf|"
    r"http://www\.bohemiancoding\.com/|http://www\.serif\.com/|http://www\.w3\.org/XML/|http://www\.corel\.com/)"
)
_ELEMENTS = {
    "svg", "g", "defs", "title", "desc", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon",
    "linearGradient", "radialGradient", "stop", "clipPath",
}  # fmt: skip
_GRADIENTS = {"linearGradient", "radialGradient"}
_NUMBER = r"[-+]?(?:\d{1,7}(?:\.\d*)?|\.\d+)(?:[eE](?:-\d{1,2}|\+?\d))?"
_LENGTH = rf"{_NUMBER}(?:px|pt|pc|mm|cm|in|em|ex|%)?"
_NUMBERS = rf"[\s,]*(?:{_LENGTH}[\s,]*)*"
_REFERENCE = r"url\(\s*[\"']?#[\w.-]+[\"']?\s*\)"
_WORD = r"[\w-]*"
_PAINT = rf"{_WORD}|#[0-9a-fA-F]{{3,8}}|rgba?\([\d\s,.%]*\)|{_REFERENCE}"
_KINDS = {
    _LENGTH: "x y x1 y1 x2 y2 cx cy r rx ry fx fy width height stroke-width stroke-miterlimit "
    "stroke-dashoffset offset opacity fill-opacity stroke-opacity stop-opacity",
    rf"{_NUMBERS}|none": "points viewBox stroke-dasharray",
    rf"(?:[MmZzLlHhVvCcSsQqTtAa\s,]|{_NUMBER})*": "d",
    rf"(?:[\s,]*(?:matrix|translate|scale|rotate|skewX|skewY)\s*\({_NUMBERS}\))*\s*": "transform "
    "gradientTransform",
    rf"\s*(?:{_PAINT})\s*": "fill stroke stop-color color clip-path",
    r"[\w\s.-]*": "id version fill-rule clip-rule stroke-linecap stroke-linejoin gradientUnits clipPathUnits "
    "preserveAspectRatio spreadMethod display visibility",
}
_VALUES = {name: re.compile(kind) for kind, names in _KINDS.items() for name in names.split()}
_DROPPED = re.compile(
    r"class|role|lang|baseProfile|enable-background|contentS\w+|zoomAndPan|data-.*|aria-.*|\{http://www\.w3\.org/XML.*"
)
_OF_TEXT = re.compile(
    r"-inkscape-.*|font.*|text-.*|line-height|(?:letter|word)-spacing|white-space|writing-mode"
)
_NEUTRAL = {"none", "normal", "auto", "visible", "accumulate", "sRGB", "linearRGB", "markers", "new"}
_DEEPEST = 40


def drawing(name: str, content: bytes) -> bytes:
    """Return the SVG with nothing in it but shapes and colours.

    Raises:
        ValueError: it is no SVG, or does more than draw. Says everything that is in the way.
    """
    if b"<!DOCTYPE" in content.upper() or b"<!ENTITY" in content.upper() or b"<?xml-stylesheet" in content:
        raise ValueError(f"expected an SVG without DOCTYPE, entity or style sheet: {name}")
    try:
        root = ElementTree.fromstring(content.decode("utf-8-sig"))  # noqa: S314 - no entities by now
    except (ElementTree.ParseError, UnicodeDecodeError, ValueError) as broken:
        raise ValueError(f"expected well-formed SVG in UTF-8: {name}: {broken}") from None
    if root.tag != f"{_SVG}svg":
        raise ValueError(f"expected an svg element at the top of {name}")
    faults = [*dict.fromkeys([*_reduced(root, 0), *_circles(root)])]
    if faults:
        raise ValueError(f"expected an SVG that only draws; {name} has {', '.join(faults)}")
    ElementTree.register_namespace("", _SVG.strip("{}"))
    ElementTree.register_namespace("xlink", _XLINK.strip("{}"))
    return ElementTree.tostring(root)


def _reduced(element: Element, depth: int) -> Iterator[str]:
    """Take out what editors leave, and name what cannot stay."""
    if depth > _DEEPEST:
        yield f"elements nested more than {_DEEPEST} deep"
        return
    kind = element.tag.removeprefix(_SVG)
    for attribute, value in list(element.attrib.items()):
        if _EDITORS.match(attribute) or _DROPPED.fullmatch(attribute):
            del element.attrib[attribute]
        elif attribute == "style":
            del element.attrib[attribute]
            yield from _styled(element, kind, value)
        elif attribute.removeprefix(_XLINK) == "href" and kind in _GRADIENTS and value.startswith("#"):
            continue
        elif attribute not in _VALUES or not _VALUES[attribute].fullmatch(value):
            yield _shown(kind, attribute, value)
    for child in list(element):
        tag = child.tag.removeprefix(_SVG)
        if _EDITORS.match(child.tag) or child.tag == f"{_SVG}metadata":
            element.remove(child)
        elif tag not in _ELEMENTS or not child.tag.startswith(_SVG):
            yield f"<{tag}>"
        else:
            yield from _reduced(child, depth + 1)


def _styled(element: Element, kind: str, style: str) -> Iterator[str]:
    """Write a style's declarations as the attributes that they stand for."""
    for declaration in filter(str.strip, style.split(";")):
        name, _, value = (part.strip() for part in declaration.partition(":"))
        if name in _VALUES and _VALUES[name].fullmatch(value):
            element.set(name, value)
        elif not (_OF_TEXT.fullmatch(name) or value in _NEUTRAL):
            yield _shown(kind, f"style {name}", value)


def _shown(kind: str, attribute: str, value: str) -> str:
    return f"{kind} {attribute.removeprefix(_XLINK)}={value[:40]!r}"


def _circles(root: Element) -> Iterator[str]:
    """Name the gradients that lead back to themselves."""
    leads = {
        element.get("id"): (element.get(f"{_XLINK}href") or element.get("href") or "").removeprefix("#")
        for element in root.iter()
        if element.tag.removeprefix(_SVG) in _GRADIENTS
    }
    for start in leads:
        place, way = start, set()
        while place in leads and place not in way:
            way.add(place)
            place = leads[place]
        if place in way:
            yield f"the gradient {start} that leads to itself"
