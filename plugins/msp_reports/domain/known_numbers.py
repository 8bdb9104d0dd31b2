"""Which numbers a report holds: what its fields say, what its lists count, what its names contain."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from itertools import combinations
from typing import Any
from zoneinfo import ZoneInfo

from msp_reports.domain.report import Finding, Measure, ReportModel, Rule, Severity, Unit
from msp_reports.domain.week import ReportingWeek
from msp_reports.domain.written_numbers import Kind, written_numbers

_MINUTES = {Unit.MINUTES: 1.0, Unit.HOURS: 60.0, Unit.DAYS: 1440.0}
_SPAN_FIELDS = {"minutes": 1.0, "hours": 60.0, "hours_since": 60.0, "days": 1440.0, "ms": 1 / 60_000}
_SHARE_FIELDS = ("percent", "target", "coverage")
_COUNTING = frozenset({Rule.FLEET_CHANGED, Rule.TICKETS_WORSE})
_OURS = frozenset({"summary", "summary_grounds", "comments"})
"""What is to be checked does not vouch for itself."""
_LABELS = frozenset({"week", "since", "comparison"})
"""Fields whose numbers are names of weeks."""
WEEKS = 13
"""Told at most, this one included."""
_ALL = 100.0
_DIGITS = re.compile(r"(?<![\d.,])\d{1,15}(?![.,]?\d)")


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownNumbers:
    shares: set[float] = field(default_factory=set)
    counts: set[float] = field(default_factory=set)
    minutes: set[float] = field(default_factory=set)
    moments: set[datetime] = field(default_factory=set)
    """In the customer's zone."""
    days: set[date] = field(default_factory=set)
    weeks: set[int] = field(default_factory=set)
    """Numbers of calendar weeks."""


def known_numbers(model: ReportModel) -> KnownNumbers:
    """Gather what the report says, apart from its summary and the comments."""
    known = KnownNumbers()
    _Gatherer(known, ZoneInfo(model.zone)).gather({
        entry.name: getattr(model, entry.name) for entry in fields(model) if entry.name not in _OURS
    })
    _count_findings(known, model.findings)
    week = ReportingWeek.parse(model.week, model.zone)
    known.days.update(week.days, week.prior().days, [week.days[-1] + timedelta(days=1)])
    known.days.update(moment.date() for moment in known.moments)
    for _ in range(WEEKS):
        known.weeks.add(week.days[0].isocalendar().week)
        week = week.prior()
    return known


def _count_findings(known: KnownNumbers, findings: Iterable[Finding]) -> None:
    """How many findings of a rule are alike is for the summary to say; some stand for several."""
    sizes: Counter[tuple[Rule, bool]] = Counter()
    for finding in findings:
        several = finding.unit is Unit.COUNT and finding.rule not in _COUNTING and finding.after
        sizes[finding.rule, finding.severity is Severity.GOOD] += int(several or 1)
    for size in sizes.values():
        known.counts.update(map(float, range(1, size + 1)))


class _Gatherer:
    def __init__(self, known: KnownNumbers, zone: ZoneInfo) -> None:
        self._known = known
        self._zone = zone

    def gather(self, named: dict[str, Any]) -> None:
        for name, value in named.items():
            if name not in _LABELS:
                self._gather(name, value)

    def _gather(self, name: str, value: Any) -> None:
        if isinstance(value, Measure | Finding):
            self._measured(value)
        if isinstance(value, str) and not isinstance(value, Enum):
            self._text(value)
        elif isinstance(value, datetime):
            self._known.moments.add(value.astimezone(self._zone))
        elif isinstance(value, date):
            self._known.days.add(value)
        elif isinstance(value, tuple):
            self._listed(value)
            for item in value:
                self._gather(name, item)
        elif is_dataclass(value) and not isinstance(value, type):
            self.gather({entry.name: getattr(value, entry.name) for entry in fields(value)})
        elif isinstance(value, int | float) and not isinstance(value, bool):
            self._field(name, float(value))

    def _field(self, name: str, value: float) -> None:
        size = next((size for end, size in _SPAN_FIELDS.items() if name.endswith(end)), None)
        if size is not None:
            self._known.minutes.add(value * size)
        elif any(name.endswith(end) for end in _SHARE_FIELDS):
            self._share(value)
        else:
            self._known.counts.add(abs(value))

    def _share(self, value: float) -> None:
        self._known.shares.update((abs(value), _ALL - value))

    def _measured(self, told: Measure | Finding) -> None:
        if isinstance(told, Measure):
            now, numbers = told.value, [told.value, told.before, *told.history]
        else:
            now, numbers = told.after, [told.before, told.after, told.threshold]
        if now is not None and told.before is not None:
            numbers.append(abs(now - told.before))
            if told.before:
                self._known.shares.add(abs(now / told.before - 1) * _ALL)
        for number in numbers:
            if number is None:
                continue
            if told.unit in _MINUTES:
                self._known.minutes.add(abs(number) * _MINUTES[told.unit])
            elif told.unit is Unit.COUNT:
                self._known.counts.add(abs(number))
            else:
                self._share(number)

    def _listed(self, items: Sequence[Any]) -> None:
        """Rows can be counted: all of them, those in one state, those in two; and their minutes added up."""
        self._known.counts.add(float(len(items)))
        rows = [item for item in items if is_dataclass(item)]
        self._known.minutes.add(float(sum(getattr(row, "minutes", 0) for row in rows)))
        states = [
            [(e.name, s) for e in fields(row) if isinstance(s := getattr(row, e.name), bool | Enum | None)]
            for row in rows
        ]
        counted = Counter(pair for row in states for pair in row)
        several = Counter(pairs for row in states for pairs in combinations(row, 2))
        self._known.counts.update(map(float, (*counted.values(), *several.values())))

    def _text(self, text: str) -> None:
        """A sentence's numbers by their kind; a name's also as they stand in it."""
        for number in written_numbers(text):
            for reading in number.readings:
                value = reading.value * number.unit
                if number.kind is Kind.SHARE:
                    self._share(value)
                elif number.kind is Kind.SPAN:
                    self._known.minutes.add(value)
                else:
                    self._known.counts.add(value)
        self._known.counts.update(float(run) for run in _DIGITS.findall(text))
