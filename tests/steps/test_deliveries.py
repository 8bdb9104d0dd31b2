"""``python -m msp_reports deliveries``: what needs a person is listed, and a person's word is stored."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import pytest

from msp_reports.__main__ import main
from msp_reports.domain.errors import DecisionRefusedError
from msp_reports.steps.deliveries import decide, list_deliveries
from msp_reports.store.database import transaction
from msp_reports.store.deliveries import DeliveryRepository
from msp_reports.store.ledger import Decision, DeliveryState, LedgerLine
from msp_reports.store.reports import ReportKey, ReportRepository
from tests.steps.test_deliver import PDF, FakeChannel, a_report, send

pytestmark = [pytest.mark.airflow, pytest.mark.db, pytest.mark.usefixtures("database", "as_it_was")]

OPEN = frozenset({DeliveryState.UNKNOWN, DeliveryState.FAILED})


@pytest.fixture
def as_it_was(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The command marks its process and silences its log; this process lives on."""
    monkeypatch.setenv("_AIRFLOW_PROCESS_CONTEXT", "client")
    monkeypatch.setenv("AIRFLOW__LOGGING__LOGGING_LEVEL", "INFO")
    yield
    logging.disable(logging.NOTSET)


def a_line(
    where: DeliveryState,
    *,
    channel: str = "gmail",
    to: str = "cto@acme.example",
    error: str | None = None,
    key: ReportKey | None = None,
) -> str:
    """Leave a delivery in that state; return its key."""
    key = key or a_report()
    with transaction() as connection:
        ledger = DeliveryRepository(connection)
        entry = ledger.plan(key, channel=channel, recipients=to, digest=sha256(PDF).hexdigest())
        ledger.record(entry.key, where, error=error, remote_ids={"draft_id": "r-1"})
    return entry.key


def line_of(key: str) -> LedgerLine:
    (line,) = list_deliveries(key=key).lines
    return line


def report_state() -> str:
    with transaction() as connection:
        report = ReportRepository(connection).latest("acme", "2026-W47")
    assert report is not None
    return report.state


def let_time_go_by(minutes: int) -> None:
    with transaction() as connection, connection.cursor() as cursor:
        cursor.execute("update delivery set changed_at = changed_at - make_interval(mins => %s)", (minutes,))


@pytest.mark.parametrize("state", DeliveryState)
def test_what_is_in_doubt_or_failed_is_listed_at_once_and_the_rest_when_it_is_stuck(
    state: DeliveryState,
) -> None:
    a_line(state)
    assert bool(list_deliveries().lines) is (state in OPEN)
    let_time_go_by(16)
    assert bool(list_deliveries().lines) is (state not in {DeliveryState.SENT, DeliveryState.REPLACED})
    assert len(list_deliveries(everything=True).lines) == 1


def test_a_line_says_what_to_whom_since_when_why_and_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    key = a_line(DeliveryState.UNKNOWN, error="504 from\nGmail")
    assert main(["deliveries"]) == 1
    told = capsys.readouterr().out
    assert told.startswith("acme 2026-W47 revision 1, gmail\n   to      cto@acme.example\n")
    assert "   state   unknown since 20" in told
    assert "   error   504 from Gmail\n" in told
    assert f"`python -m msp_reports deliveries {key} arrived`" in told
    assert f"`python -m msp_reports deliveries {key} again`" in told
    assert told.endswith("1 delivery is not sent.\n")


def test_with_nothing_to_do_it_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    a_line(DeliveryState.SENT)
    assert main(["deliveries"]) == 0
    assert capsys.readouterr().out == "Nothing waits for anybody.\n"
    assert main(["deliveries", "--all"]) == 0
    assert "gmail\n" in capsys.readouterr().out


def test_one_week_is_listed_by_itself() -> None:
    a_line(DeliveryState.FAILED)
    assert len(list_deliveries(week="2026-W47").lines) == 1
    assert list_deliveries(week="2026-W46").lines == ()


