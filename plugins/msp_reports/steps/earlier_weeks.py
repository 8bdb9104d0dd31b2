"""Weeks that run side by side: a week compares only when the weeks before it have settled.

Airflow runs up to ten weeks of a backfill at once. Each comparison reads up to thirteen earlier
weeks; were one of them still being collected, the result would depend on who was faster.
"""

from __future__ import annotations

from collections.abc import Collection as Group
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from msp_reports.customer_files import read_provider
from msp_reports.domain.week import ReportingWeek
from msp_reports.steps.run import Run
from msp_reports.store.collections import Collection, CollectionRepository
from msp_reports.store.database import transaction

WEEKS_COMPARED = 13
_ACTIVE = ["queued", "running"]


def unsettled_weeks(customer: str, week: ReportingWeek, run: Run) -> tuple[str, ...]:
    """Return the labels of earlier weeks that another run is still collecting for this customer."""
    labels = [week.prior(n).label for n in range(1, WEEKS_COMPARED + 1)]
    with transaction() as connection:
        begun = CollectionRepository(connection).load(labels)
    return tuple(
        label for n, label in enumerate(labels, start=1) if _is_unsettled(customer, label, n, begun, run)
    )


def is_being_collected(customer: str, week: ReportingWeek, weeks_before: int, run: Run) -> bool:
    """Tell whether an active run will settle that earlier week of this customer by itself."""
    label = week.prior(weeks_before).label
    with transaction() as connection:
        begun = CollectionRepository(connection).load([label])
    return _is_unsettled(customer, label, weeks_before, begun, run)


def _is_unsettled(
    customer: str, label: str, weeks_before: int, begun: Sequence[Collection], run: Run
) -> bool:
    of_week = [entry for entry in begun if entry.week == label]
    mine = next((entry for entry in of_week if entry.customer == customer), None)
    if mine is not None:
        return not mine.settled and _is_active(run, run_ids=[mine.run_id])
    scheduled = _scheduled_for(run, weeks_before)
    if scheduled is None or not _is_active(run, logical_dates=[scheduled]):
        return False
    listed_without_me = any(
        _is_active(run, run_ids=[run_id]) for run_id in {entry.run_id for entry in of_week}
    )
    return not listed_without_me


def _scheduled_for(run: Run, weeks_before: int) -> datetime | None:
    """Return the logical date of the run for an earlier week: same local time, whole weeks earlier."""
    if run.logical_date is None:
        return None
    local = run.logical_date.astimezone(ZoneInfo(read_provider().zone))
    return (local - timedelta(weeks=weeks_before)).astimezone(UTC)


def _is_active(
    run: Run, *, run_ids: Group[str] | None = None, logical_dates: Group[datetime] | None = None
) -> bool:
    from airflow.sdk.execution_time.task_runner import RuntimeTaskInstance

    found = RuntimeTaskInstance.get_dr_count(
        dag_id=run.dag_id,
        run_ids=list(run_ids) if run_ids else None,
        logical_dates=list(logical_dates) if logical_dates else None,
        states=_ACTIVE,
    )
    return found > 0
