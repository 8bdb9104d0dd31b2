"""The cover note: what a CTO reads in the inbox, before or instead of opening the PDF."""

from __future__ import annotations

from dataclasses import dataclass

from msp_reports.domain.dates import short_date, week_name
from msp_reports.domain.language import say, speaking
from msp_reports.domain.report import ReportModel
from msp_reports.languages import language
from msp_reports.rendering.correction import told
from msp_reports.rendering.page import build_page
from msp_reports.rendering.templates import page_templates, text_templates
from msp_reports.rendering.text import CELL, plain


@dataclass(frozen=True, slots=True, kw_only=True)
class MailText:
    subject: str
    """One line; no control or bidi characters."""
    text: str
    html: str


def render_mail(model: ReportModel, *, is_test: bool = False, link: str | None = None) -> MailText:
    """Write subject, plain text and HTML of the cover note.

    Args:
        is_test: say so in subject and text: it goes to somebody who is to look at it, and is no delivery.
        link: where the report stands; without it, it is attached.
    """
    with speaking(language(model.language)):
        given = {
            "page": build_page(model),
            "sentences": model.summary,
            "engineer": model.engineer_name,
            "corrections": told(model.correction) if model.correction else (),
            "link": link,
            "test": say("This mail is a test and no delivery of the report.") if is_test else "",
        }
        subject = say("Test: {subject}", subject=_subject(model)) if is_test else _subject(model)
        return MailText(
            subject=plain(subject, CELL),
            text=text_templates().get_template("mail/note.txt.j2").render(given),
            html=page_templates().get_template("mail/note.html.j2").render(given),
        )


def _subject(model: ReportModel) -> str:
    customer, week = model.customer_name, week_name(model.week)
    if model.correction is None:
        return say("{customer}: weekly report {week}", customer=customer, week=week)
    return say(
        "Corrected: {customer}: weekly report {week}, replaces the report of {day}",
        customer=customer,
        week=week,
        day=short_date(model.correction.sent_on),
    )
