"""The internal roll-up: the whole picture of the week, posted once and edited in place."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from msp_reports.customer_files import read_customer, read_provider
from msp_reports.domain.errors import WeekIncompleteError
from msp_reports.domain.wording import counted
from msp_reports.steps.approve import SEALED
from msp_reports.steps.deliveries import TASKS
from msp_reports.steps.internal import STANDS, InternalCard, can_edit, post, post_or_edit, stands
from msp_reports.steps.model_json import load_model
from msp_reports.steps.rehearse import REHEARSED
from msp_reports.steps.run import CustomerWeek, Sending, current_run, failed_tasks
from msp_reports.store.collections import CollectionRepository
from msp_reports.store.database import transaction
from msp_reports.store.deliveries import DeliveryRepository
from msp_reports.store.internal_messages import InternalMessageRepository
from msp_reports.store.ledger import Delivery, DeliveryState
from msp_reports.store.reports import ReportKey, ReportRepository, WeekRow
from msp_reports.store.rollups import RollupRepository
from msp_reports.store.standing_posts import StandingPostRepository

if TYPE_CHECKING:
    from msp_reports.domain.report import ReportModel
    from msp_reports.rendering.cards import RollupRow

log = logging.getLogger(__name__)

REVIEW_PAGE = "/required_actions"
NO_REPORT = "no report"
UNLISTED = "the customers could not be listed; see list_customers"
_RISKS, _ACTIONS = 3, 2
DELIVERING = frozenset(TASKS.values())


def post_rollup(*, customers: Sequence[CustomerWeek] | None) -> dict[str, str]:
    """Post the week's roll-up when every draft is ready, or edit the one that stands."""
    from airflow.sdk.exceptions import AirflowSkipException

    if customers is None:
        raise AirflowSkipException(UNLISTED)
    return {week: _publish(week, customers) for week in _weeks(customers)}


def close_week(*, customers: Sequence[CustomerWeek] | None) -> dict[str, str]:
    """Update the roll-up with what was sent, held and failed. Fails the run when something is amiss.

    Raises:
        WeekIncompleteError: a customer has no report, or a delivery failed or is in doubt.
    """
    if customers is None:
        raise WeekIncompleteError(UNLISTED)
    published = {}
    for week in _weeks(customers):
        try:
            published[week] = _publish(week, customers, closing=True)
        finally:
            _close_books(week)
    trouble = [line for week in published for line in _trouble(week, customers)]
    if trouble:
        raise WeekIncompleteError("; ".join(trouble))
    return published


def _close_books(week: str) -> None:
    """Say of what was left in the middle that it is in doubt, or has failed."""
    with transaction() as connection:
        InternalMessageRepository(connection).close(week)


def _weeks(customers: Sequence[CustomerWeek]) -> list[str]:
    from airflow.sdk.exceptions import AirflowSkipException

    if current_run().sending is Sending.STORES:
        raise AirflowSkipException("this run does not deliver: nothing is posted")
    return sorted({ref["week"] for ref in customers})


def _publish(week: str, customers: Sequence[CustomerWeek], *, closing: bool = False) -> str:
    """Post the roll-up, or edit the one that stands. Where no edit is possible it gets a last post."""
    if _rehearses():
        return _show(week, customers, closing=closing)
    card = _card(week, customers, closing=closing)
    if can_edit() and (done := post_or_edit(card)) != STANDS:
        return done
    return post(replace(card, key=f"{card.key}-final") if closing else card)


def refresh(week: str) -> None:
    """Bring a roll-up that stands up to date; where none stands yet, or cannot be edited, nothing happens."""
    card = _card(week, (), closing=False)
    if can_edit() and stands(card):
        post_or_edit(card)


def _card(week: str, customers: Sequence[CustomerWeek], *, closing: bool) -> InternalCard:
    def draw(reference: str) -> dict[str, Any]:
        from msp_reports.rendering.cards import rollup_card

        with transaction() as connection:
            rows = _rows(connection, week, customers, closing=closing)
            left_out = RollupRepository(connection).left_out(week)
        name, url = read_provider().name, _review_url()
        return rollup_card(
            rows, week=week, provider=name, left_out=left_out, review_url=url, reference=reference
        )

    return InternalCard(
        key=f"rollup-{week}", week=week, kind="rollup", summary=f"Weekly reports {week}", draw=draw
    )


def _rehearses() -> bool:
    return current_run().sending is Sending.REHEARSES


def _show(week: str, customers: Sequence[CustomerWeek], *, closing: bool) -> str:
    """Log the roll-up of a rehearsal in place of posting it."""
    with transaction() as connection:
        rows = _rows(connection, week, customers, closing=closing)
    log.info("a rehearsal: no roll-up of %s is posted. It would say:", week)
    for row in rows:
        log.info("%s (%s): %s", row.name, row.code, "; ".join((row.state, *row.risks, *row.actions)))
    return REHEARSED


