from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msp_reports.domain.records import BackupRun
from msp_reports.domain.runs import outcomes_by_day, week_runs
from msp_reports.domain.week import ReportingWeek

WEEKS = [
    ReportingWeek.parse(label, zone)
    for label in ("2026-W47", "2026-W13", "2026-W43")  # of 168, 167 and 169 hours where clocks change
    for zone in ("Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Auckland")
]
NEAR = st.sampled_from([timedelta(0), timedelta(microseconds=1), timedelta(seconds=1), timedelta(hours=1)])


def ended(at: datetime, *, good: bool = True) -> BackupRun:
    return BackupRun(machine_id="m", ended_at=at, good=good, message="")


@st.composite
def week_and_runs(draw: st.DrawFn) -> tuple[ReportingWeek, list[BackupRun]]:
    """Runs anywhere around the week, and most of them close to one of its eight midnights."""
    week = draw(st.sampled_from(WEEKS))
    midnights = [datetime.combine(day, datetime.min.time(), week.start.tzinfo) for day in week.days]
    edges = [edge.astimezone(UTC) for edge in (*midnights, week.end)]
    close = st.builds(
        lambda edge, off, sign: edge + off * sign, st.sampled_from(edges), NEAR, st.sampled_from([-1, 1])
    )
    far = st.builds(week.start_utc.__add__, st.timedeltas(timedelta(days=-20), timedelta(days=20)))
    return week, draw(st.lists(st.builds(lambda at, good: ended(at, good=good), close | far, st.booleans())))


@given(week_and_runs(), st.booleans())
def test_every_counted_run_has_one_cell_and_every_cell_a_counted_run(
    drawn: tuple[ReportingWeek, list[BackupRun]], known: bool
) -> None:
    week, runs = drawn
    told = week_runs(runs, week, known=known)
    cells = outcomes_by_day(told.runs, week).get("m", {})
    if not known:
        assert (told.good, told.failed, cells) == (None, None, {})
        return
    inside = [run for run in runs if week.start <= run.ended_at < week.end]
    assert told.good is not None
    assert told.failed is not None
    assert told.good + told.failed == len(told.runs) == len(inside)
    assert set(cells) <= set(week.days)
    for day in week.days:
        that_day = {run.good for run in inside if run.ended_at.astimezone(week.start.tzinfo).date() == day}
        assert cells.get(day, set()) == that_day
    for outcome, count in ((True, told.good), (False, told.failed)):
        assert any(outcome in cell for cell in cells.values()) is bool(count)


@pytest.mark.parametrize(
    ("at", "day"),
    [
        ("2026-11-15T22:59:59.999999", None),
        ("2026-11-15T23:00:00", 16),
        ("2026-11-22T22:59:59.999999", 22),
        ("2026-11-22T23:00:00", None),
    ],
)
def test_a_run_belongs_to_the_moment_it_ended(at: str, day: int | None) -> None:
    week = ReportingWeek.parse("2026-W47", "Europe/Berlin")
    told = week_runs([ended(datetime.fromisoformat(at).replace(tzinfo=UTC))], week, known=True)
    assert told.good == (day is not None)
    assert [found.day for found in outcomes_by_day(told.runs, week).get("m", {})] == ([day] if day else [])
