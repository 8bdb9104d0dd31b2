"""The review: what the engineer is shown, what the answer means, and the sealing of the result."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from msp_reports.customer_files import read_customer
from msp_reports.domain.errors import NotApprovedError
from msp_reports.operators.review import Answer, ReviewForm
from msp_reports.steps.model_json import dump_model, load_model
from msp_reports.steps.run import ReportRef, Run, current_run
from msp_reports.store.database import transaction
from msp_reports.store.reports import Approval, ReportKey, ReportRepository, Review, StoredReport

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
MARKED = "somebody who marked the task as success"


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


def release_report(*, report: ReportRef, answer: Mapping[str, Any] | None) -> ReportRef:
    """Make the final report from the draft and the answer, and seal it with the approval.

    Without an answer the review task was marked as success by hand: approved as drafted.

    Raises:
        NotApprovedError: the answer was lost, was a rejection, or was about another draft.
    """
    run, key = current_run(), key_of(report)
    with transaction() as connection:
        reports = ReportRepository(connection)
        draft, review = reports.load(key), reports.load_review(key)
    review = confirmed(draft, review, answer, run)
    model, final, markdown = _final(draft, review)
    approval = Approval(
        sha256=sha256(final).hexdigest(),
        draft_sha256=review.draft_sha256,
        approved_by=review.reviewer,
        approved_at=review.reviewed_at,
        how=review.how,
        edits=edits_between(draft.markdown, markdown),
    )
    with transaction() as connection:
        reports = ReportRepository(connection)
        reports.save_review(key, review)
        reports.seal(key, model=dump_model(model), markdown=markdown, pdf=final, approval=approval)
    return report


def confirmed(
    draft: StoredReport, review: Review | None, answer: Mapping[str, Any] | None, run: Run
) -> Review:
    """Return the review that this release rests on.

    Raises:
        NotApprovedError: there is none that says yes to this very draft.
    """
    name = f"{draft.customer} {draft.week} revision {draft.revision}"
    current = review if review is not None and review.run_id == run.run_id else None
    if current is None and answer is not None:
        raise NotApprovedError(f"{name}: the answer was given but is not on record; clear approve_report")
    if current is None:
        return Review(
            draft_sha256=draft.sha256,
            approved=True,
            how="marked",
            comments={},
            reviewer=MARKED,
            reviewed_at=datetime.now(UTC),
            run_id=run.run_id,
        )
    if not current.approved:
        raise NotApprovedError(
            f"{name} was rejected by {current.reviewer}; clear approve_report to review again"
        )
    if current.draft_sha256 != draft.sha256 and draft.state != "approved":
        raise NotApprovedError(f"{name} has changed since it was reviewed; clear approve_report")
    return current


def edits_between(draft: str, final: str) -> str:
    """Return the engineer's edits as a unified diff of the Markdown; empty when there are none."""
    lines = difflib.unified_diff(
        draft.splitlines(), final.splitlines(), fromfile="draft", tofile="approved", lineterm="", n=1
    )
    return "\n".join(lines)


def key_of(report: ReportRef) -> ReportKey:
    return ReportKey(customer=report["code"], week=report["week"], revision=report["revision"])


def _final(draft: StoredReport, review: Review) -> tuple[ReportModel, bytes, str]:
    """Draw the final report. Nothing to add: the very bytes that were reviewed."""
    from msp_reports.domain.report import Comment

    model = load_model(draft.model)
    suggested = suggestions(model)
    comments = tuple(
        Comment(section=section, text=text, author=review.reviewer)
        for section, text in sorted(review.comments.items())
        if text and text != suggested.get(section)
    )
    if comments == model.comments:
        return model, draft.pdf, draft.markdown
    from msp_reports.rendering.pdf import render_pdf

    model = replace(model, comments=comments)
    rendered = render_pdf(model)
    return model, rendered.pdf, rendered.markdown
