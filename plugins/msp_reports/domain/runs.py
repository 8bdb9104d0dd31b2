"""Which week and which day a backup run belongs to: one rule, for every backup system and only here.

A run belongs to the moment it ended, for before that it is neither good nor failed: what still runs at
the week's end is the next week's. The counts of a machine and the days of the matrix are both read
from the runs chosen here, so that they cannot disagree.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from msp_reports.domain.records import BackupRun
from msp_reports.domain.week import ReportingWeek

Outcomes = Mapping[date, set[bool]]
"""What the runs of each local day came to."""


@dataclass(frozen=True, slots=True)
class WeekRuns:
    """The runs of one machine that belong to a week."""

    runs: tuple[BackupRun, ...]
    """None are listed when they are not known: a part of them would show a day as it was not."""
    known: bool

    @property
    def good(self) -> int | None:
        return sum(run.good for run in self.runs) if self.known else None

    @property
    def failed(self) -> int | None:
        return sum(not run.good for run in self.runs) if self.known else None


def week_runs(runs: Iterable[BackupRun], week: ReportingWeek, *, known: bool) -> WeekRuns:
    """Choose a machine's runs of the week.

    Args:
        known: the system's list of this machine's runs is whole for the week.
    """
    chosen = tuple(run for run in runs if week.contains(run.ended_at)) if known else ()
    return WeekRuns(chosen, known)


def outcomes_by_day(runs: Iterable[BackupRun], week: ReportingWeek) -> Mapping[str, Outcomes]:
    """Return what the runs of each machine id came to on each day of the week, in the week's zone."""
    zone = week.start.tzinfo
    days: dict[str, dict[date, set[bool]]] = defaultdict(lambda: defaultdict(set))
    for run in runs:
        days[run.machine_id][run.ended_at.astimezone(zone).date()].add(run.good)
    return days
