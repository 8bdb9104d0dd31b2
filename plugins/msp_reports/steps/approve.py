"""The review: what the engineer is shown, and the answer on record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msp_reports.customer_files import read_customer
from msp_reports.operators.review import Answer, ReviewForm
from msp_reports.steps.model_json import load_model
from msp_reports.steps.run import ReportRef, current_run
from msp_reports.store.database import transaction
from msp_reports.store.reports import ReportKey, ReportRepository, Review

if TYPE_CHECKING:
    from msp_reports.domain.report import ReportModel

SUMMARY = "summary"
TITLES = {
    SUMMARY: "Comment on the summary",
    "uptime": "Comment on uptime and SLA",
    "tickets": "Comment on tickets",
    "backup": "Comment on backup",
    "security": "Comment on security",
    "availability": "Comment on public sites",
}


def review_form(report: ReportRef) -> ReviewForm | None:
    """Put a draft into review and return its form; None when this run does not deliver."""
    from msp_reports.rendering.review import review_body
    from msp_reports.store.snapshots import SnapshotRepository

    if not current_run().delivers:
        return None
    key = key_of(report)
    with transaction() as connection:
        reports = ReportRepository(connection)
        stored = reports.load(key)
        (facts,) = SnapshotRepository(connection).load_weeks(key.customer, [key.week])
        reports.set_state(key, "in_review")
    model = load_model(stored.model)
    engineer = read_customer(key.customer).engineer
    reasons = {snapshot.system: snapshot.reason for snapshot in facts.snapshots if snapshot.reason}
    link = f"/msp-reports/reports/{key.customer}/{key.week}/{key.revision}.pdf"
    return ReviewForm(
        subject=f"{model.customer_name}: weekly report {key.week}",
        body=review_body(model, reasons=reasons, pdf_link=link),
        reviewer_id=engineer.id,
        reviewer_name=engineer.name,
        fields={name: TITLES[name] for name in (SUMMARY, *(source.value for source in model.used))},
        prefilled=suggestions(model),
    )


def suggestions(model: ReportModel) -> dict[str, str]:
    """Pre-fill a section's comment with what was found there, for the engineer to keep, edit or clear.

    Only as a start for words of their own: text that is left as it was suggested is not a comment.
    """
    found: dict[str, list[str]] = {}
    for finding in model.findings:
        found.setdefault(finding.source.value, []).append(finding.sentence)
    return {section: "\n".join(sentences[:3]) for section, sentences in found.items()}


def record_answer(report: ReportRef, answer: Answer) -> None:
    """Store what the engineer answered, before anything after the gate can run."""
    run, key = current_run(), key_of(report)
    with transaction() as connection:
        reports = ReportRepository(connection)
        stored = reports.load(key)
        review = Review(
            draft_sha256=stored.sha256,
            approved=answer.approved,
            how="answered",
            comments=answer.comments,
            reviewer=answer.reviewer,
            reviewed_at=answer.answered_at,
            run_id=run.run_id,
        )
        reports.save_review(key, review)
        if not answer.approved:
            reports.set_state(key, "rejected")


def key_of(report: ReportRef) -> ReportKey:
    return ReportKey(customer=report["code"], week=report["week"], revision=report["revision"])
