"""The numbers that a report must show, calculated straight from what happened.

Apart from every wire format and from every parser: this is what the parsers are held against.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

from demo.vendors.protection import MAX_SCORE, current_score, machines, runs_between
from demo.vendors.tenants import BY_CODE, Tenant
from demo.vendors.web import SLOT, site_week
from demo.vendors.world import (
    DAY,
    RESOLVE_MINUTES,
    RESPOND_MINUTES,
    Incident,
    Ticket,
    devices,
    downs,
    gaps,
    incidents,
    maintenances,
    monday_of,
    mondays_between,
    tickets,
    window,
)

WEEKS_BACK = 12


def truth(code: str, label: str) -> dict[str, Any]:
    tenant, monday = BY_CODE[code], monday_of(label)
    return {
        "uptime": _uptime(tenant, monday),
        "tickets": _tickets(tenant, monday),
        "backup": _backup(tenant, monday) if tenant.has_datto else None,
        "security": _security(tenant, monday) if tenant.has_defender else None,
        "availability": _availability(tenant, monday),
    }


def _uptime(tenant: Tenant, monday: date) -> dict[str, Any]:
    start, end = window(tenant, monday)
    weeks = mondays_between(tenant, start, end, before=1)
    per_device: dict[str, dict[str, int]] = {}
    for device in devices(tenant):
        planned = {
            second_range
            for week in weeks
            for m in maintenances(tenant, week)
            if device in m.devices
            for second_range in _clip(m.start, m.end, start, end)
        }
        down = [
            part
            for week in weeks
            for d in downs(tenant, week)
            if d.device == device and not d.planned
            for part in _clip(d.start, d.end, start, end)
        ]
        unknown = [
            part
            for week in weeks
            for g in gaps(tenant, week)
            if g.device == device
            for part in _clip(g.start, g.end, start, end)
        ]
        down_seconds = sum(b - a - _common(a, b, planned) for a, b in down)
        per_device[device.hostid] = {
            "window": end - start,
            "planned": sum(b - a for a, b in planned),
            "unknown": sum(b - a for a, b in unknown),
            "down": down_seconds,
        }
    monitored = sum(d["window"] - d["planned"] - d["unknown"] for d in per_device.values())
    lost = sum(d["down"] for d in per_device.values())
    percent = 100 * (monitored - lost) / monitored if monitored else None
    return {"devices": per_device, "percent": percent}


def _clip(start: int, end: int, lower: int, upper: int) -> list[tuple[int, int]]:
    a, b = max(start, lower), min(end, upper)
    return [(a, b)] if a < b else []


def _common(a: int, b: int, spans: Iterable[tuple[int, int]]) -> int:
    return sum(max(0, min(b, d) - max(a, c)) for c, d in spans)


def known_tickets(tenant: Tenant, start: int, end: int) -> list[Ticket]:
    """Tickets that count: service tickets, not merged into another."""
    return [
        t
        for week in mondays_between(tenant, start, end, before=WEEKS_BACK)
        for t in tickets(tenant, week)
        if t.record == "ServiceTicket" and t.merged_into is None
    ]


def _tickets(tenant: Tenant, monday: date) -> dict[str, Any]:
    start, end = window(tenant, monday)
    counted = known_tickets(tenant, start, end)
    opened = [t for t in counted if start <= t.opened < end]
    closed = [t for t in counted if t.closed is not None and start <= t.closed < end]
    still = [t for t in counted if t.opened < end and (t.closed is None or t.closed >= end)]
    return {
        "opened": len(opened),
        "closed": len(closed),
        "open_at_end": len(still),
        "response_breaches": sum(t.responded > RESPOND_MINUTES[t.rank] for t in opened),
        "resolution_breaches": sum((t.resolved or 0) > RESOLVE_MINUTES[t.rank] for t in closed),
    }


def _backup(tenant: Tenant, monday: date) -> dict[str, Any]:
    start, end = window(tenant, monday)
    inside = runs_between(tenant, start, end)
    before = runs_between(tenant, end - 40 * DAY, end)
    per_machine: dict[str, Any] = {}
    for machine in machines(tenant):
        if machine.archived or machine.paused:
            continue
        mine = [run for run in inside if run.machine == machine]
        good = [run.start for run in before if run.machine == machine and run.good]
        per_machine[machine.name] = {
            "last_good": _iso(max(good)) if good else None,
            "good": sum(run.good for run in mine),
            "failed": sum(not run.good for run in mine),
        }
    return {"machines": per_machine}


def _security(tenant: Tenant, monday: date) -> dict[str, Any]:
    start, end = window(tenant, monday)
    known: list[Incident] = [
        i
        for week in mondays_between(tenant, start, end, before=WEEKS_BACK)
        for i in incidents(tenant, week)
        if not i.redirected
    ]
    days = [datetime.fromtimestamp(edge - 1, UTC).date() for edge in (start, end)]
    scores = [100 * current_score(tenant, day) / MAX_SCORE for day in days]
    return {
        "opened": sum(start <= i.opened < end for i in known),
        "closed": sum(i.closed is not None and start <= i.closed < end for i in known),
        "open_at_end": sum(i.opened < end and (i.closed is None or i.closed >= end) for i in known),
        "score_start": scores[0],
        "score_end": scores[1],
    }


def _availability(tenant: Tenant, monday: date) -> dict[str, Any]:
    found = {}
    for site in tenant.web:
        week = site_week(tenant, site, monday)
        made = week.due - len(week.missing)
        found[site] = {"due": week.due, "made": made, "good": made - len(week.failed), "slot": SLOT}
    return {"sites": found}


def _iso(moment: int) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat()
