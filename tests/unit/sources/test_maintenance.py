"""Maintenance unrolled over weeks of 167, 168 and 169 hours."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from msp_reports.sources.intervals import Interval
from msp_reports.sources.maintenance import Maintenance

BERLIN = "Europe/Berlin"
FIRST = datetime(2026, 1, 7, 12, tzinfo=ZoneInfo(BERLIN))


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(BERLIN)).timestamp())


def in_force(start: str, end: str, /, **period: int) -> list[Interval]:
    maintenance = Maintenance.model_validate({
        "maintenanceid": "1",
        "active_since": str(int(FIRST.timestamp())),
        "active_till": str(at("2027-01-01T00:00")),
        "timeperiods": [{key: str(value) for key, value in period.items()}],
    })
    return maintenance.in_force((at(start), at(end)), BERLIN)


WEEK = ("2026-11-16T00:00", "2026-11-23T00:00")
TWO_AM = 2 * 3600


@pytest.mark.parametrize(
    ("period", "days"),
    [
        ({"timeperiod_type": 2, "every": 1}, [16, 17, 18, 19, 20, 21, 22]),
        ({"timeperiod_type": 2, "every": 3}, [18, 21]),
        ({"timeperiod_type": 3, "every": 1, "dayofweek": 0b0000101}, [16, 18]),
        ({"timeperiod_type": 3, "every": 2, "dayofweek": 0b1000000}, []),
        ({"timeperiod_type": 3, "every": 3, "dayofweek": 0b1000000}, [22]),
        ({"timeperiod_type": 4, "month": 1 << 10, "day": 20}, [20]),
        ({"timeperiod_type": 4, "month": 1 << 9, "day": 20}, []),
        ({"timeperiod_type": 4, "month": 1 << 10, "every": 3, "dayofweek": 0b0000010}, [17]),
        ({"timeperiod_type": 4, "month": 1 << 10, "every": 5, "dayofweek": 0b0000010}, []),
        ({"timeperiod_type": 9}, []),
    ],
)
def test_recurring_maintenance_falls_on_its_days(period: dict[str, int], days: list[int]) -> None:
    expected = [(at(f"2026-11-{day}T02:00"), at(f"2026-11-{day}T03:00")) for day in days]
    assert in_force(*WEEK, start_time=TWO_AM, period=3600, **period) == expected


def test_the_last_weekday_of_a_month_is_number_five() -> None:
    found = in_force(
        "2026-11-23T00:00",
        "2026-11-30T00:00",
        timeperiod_type=4,
        month=1 << 10,
        every=5,
        dayofweek=2,
        period=60,
    )
    assert found == [(at("2026-11-24T00:00"), at("2026-11-24T00:01"))]


def test_one_that_began_before_the_window_is_clipped() -> None:
    nightly = {"timeperiod_type": 2, "every": 1, "start_time": 23 * 3600, "period": 4 * 3600}
    assert in_force("2026-11-19T00:00", "2026-11-20T00:00", **nightly) == [
        (at("2026-11-19T00:00"), at("2026-11-19T03:00")),
        (at("2026-11-19T23:00"), at("2026-11-20T00:00")),
    ]


def test_a_single_maintenance_is_clipped_to_the_week_and_to_its_activity() -> None:
    period = {"timeperiod_type": 0, "start_date": at("2026-11-15T23:00"), "period": 7200}
    assert in_force(*WEEK, **period) == [(at("2026-11-16T00:00"), at("2026-11-16T01:00"))]


def test_it_keeps_its_local_time_over_a_change_of_clocks() -> None:
    found = in_force(
        "2026-10-19T00:00", "2026-10-27T00:00", timeperiod_type=2, start_time=4 * 3600, period=3600
    )
    assert [datetime.fromtimestamp(s, ZoneInfo(BERLIN)).hour for s, _ in found] == [4] * 8


def test_nothing_before_it_was_active() -> None:
    assert in_force("2026-01-05T00:00", "2026-01-07T12:00", timeperiod_type=2, period=86_400) == []
