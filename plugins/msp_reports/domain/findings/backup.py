"""Findings about backups: stale restore points and restores that nobody has proven."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

from msp_reports.domain.customer import Thresholds
from msp_reports.domain.findings.draft import FIRST, Draft, Kind, times
from msp_reports.domain.kpis.backup import (
    freshest_of,
    hours_since_good,
    is_within_target,
    protected,
    stale_after,
)
from msp_reports.domain.language import say
from msp_reports.domain.records import BackupMachine, Source
from msp_reports.domain.report import Finding, Rule, Severity, Unit
from msp_reports.domain.trends import Weeks
from msp_reports.domain.week import ReportingWeek
from msp_reports.domain.wording import count, span

_FAR_BEYOND = 2
"""Times the target after which a stale backup is critical."""


def backup_findings(weeks: Weeks, thresholds: Thresholds) -> Iterator[Draft]:
    """Judge every machine that is not paused, once, however many systems back it up."""
    if not weeks.known(Source.BACKUP):
        return
    last_week = weeks.last(Source.BACKUP)
    last = {rows[0].machine_id: rows for rows in protected(last_week)} if last_week else {}
    machines = [rows for rows in protected(weeks.current) if not all(machine.paused for machine in rows)]
    for rows in machines:
        before = last.get(rows[0].machine_id, ())
        for draft in (
            _freshness(*_freshest(rows, before, weeks, thresholds), weeks.week, thresholds),
            _verification(*_best_proven(rows, before, weeks, thresholds), weeks.week, thresholds),
        ):
            if draft is not None:
                yield replace(draft, total=len(machines))


_Rows = Sequence[BackupMachine]
_Pair = tuple[BackupMachine, BackupMachine | None]
"""The row that speaks for a machine this week, and the one that spoke last week."""


def _freshest(rows: _Rows, before: _Rows, weeks: Weeks, thresholds: Thresholds) -> _Pair:
    return (
        freshest_of(rows, weeks.week, thresholds),
        freshest_of(before, weeks.week.prior(), thresholds) if before else None,
    )


def _best_proven(rows: _Rows, before: _Rows, weeks: Weeks, thresholds: Thresholds) -> _Pair:
    """A restore that one system has proven is proven."""
    limit = thresholds.backup_unverified_days

    def best(of: _Rows, week: ReportingWeek) -> BackupMachine:
        return max(of, key=lambda m: ({True: 2, False: 1, None: 0}[is_proven(m, week, limit)], _proven_at(m)))

    return best(rows, weeks.week), best(before, weeks.week.prior()) if before else None


def _proven_at(machine: BackupMachine) -> float:
    return machine.verified_at.timestamp() if machine.verified_at else 0.0


def _freshness(
    machine: BackupMachine, before: BackupMachine | None, week: ReportingWeek, thresholds: Thresholds
) -> Draft | None:
    met = is_within_target(machine, week, thresholds)
    met_before = is_within_target(before, week.prior(), thresholds) if before else None
    hours, limit = hours_since_good(machine, week), stale_after(machine, thresholds)
    if met is False:
        stale = _stale(machine, hours, limit, _hours_before(before, week))
        return replace(stale, is_new=met_before)
    if met and met_before is False and hours is not None:
        finding = Finding(
            rule=Rule.BACKUP_STALE,
            source=Source.BACKUP,
            entity=machine.name,
            before=_hours_before(before, week),
            after=hours,
            threshold=limit,
            unit=Unit.HOURS,
            severity=Severity.GOOD,
            sentence=say(
                "{name} has a good backup again, {age} old at the week's end.",
                name=machine.name,
                age=span(hours),
            ),
        )
        return _draft(machine, finding, size=0.0, brief=machine.name)
    return None


def _stale(machine: BackupMachine, hours: float | None, limit: int, before: float | None) -> Draft:
    if hours is None:
        severity, size = Severity.CRITICAL, FIRST
        sentence = say("{name} has never had a good backup.", name=machine.name)
        brief = say("{name} (never)", name=machine.name)
    else:
        age = _age(hours, limit)
        brief = say("{name} for {age}", name=machine.name, age=age)
        severity = Severity.CRITICAL if hours > _FAR_BEYOND * limit else Severity.WARNING
        size = hours / max(limit, 1)
        sentence = say(
            "{name} has had no good backup for {age}; the target is {target}.",
            name=machine.name,
            age=age,
            target=count(limit, "hour"),
        )
    finding = Finding(
        rule=Rule.BACKUP_STALE,
        source=Source.BACKUP,
        entity=machine.name,
        before=before,
        after=hours,
        threshold=limit,
        unit=Unit.HOURS,
        severity=severity,
        sentence=sentence,
    )
    return replace(_draft(machine, finding, size=size, brief=brief), weight=size)


def _age(hours: float, limit: int) -> str:
    """In days only where whole days are more than the target too."""
    if int(hours) == limit:
        return say("more than {span}", span=count(limit, "hour"))
    return span(hours) if hours // 24 * 24 > limit else count(hours, "hour")


def _hours_before(before: BackupMachine | None, week: ReportingWeek) -> float | None:
    return hours_since_good(before, week.prior()) if before else None


def _verification(
    machine: BackupMachine, before: BackupMachine | None, week: ReportingWeek, thresholds: Thresholds
) -> Draft | None:
    limit = thresholds.backup_unverified_days
    proven = is_proven(machine, week, limit)
    proven_before = is_proven(before, week.prior(), limit) if before else None
    days = _days_since_proof(machine, week)
    if proven is None or (proven and proven_before is not False):
        return None
    finding = Finding(
        rule=Rule.BACKUP_UNVERIFIED,
        source=Source.BACKUP,
        entity=machine.name,
        before=_days_since_proof(before, week.prior()) if before else None,
        after=days,
        threshold=limit,
        unit=Unit.DAYS,
        severity=Severity.GOOD if proven else Severity.NOTICE,
        sentence=say("A restore of {name} is proven again.", name=machine.name)
        if proven
        else _unproven(machine, days, limit),
    )
    size = 0.0 if proven else FIRST if days is None else days
    brief = machine.name if proven else _unproven_brief(machine, days)
    weight = 1.0 if proven else times(size, limit)
    return replace(_draft(machine, finding, size=size, brief=brief), is_new=proven_before, weight=weight)


def _unproven_brief(machine: BackupMachine, days: float | None) -> str:
    if days is None:
        return say("{name} (never)", name=machine.name)
    return say("{name} for {age}", name=machine.name, age=count(days, "day"))


def _unproven(machine: BackupMachine, days: float | None, limit: int) -> str:
    if days is None:
        return say("A restore of {name} has never been proven.", name=machine.name)
    age = count(days, "day")
    return say(
        "No restore of {name} has been proven for {age}; the limit is {limit}.",
        name=machine.name,
        age=say("more than {span}", span=age) if int(days) == limit else age,
        limit=count(limit, "day"),
    )


def is_proven(machine: BackupMachine, week: ReportingWeek, limit: int) -> bool | None:
    """Tell whether a restore was proven within `limit` days of the week's end. None: not known, paused."""
    if machine.paused or not machine.verification_known:
        return None
    return machine.verified_at is not None and week.end_utc - machine.verified_at <= timedelta(days=limit)


def _days_since_proof(machine: BackupMachine, week: ReportingWeek) -> float | None:
    if not machine.verification_known or machine.verified_at is None:
        return None
    return (week.end_utc - machine.verified_at) / timedelta(days=1)


def _draft(machine: BackupMachine, finding: Finding, *, size: float, brief: str) -> Draft:
    return Draft(finding=finding, kind=Kind.MACHINE, size=size, brief=brief, identity=machine.machine_id)
