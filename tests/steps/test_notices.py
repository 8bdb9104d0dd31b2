"""What did not arrive is told to the account engineer and the internal channel, once, and to nobody else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowSkipException

from msp_reports.delivery.contract import CardPackage, MailPackage, Receipt
from msp_reports.domain.errors import DeliveryError
from msp_reports.steps import internal, notices
from msp_reports.steps.ledger import alone
from msp_reports.steps.model_json import dump_model
from msp_reports.steps.run import ReportRef
from msp_reports.store.database import transaction
from msp_reports.store.deliveries import DeliveryRepository
from msp_reports.store.ledger import DeliveryState
from msp_reports.store.reports import Approval, ReportKey, ReportRepository
from tests.unit.rendering import models

pytestmark = [pytest.mark.airflow, pytest.mark.db, pytest.mark.usefixtures("database", "config")]

WEEK, PDF = "2026-W47", b"%PDF"
REF = ReportRef(code="acme", week=WEEK, revision=1)
KEY = ReportKey(customer="acme", week=WEEK, revision=1)
CHANNELS = ("gmail", "teams", "drive")


@dataclass
class Desk:
    """The provider's mailbox and internal channel."""

    mails: list[MailPackage] = field(default_factory=list)
    posts: list[CardPackage] = field(default_factory=list)
    refuses: type[MailPackage | CardPackage] | None = None

    def __call__(self, path: str) -> Any:
        return lambda conn_id, graph=None: self

    def prepare(self, package: Any, known: Mapping[str, str], record: Any) -> Mapping[str, str]:
        return known

    def send(self, package: MailPackage | CardPackage, known: Mapping[str, str], record: Any) -> Receipt:
        if self.refuses is not None and isinstance(package, self.refuses):
            raise DeliveryError("403")
        if isinstance(package, MailPackage):
            self.mails.append(package)
        else:
            self.posts.append(package)
        return Receipt(remote_ids={"conversation_id": "c", "activity_id": "a"})

    def look_up(self, package: Any, known: Mapping[str, str]) -> Receipt | None:
        return None


@pytest.fixture(autouse=True)
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    desk = Desk()
    monkeypatch.setattr(notices, "load", desk)
    monkeypatch.setattr(internal, "load", desk)
    monkeypatch.setattr(notices.rollup, "refresh", lambda week: None)
    return desk


def a_report(*, state: str = "delivered", approved: bool = True) -> None:
    digest = sha256(PDF).hexdigest()
    approval = Approval(
        sha256=digest,
        draft_sha256=digest,
        approved_by="Jana",
        approved_at=datetime(2026, 11, 23, tzinfo=UTC),
        how="answered",
        edits="",
    )
    model = dump_model(models.bad())
    with transaction() as connection:
        reports = ReportRepository(connection)
        reports.save_draft(customer="acme", week=WEEK, model=model, markdown="", pdf=PDF, run_id="r-1")
        if approved:
            reports.seal(KEY, model=model, markdown="", pdf=PDF, approval=approval)
        reports.set_state(KEY, state)


def stands(state: DeliveryState, *channels: str, error: str | None = None) -> None:
    with transaction() as connection:
        ledger = DeliveryRepository(connection)
        for channel in channels:
            entry = ledger.plan(
                KEY, channel=channel, recipients=f"of {channel}", digest=sha256(PDF).hexdigest()
            )
            ledger.record(entry.key, state, error=error)


def states() -> dict[str, str]:
    with transaction() as connection:
        return {entry.channel: entry.state.value for entry in DeliveryRepository(connection).of_report(KEY)}


def test_when_all_of_it_arrived_nobody_is_told_anything(desk: Desk) -> None:
    a_report()
    stands(DeliveryState.SENT, *CHANNELS)
    assert notices.close_report(report=REF) == {"state": "all of it arrived"}
    assert (desk.mails, desk.posts) == ([], [])


def test_a_failure_is_told_in_one_mail_and_one_post(desk: Desk) -> None:
    a_report()
    stands(DeliveryState.SENT, "gmail", "drive")
    stands(DeliveryState.FAILED, "teams", error="Teams answered 403: BotNotInConversationRoster")
    assert notices.close_report(report=REF) == {"mail": "sent", "post": "posted"}
    (mail,), (post,) = desk.mails, desk.posts
    for told in (mail.text, json.dumps(post.card, ensure_ascii=False)):
        assert "ACME GmbH (acme), week 2026-W47" in told
        assert "teams to of teams was not sent: Teams answered 403: BotNotInConversationRoster" in told
        assert "Clear customer_report.deliver.teams of acme in run r-1" in told
    assert "gmail" not in mail.text