@pytest.mark.parametrize("state", sorted(OPEN))
def test_arrived_is_sent_and_never_sent_again(state: DeliveryState) -> None:
    key = a_line(state)
    assert "sends nothing" in decide(key, Decision.ARRIVED, by="Jana").text
    assert line_of(key).state is DeliveryState.SENT
    assert report_state() == "delivered"
    channel = FakeChannel()
    send(ReportKey(customer="acme", week="2026-W47", revision=1), channel)
    assert channel.calls == []


@pytest.mark.parametrize("state", sorted(OPEN))
def test_again_is_sent_when_its_task_is_cleared(state: DeliveryState) -> None:
    key = a_line(state)
    said = decide(key, Decision.AGAIN, by="Jana").text
    assert "Clear customer_report.deliver.email of acme in run r, with what comes after it" in said
    assert line_of(key).state is DeliveryState.PREPARED
    assert report_state() == "approved"
    channel = FakeChannel()
    assert send(ReportKey(customer="acme", week="2026-W47", revision=1), channel)["state"] == "sent"
    assert channel.calls == ["prepare", "send"]


def test_who_decided_what_and_when_is_kept_and_shown(capsys: pytest.CaptureFixture[str]) -> None:
    key = a_line(DeliveryState.UNKNOWN)
    assert main(["deliveries", key, "arrived", "--by", "Jana Richter"]) == 0
    line = line_of(key)
    assert (line.decision, line.decided_by) == (Decision.ARRIVED, "Jana Richter")
    assert line.decided_at is not None
    main(["deliveries", key])
    assert "   decided arrived, says Jana Richter, 20" in capsys.readouterr().out


def test_without_a_name_it_is_the_login_that_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "jana")
    key = a_line(DeliveryState.FAILED)
    assert main(["deliveries", key, "again"]) == 0
    assert line_of(key).decided_by == "jana"


@pytest.mark.parametrize("decision", Decision)
@pytest.mark.parametrize("state", sorted(set(DeliveryState) - OPEN))
def test_what_is_neither_in_doubt_nor_failed_is_nobodys_to_decide(
    state: DeliveryState, decision: Decision
) -> None:
    key = a_line(state)
    with pytest.raises(DecisionRefusedError, match=f"is {state}: only one that is unknown or failed"):
        decide(key, decision, by="Jana")
    assert (line_of(key).state, line_of(key).decided_by) == (state, None)


def test_a_delivery_that_a_worker_is_at_is_left_alone() -> None:
    key = a_line(DeliveryState.UNKNOWN)
    with transaction() as worker:
        assert DeliveryRepository(worker).is_idle(key)
        with pytest.raises(DecisionRefusedError, match="a worker is at it"):
            decide(key, Decision.AGAIN, by="Jana")
    assert line_of(key).state is DeliveryState.UNKNOWN


def test_what_a_correction_replaces_may_have_arrived_but_is_not_sent_again() -> None:
    key = a_line(DeliveryState.UNKNOWN)
    draft: dict[str, Any] = {"model": "{}", "markdown": "", "pdf": b"2", "run_id": "r2"}
    with transaction() as connection:
        ReportRepository(connection).save_draft(customer="acme", week="2026-W47", **draft)
    with pytest.raises(DecisionRefusedError, match="revision 2 stands in its place"):
        decide(key, Decision.AGAIN, by="Jana")
    assert line_of(key).state is DeliveryState.UNKNOWN
    assert "again" not in list_deliveries().text
    decide(key, Decision.ARRIVED, by="Jana")
    assert line_of(key).state is DeliveryState.SENT


def test_a_file_that_is_in_the_archive_has_not_reached_the_customer() -> None:
    decide(a_line(DeliveryState.UNKNOWN, channel="drive_json"), Decision.ARRIVED, by="Jana")
    assert report_state() == "approved"


@pytest.mark.parametrize("arguments", [["0000"], ["0000", "arrived"], ["0000", "again"]])
def test_a_key_that_nobody_has_is_named(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["deliveries", *arguments]) == 2
    assert "no delivery has the key '0000'" in capsys.readouterr().err
