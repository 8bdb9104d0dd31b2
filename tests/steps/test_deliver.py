"""One delivery is driven to one end, from whatever state it was left in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from time import sleep
from typing import Any

import pytest

from msp_reports.delivery.contract import Found, NotSent, Receipt
from msp_reports.domain.errors import (
    ConfigurationError,
    DatabaseUnreachableError,
    DeliveryError,
    DeliveryOutcomeUnknownError,
    DeliveryThrottledError,
    NotApprovedError,
)
from msp_reports.steps.ledger import alone, deliver
from msp_reports.steps.packages import Outbound
from msp_reports.store.database import transaction
from msp_reports.store.deliveries import DeliveryRepository
from msp_reports.store.ledger import DeliveryState
from msp_reports.store.reports import Approval, ReportKey, ReportRepository, StoredReport

pytestmark = [pytest.mark.airflow, pytest.mark.db, pytest.mark.usefixtures("database")]

PDF = b"%PDF final"


@dataclass
class FakeChannel:
    """A channel that counts what it is asked and does as it is told."""

    outcome: Exception | None = None
    found: Found = None
    blind: DeliveryError | None = None
    """What looking up ends with."""
    while_preparing: Callable[[], None] = lambda: None
    calls: list[str] = field(default_factory=list)

    def prepare(self, package: Any, known: Mapping[str, str], record: Any) -> Mapping[str, str]:
        self.calls.append("prepare")
        self.while_preparing()
        record({"draft_id": "r-1"})
        return {"draft_id": "r-1"}

    def send(self, package: Any, known: Mapping[str, str], record: Any) -> Receipt:
        self.calls.append("send")
        if self.outcome is not None:
            raise self.outcome
        return Receipt(remote_ids={"message_id": "m-1"})

    def look_up(self, package: Any, known: Mapping[str, str]) -> Found:
        self.calls.append("look_up")
        if self.blind is not None:
            raise self.blind
        return self.found


def a_report(*, approved: bool = True) -> ReportKey:
    with transaction() as connection:
        key = ReportRepository(connection).save_draft(
            customer="acme", week="2026-W47", model="{}", markdown="", pdf=PDF, run_id="r"
        )
    if approved:
        seal(key, PDF)
    return key


def seal(key: ReportKey, pdf: bytes) -> None:
    digest = sha256(pdf).hexdigest()
    approval = Approval(
        sha256=digest,
        draft_sha256=digest,
        approved_by="Jana",
        approved_at=datetime(2026, 11, 23, tzinfo=UTC),
        how="answered",
        edits="",
    )
    with transaction() as connection:
        ReportRepository(connection).seal(key, model="{}", markdown="", pdf=pdf, approval=approval)


def send(key: ReportKey, channel: FakeChannel) -> dict[str, str]:
    def package(_: StoredReport) -> Outbound:
        return Outbound(channel=channel, package=None, recipients="cto@acme.example")  # type: ignore[arg-type]

    return deliver(key, "gmail", package)


def state(key: ReportKey) -> DeliveryState:
    with transaction() as connection:
        (entry,) = DeliveryRepository(connection).of_report(key)
    return entry.state


def leave_at(key: ReportKey, where: DeliveryState) -> None:
    """As if a worker had been killed there."""
    with transaction() as connection:
        ledger = DeliveryRepository(connection)
        entry = ledger.plan(
            key, channel="gmail", recipients="cto@acme.example", digest=sha256(PDF).hexdigest()
        )
        ledger.record(entry.key, where, remote_ids={"draft_id": "r-1"})


def test_an_approved_report_is_sent() -> None:
    key, channel = a_report(), FakeChannel()
    assert send(key, channel)["state"] == "sent"
    assert channel.calls == ["prepare", "send"]
    assert state(key) is DeliveryState.SENT


def test_a_report_without_an_approval_never_reaches_the_channel() -> None:
    key, channel = a_report(approved=False), FakeChannel()
    with pytest.raises(NotApprovedError):
        send(key, channel)
    assert channel.calls == []


@pytest.mark.parametrize("during", ["prepare", "wait"])
def test_what_is_replaced_while_it_waits_or_is_prepared_is_not_sent(during: str) -> None:
    key, channel = a_report(), FakeChannel()
    entry = a_line(key)

    def draw_another() -> None:
        with transaction() as connection:
            ReportRepository(connection).save_draft(
                customer="acme", week="2026-W47", model="{}", markdown="", pdf=b"2", run_id="r2"
            )

    if during == "prepare":
        channel.while_preparing = draw_another
        with pytest.raises(NotApprovedError):
            send(key, channel)
    else:
        with ThreadPoolExecutor() as worker:
            with alone(entry):
                waiting = worker.submit(send, key, channel)
                until_waiting()
                draw_another()
            with pytest.raises(NotApprovedError):
                waiting.result()
    assert "send" not in channel.calls


def a_line(key: ReportKey) -> str:
    with transaction() as connection:
        digest = sha256(PDF).hexdigest()
        ledger = DeliveryRepository(connection)
        return ledger.plan(key, channel="gmail", recipients="cto@acme.example", digest=digest).key


def until_waiting() -> None:
    """A worker waits for the delivery's lock."""
    for _ in range(200):
        with transaction() as connection, connection.cursor() as cursor:
            cursor.execute("select 1 from pg_locks where locktype = 'advisory' and not granted")
            if cursor.fetchone():
                return
        sleep(0.05)
    raise AssertionError("nobody waits")


