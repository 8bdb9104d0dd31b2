"""What a step must know of the run it belongs to, read once from Airflow's context."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any, TypedDict

from msp_reports.domain.errors import ConfigurationError
from msp_reports.domain.week import ReportingWeek


class Sending(Enum):
    """What a run does with its reports."""

    DELIVERS = "delivers"
    """Reviewed, and sent once they are approved."""
    REHEARSES = "rehearses"
    """Reviewed and sealed; what would be sent is shown, and nothing is."""
    STORES = "stores"
    """Made and stored: neither reviewed nor sent."""


class CustomerWeek(TypedDict):
    """What the mapped group is expanded over, and all that travels over XCom about it."""

    code: str
    week: str


class ReportRef(TypedDict):
    """One revision of a stored report."""

    code: str
    week: str
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    run_id: str
    dag_id: str
    week_over_at: datetime
    """End of the data interval: every week reported by this run was over by then."""
    logical_date: datetime | None
    sending: Sending
    customer_code: str | None
    """Set: only this customer."""
    last_try: bool
    """True: this task instance will not be tried again by itself."""

    @property
    def delivers(self) -> bool:
        return self.sending is Sending.DELIVERS

    def week(self, zone: str) -> ReportingWeek:
        return ReportingWeek.ended_before(self.week_over_at, zone)


def current_run() -> Run:
    """Read the run from the context of the task that calls."""
    from airflow.sdk import get_current_context

    return run_of(get_current_context())


def failed_tasks(task_ids: Iterable[str]) -> int:
    """Return how many instances of some tasks of the run of the calling task have failed."""
    from airflow.sdk import get_current_context

    instance, run = get_current_context()["ti"], current_run()
    return int(
        instance.get_ti_count(
            dag_id=run.dag_id, run_ids=[run.run_id], task_ids=sorted(task_ids), states=["failed"]
        )
    )


def run_of(context: Mapping[str, Any]) -> Run:
    """Read the run from a task's context.

    Raises:
        ConfigurationError: the run's conf says something that is neither true nor false.
    """
    dag_run, instance = context["dag_run"], context["ti"]
    return Run(
        run_id=dag_run.run_id,
        dag_id=dag_run.dag_id,
        week_over_at=dag_run.data_interval_end or dag_run.run_after,
        logical_date=dag_run.logical_date,
        sending=_sending(dag_run.conf or {}, is_backfill=dag_run.run_type == "backfill"),
        customer_code=(context.get("params") or {}).get("customer_code") or None,
        last_try=instance.try_number > instance.max_tries,
    )


def _sending(conf: Mapping[str, Any], *, is_backfill: bool) -> Sending:
    """A backfill delivers only if asked to in so many words; any other run, unless asked not to."""
    asked = conf.get("deliver", not is_backfill)
    if not isinstance(asked, bool):
        raise ConfigurationError(f"deliver in the run's conf is {asked!r}; expected true or false")
    if asked:
        return Sending.DELIVERS
    return Sending.STORES if is_backfill else Sending.REHEARSES
