"""What the account engineer reads above the form: Markdown for Airflow's page of required actions.

In English around the report's own sentences, whatever their language.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msp_reports.domain.report import ReportModel
from msp_reports.rendering.common import first_rows, title_of
from msp_reports.rendering.correction import told
from msp_reports.rendering.page import build_page, severity_cell
from msp_reports.rendering.templates import markdown_templates


def review_body(
    model: ReportModel,
    *,
    reasons: Mapping[str, str],
    pdf_link: str,
    notes: Sequence[str] = (),
    sends: bool = True,
) -> str:
    """Return the review's text: state, link to the draft, reasons for gaps, findings.

    Args:
        reasons: why a system's figures are missing or incomplete, by system; never for the customer.
        pdf_link: path of the draft on this Airflow.
        notes: what the engineer should know before answering; never for the customer.
        sends: an approval sends the report. False: it is a rehearsal.
    """
    shown, more = first_rows(model.findings)
    findings = [
        {
            "mark": severity_cell(finding.severity).tone.mark,
            "area": title_of(finding.source),
            "text": finding.sentence,
        }
        for finding in shown
    ]
    template = markdown_templates().get_template("review.md.j2")
    return template.render(
        page=build_page(model),
        model=model,
        reasons=dict(reasons),
        findings=findings,
        more=more,
        pdf_link=pdf_link,
        notes=tuple(notes),
        sends=sends,
        corrections=told(model.correction) if model.correction else (),
    )
