"""The backup matrix: every machine's last good restore point, its target and its seven days."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msp_reports.domain.customer import Customer, Thresholds
from msp_reports.domain.records import BackupMachine, BackupRun, Source
from msp_reports.domain.report import BackupSection, DayState, MachineRow, Unit
from msp_reports.domain.runs import Outcomes, outcomes_by_day
from msp_reports.domain.snapshot import WeekFacts
from msp_reports.domain.trends import Weeks
from msp_reports.domain.week import ReportingWeek


def stale_after(machine: BackupMachine, thresholds: Thresholds) -> int:
    """Hours without a good restore point that are allowed: the machine's own target, else the default."""
    return machine.rpo_hours if machine.rpo_hours > 0 else thresholds.backup_stale_hours


def hours_since_good(machine: BackupMachine, week: ReportingWeek) -> float | None:
    """Hours from the last good restore point to the week's end. None: not known, or never."""
    if not machine.last_good_known or machine.last_good_at is None:
        return None
    return (week.end_utc - machine.last_good_at).total_seconds() / 3600


def is_within_target(machine: BackupMachine, week: ReportingWeek, thresholds: Thresholds) -> bool | None:
    """Tell whether the target is met. None: not known, or paused on purpose."""
    if machine.paused or not machine.last_good_known:
        return None
    hours = hours_since_good(machine, week)
    return hours is not None and hours <= stale_after(machine, thresholds)


def protected(facts: WeekFacts) -> tuple[tuple[BackupMachine, ...], ...]:
    """Return the machines, each with its rows: one per system that backs it up, the leading one first."""
    rows: dict[str, list[BackupMachine]] = {}
    for machine in facts.of(BackupMachine):
        rows.setdefault(facts.twins.get(machine.machine_id, machine.machine_id), []).append(machine)
    return tuple(map(tuple, rows.values()))


def freshest_of(rows: Sequence[BackupMachine], week: ReportingWeek, thresholds: Thresholds) -> BackupMachine:
    """Return the row that speaks for a machine: it is met if one system meets it.

    If none is known to, one that is not known may, so the machine's state is not known. A paused row says
    nothing; otherwise the newest restore point counts.
    """

    def rank(machine: BackupMachine) -> tuple[int, bool, float]:
        met = is_within_target(machine, week, thresholds)
        hours = hours_since_good(machine, week)
        return (
            {True: 3, None: 1 if machine.paused else 2, False: 1}[met],
            not machine.paused,
            -(hours or float("inf")),
        )

    return max(rows, key=rank)


def backup_section(weeks: Weeks, customer: Customer) -> BackupSection | None:
    """Fill the section. None: no backup system answered."""
    if not weeks.known(Source.BACKUP):
        return None
    thresholds = customer.thresholds
    counts = weeks.table(Source.BACKUP, Unit.COUNT, lambda facts, week: _counts(facts, week, thresholds))
    return BackupSection(
        met=counts.measure("met"),
        machines=counts.measure("machines"),
        runs_good=counts.measure("runs_good"),
        runs_failed=counts.measure("runs_failed"),
        rows=_rows(weeks.current, weeks.week, thresholds),
        unknown=_unknown(_speaking(weeks.current, weeks.week, thresholds), weeks.week, thresholds),
    )


def _speaking(facts: WeekFacts, week: ReportingWeek, thresholds: Thresholds) -> list[BackupMachine]:
    """Return of each machine the row that speaks for it."""
    return [freshest_of(rows, week, thresholds) for rows in protected(facts)]


def _unknown(machines: Iterable[BackupMachine], week: ReportingWeek, thresholds: Thresholds) -> int:
    return sum(not m.paused and is_within_target(m, week, thresholds) is None for m in machines)


def _counts(facts: WeekFacts, week: ReportingWeek, thresholds: Thresholds) -> Mapping[str, float | None]:
    machines = facts.of(BackupMachine)
    freshest = _speaking(facts, week, thresholds)
    states = [is_within_target(machine, week, thresholds) for machine in freshest]
    known = [state for state in states if state is not None]
    return {
        "met": sum(known) if known else None,
        "machines": sum(not machine.paused for machine in freshest),
        "runs_good": _runs(machines, "runs_good"),
        "runs_failed": _runs(machines, "runs_failed"),
    }


def _runs(machines: Iterable[BackupMachine], field: str) -> int | None:
    """Add runs up. None: of a machine in service they are not known, so the sum is not either."""
    machines = tuple(machines)
    told: list[int | None] = [getattr(m, field) if m.runs_known else None for m in machines]
    gaps = any(runs is None and not m.paused for runs, m in zip(told, machines, strict=True))
    known = [runs for runs in told if runs is not None]
    return sum(known) if known and not gaps else None


def _rows(facts: WeekFacts, week: ReportingWeek, thresholds: Thresholds) -> tuple[MachineRow, ...]:
    days = outcomes_by_day(facts.of(BackupRun), week)
    machines = sorted(facts.of(BackupMachine), key=lambda m: (m.name, m.appliance, m.machine_id))
    rows = [_row(machine, days.get(machine.machine_id, {}), week, thresholds) for machine in machines]
    return tuple(sorted(rows, key=_worst_first))


def _row(
    machine: BackupMachine, outcomes: Outcomes, week: ReportingWeek, thresholds: Thresholds
) -> MachineRow:
    return MachineRow(
        name=machine.name,
        appliance=machine.appliance,
        kind=machine.kind,
        paused=machine.paused,
        last_good_at=machine.last_good_at if machine.last_good_known else None,
        last_good_known=machine.last_good_known,
        hours_since=hours_since_good(machine, week),
        rpo_hours=stale_after(machine, thresholds),
        rpo_met=is_within_target(machine, week, thresholds),
        runs_good=machine.runs_good if machine.runs_known else None,
        runs_failed=machine.runs_failed if machine.runs_known else None,
        verified_at=machine.verified_at if machine.verification_known else None,
        verification_known=machine.verification_known,
        days=tuple(_day_state(outcomes.get(day, set()), machine.runs_known) for day in week.days),
    )


def _day_state(outcomes: set[bool], runs_known: bool) -> DayState:
    if not runs_known:
        return DayState.UNKNOWN
    if not outcomes:
        return DayState.NONE
    if len(outcomes) > 1:
        return DayState.MIXED
    return DayState.GOOD if True in outcomes else DayState.FAILED


def _worst_first(row: MachineRow) -> tuple[int, float]:
    never = row.last_good_known and row.last_good_at is None
    age = float("inf") if never else (row.hours_since or 0.0)
    if row.paused:
        return 3, -age
    return {False: 0, None: 1, True: 2}[row.rpo_met], -age
