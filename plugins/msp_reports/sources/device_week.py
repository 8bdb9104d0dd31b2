"""One device's week in seconds: planned, down, unknown and the rest."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

from msp_reports.sources.intervals import Interval, clip, overlap, seconds, subtract, union

HOUR = 3600
SLACK = 2
"""Samples that may be missing from an hour before it counts as incomplete: the poller drifts."""
_DELAY = re.compile(r"^(\d+)([smhd]?)$")
_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400}


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A problem event of one device, in epoch seconds."""

    start: int
    end: int | None
    """None: still open, or the end is lost."""
    cause: str
    suppressed: bool
    end_lost: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """How many samples of the availability item each hour holds (``trend.get``)."""

    delay: float
    counts: Mapping[int, int]
    silent_hours: frozenset[int] = frozenset()
    """Hours in which not one sample was an answer."""

    @classmethod
    def of(
        cls, delay: str, counts: Mapping[int, int], silent_hours: frozenset[int] = frozenset()
    ) -> Sampling:
        """Take the item's interval; a macro or a flexible interval is read off the fullest hour."""
        found = _DELAY.match(delay)
        stated = int(found[1]) * _UNITS[found[2]] if found else 0
        fullest = max(counts.values(), default=0)
        return cls(
            delay=stated or (HOUR / fullest if fullest else HOUR), counts=counts, silent_hours=silent_hours
        )

    def missing_seconds(self, hour: int) -> float:
        """Return how much of an hour has no sample."""
        expected = HOUR / self.delay
        lacking = expected - self.counts.get(hour, 0)
        return lacking * self.delay if lacking > SLACK or hour not in self.counts else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class OutagePiece:
    started_at: datetime
    ended_at: datetime | None
    began_before: bool
    cause: str


@dataclass(frozen=True, kw_only=True)
class DeviceWeek:
    """Problems, maintenance and samples of one device laid over the week.

    Outages have exact seconds from events. Planned time is maintenance and suppressed outages.
    Unknown time is what lacks samples, is not planned and not within an outage. The three are disjoint.
    """

    window: Interval
    problems: Sequence[Problem]
    planned: Sequence[Interval]
    silent: Sequence[Interval]
    """The part of `planned` in which Zabbix collected no data."""
    sampling: Sampling | None

    @cached_property
    def all_planned(self) -> list[Interval]:
        suppressed = [self._span(problem) for problem in self.problems if problem.suppressed]
        return clip([*self.planned, *suppressed], self.window)

    @cached_property
    def down(self) -> list[Interval]:
        """Unplanned downtime according to events."""
        events = [self._span(p) for p in self.problems if not p.end_lost]
        return subtract(clip(events, self.window), self.all_planned)

    @property
    def is_known(self) -> bool:
        """An availability item with data in at least one hour of the week."""
        return self.sampling is not None and any(self.sampling.counts.values())

    @property
    def planned_seconds(self) -> int:
        return seconds(self.all_planned)

    @property
    def down_seconds(self) -> int:
        return seconds(self.down) if self.is_known else 0

    @cached_property
    def unknown_seconds(self) -> int:
        free = subtract([self.window], self.all_planned)
        if self.sampling is None or not self.is_known:
            return seconds(free)
        lost = [self._span(problem) for problem in self.problems if problem.end_lost]
        endless = subtract(clip(lost, self.window), [*self.all_planned, *self.down])
        taken = union([*self.all_planned, *self.down, *endless])
        hours = range(self.window[0] - self.window[0] % HOUR, self.window[1], HOUR)
        return seconds(endless) + round(sum(self._unknown_of(self.sampling, hour, taken) for hour in hours))

    @cached_property
    def outages(self) -> list[OutagePiece]:
        """Return each unplanned interval down with the cause of the first event that touches it."""
        return [self._piece(interval) for interval in self.down]

    @property
    def unexplained_hours(self) -> int:
        """Count hours without one answer that no event and no maintenance touches."""
        if self.sampling is None:
            return 0
        known = [*self.all_planned, *self.down]
        whole = [(hour, hour + HOUR) for hour in self.sampling.silent_hours if hour >= self.window[0]]
        return sum(not overlap(known, hour) for hour in whole if hour[1] <= self.window[1])

    def _unknown_of(self, sampling: Sampling, hour: int, taken: Sequence[Interval]) -> float:
        missing = sampling.missing_seconds(hour)
        if not missing:
            return 0.0
        part = (max(hour, self.window[0]), min(hour + HOUR, self.window[1]))
        length = part[1] - part[0]
        unexplained = missing * length / HOUR - overlap(self.silent, part)
        return max(0.0, min(unexplained, length - overlap(taken, part)))

    def _piece(self, interval: Interval) -> OutagePiece:
        start, end = interval
        touching = [p for p in self.problems if p.start < end and self._span(p)[1] > start and not p.end_lost]
        first = min(touching, key=lambda p: p.start)
        return OutagePiece(
            started_at=datetime.fromtimestamp(start, UTC),
            ended_at=None if end == self.window[1] else datetime.fromtimestamp(end, UTC),
            began_before=start == self.window[0] and first.start < start,
            cause=first.cause,
        )

    def _span(self, problem: Problem) -> Interval:
        """An open problem lasts to the week's end, and so does one whose end came later."""
        end = self.window[1] if problem.end is None else problem.end
        return problem.start, max(problem.start, min(end, self.window[1]))
