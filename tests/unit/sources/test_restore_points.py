from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from msp_reports.domain.week import ReportingWeek
from msp_reports.sources.restore_points import proven

WEEK = ReportingWeek.parse("2026-W47", "Europe/Berlin")
AGES = st.lists(st.integers(-40 * 60, 60 * 60), unique=True, max_size=30)
"""Minutes from the week's end back to each point that was ever made; below nothing, it was made later."""
TARGETS = st.integers(1, 240)


def made(ages: list[int]) -> list[datetime]:
    return [WEEK.end_utc - timedelta(minutes=age) for age in ages]


@given(ages=AGES, hours=TARGETS, kept=st.data())
def test_whatever_retention_deleted_no_false_verdict_is_given(
    ages: list[int], hours: int, kept: st.DataObject
) -> None:
    ever, target = made(ages), timedelta(hours=hours)
    left = [point for point in ever if kept.draw(st.booleans())]
    last = max((point for point in ever if point < WEEK.end_utc), default=None)
    known, newest = proven(left, WEEK, target=target, listed=None)
    if known:
        assert newest is not None
        assert last is not None
        assert newest <= last
        assert WEEK.end_utc - newest <= target  # and so the true one is within it: no miss is ever told
    else:
        assert newest is None
        assert not any(timedelta(0) < WEEK.end_utc - point <= target for point in left)


@given(ages=AGES, hours=TARGETS, kept=st.data())
def test_a_list_of_the_week_s_end_tells_the_last_point_exactly(
    ages: list[int], hours: int, kept: st.DataObject
) -> None:
    ever = made(ages)
    left = [point for point in ever if kept.draw(st.booleans())]
    last = max((point for point in ever if point < WEEK.end_utc), default=None)
    told = proven(left, WEEK, target=timedelta(hours=hours), listed=last)
    assert told == (last is not None, last)
