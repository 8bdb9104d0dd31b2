"""A window read in parts: every part once, none of it twice, and what does not fit in halves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msp_reports.domain.errors import IncompletePullError
from msp_reports.hooks.windows import Window, WindowPaginator

pytestmark = pytest.mark.airflow
START = datetime(2026, 11, 15, 23, tzinfo=UTC)
STEP, DAY = timedelta(minutes=5), timedelta(days=1)


def paginator(whole: Window, page_size: int, longest: timedelta = DAY) -> WindowPaginator:
    return WindowPaginator(whole, longest=longest, shortest=STEP, page_size=page_size, label="Acme API")


def read(moments: list[datetime], whole: Window, page_size: int) -> tuple[list[datetime], list[Window]]:
    """What a vendor with these rows, who cuts an answer off at the limit, is read as; and what was asked."""
    windows, found, asked = paginator(whole, page_size), list[datetime](), list[Window]()
    while not windows.finished:
        window = windows.current
        asked.append(window)
        rows = [moment for moment in moments if window.contains(moment)][:page_size]
        if windows.is_whole(len(rows)):
            found += rows
    return found, asked


def test_three_days_are_three_questions() -> None:
    whole = Window(START, START + 3 * DAY)
    moments = [START + n * timedelta(hours=6) for n in range(12)]
    found, asked = read(moments, whole, 100)
    assert (len(found), found[-1]) == (12, moments[-1])
    assert asked == [Window(START + n * DAY, START + (n + 1) * DAY) for n in range(3)]


def test_the_last_part_is_as_short_as_what_is_left() -> None:
    whole = Window(START, START + timedelta(hours=167))
    assert [window.end - window.start for window in whole.parts(DAY)] == [DAY] * 6 + [timedelta(hours=23)]


def test_a_full_answer_is_asked_for_again_in_halves() -> None:
    whole = Window(START, START + DAY)
    moments = [START + n * timedelta(hours=2) for n in range(12)]
    found, asked = read(moments, whole, 12)
    half = START + DAY / 2
    assert found == moments
    assert asked == [whole, Window(START, half), Window(half, START + DAY)]


def test_more_rows_in_the_shortest_part_than_fit_end_the_pull() -> None:
    windows = paginator(Window(START, START + STEP), 10)
    with pytest.raises(IncompletePullError, match="10 rows"):
        windows.is_whole(10)


@given(
    st.lists(st.integers(0, 7 * 288 - 1), max_size=80),
    st.integers(6, 20),
    st.integers(1, 7 * 288),
)
def test_whatever_happened_when_is_read_once_and_in_order(
    steps: list[int], page_size: int, length: int
) -> None:
    moments = sorted({START + step * STEP for step in steps})
    whole = Window(START, START + length * STEP)
    found, asked = read(moments, whole, page_size)
    assert found == [moment for moment in moments if whole.contains(moment)]
    assert all(window.end - window.start <= DAY for window in asked)
