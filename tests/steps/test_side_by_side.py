"""Weeks backfilled side by side give what they give one after the other, whoever is faster."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowRescheduleException
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from msp_reports.domain.snapshot import Facts, Pull
from msp_reports.domain.week import ReportingWeek
from msp_reports.steps import collect, compare, customers, earlier_weeks
from msp_reports.steps.run import CustomerWeek, Run, Sending
from msp_reports.store.database import transaction
from tests.unit.domain import builders as make

pytestmark = [pytest.mark.airflow, pytest.mark.db, pytest.mark.usefixtures("database", "config")]

ZONE = "Europe/Berlin"
LAST = ReportingWeek.parse("2026-W46", ZONE)
WEEKS = tuple(LAST.prior(n) for n in range(5, -1, -1))
SYSTEMS = ("zabbix", "connectwise")
LABELS = [week.label for week in WEEKS]


def run_for(week: ReportingWeek) -> Run:
    return Run(
        run_id=f"backfill__{week.label}",
        dag_id="weekly_customer_reports",
        week_over_at=week.end + timedelta(hours=6),
        logical_date=(week.start + timedelta(hours=6)).astimezone(UTC),
        sending=Sending.STORES,
        customer_code=None,
        last_try=False,
    )


def told(system: str, week: ReportingWeek) -> Facts:
    """What a source says of a week: something else each week, the same whenever it is asked."""
    number = week.start.isocalendar().week
    if system == "zabbix":
        records: tuple[Any, ...] = (make.device(down=number * 1000),)
    else:
        records = make.tickets_in(week, number % 7)
    return Facts(records=records, rows_read=len(records))


@dataclass
class World:
    """Airflow's scheduler in miniature: which runs are active, and whose turn it is."""

    current: Run | None = None
    active: set[str] = None  # type: ignore[assignment]

    def is_active(self, _run: Run, *, run_ids: Any = None, logical_dates: Any = None) -> bool:
        dates = {run_for(week).logical_date: f"backfill__{week.label}" for week in WEEKS}
        asked = set(run_ids or ()) | {dates[at] for at in logical_dates or () if at in dates}
        return bool(asked & self.active)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    made = World()
    for module in (collect, compare, customers):
        monkeypatch.setattr(module, "current_run", lambda: made.current)
    monkeypatch.setattr(earlier_weeks, "_is_active", made.is_active)

    def loaded(reference: str) -> Callable[..., Any]:
        system = re.split(r"[.:]", reference)[2]
        if "hooks" in reference:
            client = SimpleNamespace(fetch=lambda _scope, week: _pull(system, week))
            return lambda _conn_id: client
        return lambda _payload, *, binding, week: told(system, week)

    monkeypatch.setattr(collect, "load", loaded)
    return made


def _pull(system: str, week: ReportingWeek) -> Pull:
    return Pull(payload={"system": system, "week": week.label}, fetched_at=datetime.now(UTC), requests=1)


def forget() -> None:
    with transaction() as connection, connection.cursor() as cursor:
        cursor.execute("select tablename from pg_tables where schemaname = 'msp_reports'")
        tables = ", ".join(f"msp_reports.{name}" for (name,) in cursor.fetchall())
        cursor.execute(f"truncate {tables} cascade")


def steps_of(week: ReportingWeek) -> Iterator[Callable[[], Any]]:
    ref = CustomerWeek(code="acme", week=week.label)
    yield customers.list_customers
    for system in SYSTEMS:
        yield lambda system=system: collect.collect(system=system, customer=ref)
    yield lambda: compare.reconcile(customer=ref)


def play(world: World, turns: list[int]) -> dict[str, Any]:
    """Run all steps of all weeks in the order of the turns; a week that has to wait is put back."""
    forget()
    world.active = {f"backfill__{label}" for label in LABELS}
    waiting = {week.label: list(steps_of(week)) for week in WEEKS}
    weeks = {week.label: week for week in WEEKS}
    for turn in (*turns, *range(10_000)):
        open_weeks = [label for label in LABELS if waiting[label]]
        if not open_weeks:
            return stored()
        label = open_weeks[turn % len(open_weeks)]
        world.current = run_for(weeks[label])
        try:
            waiting[label][0]()
        except AirflowRescheduleException:
            continue
        waiting[label].pop(0)
        if not waiting[label]:
            world.active.discard(f"backfill__{label}")
    raise AssertionError(f"weeks wait for each other for ever: {waiting}")


_SEQUENTIAL: dict[str, Any] = {}


def one_after_the_other(world: World) -> dict[str, Any]:
    if not _SEQUENTIAL:
        _SEQUENTIAL.update(play(world, [0] * 100))
        assert sorted(_SEQUENTIAL) == sorted(LABELS)
    return _SEQUENTIAL


def stored() -> dict[str, Any]:
    """Return the report models by week, without times of fetching."""
    with transaction() as connection, connection.cursor() as cursor:
        cursor.execute("select week, model::text from comparison where customer = 'acme'")
        rows = dict(cursor.fetchall())
    return {
        week: json.loads(re.sub(r'"fetched_at": ?"[^"]*"', '"fetched_at": ""', model))
        for week, model in rows.items()
    }


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(turns=st.lists(st.integers(0, 5), max_size=60))
def test_any_order_gives_what_one_after_the_other_gives(world: World, turns: list[int]) -> None:
    assert play(world, turns) == one_after_the_other(world)


def test_last_week_first(world: World) -> None:
    side_by_side = play(world, [-1] * 100)
    assert side_by_side == one_after_the_other(world)
    assert [side_by_side[label]["comparison"] for label in LABELS] == [w.prior().label for w in WEEKS]


def test_each_week_is_compared_with_the_week_before_it(world: World) -> None:
    models = play(world, [5, 4, 3, 2, 1, 0] * 10)
    for week in WEEKS:
        opened = models[week.label]["tickets"]["opened"]
        assert opened["value"] == week.start.isocalendar().week % 7
        assert opened["before"] == week.prior().start.isocalendar().week % 7


def test_the_systems_of_the_test_customer_are_all_played() -> None:
    from msp_reports.customer_files import read_customers

    (acme,) = read_customers().usable
    assert tuple(sorted(binding.system for binding in acme.sources)) == tuple(sorted(SYSTEMS))
