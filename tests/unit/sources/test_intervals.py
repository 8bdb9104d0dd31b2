"""Interval arithmetic against sets of single seconds."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from msp_reports.sources.intervals import Interval, clip, overlap, seconds, subtract, union

edges = st.integers(0, 60)
intervals = st.lists(st.tuples(edges, edges), max_size=8)


def points(found: list[Interval]) -> set[int]:
    return {second for start, end in found for second in range(start, end)}


def is_normal(found: list[Interval]) -> bool:
    return all(a < b for a, b in found) and all(x[1] < y[0] for x, y in zip(found, found[1:], strict=False))


@given(intervals)
def test_union_covers_the_same_seconds_in_disjoint_parts(given_: list[Interval]) -> None:
    found = union(given_)
    assert points(found) == points(given_)
    assert is_normal(found)
    assert seconds(found) == len(points(given_))
    assert union(found) == found


@given(intervals, intervals)
def test_subtract_leaves_the_seconds_that_are_not_taken(
    first: list[Interval], second: list[Interval]
) -> None:
    found = subtract(first, second)
    assert points(found) == points(first) - points(second)
    assert all(a < b for a, b in found)
    assert seconds(found) == len(points(found))


@given(intervals, st.tuples(edges, edges))
def test_clip_and_overlap_keep_to_the_window(given_: list[Interval], window: Interval) -> None:
    found = clip(given_, window)
    assert points(found) == points(given_) & set(range(*window))
    assert is_normal(found)
    assert overlap(given_, window) == len(points(found))
