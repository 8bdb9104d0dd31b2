"""The review: what the engineer is shown, and the answer on record."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from msp_reports.customer_files import read_customer
from msp_reports.domain.errors import NotApprovedError
from msp_reports.domain.prose import UnknownNumber, unknown_numbers
from msp_reports.domain.report import Comment
from msp_reports.operators.review import Answer, ReviewForm
from msp_reports.steps.correct import doubts
from msp_reports.steps.model_json import load_model
from msp_reports.steps.run import ReportRef, Sending, current_run
from msp_reports.store.database import transaction
from msp_reports.store.queries import storable
from msp_reports.store.reports import ReportKey, ReportRepository, Review, StoredReport

if TYPE_CHECKING:
    from msp_reports.domain.report import ReportModel

log = logging.getLogger(__name__)

SUMMARY = "summary"
REHEARSAL = "This is a rehearsal: nothing will be sent to anybody, whatever you answer."
SEALED = frozenset({"approved", "delivered", "archived"})
"""States of a report whose bytes are decided."""
TITLES = {
    SUMMARY: "Comment on the summary",
    "uptime": "Comment on uptime and SLA",
    "tickets": "Comment on tickets",
    "backup": "Comment on backup",
    "security": "Comment on security",
    "availability": "Comment on public sites",
}


def review_form(report: ReportRef) -> ReviewForm | None:
    """Put a draft into review and return its form; None when this run only stores.

    Raises:
        NotApprovedError: it was approved already; a correction is a revision of its own.
    """
    from msp_reports.rendering.review import review_body
    from msp_reports.store.snapshots import SnapshotRepository

    run = current_run()
    if run.sending is Sending.STORES:
        return None
    key = key_of(report)
    with transaction() as connection:
        reports = ReportRepository(connection)
        stored = reports.load(key)
        if stored.state in SEALED:
            raise NotApprovedError(
                f"{key.customer} {key.week} revision {key.revision} is approved and sealed; to send a "
                "correction clear render_report with everything after it: that makes the next revision"
            )
        (facts,) = SnapshotRepository(connection).load_weeks(key.customer, [key.week])
        reports.show(key, run_id=run.run_id, digest=stored.sha256)
    model = load_model(stored.model)
    engineer = read_customer(key.customer).engineer
    reasons = {snapshot.system: snapshot.reason for snapshot in facts.snapshots if snapshot.reason}
    notes = (*(() if run.delivers else (REHEARSAL,)), *doubts(key))
    link = f"/msp-reports/reports/{key.customer}/{key.week}/{key.revision}.pdf"
    return ReviewForm(
        subject=f"{'' if run.delivers else 'Rehearsal: '}{model.customer_name}: weekly report {key.week}",
        body=review_body(model, reasons=reasons, pdf_link=link, notes=notes, sends=run.delivers),
        reviewer_id=engineer.id,
        reviewer_name=engineer.name,
        fields={name: TITLES[name] for name in (SUMMARY, *(source.value for source in model.used))},
        prefilled=suggestions(model),
    )


def suggestions(model: ReportModel) -> dict[str, str]:
    """Pre-fill a section's comment with what was found there, for the engineer to keep, edit or clear.

    Only as a start for words of their own: text that is left as it was suggested is not a comment. What
    vendors wrote in it stays text after any edit, or the engineer would sign a stranger's link.
    """
    from msp_reports.rendering.comments import as_text

    found: dict[str, list[str]] = {}
    for finding in model.findings:
        found.setdefault(finding.source.value, []).append(as_text(finding.sentence))
    return {section: "\n".join(sentences[:3]) for section, sentences in found.items()}


def printed(model: ReportModel, comments: Mapping[str, str], author: str) -> tuple[Comment, ...]:
    """Return the comments of an answer that the report will print: those with words of the engineer's own."""
    suggested = suggestions(model)
    return tuple(
        Comment(section=section, text=text, author=author)
        for section, text in sorted(comments.items())
        if section in TITLES and text and text != suggested.get(section)
    )


def record_answer(report: ReportRef, answer: Answer) -> None:
    """Store what the engineer answered, before anything after the gate can run.

    An answer is about the draft that this run showed. Where another stands by now, or the report has gone
    out, a rejection changes nothing any more and an approval approves nothing.

    Numbers in the comments that the report does not hold are stored with it, and hold nothing back.

    Raises:
        NotApprovedError: approved was a draft that no longer stands.
    """
    run, key = current_run(), key_of(report)
    answer = replace(answer, comments={name: storable(text) for name, text in answer.comments.items()})
    with transaction() as connection:
        reports = ReportRepository(connection)
        stored, shown = reports.load(key), reports.shown(key, run_id=run.run_id)
        if shown != stored.sha256 or stored.state in SEALED:
            if answer.approved:
                raise NotApprovedError(_outdated(stored))
            return
        review = Review(
            draft_sha256=shown,
            approved=answer.approved,
            how="answered",
            comments=answer.comments,
            reviewer=answer.reviewer,
            reviewed_at=answer.answered_at,
            run_id=run.run_id,
            unknown_numbers=_unknown(stored, answer) if answer.approved else (),
        )
        reports.save_review(key, review)
        if not answer.approved:
            reports.set_state(key, "rejected")


def _unknown(stored: StoredReport, answer: Answer) -> tuple[UnknownNumber, ...]:
    """Numbers that the report does not hold: a warning for whoever reads the log or the roll-up."""
    model = load_model(stored.model)
    comments = printed(model, answer.comments, answer.reviewer)
    unknown = unknown_numbers(replace(model, comments=comments))
    for number in unknown:
        log.warning(
            "%s %s: %s (%s) is not in the report: %s",
            stored.customer,
            stored.week,
            number.text,
            number.section,
            number.sentence,
        )
    return unknown


def _outdated(stored: StoredReport) -> str:
    name = f"{stored.customer} {stored.week} revision {stored.revision}"
    if stored.state in SEALED:
        return f"{name} was approved in another review already; nothing is sent a second time"
    return (
        f"{name} has changed since it was put before you: run {stored.run_id} drew it again. Review the "
        "draft of that run, or clear approve_report here to review what stands now"
    )


def key_of(report: ReportRef) -> ReportKey:
    return ReportKey(customer=report["code"], week=report["week"], revision=report["revision"])
