"""The report as PDF: tagged, with the bundled fonts, the same bytes for the same model.

WeasyPrint: https://doc.courtbouillon.org/weasyprint/stable/api_reference.html
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from msp_reports.assets import font_dir, template_dir
from msp_reports.domain.report import ReportModel
from msp_reports.rendering.markdown import page_markdown
from msp_reports.rendering.page import build_page
from msp_reports.rendering.templates import page_templates

if TYPE_CHECKING:
    from msp_reports.rendering.bundled import BundledOnly

_VARIANT = "pdf/ua-1"
_IDENTIFIER_BYTES = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderedReport:
    """One drawing of a report."""

    pdf: bytes
    markdown: str
    sha256: str
    """Of the PDF, in hex."""
    warnings: tuple[str, ...]
    """What WeasyPrint found to complain about."""


def render_pdf(model: ReportModel) -> RenderedReport:
    """Draw the report. Reads bundled templates and fonts, and nothing else.

    Raises:
        FetchRefusedError: the page asked for anything beyond the bundled fonts. A `BaseException`,
            since WeasyPrint goes on quietly after any other.
    """
    page = build_page(model)
    html = page_templates().get_template("report.html.j2").render(page=page)
    with _warnings() as warnings:
        pdf = _draw(html)
    return RenderedReport(
        pdf=pdf,
        markdown=page_markdown(page),
        sha256=sha256(pdf).hexdigest(),
        warnings=tuple(warnings),
    )


def _draw(html: str) -> bytes:
    import weasyprint
    from weasyprint.text.fonts import FontConfiguration

    from msp_reports.rendering.bundled import BundledOnly

    fetcher: BundledOnly = BundledOnly(font_dir())
    fonts = FontConfiguration()
    style = weasyprint.CSS(
        string=(template_dir() / "report.css").read_text(encoding="utf-8"),
        url_fetcher=fetcher,
        font_config=fonts,
    )
    # Text strings of a PDF are UTF-16: half a surrogate pair has been shown as ‹U+D800› by now.
    page = weasyprint.HTML(string=html, url_fetcher=fetcher, media_type="print")
    drawn: bytes = page.write_pdf(
        stylesheets=[style],
        font_config=fonts,
        pdf_variant=_VARIANT,
        pdf_identifier=sha256(html.encode()).digest()[:_IDENTIFIER_BYTES],
    )
    return drawn


@contextmanager
def _warnings() -> Iterator[list[str]]:
    """Collect what WeasyPrint logs, instead of mixing it with the task's log unseen."""
    told: list[str] = []

    class Collector(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            told.append(record.getMessage())

    logger, collector = logging.getLogger("weasyprint"), Collector(logging.WARNING)
    propagated, logger.propagate = logger.propagate, False
    logger.addHandler(collector)
    try:
        yield told
    finally:
        logger.removeHandler(collector)
        logger.propagate = propagated
