"""The report as Markdown: an artefact of its own, kept and compared beside the PDF."""

from __future__ import annotations

import re

from msp_reports.domain.language import speaking
from msp_reports.domain.report import ReportModel
from msp_reports.languages import language
from msp_reports.rendering.blocks import Page
from msp_reports.rendering.page import build_page
from msp_reports.rendering.templates import markdown_templates

_GAPS = re.compile(r"\n{3,}")


def render_markdown(model: ReportModel) -> str:
    """Return the whole report as CommonMark with GFM tables. Vendor text in it does nothing."""
    with speaking(language(model.language)):
        return page_markdown(build_page(model))


def page_markdown(page: Page) -> str:
    text = markdown_templates().get_template("report.md.j2").render(page=page)
    return f"{_GAPS.sub(chr(10) * 2, text).strip()}\n"
