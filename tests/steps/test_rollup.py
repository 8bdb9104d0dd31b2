"""The roll-up is one post per week: made when the drafts are ready, edited ever after."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowSkipException

from msp_reports.delivery.contract import CardPackage, Receipt
from msp_reports.domain.errors import DeliveryOutcomeUnknownError, DeliveryThrottledError, WeekIncompleteError
from msp_reports.domain.prose import UnknownNumber
from msp_reports.steps import rollup
from msp_reports.steps.deliveries import decide, list_deliveries
from msp_reports.steps.model_json import dump_model
from msp_reports.steps.run import CustomerWeek, Run, Sending
from msp_reports.store.collections import CollectionRepository
from msp_reports.store.database import transaction
from msp_reports.store.deliveries import DeliveryRepository
from msp_reports.store.internal_messages import InternalMessageRepository
from msp_reports.store.ledger import KEY_LENGTH, Decision, DeliveryState
from msp_reports.store.reports import Approval, ReportKey, ReportRepository, Review
from msp_reports.store.rollups import RollupRepository
from tests.unit.rendering import models

pytestmark = [pytest.mark.airflow, pytest.mark.db, pytest.mark.usefixtures("database", "config")]

WEEK = "2026-W47"
ACME = CustomerWeek(code="acme", week=WEEK)
KEY = ReportKey(customer="acme", week=WEEK, revision=1)


class Channel:
    """#weekly-reports, as a list of what stands in it."""

    posts: list[Mapping[str, Any]]
    edits: list[Mapping[str, Any]]
    trouble: Exception | None
    gone: bool
    """Somebody deleted the post."""

    def __init__(self, conn_id: str, graph: str | None = None) -> None:
        assert conn_id == "teams_bot"

    def prepare(self, package: CardPackage, known: Mapping[str, str], record: Any) -> Mapping[str, str]:
        return known

    def send(self, package: CardPackage, known: Mapping[str, str], record: Any) -> Receipt:
        if Channel.trouble is not None:
            raise Channel.trouble
        Channel.posts.append(package.card)
        return Receipt(remote_ids={"conversation_id": "c-1", "activity_id": "a-1"})

    def edit(self, package: CardPackage, known: Mapping[str, str]) -> bool:
        assert known["activity_id"] == "a-1"
        if Channel.gone:
            return False
        Channel.edits.append(package.card)
        return True

    def look_up(self, package: CardPackage, known: Mapping[str, str]) -> Receipt | None:
        return None


@pytest.fixture(autouse=True)
def channel(monkeypatch: pytest.MonkeyPatch) -> type[Channel]:
    Channel.posts, Channel.edits, Channel.trouble, Channel.gone = [], [], None, False
    monkeypatch.setattr("msp_reports.delivery.teams.TeamsChannel", Channel)
    the_run(monkeypatch, Sending.DELIVERS)
    return Channel


def the_run(monkeypatch: pytest.MonkeyPatch, sending: Sending) -> None:
    run = Run(
        run_id="r-1",
        dag_id="weekly_customer_reports",
        week_over_at=datetime(2026, 11, 23, 5, tzinfo=UTC),
        logical_date=None,
        sending=sending,
        customer_code=None,
        last_try=False,
    )
    monkeypatch.setattr(rollup, "current_run", lambda: run)


def a_report(state: str = "in_review", *, rehearsed: bool = False) -> None:
    with transaction() as connection:
        reports = ReportRepository(connection)
        key = reports.save_draft(
            customer="acme",
            week=WEEK,
            model=dump_model(models.bad("DC01")),
            markdown="",
            pdf=b"x",
            run_id="r-1",
            rehearsed=rehearsed,
        )
        reports.set_state(key, state)


def a_delivery(state: DeliveryState, error: str | None = None) -> None:
    digest = sha256(b"x").hexdigest()
    approval = Approval(
        sha256=digest,
        draft_sha256=digest,
        approved_by="Jana",
        approved_at=datetime(2026, 11, 23, tzinfo=UTC),
        how="answered",
        edits="",
    )
    with transaction() as connection:
        reports, ledger = ReportRepository(connection), DeliveryRepository(connection)
        model = dump_model(models.bad("DC01"))
        reports.seal(KEY, model=model, markdown="", pdf=b"x", approval=approval)
        entry = ledger.plan(KEY, channel="gmail", recipients="cto@acme.example", digest=digest)
        ledger.record(entry.key, state, error=error)


def words(card: Mapping[str, Any]) -> str:
    return json.dumps(card, ensure_ascii=False)


def test_it_is_posted_once_and_edited_afterwards() -> None:
    a_report()
    assert rollup.post_rollup(customers=[ACME]) == {WEEK: "posted"}
    assert rollup.post_rollup(customers=[ACME]) == {WEEK: "edited"}
    a_report("rejected")
    assert rollup.close_week(customers=[ACME]) == {WEEK: "edited"}
    assert (len(Channel.posts), len(Channel.edits)) == (1, 2)


