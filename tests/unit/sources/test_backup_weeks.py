"""Every system that tells of runs puts them into weeks and days by one rule."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msp_reports.domain.customer import SourceBinding
from msp_reports.domain.records import BackupMachine, BackupRun
from msp_reports.domain.report import DayState
from msp_reports.domain.snapshot import Facts
from msp_reports.domain.week import ReportingWeek
from msp_reports.sources import datto, veeam
from tests.unit.domain.builders import WEEK, facts, report

Run = tuple[datetime, timedelta, bool]
"""When it ended, how long it took, and whether it was good."""
MIDNIGHTS = [
    *(datetime.combine(day, datetime.min.time(), WEEK.start.tzinfo).astimezone(UTC) for day in WEEK.days),
    WEEK.end_utc,
]
OFFSETS = st.sampled_from([timedelta(seconds=n) for n in (-7200, -1, 0, 1, 7200)])
RUNS = st.lists(
    st.tuples(
        st.builds(lambda edge, off: edge + off, st.sampled_from(MIDNIGHTS), OFFSETS),
        st.timedeltas(timedelta(seconds=1), timedelta(hours=30)),
        st.booleans(),
    ),
    max_size=12,
)
BEFORE: Run = (WEEK.start_utc - timedelta(days=3), timedelta(minutes=5), True)
"""So that the system's list reaches back to before the week."""


def by_veeam(runs: Sequence[Run], week: ReportingWeek) -> Facts:
    tasks = [
        {
            "id": str(n),
            "name": "srv01",
            "sessionType": "BackupJob",
            "job": f"Job {n}",
            "repository": "Repo",
            "creationTime": (ended - took).isoformat(),
            "endTime": ended.isoformat(),
            "clock": (ended - took).isoformat(),
            "result": {"result": "Success" if good else "Failed"},
        }
        for n, (ended, took, good) in enumerate([BEFORE, *runs])
    ]
    read_at = (week.end_utc + timedelta(hours=6)).isoformat()
    payload = {"tasks": tasks, "points": [], "server_time": read_at, "history_from": "2026-01-01T00:00:00Z"}
    binding = SourceBinding(system="veeam", connection="v", scope=veeam.VeeamScope())
    return veeam.parse(payload, binding=binding, week=week)


def by_datto(runs: Sequence[Run], week: ReportingWeek) -> Facts:
    backups = [
        {"timestamp": ended.isoformat(), "backup": {"status": "success" if good else "failed"}}
        for ended, _, good in [BEFORE, *runs]
    ]
    payload = {
        "devices": [{"serialNumber": "S1", "organizationId": 1}],
        "assets": {"S1": [{"name": "srv01", "volume": "v1", "backups": backups}]},
    }
    binding = SourceBinding(system="datto", connection="d", scope=datto.DattoScope(organization_id="1"))
    return datto.parse(payload, binding=binding, week=week)


@pytest.mark.parametrize("told_by", [by_veeam, by_datto])
@given(runs=RUNS)
def test_counts_and_days_are_of_the_runs_that_ended_in_the_week(
    told_by: Callable[[Sequence[Run], ReportingWeek], Facts], runs: list[Run]
) -> None:
    records: Any = told_by(runs, WEEK).records
    (machine,) = [record for record in records if isinstance(record, BackupMachine)]
    listed = [record for record in records if isinstance(record, BackupRun)]
    inside = [(ended, good) for ended, _, good in runs if WEEK.start <= ended < WEEK.end]
    assert machine.runs_good == sum(good for _, good in inside)
    assert machine.runs_failed == sum(not good for _, good in inside)
    assert sorted((run.ended_at, run.good) for run in listed) == sorted(inside)
    filled = report(facts(*records)).backup
    assert filled is not None
    expected = {frozenset(): DayState.NONE, frozenset({True}): DayState.GOOD}
    expected |= {frozenset({False}): DayState.FAILED, frozenset({True, False}): DayState.MIXED}
    for day, state in zip(WEEK.days, filled.rows[0].days, strict=True):
        of_day = frozenset(g for at, g in inside if at.astimezone(WEEK.start.tzinfo).date() == day)
        assert state is expected[of_day]
