"""What a reader would call ugly: something cut off, a heading alone at a page's foot, a page nearly empty."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from functools import cache, partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from msp_reports.assets import font_dir
from msp_reports.domain.language import speaking
from msp_reports.domain.records import Source
from msp_reports.domain.report import ReportModel
from msp_reports.languages import language
from msp_reports.rendering.blocks import Headlines, Page
from msp_reports.rendering.bundled import BundledOnly
from msp_reports.rendering.correction import corrected
from msp_reports.rendering.coverage import Coverage
from msp_reports.rendering.page import build_page
from msp_reports.rendering.pdf import page_css, render_pdf
from msp_reports.rendering.templates import page_templates
from tests.unit.domain import builders as make
from tests.unit.rendering import models

LEAST_LINES = 8
"""Lines on a page besides its head and its number: fewer look forgotten."""
LEAST_ROWS = 3
"""Rows of a broken table on one page."""
AT_THE_EDGE = (7, 8, 9, 10, 37, 38, 39)
"""Machines of a matrix that would end just below a page's foot."""
LANGUAGES = {"German": "de", "French": "fr"}
LONG = "acme-branch-office-rotterdam-europoort-accesspoint-building-7-third-floor-west-wing-0042.corp.example"


def many(number: int = 60) -> ReportModel:
    """A customer with so many machines, each on an appliance of its own, half of them late."""
    machines = [
        replace(make.machine(f"SRV{n:03}", hours=90 if n % 2 else 5), appliance=f"SIRIS-{n}")
        for n in range(number)
    ]
    return make.report(make.facts(*make.quiet(), *machines), make.last(*make.quiet(models.WEEK.prior())))


def _missing() -> ReportModel:
    return models.without(Source.SECURITY, Source.BACKUP)


def corrected_twice() -> ReportModel:
    """As many changes as are told one by one, with long names, above the headline numbers."""
    return corrected(models.bad(LONG), models.quiet(), revision=1, sent_on=date(2026, 11, 24))


def _spoken(code: str, story: Callable[[], ReportModel]) -> ReportModel:
    """The story as a customer of that language gets it: words are longer than in English."""
    with speaking(language(code)):
        return story()


STORIES: dict[str, Callable[[], ReportModel]] = {
    "quiet": models.quiet,
    "first week": models.first_week,
    "bad": models.bad,
    "long names": lambda: models.bad(LONG),
    "other scripts": lambda: models.bad("Ολύμπια Олимпия 東京 서울 القاهرة ירושלים กรุงเทพ मुंबई"),
    "a source missing": _missing,
    "many machines": many,
    "a correction": corrected_twice,
    "a long comment": lambda: models.commented("Word after word. " * 200),
    **{
        f"{name}, {kind}": partial(_spoken, code, story)
        for name, code in LANGUAGES.items()
        for kind, story in {
            "bad": models.bad,
            "a source missing": _missing,
            "many machines": many,
            "a correction": corrected_twice,
        }.items()
    },
}


@cache
def pages(story: str) -> tuple[tuple[str, ...], ...]:
    """The lines of each page, without its head and its number."""
    return pages_of(STORIES[story]())


def pages_of(model: ReportModel) -> tuple[tuple[str, ...], ...]:
    drawn = render_pdf(model).pdf
    return tuple(
        tuple(line for line in page.extract_text().split("\n") if line.strip() and " / " not in line[:8])
        for page in PdfReader(io.BytesIO(drawn)).pages
    )


@pytest.mark.parametrize("story", STORIES)
def test_no_heading_stands_alone_at_the_foot_of_a_page(story: str) -> None:
    headings = {part.title for part in page_of(STORIES[story]()).parts}
    assert not [page[-1] for page in pages(story) if page[-1].strip() in headings]


@pytest.mark.parametrize("story", STORIES)
def test_no_page_has_next_to_nothing_on_it(story: str) -> None:
    assert min(len(page) for page in pages(story)) >= LEAST_LINES


@pytest.mark.parametrize("story", STORIES)
def test_the_summary_and_the_headline_numbers_are_on_the_first_page(story: str) -> None:
    first = " ".join(pages(story)[0])
    page = page_of(STORIES[story]())
    assert page.state.text in first
    numbers = next(block for block in page.parts[0].blocks if isinstance(block, Headlines)).numbers
    assert numbers
    assert [number.label for number in numbers if number.label not in first] == []


@pytest.mark.parametrize("story", STORIES)
def test_nothing_is_drawn_beyond_the_margins(story: str) -> None:
    beyond = [
        (number, box.text[:40])
        for number, page in enumerate(laid_out(STORIES[story]()).pages)
        for box in texts(page._page_box)
        if box.position_x < 0 or box.position_x + box.width > page.width - 30
    ]
    assert beyond == []


@pytest.mark.parametrize("story", STORIES)
def test_no_cell_s_text_runs_into_the_next(story: str) -> None:
    wide = [
        text.text
        for page in laid_out(STORIES[story]()).pages
        for cell in cells(page._page_box)
        for text in texts(cell)
        if text.position_x + text.width > cell.position_x + cell.border_width() + 1
    ]
    assert wide == []