def test_a_roll_up_that_somebody_deleted_is_posted_anew() -> None:
    a_report()
    rollup.post_rollup(customers=[ACME])
    Channel.gone = True
    assert rollup.post_rollup(customers=[ACME]) == {WEEK: "posted"}
    assert len(Channel.posts) == 2


def test_it_is_refreshed_as_reports_go_out_once_it_stands() -> None:
    a_report()
    rollup.refresh(WEEK)
    assert Channel.posts == []
    rollup.post_rollup(customers=[ACME])
    rollup.refresh(WEEK)
    assert (len(Channel.posts), len(Channel.edits)) == (1, 1)


def test_a_webhook_gets_one_post_at_the_start_and_one_at_the_end(
    config: Path, channel: type[Channel], monkeypatch: pytest.MonkeyPatch
) -> None:
    provider = config / "provider.yaml"
    kept = provider.read_text(encoding="utf-8").partition("rollup:")[0]
    provider.write_text(f"{kept}rollup: {{connection: teams_bot, webhook: true}}\n", encoding="utf-8")
    monkeypatch.setattr("msp_reports.delivery.workflows.WorkflowsWebhook", channel)
    a_report("rejected")
    assert rollup.post_rollup(customers=[ACME]) == {WEEK: "posted"}
    assert rollup.post_rollup(customers=[ACME]) == {WEEK: "stands"}
    rollup.refresh(WEEK)
    assert rollup.close_week(customers=[ACME]) == {WEEK: "posted"}
    assert rollup.close_week(customers=[ACME]) == {WEEK: "stands"}
    assert (len(channel.posts), channel.edits) == (2, [])


def test_the_post_carries_the_reference_by_which_it_is_found() -> None:
    a_report()
    rollup.post_rollup(customers=[ACME])
    reference = sha256(f"rollup-{WEEK}".encode()).hexdigest()[:KEY_LENGTH]
    assert f"RPT-{reference}" in words(Channel.posts[0])


def test_it_names_state_risks_and_where_to_review() -> None:
    a_report()
    rollup.post_rollup(customers=[ACME])
    (card,) = Channel.posts
    assert "Waits for review" in words(card)
    assert "required_actions" in words(card)
    assert any("⚠" in run for run in words(card).split('"text": "'))


def test_a_customer_without_a_report_is_named_and_fails_the_week() -> None:
    with pytest.raises(WeekIncompleteError, match="acme: no report"):
        rollup.close_week(customers=[ACME])
    assert "No report" in words(Channel.posts[0])


def test_a_file_that_could_not_be_read_is_named() -> None:
    with transaction() as connection:
        RollupRepository(connection).plan(WEEK, ["beta.yaml:3: name: expected a text"])
    a_report()
    rollup.post_rollup(customers=[ACME])
    assert "beta.yaml:3: name: expected a text" in words(Channel.posts[0])


@pytest.mark.parametrize("state", [DeliveryState.FAILED, DeliveryState.UNKNOWN])
def test_a_delivery_in_trouble_is_an_action_and_fails_the_week(state: DeliveryState) -> None:
    a_report("approved")
    a_delivery(state, "mailbox full")
    with pytest.raises(WeekIncompleteError, match=f"acme: gmail {state}"):
        rollup.close_week(customers=[ACME])
    assert "gmail: mailbox full" in words(Channel.posts[0])


def test_a_rejection_is_no_trouble() -> None:
    a_report("rejected")
    assert rollup.close_week(customers=[ACME]) == {WEEK: "posted"}


def test_a_channel_that_never_got_as_far_as_the_ledger_is_named_and_fails_the_week() -> None:
    a_report("archived")
    with pytest.raises(WeekIncompleteError, match="acme: gmail not sent; acme: teams not sent"):
        rollup.close_week(customers=[ACME])
    assert "gmail not sent" in words(Channel.posts[0])


def test_a_review_that_ended_without_an_answer_fails_the_week() -> None:
    a_report("in_review")
    with pytest.raises(WeekIncompleteError, match="acme: review ended without an answer"):
        rollup.close_week(customers=[ACME])


def test_a_customer_without_a_report_stays_in_the_roll_up_of_a_later_run() -> None:
    with transaction() as connection:
        CollectionRepository(connection).open(run_id="r-0", customers=[("delta", WEEK)])
    a_report("rejected")
    rollup.post_rollup(customers=[ACME])
    assert "delta" in words(Channel.posts[0])
    assert "2 customers" in words(Channel.posts[0])


def test_a_run_that_does_not_deliver_posts_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    the_run(monkeypatch, Sending.STORES)
    a_report()
    for step in (rollup.post_rollup, rollup.close_week):
        with pytest.raises(AirflowSkipException):
            step(customers=[ACME])
    assert Channel.posts == []


@pytest.mark.parametrize("state", ["approved", "rejected"])
def test_a_rehearsal_logs_the_rollup_and_posts_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, state: str
) -> None:
    the_run(monkeypatch, Sending.REHEARSES)
    monkeypatch.setattr(rollup, "failed_tasks", lambda _: 0)
    a_report(state, rehearsed=True)
    with caplog.at_level("INFO"):
        assert rollup.post_rollup(customers=[ACME]) == {WEEK: "rehearsed"}
        assert rollup.close_week(customers=[ACME]) == {WEEK: "rehearsed"}
    assert (Channel.posts, Channel.edits) == ([], [])
    assert "DC01 (acme): " in caplog.text
    with transaction() as connection:
        assert InternalMessageRepository(connection).lines(everything=True) == ()


