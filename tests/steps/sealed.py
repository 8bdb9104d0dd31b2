"""A report with its approval, as the release leaves it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from msp_reports.steps.model_json import dump_model
from msp_reports.steps.release import _seal_files
from msp_reports.store.database import transaction
from msp_reports.store.reports import Approval, ReportKey, ReportRepository
from tests.unit.domain import builders as make
from tests.unit.rendering import models

WEEK = make.WEEK.label
KEY = ReportKey(customer="acme", week=WEEK, revision=1)
PDF = b"%PDF approved"
MODEL = replace(models.quiet(), customer_code="acme")


def a_draft(pdf: bytes = PDF) -> ReportKey:
    with transaction() as connection:
        return ReportRepository(connection).save_draft(
            customer="acme", week=WEEK, run_id="r", **_content(pdf)
        )


def a_sealed_report(pdf: bytes = PDF) -> ReportKey:
    """The next revision, approved and sealed with its files."""
    key, digest = a_draft(pdf), sha256(pdf).hexdigest()
    approval = Approval(
        sha256=digest,
        draft_sha256=digest,
        approved_by="Jana",
        approved_at=datetime(2026, 11, 23, tzinfo=UTC),
        how="answered",
        edits="",
    )
    with transaction() as connection:
        ReportRepository(connection).seal(key, approval=approval, **_content(pdf))
        _seal_files(connection, key, approval, model=MODEL, markdown="# Report\n")
    return key


def ledger_lines() -> int:
    with transaction() as connection, connection.cursor() as cursor:
        cursor.execute("select count(*) from delivery")
        row = cursor.fetchone()
    assert row is not None
    return int(row[0])


def _content(pdf: bytes) -> dict[str, Any]:
    return {"model": dump_model(MODEL), "markdown": "# Report\n", "pdf": pdf}
