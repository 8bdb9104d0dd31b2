"""A figure over the weeks: this week's value, last week's, and up to thirteen weeks of history."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Generic, Self, TypeVar

from msp_reports.domain.records import Source
from msp_reports.domain.report import Measure, Unit
from msp_reports.domain.snapshot import SnapshotStatus, WeekFacts
from msp_reports.domain.week import ReportingWeek

HISTORY_WEEKS = 13
"""Length of a history, this week included."""

K = TypeVar("K")


@dataclass(frozen=True, slots=True)
class Table(Generic[K]):
    """The same figures of each week in a row, oldest first, this week last. None: no such week."""

    unit: Unit
    weeks: tuple[Mapping[K, float | None] | None, ...]

    def measure(self, key: K) -> Measure:
        told = [None if figures is None else figures.get(key) for figures in self.weeks]
        values = [None if value is None else float(value) for value in told]
        known = [n for n, value in enumerate(values) if value is not None]
        history = tuple(values[known[0] :]) if known else ()
        before = values[-2] if len(values) > 1 else None
        return Measure(value=values[-1], before=before, unit=self.unit, history=history)


@dataclass(frozen=True, slots=True, kw_only=True)
class Weeks:
    """The week of the report and the weeks before it, one place each, gaps included."""

    week: ReportingWeek
    current: WeekFacts
    earlier: tuple[WeekFacts | None, ...]
    """The twelve weeks before, oldest first, last week last. None: nothing stored."""

    @classmethod
    def line_up(cls, week: ReportingWeek, current: WeekFacts, history: Sequence[WeekFacts]) -> Self:
        stored = {facts.week: facts for facts in history}
        labels = [week.prior(n).label for n in range(HISTORY_WEEKS - 1, 0, -1)]
        return cls(week=week, current=current, earlier=tuple(stored.get(label) for label in labels))

    @property
    def last_week(self) -> WeekFacts | None:
        return self.earlier[-1]

    @property
    def is_first(self) -> bool:
        """Nothing is known of any week before."""
        return not any(facts.known(source) for facts in self.earlier if facts for source in Source)

    def known(self, source: Source) -> bool:
        return self.current.known(source)

    def last(self, source: Source) -> WeekFacts | None:
        """Last week's facts, if they can be compared with this week's for `source`."""
        return self._comparable(self.last_week, source)

    def back(self, weeks: int) -> Self | None:
        """The same, seen from the end of the week so many before. None: nothing stored of it."""
        facts = self.earlier[-weeks]
        if facts is None:
            return None
        earlier = (*[None] * weeks, *self.earlier[:-weeks])
        return replace(self, week=self.week.prior(weeks), current=facts, earlier=earlier)

    def comparable(self, weeks: int, source: Source) -> Self | None:
        """As `back`. None also where that week's figures of `source` are no match for this one's."""
        return None if self._comparable(self.earlier[-weeks], source) is None else self.back(weeks)

    def table(
        self,
        source: Source,
        unit: Unit,
        figures: Callable[[WeekFacts, ReportingWeek], Mapping[K, float | None]],
    ) -> Table[K]:
        """Work out figures for every week that can be compared with this one."""
        rows: list[Mapping[K, float | None] | None] = []
        for back, facts in zip(range(len(self.earlier), 0, -1), self.earlier, strict=True):
            comparable = self._comparable(facts, source)
            rows.append(None if comparable is None else figures(comparable, self.week.prior(back)))
        rows.append(figures(self.current, self.week) if self.known(source) else None)
        return Table(unit, tuple(rows))

    def _comparable(self, facts: WeekFacts | None, source: Source) -> WeekFacts | None:
        """A week that other systems answered for counts other things: a gap, not a comparison."""
        if facts is None or not self.known(source):
            return None
        same = answering_systems(facts, source) == answering_systems(self.current, source)
        return facts if same else None


def answering_systems(facts: WeekFacts, source: Source) -> frozenset[str]:
    """Systems that gave an answer for `source` in that week."""
    return frozenset(
        s.system for s in facts.snapshots if s.source is source and s.status is not SnapshotStatus.MISSING
    )


def is_whole(facts: WeekFacts, source: Source) -> bool:
    """Tell whether nothing was left out: what is not listed was really not there."""
    states = [s.status for s in facts.snapshots if s.source is source]
    return bool(states) and all(state is SnapshotStatus.OK for state in states)


def percent_of(part: float, whole: float) -> float | None:
    """`part` of `whole` in per cent. None: nothing to divide by."""
    return 100 * part / whole if whole > 0 else None


def change_in_points(before: float | None, after: float | None) -> float | None:
    """The difference of two percentages, free of the dust of binary fractions."""
    if before is None or after is None:
        return None
    return round(after - before, 9)
