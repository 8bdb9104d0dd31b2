"""A rehearsal goes all the way to the sending call, and no further, whoever calls what afterwards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, Self

import pytest
from airflow.sdk.exceptions import AirflowSkipException

from msp_reports.domain.errors import DeliveryError
from msp_reports.steps import approve, deliver, packages, rehearse, release, render
from msp_reports.steps.model_json import dump_model
from msp_reports.steps.run import CustomerWeek, ReportRef, Run, Sending
from msp_reports.store.database import transaction
from msp_reports.store.reports import ReportKey, ReportRepository, StoredReport
from msp_reports.store.snapshots import SnapshotRepository
from tests.unit.domain import builders as make
from tests.unit.rendering import models

pytestmark = [pytest.mark.airflow, pytest.mark.db, pytest.mark.usefixtures("database")]

WEEK = make.WEEK.label
STEPS: dict[str, Callable[..., dict[str, str]]] = {
    "gmail": deliver.email,
    "teams": deliver.teams,
    "drive": deliver.archive,
}


@dataclass
class Spy:
    """Every channel at once: it counts the calls that it gets."""

    calls: list[str] = field(default_factory=list)

    def __call__(self, conn_id: str) -> Self:
        return self

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def called(*_: Any, **__: Any) -> Any:
            self.calls.append(name)
            return {}

        return called


@pytest.fixture(autouse=True)
def spy(monkeypatch: pytest.MonkeyPatch, config: Path) -> Spy:
    spy = Spy()
    monkeypatch.setattr(packages, "load", lambda _: spy)
    monkeypatch.setattr(rehearse, "look_at", lambda routes, lane: f"seen {lane}")
    return spy


@pytest.fixture
def as_run(monkeypatch: pytest.MonkeyPatch) -> Callable[[Sending], None]:
    def become(sending: Sending) -> None:
        run = Run(
            run_id=f"r-{sending.value}",
            dag_id="weekly_customer_reports",
            week_over_at=make.WEEK.end_utc,
            logical_date=None,
            sending=sending,
            customer_code=None,
            last_try=False,
        )
        for step in (approve, release, render):
            monkeypatch.setattr(step, "current_run", lambda: run)

    return become


def drawn() -> ReportRef:
    with transaction() as connection:
        ReportRepository(connection).save_comparison(
            "acme", WEEK, model=dump_model(models.quiet()), run_id="r"
        )
        for snapshot in make.facts(*make.quiet()).snapshots:
            SnapshotRepository(connection).save(snapshot, (), {})
    return render.render_report(customer=CustomerWeek(code="acme", week=WEEK))


def stored(ref: ReportRef) -> StoredReport:
    with transaction() as connection:
        return ReportRepository(connection).load(
            ReportKey(customer="acme", week=WEEK, revision=ref["revision"])
        )


def ledger_lines() -> int:
    with transaction() as connection, connection.cursor() as cursor:
        cursor.execute("select count(*) from delivery")
        row = cursor.fetchone()
    assert row is not None
    return int(row[0])


@pytest.fixture
def rehearsed(as_run: Callable[[Sending], None]) -> ReportRef:
    """A report that was reviewed and released in a rehearsal."""
    as_run(Sending.REHEARSES)
    return release.release_report(report=drawn(), answer=None)


@pytest.mark.parametrize("channel", STEPS)
def test_nothing_is_sent_and_no_line_is_written(channel: str, rehearsed: ReportRef, spy: Spy) -> None:
    assert STEPS[channel](report=rehearsed)["state"] == "rehearsed"
    assert spy.calls == []
    assert ledger_lines() == 0
    assert stored(rehearsed).state == "approved"


def test_the_mail_that_would_be_sent_is_told_and_logged(
    rehearsed: ReportRef, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO"):
        told = deliver.email(report=rehearsed)
    pdf = stored(rehearsed).pdf
    assert told == {
        "state": "rehearsed",
        "channel": "gmail",
        "from": "Northwind <reports@northwind.example>",
        "reply_to": "Jana Richter <jana@northwind.example>",
        "to": "Uwe Berg <uwe@acme.example>",
        "cc": "Mia Lorenz <mia@northwind.example>",
        "subject": f"ACME: weekly report {WEEK}",
        "file": f"acme-{WEEK}.pdf",
        "bytes": str(len(pdf)),
        "sha256": sha256(pdf).hexdigest(),
        "seen": "seen gmail",
    }
    assert "nothing is sent" in caplog.text
    assert "uwe@acme.example" in caplog.text


def test_the_place_of_post_and_file_is_told(rehearsed: ReportRef) -> None:
    assert deliver.teams(report=rehearsed)["place"] == "19:acme@thread.tacv2"
    filed = deliver.archive(report=rehearsed)
    assert filed["place"] == f"f-1/ACME GmbH/2026/Q4/{WEEK}"
    assert filed["sha256"] == stored(rehearsed).sha256


def test_a_channel_that_cannot_be_looked_at_fails_the_rehearsal(
    rehearsed: ReportRef, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> str:
        raise DeliveryError("403")

    monkeypatch.setattr(rehearse, "look_at", refuse)
    with pytest.raises(DeliveryError):
        deliver.email(report=rehearsed)


@pytest.mark.parametrize("sending", Sending)
def test_what_a_rehearsal_approved_is_sent_by_no_run(
    sending: Sending, rehearsed: ReportRef, as_run: Callable[[Sending], None], spy: Spy
) -> None:
    as_run(sending)
    for step in STEPS.values():
        step(report=rehearsed)
    assert spy.calls == []
    assert ledger_lines() == 0


def test_a_run_that_delivers_makes_and_asks_for_its_own(
    rehearsed: ReportRef, as_run: Callable[[Sending], None]
) -> None:
    as_run(Sending.DELIVERS)
    ref = drawn()
    assert ref["revision"] == rehearsed["revision"] + 1
    assert (stored(ref).state, stored(ref).rehearsed) == ("draft", False)
    assert approve.review_form(ref) is not None


def test_a_rehearsal_leaves_a_draft_in_review_and_an_approved_report_to_their_run(
    as_run: Callable[[Sending], None],
) -> None:
    as_run(Sending.DELIVERS)
    mine = drawn()
    approve.review_form(mine)
    as_run(Sending.REHEARSES)
    release.release_report(report=drawn(), answer=None)
    assert (stored(mine).state, stored(mine).rehearsed) == ("in_review", False)
    as_run(Sending.DELIVERS)
    release.release_report(report=mine, answer=None)
    with transaction() as connection:
        ReportRepository(connection).approved(ReportKey(customer="acme", week=WEEK, revision=1))


def test_a_draft_of_its_own_kind_is_replaced_across_a_rehearsal(as_run: Callable[[Sending], None]) -> None:
    as_run(Sending.DELIVERS)
    first = drawn()
    as_run(Sending.REHEARSES)
    rehearsal = drawn()
    as_run(Sending.DELIVERS)
    assert drawn() == first
    as_run(Sending.REHEARSES)
    assert drawn() == rehearsal


@pytest.mark.parametrize(
    ("sending", "said"),
    [(Sending.REHEARSES, "nothing will be sent to anybody"), (Sending.DELIVERS, "and sends them")],
)
def test_the_form_says_whether_an_approval_sends(
    sending: Sending, said: str, as_run: Callable[[Sending], None]
) -> None:
    as_run(sending)
    form = approve.review_form(drawn())
    assert form is not None
    assert said in form.body
    assert form.subject.startswith("Rehearsal: ") is (sending is Sending.REHEARSES)


def test_a_run_that_only_stores_asks_nobody(as_run: Callable[[Sending], None]) -> None:
    as_run(Sending.STORES)
    assert approve.review_form(drawn()) is None


def test_a_channel_that_the_customer_does_not_use_is_skipped_as_ever(
    rehearsed: ReportRef, config: Path
) -> None:
    file = config / "customers" / "acme.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text("\n".join(line for line in text.splitlines() if "teams" not in line), encoding="utf-8")
    with pytest.raises(AirflowSkipException):
        deliver.teams(report=rehearsed)
