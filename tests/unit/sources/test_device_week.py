"""Whatever the answers, a device's seconds are disjoint and fit into the week."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msp_reports.sources.device_week import HOUR, DeviceWeek, Problem, Sampling
from msp_reports.sources.intervals import Interval

START = 1_800_000_000 - 1_800_000_000 % HOUR + 1800
WINDOW: Interval = (START, START + 24 * HOUR)

moments = st.integers(START - 2 * HOUR, START + 26 * HOUR)
spans = st.tuples(moments, moments).map(lambda pair: (min(pair), max(pair)))
problems = st.builds(
    lambda span, is_open, suppressed, lost: Problem(
        start=span[0],
        end=None if is_open or lost else span[1],
        cause="down",
        suppressed=suppressed,
        end_lost=lost,
    ),
    spans,
    st.booleans(),
    st.booleans(),
    st.integers(0, 9).map(lambda n: n == 0),
)
hours = st.integers(-1, 25).map(lambda n: START - 1800 + n * HOUR)
samplings = st.none() | st.builds(
    lambda counts: Sampling(delay=60, counts=counts), st.dictionaries(hours, st.integers(0, 61), max_size=27)
)


@given(st.lists(problems, max_size=6), st.lists(spans, max_size=3), st.integers(0, 3), samplings)
def test_planned_unknown_and_down_never_exceed_the_window(
    found: list[Problem], planned: list[Interval], silent: int, sampling: Sampling | None
) -> None:
    week = DeviceWeek(
        window=WINDOW, problems=found, planned=planned, silent=planned[:silent], sampling=sampling
    )
    parts = (week.planned_seconds, week.unknown_seconds, week.down_seconds)
    assert min(parts) >= 0
    assert sum(parts) <= WINDOW[1] - WINDOW[0]
    if not week.is_known:
        assert week.planned_seconds + week.unknown_seconds == WINDOW[1] - WINDOW[0]
    for piece in week.outages:
        assert piece.cause == "down"
        assert WINDOW[0] <= piece.started_at.timestamp() < WINDOW[1]
        assert piece.ended_at is None or piece.started_at < piece.ended_at


@given(st.lists(problems, max_size=6), st.lists(spans, max_size=3))
def test_the_outages_of_a_known_device_add_up_to_its_downtime(
    found: list[Problem], planned: list[Interval]
) -> None:
    full = Sampling(delay=60, counts={START - 1800 + n * HOUR: 60 for n in range(26)})
    week = DeviceWeek(window=WINDOW, problems=found, planned=planned, silent=[], sampling=full)
    length = sum(
        (p.ended_at.timestamp() if p.ended_at else WINDOW[1]) - p.started_at.timestamp() for p in week.outages
    )
    assert length == week.down_seconds


@pytest.mark.parametrize(
    ("delay", "counts", "seconds"),
    [
        ("60", {0: 60}, 60),
        ("1m", {0: 60}, 60),
        ("5m", {}, 300),
        ("1h", {}, 3600),
        ("30s", {}, 30),
        ("1m;10s/1-5,09:00-18:00", {0: 120, 1: 360}, 10),
        ("{$MACRO}", {0: 30}, 120),
        ("{$MACRO}", {}, 3600),
        ("0", {0: 12}, 300),
    ],
)
def test_the_interval_between_samples(delay: str, counts: dict[int, int], seconds: float) -> None:
    assert Sampling.of(delay, counts).delay == seconds


@pytest.mark.parametrize(
    ("num", "missing"), [(60, 0), (61, 0), (58, 0), (57, 180), (30, 1800), (0, 3600), (None, 3600)]
)
def test_two_samples_may_be_missing_from_an_hour(num: int | None, missing: float) -> None:
    counts = {} if num is None else {0: num}
    assert Sampling(delay=60, counts=counts).missing_seconds(0) == missing
