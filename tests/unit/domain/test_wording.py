from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msp_reports.domain.week import ReportingWeek
from msp_reports.domain.wording import (
    count,
    duration,
    exact_points,
    listed,
    moved_count,
    moved_points,
    ordinal,
    percent,
    points,
    some,
    span,
    week_of,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0 %"),
        (95.64, "95.6 %"),
        (98.99, "99.0 %"),
        (99.0, "99.00 %"),
        (99.954, "99.95 %"),
        (99.999, "99.999 %"),
        (100.0, "100 %"),
    ],
)
def test_a_percentage_is_finer_from_ninety_nine_on(value: float, text: str) -> None:
    assert percent(value) == text


@given(st.floats(0, 100))
def test_less_than_all_hardly_ever_reads_as_all(value: float) -> None:
    assert (percent(value) == "100 %") is (value >= 100)


def test_nearly_all_does_not_read_as_all_beside_a_target_either() -> None:
    assert percent(99.998, apart_from=99.5) == "99.998 %"


def test_a_count_has_the_right_plural() -> None:
    assert [count(n, "ticket") for n in (0, 1, 2, 1204)] == [
        "0 tickets",
        "1 ticket",
        "2 tickets",
        "1,204 tickets",
    ]
    assert count(2, "device class") == "2 device classes"


def test_long_spans_are_days() -> None:
    assert [span(h) for h in (0.9, 1.5, 73.9, 168.0, 169.0, 1200.0)] == [
        "less than an hour",
        "1 hour",
        "73 hours",
        "168 hours",
        "7 days",
        "50 days",
    ]


def test_names_are_listed() -> None:
    assert [listed(list(names)) for names in ("", "A", "AB", "ABC")] == ["", "A", "A and B", "A, B and C"]
    assert some(list("ABCDE"), most=2) == "A, B and 3 more"
    assert some(list("ABC"), most=2) == "A, B and C"
    assert some(list("ABCD"), most=2, stand_for=[3, 1, 2, 4]) == "A, B and 6 more"


def test_a_change_has_its_direction() -> None:
    assert [moved_points(c) for c in (None, 0.01, 0.3, -4.2)] == [
        "",
        " (as last week)",
        " (up 0.3 points)",
        " (down 4.2 points)",
    ]
    assert [moved_count(c) for c in (None, 0, 3, -1)] == [
        "",
        " (as last week)",
        " (3 more than last week)",
        " (1 fewer than last week)",
    ]


def test_points_are_told_as_precisely_as_they_count() -> None:
    assert [points(p) for p in (1.0, -1.04, 1.5, 4.25, 100)] == [
        "1 point",
        "1 point",
        "1.5 points",
        "4.2 points",
        "100 points",
    ]
    assert exact_points(0.25) == "0.25 points"


def test_outages_are_told_in_the_unit_a_person_would_take() -> None:
    assert [duration(m) for m in (0, 1, 59, 60, 61, 120, 1020, 2879, 2880, 2940, 4550)] == [
        "less than a minute",
        "1 minute",
        "59 minutes",
        "1 hour",
        "1 hour 1 minute",
        "2 hours",
        "17 hours",
        "47 hours 59 minutes",
        "2 days",
        "2 days 1 hour",
        "3 days 4 hours",
    ]


def test_what_is_counted_by_its_place_is_a_word() -> None:
    assert [ordinal(n) for n in (2, 3, 13)] == ["second", "third", "thirteenth"]


def test_a_week_of_another_year_says_so() -> None:
    current = ReportingWeek.parse("2026-W02", "UTC")
    assert [week_of(current.prior(n), current) for n in (1, 2)] == ["week 1", "week 52 of 2025"]
