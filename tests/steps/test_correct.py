"""A report is a correction of what the customer has, and of nothing else."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from hashlib import sha256
from types import SimpleNamespace

import pytest

from msp_reports.domain.errors import NotApprovedError
from msp_reports.domain.report import Correction, ReportModel
from msp_reports.steps import approve, release, render
from msp_reports.steps.correct import corrected
from msp_reports.steps.model_json import dump_model, load_model
from msp_reports.steps.run import CustomerWeek, ReportRef, Run, Sending
from msp_reports.store.database import transaction
from msp_reports.store.deliveries import DeliveryRepository
from msp_reports.store.ledger import DeliveryState
from msp_reports.store.reports import Approval, ReportKey, ReportRepository
from msp_reports.store.snapshots import SnapshotRepository
from tests.unit.domain import builders as make
from tests.unit.rendering import models

pytestmark = [pytest.mark.airflow, pytest.mark.db, pytest.mark.usefixtures("database", "config")]

WEEK = make.WEEK.label
NOW = replace(models.quiet(), customer_code="acme")
THEN = replace(
    make.report(make.facts(*make.quiet(), *make.tickets_in(make.WEEK, 9)[4:]), make.last(*make.quiet())),
    customer_code="acme",
)


@pytest.fixture(autouse=True)
def run(monkeypatch: pytest.MonkeyPatch) -> None:
    current = Run(
        run_id="r-1",
        dag_id="weekly_customer_reports",
        week_over_at=make.WEEK.end_utc,
        logical_date=None,
        sending=Sending.DELIVERS,
        customer_code=None,
        last_try=False,
    )
    for step in (approve, release, render):
        monkeypatch.setattr(step, "current_run", lambda: current)
    drawn = SimpleNamespace(pdf=b"%PDF next", markdown="# Next\n", warnings=())
    monkeypatch.setattr("msp_reports.rendering.pdf.render_pdf", lambda model, brand: drawn)


def a_revision(
    model: ReportModel = THEN,
    *,
    state: str = "approved",
    ledger: DeliveryState | None = None,
    channel: str = "gmail",
) -> ReportKey:
    """A sealed revision, as far on its way as `ledger` says."""
    with transaction() as connection:
        reports = ReportRepository(connection)
        draft = {"model": dump_model(model), "markdown": "", "pdf": f"%PDF {state} {channel}".encode()}
        key = reports.save_draft(customer="acme", week=WEEK, run_id="r-0", **draft)  # type: ignore[arg-type]
        if state == "rejected":
            reports.set_state(key, state)
            return key
        digest = sha256(draft["pdf"]).hexdigest()  # type: ignore[arg-type]
        approval = Approval(
            sha256=digest,
            draft_sha256=digest,
            approved_by="Jana",
            approved_at=datetime(2026, 11, 23, tzinfo=UTC),
            how="answered",
            edits="",
        )
        reports.seal(key, approval=approval, **draft)  # type: ignore[arg-type]
        reports.set_state(key, state)
        if ledger is not None:
            deliveries = DeliveryRepository(connection)
            entry = deliveries.plan(key, channel=channel, recipients="cto@acme.example", digest=digest)
            deliveries.record(entry.key, ledger)
    return key


def sent_at(moment: str) -> None:
    with transaction() as connection, connection.cursor() as cursor:
        cursor.execute("update delivery set changed_at = %s where state = 'sent'", (moment,))


def drawn_next() -> tuple[ReportRef, ReportModel]:
    with transaction() as connection:
        ReportRepository(connection).save_comparison("acme", WEEK, model=dump_model(NOW), run_id="r-1")
    ref = render.render_report(customer=CustomerWeek(code="acme", week=WEEK))
    with transaction() as connection:
        stored = ReportRepository(connection).load(
            ReportKey(customer="acme", week=WEEK, revision=ref["revision"])
        )
    return ref, load_model(stored.model)


def test_what_replaces_a_sent_revision_says_which_since_when_and_what_changed() -> None:
    a_revision(state="delivered", ledger=DeliveryState.SENT)
    sent_at("2026-11-23T23:30:00Z")
    ref, model = drawn_next()
    assert ref["revision"] == 2
    assert model.correction is not None
    assert (model.correction.of_revision, model.correction.sent_on) == (1, date(2026, 11, 24)), "in Berlin"
    assert any("Tickets opened: " in change for change in model.correction.changes)


@pytest.mark.parametrize("channel", ["gmail", "teams"])
def test_one_channel_is_enough_to_have_reached_the_customer(channel: str) -> None:
    a_revision(ledger=DeliveryState.SENT, channel=channel)
    assert corrected(NOW).correction is not None


@pytest.mark.parametrize("ledger", [None, *sorted(set(DeliveryState) - {DeliveryState.SENT})])
def test_what_never_reached_anybody_is_not_corrected(ledger: DeliveryState | None) -> None:
    a_revision(ledger=ledger)
    assert corrected(NOW).correction is None


def test_what_was_rejected_is_not_corrected() -> None:
    a_revision(state="rejected")
    ref, model = drawn_next()
    assert (ref["revision"], model.correction) == (2, None)


def test_the_last_revision_that_arrived_is_the_one_replaced() -> None:
    a_revision(ledger=DeliveryState.SENT)
    a_revision(NOW, ledger=DeliveryState.FAILED, channel="teams")
    a_revision(state="rejected")
    ref, model = drawn_next()
    assert ref["revision"] == 4
    assert model.correction is not None
    assert model.correction.of_revision == 1
    assert model.correction.changes


def test_with_the_same_numbers_nothing_is_said_to_have_changed() -> None:
    a_revision(NOW, ledger=DeliveryState.SENT)
    correction = corrected(NOW).correction
    assert correction is not None
    assert correction.changes == ()


def test_a_draft_that_does_not_know_what_was_sent_meanwhile_is_not_released() -> None:
    """A worker that had begun sends revision 1 while revision 2 is drawn."""
    late = a_revision(ledger=DeliveryState.SENDING)
    ref, _ = drawn_next()
    with transaction() as connection:
        (entry,) = DeliveryRepository(connection).of_report(late)
        DeliveryRepository(connection).record(entry.key, DeliveryState.SENT)
    with pytest.raises(NotApprovedError, match="revision 1 has reached the customer since"):
        release.release_report(report=ref, answer=None)
    with transaction() as connection:
        assert ReportRepository(connection).load(ReportKey(customer="acme", week=WEEK, revision=2)).state == (
            "draft"
        )


def test_a_correction_is_released_with_what_it_says_of_itself() -> None:
    a_revision(ledger=DeliveryState.SENT)
    ref, model = drawn_next()
    release.release_report(report=ref, answer=None)
    with transaction() as connection:
        report, _ = ReportRepository(connection).approved(ReportKey(customer="acme", week=WEEK, revision=2))
    assert load_model(report.model).correction == model.correction


def form() -> str:
    ref, _ = drawn_next()
    with transaction() as connection:
        for snapshot in make.facts(*make.quiet()).snapshots:
            SnapshotRepository(connection).save(snapshot, (), {})
    shown = approve.review_form(ref)
    assert shown is not None
    return shown.body


@pytest.mark.parametrize("ledger", [DeliveryState.SENDING, DeliveryState.UNKNOWN])
def test_the_engineer_is_told_of_a_revision_that_may_have_arrived(ledger: DeliveryState) -> None:
    a_revision(ledger=ledger)
    assert "Whether revision 1 reached the customer is not known (gmail)" in form()


def test_the_engineer_reads_what_is_corrected() -> None:
    a_revision(ledger=DeliveryState.SENT)
    body = form()
    assert "What is corrected" in body
    assert "Tickets opened" in body
    assert "is not known (" not in body


def test_a_correction_survives_being_stored() -> None:
    correction = Correction(of_revision=1, sent_on=date(2026, 11, 24), changes=("Uptime: 1 % → 2 %",))
    model = replace(NOW, correction=correction)
    assert load_model(json.loads(dump_model(model))) == model
