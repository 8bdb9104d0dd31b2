"""The largest customer that the budgets are for: 40 sites, 600 devices, 1,500 tickets, 300 machines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from msp_reports.domain.records import Record
from msp_reports.domain.report import ReportModel
from msp_reports.domain.week import ReportingWeek
from msp_reports.sources.catalog import BY_SYSTEM
from tests.unit.domain import builders as make

SITES, DEVICES, TICKETS, MACHINES, PUBLIC_SITES, INCIDENTS = 40, 600, 1500, 300, 30, 40
CLASSES = ("switch", "firewall", "access point", "server")
WEEKS_BEFORE, DAYS, THURSDAY = 12, 7, 3


def large() -> ReportModel:
    """A whole history of such weeks, compared."""
    before = [make.WEEK.prior(back) for back in range(1, WEEKS_BEFORE + 1)]
    history = (make.facts(*records(week), week=week) for week in before)
    model = make.report(make.facts(*records(make.WEEK)), *history)
    named = (replace(entry, system=BY_SYSTEM[entry.system].label) for entry in model.provenance)
    return replace(model, provenance=tuple(named))


def records(week: ReportingWeek) -> Iterator[Record]:
    for n in range(DEVICES):
        down = (n * 37) % 9000 if n % 5 == 0 else 0
        yield make.device(f"sw-{n:03d}", down=down, site=f"Site {n % SITES:02d}", kind=CLASSES[n % 4])
    for n in range(TICKETS):
        opened = week.start_utc + timedelta(minutes=(n * 613) % 9900)
        closed = opened + timedelta(hours=n % 90) if n % 3 else None
        ticket = make.ticket(n, opened=opened, closed=closed, late=n % 11 == 0)
        yield replace(ticket, priority=f"P{n % 4 + 1}", priority_rank=n % 4 + 1)
    for n in range(MACHINES):
        yield from backed_up(n, week)
    for n in range(PUBLIC_SITES):
        yield make.site(f"s{n}.acme.com", good=2000 - n * 3)
    for n in range(INCIDENTS):
        yield make.incident(n, severity=("high", "medium", "low")[n % 3])
    yield from make.scores(70, 66)


def backed_up(n: int, week: ReportingWeek) -> Iterator[Record]:
    """A machine with one run a day; in every ninth none has been good since Thursday."""
    name = f"SRV-{n:03d}"
    runs = [
        make.run(
            name,
            at=week.start_utc + timedelta(days=day, hours=3),
            good=(n + day) % 17 != 0 and not (n % 9 == 0 and day > THURSDAY),
        )
        for day in range(DAYS)
    ]
    good = [run.ended_at for run in runs if run.good]
    machine = make.machine(name, week=week)
    yield replace(machine, last_good_at=max(good), runs_good=len(good), runs_failed=DAYS - len(good))
    yield from runs
