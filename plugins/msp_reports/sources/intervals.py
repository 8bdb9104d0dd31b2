"""Arithmetic of half-open intervals ``(start, end)`` in epoch seconds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

Interval = tuple[int, int]


def union(intervals: Iterable[Interval]) -> list[Interval]:
    """Merge what overlaps or touches; the result is sorted and disjoint, empty intervals are gone."""
    merged: list[Interval] = []
    for start, end in sorted(i for i in intervals if i[0] < i[1]):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def clip(intervals: Iterable[Interval], window: Interval) -> list[Interval]:
    """Cut to a window, and merge."""
    lower, upper = window
    return union((max(start, lower), min(end, upper)) for start, end in intervals)


def subtract(intervals: Iterable[Interval], taken: Iterable[Interval]) -> list[Interval]:
    """Return what of the first is in none of the second."""
    holes = union(taken)
    left: list[Interval] = []
    for start, end in union(intervals):
        at = start
        for hole_start, hole_end in holes:
            if hole_end <= at:
                continue
            if hole_start >= end:
                break
            if hole_start > at:
                left.append((at, hole_start))
            at = max(at, hole_end)
        if at < end:
            left.append((at, end))
    return left


def seconds(intervals: Sequence[Interval]) -> int:
    """Return the length of disjoint intervals."""
    return sum(end - start for start, end in intervals)


def overlap(intervals: Iterable[Interval], window: Interval) -> int:
    """Return how many seconds of a window are covered."""
    return seconds(clip(intervals, window))
