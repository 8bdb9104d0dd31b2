"""Reports, what the reviewer said, and the approvals that alone let bytes leave."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from msp_reports.domain.errors import NotApprovedError, SupersededError
from msp_reports.domain.prose import UnknownNumber
from msp_reports.domain.report import Finding
from msp_reports.store.queries import run

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportKey:
    """One revision of one customer's weekly report."""

    customer: str
    week: str
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredReport:
    customer: str
    week: str
    revision: int
    state: str
    model: Mapping[str, Any]
    markdown: str
    pdf: bytes
    sha256: str
    run_id: str
    rehearsed: bool = False
    """Of a run that rehearses: never sent, whatever becomes of it."""

    @property
    def key(self) -> ReportKey:
        return ReportKey(customer=self.customer, week=self.week, revision=self.revision)


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """The account engineer's answer about one draft."""

    draft_sha256: str
    approved: bool
    how: str
    """``answered`` in the form, or ``marked``: the task was marked as success by hand."""
    comments: Mapping[str, str]
    reviewer: str
    reviewed_at: datetime
    run_id: str
    unknown_numbers: tuple[UnknownNumber, ...] = ()
    """Of the comments: numbers that the report does not hold. Told, and no reason to hold it back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """The seal: these bytes, by this person, at this time."""

    sha256: str
    draft_sha256: str
    approved_by: str
    approved_at: datetime
    how: str
    edits: str
    """Unified diff from the draft's Markdown to the final one; empty when approved as drafted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekRow:
    """One customer's line of the roll-up."""

    customer: str
    revision: int
    state: str
    model: Mapping[str, Any]
    run_id: str
    unknown_numbers: tuple[UnknownNumber, ...] = ()
    """As its review has them."""