def _rows(connection: Any, week: str, customers: Sequence[CustomerWeek], *, closing: bool) -> list[RollupRow]:
    from msp_reports.rendering.cards import RollupRow

    reported = {
        row.customer: row for row in ReportRepository(connection).week_rows(week, rehearsed=_rehearses())
    }
    rows = [
        _row(
            row,
            _deliveries(connection, week, row),
            closing=closing,
            wanted=tuple(_pin_wanted(connection, row.customer)),
        )
        for row in reported.values()
    ]
    announced = {entry.customer for entry in CollectionRepository(connection).load([week])}
    asked = {ref["code"] for ref in customers if ref["week"] == week}
    asked |= set() if _rehearses() else announced
    silent = sorted(asked - reported.keys())
    rows += [
        RollupRow(
            code=code, name=code, state=NO_REPORT, risks=(), actions=("See the failed task",), link=None
        )
        for code in silent
    ]
    return rows


def _row(
    row: WeekRow, deliveries: Sequence[Delivery], *, closing: bool, wanted: Sequence[str] = ()
) -> RollupRow:
    from msp_reports.rendering.cards import RollupRow

    model: ReportModel = load_model(row.model)
    risks = [finding.sentence for finding in model.findings if finding.severity in {"critical", "warning"}]
    actions = [
        f"{delivery.channel}: {delivery.error}"
        for delivery in deliveries
        if delivery.state in {DeliveryState.FAILED, DeliveryState.UNKNOWN}
    ]
    in_trouble = bool(actions)
    if closing:
        told = {delivery.channel for delivery in deliveries if delivery.error}
        undone = [f"{what} {how}" for what, how in _undone(row, deliveries).items() if what not in told]
        actions, in_trouble = actions + undone, in_trouble or bool(undone)
    actions += [recommendation.text for recommendation in model.recommendations]
    link = REVIEW_PAGE if row.state == "in_review" else None
    return RollupRow(
        code=row.customer,
        name=model.customer_name,
        state=row.state,
        risks=tuple(risks[:_RISKS]),
        actions=(*actions[:_ACTIONS], *_doubts(row), *wanted),
        link=_absolute(link) if link else None,
        in_trouble=in_trouble,
    )


def _doubts(row: WeekRow) -> Iterator[str]:
    """What the reviewer wrote and the report does not hold; a matter for a person, always shown."""
    texts = [number.text for number in row.unknown_numbers]
    if texts:
        are = "number in the comments is" if len(texts) == 1 else "numbers in the comments are"
        yield f"{len(texts)} {are} not in the report: {', '.join(texts)}"


def _pin_wanted(connection: Any, code: str) -> Iterator[str]:
    """Until somebody confirms it: no program can pin a post in a channel, nor see whether it is pinned."""
    route = read_customer(code).delivery.teams
    if route is None or not route.standing_post:
        return
    post = StandingPostRepository(connection).load(code, route.channel_id)
    if post is not None and post.confirmed_by is None:
        yield f"Pin the standing post in the channel, then say `python -m msp_reports pinned {code}`"


def _trouble(week: str, customers: Sequence[CustomerWeek]) -> list[str]:
    """What this run leaves undone, a line each."""
    with transaction() as connection:
        rows = {
            row.customer: row for row in ReportRepository(connection).week_rows(week, rehearsed=_rehearses())
        }
        found = [f"{ref['code']}: no report" for ref in customers if ref["code"] not in rows]
        for ref in customers:
            if ref["code"] in rows:
                undone = _undone(rows[ref["code"]], _deliveries(connection, week, rows[ref["code"]]))
                found += [f"{ref['code']}: {what} {how}" for what, how in undone.items()]
    failed = failed_tasks(DELIVERING) if _rehearses() else 0
    return [*found, *([f"the rehearsal of {counted(failed, 'delivery task')} failed"] if failed else ())]


def _undone(row: WeekRow, deliveries: Sequence[Delivery]) -> dict[str, str]:
    """A review without an answer, and each of the customer's channels that lacks an approved report."""
    if row.state == "rejected":
        return {}
    if row.state not in SEALED:
        mine = row.run_id == current_run().run_id
        return {"review": "ended without an answer"} if mine else {}
    if _rehearses():
        return {}  # It leaves no line in the ledger: its tasks tell.
    # Of several lines of one channel, one that was not sent tells.
    ranked = sorted(deliveries, key=lambda delivery: delivery.state is not DeliveryState.SENT)
    states = {delivery.channel: delivery.state for delivery in ranked}
    return {
        channel: states[channel].value if channel in states else "not sent"
        for channel in _channels(row.customer)
        if states.get(channel) is not DeliveryState.SENT
    }


def _channels(code: str) -> tuple[str, ...]:
    return tuple(read_customer(code).delivery.channels())


def _deliveries(connection: Any, week: str, row: WeekRow) -> tuple[Delivery, ...]:
    key = ReportKey(customer=row.customer, week=week, revision=row.revision)
    return DeliveryRepository(connection).of_report(key)


def _review_url() -> str:
    return _absolute(REVIEW_PAGE)


def _absolute(path: str) -> str:
    from airflow.sdk.configuration import conf

    return f"{conf.get('api', 'base_url', fallback='').rstrip('/')}{path}"
