from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msp_reports.domain.week import ReportingWeek
from msp_reports.sources.probing import Check, outages

WEEK = ReportingWeek.parse("2026-W47", "Europe/Berlin")
EVERY = timedelta(minutes=5)
DUE = 2016
Told = list[tuple[int, int | None]]


def found(states: str, *, first: int = 100, late: timedelta = timedelta()) -> tuple[Told, bool]:
    """Outages in slots: ``g`` good, ``b`` bad, ``t`` bad as seen by too few, ``-`` not checked."""
    checks = [
        Check(at=WEEK.start_utc + n * EVERY + late, ok=state == "g", confirms=state != "t")
        for n, state in enumerate(states, first)
        if state != "-"
    ]
    told = outages("s", "S", checks, every=EVERY, week=WEEK)
    slots = [
        (
            (one.started_at - late - WEEK.start_utc) // EVERY,
            None if one.ended_at is None else (one.ended_at - late - WEEK.start_utc) // EVERY,
        )
        for one in told.records
    ]
    return slots, told.maybe_longer


@pytest.mark.parametrize(
    ("states", "told"),
    [
        ("gbgbbg", [(103, 105)]),
        ("gbbbbg", [(101, 105)]),
        ("b-b", []),
        ("bb--------bb-", [(100, 102), (110, 112)]),
        ("bb---g", [(100, 102)]),
        ("b---b---bbg", [(108, 110)]),
        ("gbbttg", [(101, 105)]),
        ("gtbbg", [(102, 104)]),
        ("gtttg", []),
        ("gbtg", []),
        ("gbttbg", [(101, 105)]),
        ("gbgbgb", []),
    ],
)
def test_an_outage_is_failures_in_a_row_and_only_what_was_seen_of_it(states: str, told: Told) -> None:
    assert found(states)[0] == told


@pytest.mark.parametrize(
    ("states", "maybe_longer"),
    [("gbbg", False), ("gbb-g", True), ("g-bbg", True), ("g-b-g", False), ("gbg-g", False)],
)
def test_an_outage_beside_a_time_without_checks_may_have_been_longer(states: str, maybe_longer: bool) -> None:
    assert found(states)[1] is maybe_longer


def test_at_the_week_s_edges_there_is_no_time_without_checks() -> None:
    assert found("bbg", first=0) == ([(0, 2)], False)
    assert found("gbb", first=DUE - 3) == ([(DUE - 2, None)], False)
    assert found("gbb", first=DUE - 4) == ([(DUE - 3, DUE - 1)], True)


def test_a_check_that_comes_a_little_late_is_no_missed_one() -> None:
    assert found("gbb", first=DUE - 3, late=timedelta(minutes=4)) == ([(DUE - 2, None)], False)


@given(st.text("gbt-", max_size=60))
def test_no_time_is_told_that_was_not_seen_down_and_none_is_hidden_that_was(states: str) -> None:
    first = DUE - len(states)
    told, _ = found(states, first=first)
    spans = [range(start - first, (DUE if end is None else end) - first) for start, end in told]
    for span in spans:
        inside = states[span.start : span.stop]
        assert set(inside) <= {"b", "t"}
        assert inside.startswith("b")
        assert inside.count("b") >= 2
        assert not (span.stop < len(states) and states[span.stop] in "bt"), "it went on"
    assert [end is None for _, end in told] == [span.stop == len(states) for span in spans]
    covered = {slot for span in spans for slot in span}
    assert len(covered) == sum(map(len, spans))
    for slot in range(len(states) - 1):
        if states[slot : slot + 2] == "bb":
            assert {slot, slot + 1} <= covered