class ReportRepository:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def save_findings(self, customer: str, week: str, findings: Sequence[Finding]) -> None:
        run(self._connection, "delete_findings", {"customer": customer, "week": week})
        for position, finding in enumerate(findings):
            row = asdict(finding) | {"customer": customer, "week": week, "position": position}
            run(self._connection, "insert_finding", row)

    def save_comparison(self, customer: str, week: str, *, model: str, run_id: str) -> None:
        """Store the report model (JSON) that this week's draft is drawn from."""
        row = {"customer": customer, "week": week, "model": model, "run_id": run_id}
        run(self._connection, "upsert_comparison", row)

    def load_comparison(self, customer: str, week: str) -> Mapping[str, Any]:
        """Return the stored report model.

        Raises:
            LookupError: the week was never compared.
        """
        rows = run(self._connection, "load_comparison", {"customer": customer, "week": week})
        if not rows:
            raise LookupError(f"{customer} {week} has not been compared yet; clear its reconcile task")
        model: Mapping[str, Any] = rows[0]["model"]
        return model

    def save_draft(
        self,
        *,
        customer: str,
        week: str,
        model: str,
        markdown: str,
        pdf: bytes,
        run_id: str,
        rehearsed: bool = False,
    ) -> ReportKey:
        """Store a draft: in place of an unanswered one of its kind, else as the next revision."""
        row: dict[str, Any] = {"customer": customer, "week": week, "run_id": run_id, "rehearsed": rehearsed}
        row |= {"model": model, "markdown": markdown, "pdf": pdf, "sha256": sha256(pdf).hexdigest()}
        revision = run(self._connection, "upsert_draft", row)[0]["revision"]
        return ReportKey(customer=customer, week=week, revision=revision)

    def load(self, key: ReportKey) -> StoredReport:
        """Return a stored revision.

        Raises:
            LookupError: there is none.
        """
        rows = run(self._connection, "load_report", asdict(key))
        if not rows:
            raise LookupError(f"no report {key.customer} {key.week} revision {key.revision}")
        return StoredReport(**rows[0])

    def latest(self, customer: str, week: str) -> StoredReport | None:
        rows = run(self._connection, "load_latest_report", {"customer": customer, "week": week})
        return StoredReport(**rows[0]) if rows else None

    def set_state(self, key: ReportKey, state: str) -> None:
        run(self._connection, "update_report_state", asdict(key) | {"state": state})

    def show(self, key: ReportKey, *, run_id: str, digest: str) -> None:
        """Enter that a run puts a draft before its reviewer: an answer will be about these bytes."""
        run(self._connection, "upsert_shown_draft", asdict(key) | {"run_id": run_id, "sha256": digest})
        self.set_state(key, "in_review")

    def shown(self, key: ReportKey, *, run_id: str) -> str | None:
        """Return the sha256 of the draft that a run put before its reviewer."""
        rows = run(self._connection, "load_shown_draft", asdict(key) | {"run_id": run_id})
        return str(rows[0]["sha256"]) if rows else None

    def mark_delivered(self, key: ReportKey) -> None:
        """An approved report has reached the customer; one that is archived already stays so."""
        run(self._connection, "mark_delivered", asdict(key))

    def save_review(self, key: ReportKey, review: Review) -> None:
        row = asdict(key) | asdict(review) | {"comments": json.dumps(dict(review.comments))}
        row["unknown_numbers"] = json.dumps(row["unknown_numbers"])
        run(self._connection, "upsert_review", row)

    def load_review(self, key: ReportKey) -> Review | None:
        rows = run(self._connection, "load_review", asdict(key))
        return Review(**_with_unknown(rows[0])) if rows else None

    def seal(self, key: ReportKey, *, model: str, markdown: str, pdf: bytes, approval: Approval) -> None:
        """Store the final text and PDF together with the approval of those very bytes.

        Raises:
            NotApprovedError: the approval is for other bytes.
        """
        if sha256(pdf).hexdigest() != approval.sha256:
            raise NotApprovedError(f"the approval of {key} is for other bytes than the final PDF")
        final = {"model": model, "markdown": markdown, "pdf": pdf, "sha256": approval.sha256}
        run(self._connection, "update_report_final", asdict(key) | final)
        run(self._connection, "insert_approval", asdict(key) | asdict(approval))

    def approved(self, key: ReportKey) -> tuple[StoredReport, Approval]:
        """Return the report only if an approval of exactly its present bytes exists, and it is the latest.

        Raises:
            NotApprovedError: it was never approved, was rejected, or its bytes have changed since.
            SupersededError: a later revision stands, approved or still to be.
        """
        report, approval = self.sealed(key)
        later = run(self._connection, "load_superseding", asdict(key))
        if later:
            raise SupersededError(
                f"report {key.customer} {key.week} revision {key.revision} is superseded by revision "
                f"{later[0]['revision']} ({later[0]['state']}): nothing of it is sent any more"
            )
        return report, approval

    def sealed(self, key: ReportKey) -> tuple[StoredReport, Approval]:
        """Return the report only if an approval of its bytes exists, the latest revision or not.

        What was sent before a correction was begun is archived all the same.

        Raises:
            NotApprovedError: it was never approved, was rejected, or its bytes have changed since.
        """
        report = self.load(key)
        actual = sha256(report.pdf).hexdigest()
        rows = run(self._connection, "load_approval", asdict(key) | {"sha256": actual})
        if not rows or report.state not in {"approved", "delivered", "archived"}:
            raise NotApprovedError(
                f"report {key.customer} {key.week} revision {key.revision} has no approval of its bytes "
                f"(sha256 {actual[:12]}…, state {report.state}): nothing is sent. Review it in Airflow."
            )
        return report, Approval(**rows[0])

    def week_rows(self, week: str, *, rehearsed: bool = False) -> tuple[WeekRow, ...]:
        """Return the latest revision of every customer's report of a week, by customer code.

        Args:
            rehearsed: of those that are never sent, instead of those that are.
        """
        rows = run(self._connection, "load_week_rows", {"week": week, "rehearsed": rehearsed})
        return tuple(WeekRow(**_with_unknown(row)) for row in rows)


def _with_unknown(row: Mapping[str, Any]) -> dict[str, Any]:
    unknown = tuple(UnknownNumber(**number) for number in row["unknown_numbers"])
    return {**row, "unknown_numbers": unknown}
