"""Weeks side by side: a week waits for the weeks before it, and for nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from msp_reports.domain.week import ReportingWeek
from msp_reports.steps import earlier_weeks
from msp_reports.steps.run import Run, Sending
from msp_reports.store.collections import CollectionRepository
from msp_reports.store.database import transaction

pytestmark = [pytest.mark.airflow, pytest.mark.db, pytest.mark.usefixtures("database", "config")]

WEEK = ReportingWeek.parse("2026-W46", "Europe/Berlin")
LOGICAL = datetime(2026, 11, 9, 5, tzinfo=UTC)
RUN = Run(
    run_id="backfill__W46",
    dag_id="weekly_customer_reports",
    week_over_at=LOGICAL + timedelta(days=7),
    logical_date=LOGICAL,
    sending=Sending.STORES,
    customer_code=None,
    last_try=False,
)


@pytest.fixture
def active(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Say which runs are queued or running: by run id or by logical date."""

    def say(*, run_ids: tuple[str, ...] = (), logical_dates: tuple[datetime, ...] = ()) -> None:
        def is_active(_run: Run, *, run_ids: Any = None, logical_dates: Any = None) -> bool:
            return bool(set(run_ids or ()) & set(known_ids) or set(logical_dates or ()) & set(known_dates))

        known_ids, known_dates = run_ids, logical_dates
        monkeypatch.setattr(earlier_weeks, "_is_active", is_active)

    return say


def announce(week: str, run_id: str, *, customer: str = "acme", settled: bool = False) -> None:
    with transaction() as connection:
        repository = CollectionRepository(connection)
        repository.open(run_id=run_id, customers=[(customer, week)])
        if settled:
            repository.settle(customer, week)


def test_no_other_run_nothing_to_wait_for(active: Callable[..., None]) -> None:
    active()
    assert earlier_weeks.unsettled_weeks("acme", WEEK, RUN) == ()


def test_a_week_that_is_being_collected_is_waited_for(active: Callable[..., None]) -> None:
    announce("2026-W45", "backfill__W45")
    active(run_ids=("backfill__W45",))
    assert earlier_weeks.unsettled_weeks("acme", WEEK, RUN) == ("2026-W45",)


def test_a_run_that_has_not_begun_yet_is_waited_for(active: Callable[..., None]) -> None:
    """Its list of customers is not known yet; it stands by its logical date, same local time."""
    active(logical_dates=(LOGICAL - timedelta(weeks=2),))
    assert earlier_weeks.unsettled_weeks("acme", WEEK, RUN) == ("2026-W44",)


def test_the_logical_date_follows_the_change_of_clocks(active: Callable[..., None]) -> None:
    """Monday 06:00 Berlin was 04:00 UTC until the end of October."""
    active(logical_dates=(datetime(2026, 10, 19, 4, tzinfo=UTC),))
    assert earlier_weeks.unsettled_weeks("acme", WEEK, RUN) == ("2026-W43",)


def test_a_settled_week_is_not_waited_for_while_its_reviews_take_days(active: Callable[..., None]) -> None:
    announce("2026-W45", "scheduled__W45", settled=True)
    active(run_ids=("scheduled__W45",), logical_dates=(LOGICAL - timedelta(weeks=1),))
    assert earlier_weeks.unsettled_weeks("acme", WEEK, RUN) == ()


def test_a_run_for_another_customer_alone_is_not_waited_for(active: Callable[..., None]) -> None:
    announce("2026-W45", "manual__W45", customer="beta")
    active(run_ids=("manual__W45",), logical_dates=(LOGICAL - timedelta(weeks=1),))
    assert earlier_weeks.unsettled_weeks("acme", WEEK, RUN) == ()


def test_a_run_that_ended_without_settling_is_not_waited_for(active: Callable[..., None]) -> None:
    announce("2026-W45", "backfill__W45")
    active()
    assert earlier_weeks.unsettled_weeks("acme", WEEK, RUN) == ()
