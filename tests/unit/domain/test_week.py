from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msp_reports.domain.week import ReportingWeek

ZONES = st.sampled_from([
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Pacific/Auckland",
    "Pacific/Apia",
    "America/Sao_Paulo",
    "Asia/Beirut",
    "Africa/Cairo",
])
MOMENTS = st.integers(946_684_800, 2_114_380_800).map(lambda second: datetime.fromtimestamp(second, UTC))
"""2000 to 2036."""
WEEKS = st.builds(ReportingWeek.ended_before, MOMENTS, ZONES)


@given(MOMENTS, ZONES)
def test_the_week_that_ended_is_over_and_the_next_is_not(moment: datetime, zone: str) -> None:
    week = ReportingWeek.ended_before(moment, zone)
    assert week.end_utc <= moment < week.prior(-1).end_utc


@given(WEEKS)
def test_weeks_leave_no_gap_and_do_not_overlap(week: ReportingWeek) -> None:
    assert week.prior().end_utc == week.start_utc
    assert week.prior(-1).prior() == week
    assert week.prior(5) == week.prior(2).prior(3)


@given(WEEKS)
def test_a_label_reads_back(week: ReportingWeek) -> None:
    assert ReportingWeek.parse(week.label, week.zone) == week


@given(WEEKS)
def test_days_are_the_local_dates_of_the_week(week: ReportingWeek) -> None:
    zone = ZoneInfo(week.zone)
    assert len(week.days) == 7
    assert week.days[0] == week.start_utc.astimezone(zone).date()
    assert week.days[-1] <= (week.end_utc - timedelta(seconds=1)).astimezone(zone).date()


@given(WEEKS)
def test_the_length_is_that_of_real_time(week: ReportingWeek) -> None:
    assert week.seconds == (week.end_utc - week.start_utc).total_seconds()
    assert abs(week.seconds - 7 * 86400) <= 86400


@given(WEEKS, st.integers(-9 * 86400, 9 * 86400))
def test_only_moments_from_start_up_to_the_end_are_contained(week: ReportingWeek, offset: int) -> None:
    moment = week.start_utc + timedelta(seconds=offset)
    assert week.contains(moment) is (0 <= offset < week.seconds)


@given(WEEKS, st.integers(-900_000, 900_000), st.integers(0, 900_000))
def test_a_clipped_interval_lies_inside_both(week: ReportingWeek, offset: int, length: int) -> None:
    began = week.start_utc + timedelta(seconds=offset)
    ended = began + timedelta(seconds=length)
    inside = week.clip(began, ended)
    overlap = min(offset + length, week.seconds) - max(offset, 0)
    if inside is None:
        assert overlap <= 0
    else:
        assert (inside[1] - inside[0]).total_seconds() == overlap
        assert week.start_utc <= inside[0] < inside[1] <= week.end_utc


@given(WEEKS)
def test_an_open_interval_ends_with_the_week(week: ReportingWeek) -> None:
    began = week.start_utc - timedelta(days=1)
    assert week.clip(began, None) == (week.start_utc, week.end_utc)
    assert week.clip(week.end_utc, None) is None


@pytest.mark.parametrize(
    ("label", "hours"),
    [("2026-W13", 167), ("2026-W43", 169), ("2026-W47", 168)],
    ids=["spring", "autumn", "plain"],
)
def test_a_change_of_clocks_changes_the_length(label: str, hours: int) -> None:
    assert ReportingWeek.parse(label, "Europe/Berlin").seconds == hours * 3600


def test_the_iso_year_is_not_the_calendar_year() -> None:
    assert ReportingWeek(date(2025, 12, 29), "UTC").label == "2026-W01"


@pytest.mark.parametrize("label", ["2026-47", "2026-W54", "2026-W00", "W47", "2025-W53", "", "2026-W47\n"])
def test_what_is_no_iso_week_is_refused(label: str) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        ReportingWeek.parse(label, "UTC")


def test_a_week_begins_on_monday() -> None:
    with pytest.raises(ValueError, match="Monday"):
        ReportingWeek(date(2026, 11, 17), "UTC")