def test_what_was_sent_is_not_sent_again() -> None:
    key = a_report()
    send(key, FakeChannel())
    again = FakeChannel()
    assert send(key, again)["state"] == "sent"
    assert again.calls == []


def test_killed_before_the_send_it_is_prepared_and_sent() -> None:
    key, channel = a_report(), FakeChannel()
    leave_at(key, DeliveryState.PREPARED)
    send(key, channel)
    assert channel.calls == ["prepare", "send"]


def test_killed_during_the_send_it_is_looked_up_and_found() -> None:
    key, channel = a_report(), FakeChannel(found=Receipt(remote_ids={"message_id": "m-9"}))
    leave_at(key, DeliveryState.SENDING)
    assert send(key, channel)["state"] == "sent"
    assert channel.calls == ["look_up"]


def test_killed_during_the_send_and_not_found_it_is_a_persons_to_decide() -> None:
    key, channel = a_report(), FakeChannel()
    leave_at(key, DeliveryState.SENDING)
    with pytest.raises(DeliveryOutcomeUnknownError):
        send(key, channel)
    assert channel.calls == ["look_up"]
    assert state(key) is DeliveryState.UNKNOWN


@pytest.mark.parametrize("trouble", [DeliveryError("401"), DeliveryThrottledError("500")])
def test_killed_during_the_send_and_not_to_be_looked_up_it_is_in_doubt(trouble: DeliveryError) -> None:
    key, channel = a_report(), FakeChannel(blind=trouble)
    leave_at(key, DeliveryState.SENDING)
    with pytest.raises(type(trouble)):
        send(key, channel)
    assert channel.calls == ["look_up"]
    assert state(key) is DeliveryState.UNKNOWN


def test_other_bytes_of_a_revision_that_stands_in_the_ledger_are_not_sent() -> None:
    key, channel = a_report(), FakeChannel()
    leave_at(key, DeliveryState.SENT)
    seal(key, b"%PDF other")
    with pytest.raises(NotApprovedError, match="other bytes"):
        send(key, channel)
    assert channel.calls == []


def test_killed_during_the_send_and_certainly_not_sent_it_is_sent() -> None:
    key, channel = a_report(), FakeChannel(found=NotSent())
    leave_at(key, DeliveryState.SENDING)
    assert send(key, channel)["state"] == "sent"
    assert channel.calls == ["look_up", "prepare", "send"]


@pytest.mark.parametrize(("gone_by", "sent"), [(59, False), (61, True)])
def test_not_sent_is_believed_once_it_has_settled(gone_by: int, sent: bool) -> None:
    key, channel = a_report(), FakeChannel(found=NotSent(settles_after=timedelta(seconds=60)))
    leave_at(key, DeliveryState.SENDING)
    let_time_go_by(gone_by)
    if sent:
        assert send(key, channel)["state"] == "sent"
        return
    with pytest.raises(DeliveryThrottledError) as later:
        send(key, channel)
    assert later.value.retry_after == pytest.approx(1, abs=0.9)
    assert channel.calls == ["look_up"]
    assert state(key) is DeliveryState.UNKNOWN


def test_a_send_in_doubt_is_looked_up_at_once_and_found() -> None:
    arrived = Receipt(remote_ids={"message_id": "m-9"})
    key, channel = a_report(), FakeChannel(outcome=DeliveryOutcomeUnknownError("504"), found=arrived)
    assert send(key, channel)["state"] == "sent"
    assert channel.calls == ["prepare", "send", "look_up"]


def test_a_send_in_doubt_is_not_repeated_in_the_same_breath() -> None:
    key, channel = a_report(), FakeChannel(outcome=DeliveryOutcomeUnknownError("504"), found=NotSent())
    with pytest.raises(DeliveryThrottledError):
        send(key, channel)
    assert channel.calls == ["prepare", "send", "look_up"]


@pytest.mark.parametrize(
    ("error", "end"),
    [
        (ConfigurationError("no such connection"), DeliveryState.FAILED),
        (DatabaseUnreachableError("gone"), DeliveryState.PLANNED),
    ],
)
def test_a_wrong_connection_fails_the_delivery_and_an_absent_database_says_nothing(
    monkeypatch: pytest.MonkeyPatch, error: Exception, end: DeliveryState
) -> None:
    def prepare(*_: object) -> None:
        raise error

    key, channel = a_report(), FakeChannel()
    monkeypatch.setattr(channel, "prepare", prepare)
    with pytest.raises(type(error)):
        send(key, channel)
    assert state(key) is end


def let_time_go_by(seconds: int) -> None:
    with transaction() as connection, connection.cursor() as cursor:
        cursor.execute("update delivery set tried_at = tried_at - make_interval(secs => %s)", (seconds,))


@pytest.mark.parametrize(
    ("error", "end"),
    [
        (DeliveryOutcomeUnknownError("504"), DeliveryState.UNKNOWN),
        (DeliveryThrottledError("429"), DeliveryState.PREPARED),
        (DeliveryError("403"), DeliveryState.FAILED),
    ],
)
def test_each_refusal_has_its_state(error: Exception, end: DeliveryState) -> None:
    key = a_report()
    with pytest.raises(type(error)):
        send(key, FakeChannel(outcome=error))
    assert state(key) is end
