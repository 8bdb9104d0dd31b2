"""The report as PDF: tagged (PDF/UA-1), archival (PDF/A-3a), its numbers attached.

The bytes depend on the report model, the brand, the templates and fonts in include/, and the versions
of WeasyPrint and of the libraries it draws with. On nothing else: no clock, no machine's fonts, no order
of a set, so a sealed report can be drawn again to the byte.

WeasyPrint: https://doc.courtbouillon.org/weasyprint/stable/api_reference.html
"""

from __future__ import annotations

import gc
import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from msp_reports.assets import font_dir, template_file
from msp_reports.domain.brand import Brand
from msp_reports.domain.errors import NotDrawnError
from msp_reports.domain.language import speaking
from msp_reports.domain.report import ReportModel
from msp_reports.languages import language
from msp_reports.rendering.attachments import AttachedFile, attached_files
from msp_reports.rendering.brand_css import FAMILY, brand_css
from msp_reports.rendering.markdown import page_markdown
from msp_reports.rendering.page import build_page
from msp_reports.rendering.renderer_log import renderer_log
from msp_reports.rendering.templates import page_templates
from msp_reports.rendering.typefaces import typefaces_css

if TYPE_CHECKING:
    import weasyprint

    from msp_reports.rendering.bundled import BundledOnly

_VARIANT = "pdf/a-3a"
_IDENTIFIER_BYTES = 16
PLAIN = Brand()
"""The look of the package."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderedReport:
    """One drawing of a report."""

    pdf: bytes
    markdown: str
    sha256: str
    """Of the PDF, in hex."""
    warnings: tuple[str, ...]
    """What WeasyPrint found to complain about."""


def render_pdf(model: ReportModel, brand: Brand = PLAIN) -> RenderedReport:
    """Draw the report. Reads templates and bundled fonts, and nothing else.

    Raises:
        FetchRefusedError: the page asked for anything beyond the bundled fonts. A `BaseException`,
            since WeasyPrint goes on quietly after any other.
        NotDrawnError: a picture or style sheet of the provider's cannot be drawn.
    """
    with speaking(language(model.language)):
        page = build_page(model)
        html = page_templates().get_template("report.html.j2").render(page=page, logo=_logo(brand))
        files, markdown = attached_files(model), page_markdown(page)
    with renderer_log() as told, _without_collecting():
        pdf = _draw(html, files, brand=brand, written=model.week_end)
    lost = [record.getMessage() for record in told if record.levelno >= logging.ERROR]
    if lost:
        raise NotDrawnError(f"the page lacks something that belongs on it: {'; '.join(lost)[:500]}")
    return RenderedReport(
        pdf=pdf,
        markdown=markdown,
        sha256=sha256(pdf).hexdigest(),
        warnings=tuple(record.getMessage() for record in told),
    )


def page_css(fonts: Iterable[Path], brand: Brand = PLAIN) -> str:
    """Return the rules of the page: the template's, then the brand's, then those that load these fonts."""
    own = template_file("report.css").read_text(encoding="utf-8")
    first = FAMILY if brand.regular is not None else None
    return "\n".join((own, brand_css(brand), typefaces_css({file.name for file in fonts}, first=first)))


def _logo(brand: Brand) -> str | None:
    return None if brand.logo is None else f"bundled:{brand.logo.name}"


def _draw(html: str, files: Sequence[AttachedFile], *, written: datetime, brand: Brand = PLAIN) -> bytes:
    import weasyprint
    from weasyprint.text.fonts import FontConfiguration

    from msp_reports.rendering.bundled import BundledOnly
    from msp_reports.rendering.conformance import finish
    from msp_reports.rendering.coverage import Coverage

    fetcher: BundledOnly = BundledOnly(font_dir(), brand.files)
    fonts = FontConfiguration()
    coverage = Coverage(fetcher.fonts, _faces(brand))
    # Text strings of a PDF are UTF-16: half a surrogate pair has been shown as ‹U+D800› by now.
    shown = coverage.drawable(html)
    rules = page_css(coverage.needed(shown), brand)
    style = weasyprint.CSS(string=rules, url_fetcher=fetcher, font_config=fonts)
    page = weasyprint.HTML(string=shown, url_fetcher=fetcher, media_type="print")
    drawn: bytes = page.write_pdf(
        stylesheets=[style],
        font_config=fonts,
        finisher=finish,
        pdf_variant=_VARIANT,
        pdf_identifier=_identifier(html, files, brand),
        attachments=[_attachment(file, fetcher, written) for file in files],
    )
    fetcher.see_that_nothing_was_refused()
    return drawn


def _faces(brand: Brand) -> tuple[bytes, ...]:
    return tuple(face.content for face in (brand.regular, brand.bold) if face is not None)


def _attachment(file: AttachedFile, fetcher: BundledOnly, written: datetime) -> weasyprint.Attachment:
    import weasyprint

    moment = written.astimezone(UTC)  # as WeasyPrint writes it, without looking at the zone
    return weasyprint.Attachment(
        file_obj=BytesIO(file.content),
        url_fetcher=fetcher,
        name=file.name,
        description=file.description,
        relationship=file.relationship,
        created=moment,
        modified=moment,
    )


def _identifier(html: str, files: Sequence[AttachedFile], brand: Brand) -> bytes:
    digest = sha256(f"{html}{brand.colours}".encode())
    for content in (*(file.content for file in files), *(file.content for file in brand.files)):
        digest.update(content)
    return digest.digest()[:_IDENTIFIER_BYTES]


@contextmanager
def _without_collecting() -> Iterator[None]:
    """Keep the garbage collector from looking through a growing tree of boxes, none of which is garbage
    before the page is written: a fifth of the time of a long report.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()
