"""The hostile corpus in PDFs, many strings to a document: drawn as text, nothing fetched or to click."""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Iterator
from typing import Any

import pytest
from pypdf import PdfReader

from msp_reports.assets import font_dir
from msp_reports.domain.report import ReportModel
from msp_reports.rendering.bundled import BundledOnly
from msp_reports.rendering.coverage import Coverage
from msp_reports.rendering.page import build_page
from msp_reports.rendering.pdf import render_pdf
from msp_reports.rendering.templates import page_templates
from tests.hostile.positions import everything, filled, positions
from tests.hostile.reading import HARMLESS, differences, harmless, tree_pieces
from tests.hostile.strings import STRINGS

LARGE = everything(20)
PLACES = positions(LARGE)
DOCUMENTS = 3
ON_PAGE = Coverage(BundledOnly(font_dir()).fonts)
STEP = 13
"""Strings of one class do not stand side by side."""


def page(model: ReportModel) -> str:
    return page_templates().get_template("report.html.j2").render(page=build_page(model), logo="")


def opened(model: ReportModel) -> PdfReader:
    drawn = render_pdf(model)
    assert drawn.warnings == ()
    return PdfReader(io.BytesIO(drawn.pdf))


def actions(document: PdfReader) -> Iterator[str]:
    """Whatever in a PDF can do something: keys of the catalogue, of pages and of annotations."""
    yield from document.root_object
    for name in document.root_object.get("/Names", {}):
        yield f"names {name}"
    for sheet in document.pages:
        yield from (key for key in sheet if key in {"/AA", "/Annots"})
        for annotation in sheet.get("/Annots", ()):
            action = annotation.get_object().get("/A", {})
            yield f"{annotation.get_object()['/Subtype']} {action.get('/S')} {action.get('/URI')}"


def squeezed(text: str) -> str:
    """Without white space and the emoji style, which is not seen; ligatures and accents taken apart."""
    return unicodedata.normalize("NFKD", re.sub(r"[\s\ufe0f]+", "", text))


def is_drawn(piece: str, text: str) -> bool:
    """Letters that run to the left come in another order, and a long cell may go on after a page's head."""
    if piece in text:
        return True
    if any(unicodedata.bidirectional(char) in {"R", "AL", "AN"} for char in piece):
        return set(piece) <= set(text)
    half = len(piece) // 2
    return half > 10 and is_drawn(piece[:half], text) and is_drawn(piece[half:], text)


@pytest.fixture(scope="module")
def meant() -> tuple[list[tuple[Any, str]], set[str]]:
    model = filled(LARGE, harmless(PLACES))
    return list(tree_pieces(page(model))), set(actions(opened(model)))


def words_of(document: int) -> list[str]:
    start = document * PLACES
    return [STRINGS[(start + place) * STEP % len(STRINGS)] for place in range(PLACES)]


def test_each_string_is_in_several_positions() -> None:
    drawn = [word for document in range(DOCUMENTS) for word in words_of(document)]
    assert set(drawn) == set(STRINGS)
    assert len(drawn) >= 2 * len(STRINGS)


@pytest.mark.parametrize("document", range(DOCUMENTS))
def test_it_is_text_and_nothing_else(document: int, meant: tuple[list[tuple[Any, str]], set[str]]) -> None:
    meant_pieces, meant_actions = meant
    words = words_of(document)
    model = filled(LARGE, iter(words))
    pieces = list(tree_pieces(page(model)))
    assert not [*differences(pieces, meant_pieces, words)]
    drawn = opened(model)
    assert set(actions(drawn)) == meant_actions
    text = squeezed("".join(sheet.extract_text() for sheet in drawn.pages))
    body = next(place for place, (piece, _) in enumerate(pieces) if piece[0] == "body")
    lost = [
        said
        for (piece, said), (_, plain) in zip(pieces[body:], meant_pieces[body:], strict=True)
        if piece == ("text",)
        and HARMLESS.search(plain)
        and not is_drawn(squeezed(ON_PAGE.drawable(said)), text)
    ]
    assert not lost