@pytest.mark.parametrize("story", ["bad", "German, bad", "French, bad"])
def test_a_moment_stands_on_one_line_of_its_own_cell(story: str) -> None:
    sheets = laid_out(STORIES[story]()).pages
    rows = [row for sheet in sheets for row in outage_rows(sheet)]
    assert rows
    assert all(
        text.position_x + text.width <= cell.position_x + cell.border_width()
        for row in rows
        for cell in row
        for text in texts(cell)
    )


def outage_rows(sheet: Any) -> Iterator[list[Any]]:
    """Cells that tell when an outage began and ended."""
    for table in (box for box in boxes(body(sheet)) if type(box).__name__ == "TableBox"):
        if "outages" in (table.element.get("class") or "").split():
            yield [cell for cell in cells(table) if "moment" in (cell.element.get("class") or "").split()]


@pytest.mark.parametrize("machines", AT_THE_EDGE)
def test_a_table_that_breaks_leaves_three_rows_and_its_headings_on_either_side(machines: int) -> None:
    parts = fragments(many(machines))
    broken = {table: rows for table, rows in parts.items() if len(rows) > 1}
    assert all(heads == 1 and rows >= LEAST_ROWS for found in broken.values() for heads, rows in found)


def test_a_table_that_breaks_is_among_those_looked_at() -> None:
    assert any(len(rows) > 1 for rows in fragments(many(40)).values())


@pytest.mark.parametrize("machines", AT_THE_EDGE)
def test_no_page_begins_with_what_explains_the_table_before(machines: int) -> None:
    begins = [
        next(text for text in texts(page._page_box) if text.element.get("class") not in {None, "running"})
        for page in laid_out(many(machines)).pages[1:]
    ]
    assert "more" not in {text.element.get("class") for text in begins}


@pytest.mark.parametrize("story", ["quiet", "bad", "many machines", "German, bad"])
def test_no_page_but_those_before_the_last_part_is_left_a_quarter_empty(story: str) -> None:
    page = page_of(STORIES[story]())
    sheets = laid_out(STORIES[story]()).pages
    lasts = [
        max(text.position_y + text.height for text in texts(body(sheet)))
        for sheet, after in pairwise(sheets)
        if page.parts[-1].title not in {text.text for text in texts(body(after))}
    ]
    assert [last for last in lasts if last < sheets[0].height * 3 / 4] == []


HEADS = {"서울": "ReportHangul", "กรุงเทพ": "ReportThai", "東京": "ReportHan", "∑": "ReportMath"}


@pytest.mark.parametrize(("name", "family"), HEADS.items())
def test_the_running_head_is_drawn_with_the_font_that_the_name_needs(name: str, family: str) -> None:
    model = replace(models.bad(), customer_name=name)
    head = next(text for text in texts(laid_out(model).pages[1]._page_box) if name in text.text)
    assert family in head.style["font_family"]
    assert "‹U+" not in "".join(pages_of(model)[1])


def test_a_font_that_a_report_has_no_use_for_is_not_loaded() -> None:
    assert "bundled:DroidSansFallback.ttf" in page_css(fonts_of("東京"))
    assert "bundled:DroidSansFallback.ttf" not in page_css(fonts_of("Tokyo"))


def fonts_of(text: str) -> tuple[Path, ...]:
    return Coverage(BundledOnly(font_dir()).fonts).needed(text)


def page_of(model: ReportModel) -> Page:
    with speaking(language(model.language)):
        return build_page(model)


def laid_out(model: ReportModel) -> Any:
    import weasyprint
    from weasyprint.text.fonts import FontConfiguration

    with speaking(language(model.language)):
        html = page_templates().get_template("report.html.j2").render(page=build_page(model), logo=None)
    fonts, fetcher = FontConfiguration(), BundledOnly(font_dir())
    rules = page_css(Coverage(fetcher.fonts).needed(html))
    style = weasyprint.CSS(string=rules, url_fetcher=fetcher, font_config=fonts)
    return weasyprint.HTML(string=html, url_fetcher=fetcher).render(stylesheets=[style], font_config=fonts)


def boxes(box: Any) -> Iterator[Any]:
    yield box
    for child in getattr(box, "children", ()):
        yield from boxes(child)


def texts(box: Any) -> Iterator[Any]:
    return (found for found in boxes(box) if type(found).__name__ == "TextBox")


def body(sheet: Any) -> Any:
    """Without the margins' boxes."""
    return next(box for box in sheet._page_box.children if box.element_tag == "html")


def fragments(model: ReportModel) -> dict[Any, list[tuple[int, int]]]:
    """Of each table, page by page: how many rows of headings and of numbers stand there."""
    found: dict[Any, list[tuple[int, int]]] = {}
    for sheet in laid_out(model).pages:
        for table in (box for box in boxes(body(sheet)) if type(box).__name__ == "TableBox"):
            heads = [group for group in table.children if group.is_header]
            rows = sum(len(group.children) for group in table.children if not group.is_header)
            found.setdefault(table.element, []).append((len(heads), rows))
    return found


def cells(box: Any) -> Iterator[Any]:
    return (found for found in boxes(box) if type(found).__name__ == "TableCellBox")
