"""The release: final text and PDF from the draft and the answer, sealed with the approval."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from msp_reports.brand_files import read_brand
from msp_reports.customer_files import read_customer
from msp_reports.domain.errors import NotApprovedError
from msp_reports.domain.report import ReportModel
from msp_reports.steps.approve import key_of, printed
from msp_reports.steps.correct import see_that_it_says_so
from msp_reports.steps.model_json import dump_model, load_model
from msp_reports.steps.run import ReportRef, Run, current_run
from msp_reports.store.database import transaction
from msp_reports.store.reports import Approval, ReportKey, ReportRepository, Review, StoredReport
from msp_reports.store.sealed_files import FileKind, SealedFileRepository

SENT = frozenset({"delivered", "archived"})
MARKED = "somebody who marked the task as success"


def release_report(*, report: ReportRef, answer: Mapping[str, Any] | None) -> ReportRef:
    """Make the final report from the draft and the answer, and seal it with the approval.

    Without an answer the review task was marked as success by hand: approved as drafted.

    Raises:
        NotApprovedError: the answer was lost, was a rejection, was about another draft, or about one that
            does not say that it is a correction.
    """
    run, key = current_run(), key_of(report)
    with transaction() as connection:
        reports = ReportRepository(connection)
        draft, review = reports.load(key), reports.load_review(key)
        if draft.state in SENT:
            reports.approved(key)
            return report
        shown = reports.shown(key, run_id=run.run_id)
    review = confirmed(draft, review, answer, run, shown=shown)
    model, final, markdown = _final(draft, review)
    see_that_it_says_so(key, model)
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
        _seal_files(connection, key, approval, model=model, markdown=markdown)
    return report


def _seal_files(
    connection: Any, key: ReportKey, approval: Approval, *, model: ReportModel, markdown: str
) -> None:
    """Seal the same report as text and as numbers: the archive keeps both beside the PDF."""
    from msp_reports.rendering.attachments import report_json

    files = SealedFileRepository(connection)
    for kind, content in (
        (FileKind.MARKDOWN, markdown.encode()),
        (FileKind.JSON, report_json(model)),
    ):
        files.save(key, approved=approval.sha256, kind=kind, content=content)


def confirmed(
    draft: StoredReport,
    review: Review | None,
    answer: Mapping[str, Any] | None,
    run: Run,
    *,
    shown: str | None,
) -> Review:
    """Return the review that this release rests on.

    Raises:
        NotApprovedError: there is none that says yes to this very draft.
    """
    name = f"{draft.customer} {draft.week} revision {draft.revision}"
    current = review if review is not None and review.run_id == run.run_id else None
    if current is None and answer is not None:
        raise NotApprovedError(f"{name}: the answer was given but is not on record; clear approve_report")
    if current is None and shown not in {None, draft.sha256}:
        raise NotApprovedError(f"{name} has changed since it was put into review; clear approve_report")
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


def _signature(draft: StoredReport, review: Review) -> str:
    """The engineer's name as the customer knows it; a login tells a reader nothing."""
    engineer = read_customer(draft.customer).engineer
    return engineer.name if review.reviewer in {engineer.id, engineer.name} else review.reviewer


def edits_between(draft: str, final: str) -> str:
    """Return the engineer's edits as a unified diff of the Markdown; empty when there are none."""
    lines = difflib.unified_diff(
        draft.splitlines(), final.splitlines(), fromfile="draft", tofile="approved", lineterm="", n=1
    )
    return "\n".join(lines)


def _final(draft: StoredReport, review: Review) -> tuple[ReportModel, bytes, str]:
    """Draw the final report. Nothing to add: the very bytes that were reviewed.

    Raises:
        NotApprovedError: it would look otherwise than what was reviewed: the draft cannot be drawn again.
    """
    model = load_model(draft.model)
    comments = printed(model, review.comments, _signature(draft, review))
    if comments == model.comments:
        return model, draft.pdf, draft.markdown
    from msp_reports.rendering.pdf import render_pdf

    brand = read_brand(draft.customer)
    if sha256(render_pdf(model, brand).pdf).hexdigest() != draft.sha256:
        raise NotApprovedError(
            f"{draft.customer} {draft.week} revision {draft.revision} looks otherwise by now than when it "
            "was reviewed: brand, templates or libraries have changed; clear render_report to review it as "
            "it will be sent"
        )
    model = replace(model, comments=comments)
    rendered = render_pdf(model, brand)
    return model, rendered.pdf, rendered.markdown