def test_the_customer_is_told_nothing(desk: Desk) -> None:
    a_report()
    stands(DeliveryState.UNKNOWN, *CHANNELS, error="504")
    notices.close_report(report=REF)
    (mail,), (post,) = desk.mails, desk.posts
    assert [to.email for to in (*mail.to, *mail.cc)] == ["jana@northwind.example"]
    assert post.thread_id == "19:weekly@thread.tacv2"
    assert mail.attachment is None


def test_what_is_in_doubt_says_that_it_may_have_arrived_and_how_to_settle_it(desk: Desk) -> None:
    a_report()
    stands(DeliveryState.SENT, "teams", "drive")
    stands(DeliveryState.UNKNOWN, "gmail", error="504")
    notices.close_report(report=REF)
    assert "may or may not have arrived" in desk.mails[0].text
    assert "arrived`" in desk.mails[0].text


def test_the_same_troubles_are_told_once_and_new_ones_again(desk: Desk) -> None:
    a_report()
    stands(DeliveryState.SENT, "gmail", "drive")
    stands(DeliveryState.FAILED, "teams", error="403")
    notices.close_report(report=REF)
    notices.close_report(report=REF)
    assert (len(desk.mails), len(desk.posts)) == (1, 1)
    stands(DeliveryState.FAILED, "teams", error="404")
    notices.close_report(report=REF)
    assert (len(desk.mails), len(desk.posts)) == (2, 2)


@pytest.mark.parametrize("refused", [MailPackage, CardPackage])
def test_if_one_way_of_telling_fails_the_other_is_tried_and_the_task_is_red(
    desk: Desk, refused: type[MailPackage | CardPackage]
) -> None:
    a_report()
    stands(DeliveryState.FAILED, *CHANNELS, error="403")
    desk.refuses = refused
    with pytest.raises(DeliveryError):
        notices.close_report(report=REF)
    assert len(desk.mails) + len(desk.posts) == 1


def test_a_channel_that_was_never_tried_is_named(desk: Desk) -> None:
    a_report()
    stands(DeliveryState.SENT, "gmail", "drive")
    notices.close_report(report=REF)
    assert "teams to its recipients was not sent: it never got as far as a first try" in desk.mails[0].text


@pytest.mark.parametrize(
    ("left_at", "ends_as"),
    [
        (DeliveryState.PLANNED, DeliveryState.FAILED),
        (DeliveryState.PREPARED, DeliveryState.FAILED),
        (DeliveryState.SENDING, DeliveryState.UNKNOWN),
    ],
)
def test_the_books_are_closed(desk: Desk, left_at: DeliveryState, ends_as: DeliveryState) -> None:
    a_report()
    stands(left_at, "gmail", error="429")
    notices.close_report(report=REF)
    assert states() == {"gmail": ends_as}


def test_a_line_at_which_a_worker_still_is_stays_open(desk: Desk) -> None:
    a_report()
    stands(DeliveryState.SENDING, "gmail")
    with transaction() as connection:
        (entry,) = DeliveryRepository(connection).of_report(KEY)
    with alone(entry.key):
        notices.close_books(KEY)
    assert states() == {"gmail": "sending"}


@pytest.mark.parametrize("state", ["draft", "in_review", "rejected"])
def test_of_a_report_that_was_not_approved_nothing_is_missing(desk: Desk, state: str) -> None:
    a_report(state=state, approved=False)
    assert notices.close_report(report=REF) == {"state": "all of it arrived"}
    assert desk.mails == []


def test_without_a_release_there_is_nothing_to_close() -> None:
    with pytest.raises(AirflowSkipException):
        notices.close_report(report=None)


def test_a_reason_with_line_breaks_makes_no_new_header_or_line(desk: Desk, config: Path) -> None:
    a_report()
    stands(DeliveryState.FAILED, *CHANNELS, error="bad\r\nBcc: eve@evil.example")
    notices.close_report(report=REF)
    assert "\n" not in desk.mails[0].subject
    assert "\nBcc" not in desk.mails[0].text