@pytest.mark.parametrize(
    ("state", "failed", "trouble"),
    [
        ("in_review", 0, "acme: review ended without an answer"),
        ("approved", 2, "the rehearsal of 2 delivery tasks failed"),
    ],
)
def test_a_rehearsal_in_trouble_fails(
    monkeypatch: pytest.MonkeyPatch, state: str, failed: int, trouble: str
) -> None:
    the_run(monkeypatch, Sending.REHEARSES)
    monkeypatch.setattr(rollup, "failed_tasks", lambda _: failed)
    a_report(state, rehearsed=True)
    with pytest.raises(WeekIncompleteError, match=trouble):
        rollup.close_week(customers=[ACME])


def test_a_rehearsal_is_no_report_to_a_run_that_delivers() -> None:
    a_report("approved", rehearsed=True)
    with pytest.raises(WeekIncompleteError, match="acme: no report"):
        rollup.close_week(customers=[ACME])
    assert "No report" in words(Channel.posts[0])


def test_a_rehearsal_after_it_leaves_a_delivered_report_delivered() -> None:
    a_report("rejected")
    a_report("approved", rehearsed=True)
    assert rollup.close_week(customers=[ACME]) == {WEEK: "posted"}


def test_a_post_whose_answer_was_lost_is_not_made_again() -> None:
    a_report()
    Channel.trouble = DeliveryOutcomeUnknownError("reset")
    with pytest.raises(DeliveryOutcomeUnknownError):
        rollup.post_rollup(customers=[ACME])
    Channel.trouble = None
    with pytest.raises(DeliveryOutcomeUnknownError, match="look there"):
        rollup.post_rollup(customers=[ACME])
    assert Channel.posts == []


@pytest.mark.parametrize(
    ("decision", "outcomes"),
    [
        (Decision.ARRIVED, ["stands", "posted", "stands"]),
        (Decision.AGAIN, ["posted", "edited", "edited"]),
    ],
)
def test_a_persons_word_ends_the_doubt_and_what_only_a_person_saw_gets_one_last_post(
    decision: Decision, outcomes: list[str]
) -> None:
    a_report("rejected")
    Channel.trouble = DeliveryOutcomeUnknownError("reset")
    with pytest.raises(DeliveryOutcomeUnknownError, match=f"deliveries rollup-{WEEK} arrived"):
        rollup.post_rollup(customers=[ACME])
    Channel.trouble = None
    told = list_deliveries().text
    assert f"internal {WEEK}, rollup\n" in told
    assert f"`python -m msp_reports deliveries rollup-{WEEK} again`" in told
    said = decide(f"rollup-{WEEK}", decision, by="Jana").text
    assert f"Clear close_week in the run that reports on {WEEK}" in said
    steps = (rollup.post_rollup, rollup.close_week, rollup.close_week)
    assert [step(customers=[ACME])[WEEK] for step in steps] == outcomes
    assert len(Channel.posts) == 1


def test_a_throttled_post_is_made_later() -> None:
    a_report()
    Channel.trouble = DeliveryThrottledError("429")
    with pytest.raises(DeliveryThrottledError):
        rollup.post_rollup(customers=[ACME])
    Channel.trouble = None
    assert rollup.post_rollup(customers=[ACME]) == {WEEK: "posted"}


def test_without_a_list_of_customers_the_week_fails() -> None:
    with pytest.raises(AirflowSkipException):
        rollup.post_rollup(customers=None)
    with pytest.raises(WeekIncompleteError, match="see list_customers"):
        rollup.close_week(customers=None)


@pytest.mark.parametrize(
    ("texts", "line"),
    [
        (("13",), "1 number in the comments is not in the report: 13"),
        (("13", "97.3 %"), "2 numbers in the comments are not in the report: 13, 97.3 %"),
    ],
)
def test_numbers_that_the_report_does_not_hold_stand_in_the_customers_row(
    texts: tuple[str, ...], line: str
) -> None:
    a_report("approved")
    unknown = tuple(UnknownNumber(section="tickets", text=text, sentence=f"{text}.") for text in texts)
    review = Review(
        draft_sha256=sha256(b"x").hexdigest(),
        approved=True,
        how="answered",
        comments={},
        reviewer="Jana",
        reviewed_at=datetime(2026, 11, 23, tzinfo=UTC),
        run_id="r-1",
        unknown_numbers=unknown,
    )
    with transaction() as connection:
        ReportRepository(connection).save_review(KEY, review)
    rollup.post_rollup(customers=[ACME])
    assert line in words(Channel.posts[0])


def test_a_row_without_such_numbers_does_not_speak_of_them() -> None:
    a_report("approved")
    rollup.post_rollup(customers=[ACME])
    assert "in the comments" not in words(Channel.posts[0])
