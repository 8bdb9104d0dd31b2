from __future__ import annotations

import gc
import io
import os
import subprocess
import sys
from types import SimpleNamespace

import pytest
from pypdf import PdfReader

from msp_reports.assets import template_dir
from msp_reports.rendering import pdf as drawing
from msp_reports.rendering.bundled import BundledOnly, FetchRefusedError
from msp_reports.rendering.pdf import RenderedReport, render_pdf
from msp_reports.rendering.templates import page_templates
from tests.unit.rendering import models
from tests.unit.rendering.corpus import HOSTILE, MARKER

AGAIN = """
from tests.unit.rendering import models
from msp_reports.rendering.pdf import render_pdf
print(render_pdf(models.bad()).sha256)
"""


@pytest.fixture(scope="module")
def quiet() -> RenderedReport:
    return render_pdf(models.quiet())


def reader(report: RenderedReport) -> PdfReader:
    return PdfReader(io.BytesIO(report.pdf))


def text_of(report: RenderedReport) -> str:
    return "\n".join(page.extract_text() for page in reader(report).pages)


def test_the_same_model_gives_the_same_bytes_in_another_process() -> None:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-W", "ignore", "-c", AGAIN]
    done = subprocess.run(command, capture_output=True, check=True, env=environment)
    assert done.stdout.decode().strip() == render_pdf(models.bad()).sha256


def test_the_page_is_drawn_without_complaint(quiet: RenderedReport) -> None:
    assert quiet.warnings == ()


def test_title_language_and_bookmarks_are_set(quiet: RenderedReport) -> None:
    document = reader(quiet)
    assert document.metadata is not None
    assert document.metadata.title == "ACME: Weekly report 2026-W47"
    assert document.root_object["/Lang"] == "en"
    assert [entry.title for entry in document.outline][:2] == ["Summary", "What changed"]


def test_each_page_says_which_it_is(quiet: RenderedReport) -> None:
    pages = reader(quiet).pages
    assert f"1 / {len(pages)}" in pages[0].extract_text()
    assert "Weekly report 2026-W47" in pages[-1].extract_text()


def test_commentary_is_on_the_page() -> None:
    text = text_of(render_pdf(models.commented("We **moved** it.")))
    assert "Comment by Jana Richter" in text
    assert "We moved it." in text


@pytest.mark.parametrize("start", range(0, len(HOSTILE), 10))
def test_hostile_text_is_drawn_as_text_and_fetches_nothing(start: int) -> None:
    for words in HOSTILE[start : start + 10]:
        drawn = render_pdf(models.bad(words))
        assert MARKER in text_of(drawn).replace("\n", "")
        annotations = [page.get("/Annots") for page in reader(drawn).pages]
        assert not any(annotations), words


def test_a_page_that_asks_for_anything_else_is_not_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    for url in ("http://127.0.0.1:9/x.png", "file:///etc/passwd", "bundled:../../../etc/passwd", "data:,x"):
        page = f"<p>x<img src='{url}' alt='x'></p>"
        with pytest.raises(FetchRefusedError, match="only bundled fonts"):
            drawing._draw(page, (), written=models.WEEK.end)


def test_garbage_is_collected_again_whatever_became_of_the_page(
    quiet: RenderedReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert gc.isenabled()
    page = page_templates().from_string("<p>x<img src='file:///etc/passwd' alt='x'></p>")
    monkeypatch.setattr(drawing, "page_templates", lambda: SimpleNamespace(get_template=lambda _: page))
    with pytest.raises(FetchRefusedError):
        render_pdf(models.quiet())
    assert gc.isenabled()


def test_only_bundled_fonts_are_served() -> None:
    from msp_reports.assets import font_dir

    served = BundledOnly(font_dir()).fetch("bundled:NotoSans-Regular.ttf")
    assert served.read(4) == b"\x00\x01\x00\x00"
    with pytest.raises(FetchRefusedError):
        BundledOnly(font_dir()).fetch("bundled:README.md")


def test_templates_are_the_only_markup() -> None:
    """A filter that trusts its input is used on drawings and comments, which make their own markup."""
    trusted = [
        (path.name, line)
        for path in template_dir().rglob("*.html.j2")
        for line in path.read_text(encoding="utf-8").splitlines()
        if "|safe" in line or "|drawing" in line or "|comment" in line
    ]
    assert sorted({name for name, _ in trusted}) == [
        "chart.html.j2",
        "headlines.html.j2",
        "quote.html.j2",
    ]
