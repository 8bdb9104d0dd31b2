"""Reading a PDF's insides: its tag tree, its fonts, what it draws and where."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from fontTools.ttLib import TTFont
from pypdf import PageObject, PdfReader
from pypdf.generic import ByteStringObject, ContentStream, TextStringObject


@dataclass(frozen=True)
class Element:
    """A structure element of the tag tree, in reading order."""

    kind: str
    depth: int
    entry: Any
    parent: Any


def tags(document: PdfReader) -> list[Element]:
    """All structure elements, depth first: the order in which a screen reader meets them."""
    return list(_below(document.root_object["/StructTreeRoot"]["/K"], 0, None))


def _below(node: Any, depth: int, parent: Any) -> Iterator[Element]:
    node = node.get_object() if hasattr(node, "get_object") else node
    if isinstance(node, list):
        for child in node:
            yield from _below(child, depth, parent)
    elif isinstance(node, dict) and "/S" in node:
        yield Element(kind=str(node["/S"]), depth=depth, entry=node, parent=parent)
        yield from _below(node.get("/K", []), depth + 1, node)


def marked_text(document: PdfReader) -> list[str]:
    """Words of the tag tree in its order: each element's marked content, as the page draws it."""
    drawn = {page.indirect_reference.idnum: _by_mark(page) for page in document.pages}  # type: ignore[union-attr]
    said = []
    for element in tags(document):
        page = drawn[element.entry.raw_get("/Pg").idnum] if "/Pg" in element.entry else {}
        kids = element.entry.get("/K", [])
        marks = [kid for kid in (kids if isinstance(kids, list) else [kids]) if isinstance(kid, int)]
        said += [page.get(int(mark), "") for mark in marks]
    return said


def _by_mark(page: PageObject) -> dict[int, str]:
    """What stands in each marked content of a page, by ToUnicode."""
    maps = {name: _to_unicode(font) for name, font in _fonts_of(page).items()}
    said: dict[int, str] = {}
    mark, font = -1, ""
    for operands, operator in ContentStream(page.get_contents(), page.pdf).operations:  # type: ignore[arg-type]
        if operator == b"BDC":
            mark = int(operands[1].get("/MCID", -1)) if isinstance(operands[1], dict) else -1
        elif operator == b"Tf":
            font = str(operands[0])
        elif operator in {b"TJ", b"Tj"}:
            text = "".join(maps[font].get(glyph, "�") for glyph in _glyphs(operands[0]))
            said[mark] = said.get(mark, "") + text
    return said


def glyphs_drawn(document: PdfReader) -> dict[str, set[int]]:
    """Glyph numbers that the pages draw with each font, by the font's resource name."""
    drawn: dict[str, set[int]] = {}
    for page in document.pages:
        font = ""
        for operands, operator in ContentStream(page.get_contents(), page.pdf).operations:  # type: ignore[arg-type]
            if operator == b"Tf":
                font = str(operands[0])
            elif operator in {b"TJ", b"Tj"}:
                drawn.setdefault(font, set()).update(_glyphs(operands[0]))
    return drawn


def fonts(document: PdfReader) -> dict[str, Any]:
    """Fonts of the document by resource name."""
    return {name: font for page in document.pages for name, font in _fonts_of(page).items()}


def embedded(font: Any) -> TTFont:
    """The font program that a composite font embeds."""
    descriptor = font["/DescendantFonts"][0].get_object()["/FontDescriptor"]
    stream = descriptor["/FontFile2"] if "/FontFile2" in descriptor else descriptor["/FontFile3"]
    return TTFont(io.BytesIO(stream.get_data()))


def _fonts_of(page: PageObject) -> dict[str, Any]:
    return {str(name): font.get_object() for name, font in page["/Resources"]["/Font"].items()}  # type: ignore[index]


def _to_unicode(font: Any) -> dict[int, str]:
    pairs: dict[int, str] = {}
    for line in font["/ToUnicode"].get_data().decode().splitlines():
        parts = line.split("> <")
        if len(parts) == 2 and line.count("<") == 2 and len(parts[0]) == 5 and parts[1].endswith(">"):
            pairs[int(parts[0][1:], 16)] = bytes.fromhex(parts[1][:-1]).decode("utf-16-be")
    return pairs


def _glyphs(operand: Any) -> Iterator[int]:
    for part in operand if isinstance(operand, list) else [operand]:
        if isinstance(part, TextStringObject | ByteStringObject):
            raw = part.original_bytes
            yield from (int.from_bytes(raw[at : at + 2], "big") for at in range(0, len(raw), 2))
