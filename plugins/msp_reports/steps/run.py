"""What a step must know of the run it belongs to, read once from Airflow's context."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypedDict

from msp_reports.domain.errors import ConfigurationError
from msp_reports.domain.week import ReportingWeek


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
    delivers: bool
    """False: everything is made and stored, nothing is put up for review or sent."""
    customer_code: str | None
    """Set: only this customer."""
    last_try: bool
    """True: this task instance will not be tried again by itself."""

    def week(self, zone: str) -> ReportingWeek:
        return ReportingWeek.ended_before(self.week_over_at, zone)


def current_run() -> Run:
    """Read the run from the context of the task that calls."""
    from airflow.sdk import get_current_context

    return run_of(get_current_context())


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
        delivers=_delivers(dag_run.conf or {}, is_backfill=dag_run.run_type == "backfill"),
        customer_code=(context.get("params") or {}).get("customer_code") or None,
        last_try=instance.try_number > instance.max_tries,
    )


def _delivers(conf: Mapping[str, Any], *, is_backfill: bool) -> bool:
    asked = conf.get("deliver", not is_backfill)
    if not isinstance(asked, bool):
        raise ConfigurationError(f"deliver in the run's conf is {asked!r}; expected true or false")
    return asked
