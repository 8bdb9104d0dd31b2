"""What checks of the public sites saw, and what visitors got of those behind a proxy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from demo.vendors.tenants import Tenant
from demo.vendors.visits import FINE, STATIC, Visits, visits
from demo.vendors.web import SLOT, certificate_expiry, response_seconds, site_week
from demo.vendors.world import mondays_between, window

WELL = {200, 404}
LEAST_VISITS = 10


def availability(tenant: Tenant, monday: date) -> dict[str, Any]:
    checked = {site: _checked(tenant, site, monday) for site in _checked_sites(tenant)}
    end = window(tenant, monday)[1]
    visited = {site: _visited(visits(tenant, site, monday), end) for site in tenant.proxied}
    return {"sites": visited | checked, "visited": visited, "domain_days": _domain_days(tenant, monday)}


def _checked_sites(tenant: Tenant) -> tuple[str, ...]:
    return tenant.web if tenant.uses("site_checks", "blackbox") else ()


def _checked(tenant: Tenant, site: str, monday: date) -> dict[str, Any]:
    week = site_week(tenant, site, monday)
    good = [at for at, well in week.made() if well]
    made = week.due - len(week.missing)
    found: dict[str, Any] = {"due": week.due, "made": made, "good": made - len(week.failed), "slot": SLOT}
    if tenant.uses("blackbox"):
        times = sorted(response_seconds(at) for at in good)
        days = (certificate_expiry(good[-1]) - window(tenant, monday)[1]) // 86400 if good else None
        found |= {"p95": times[-(-95 * len(times) // 100) - 1] if times else None, "certificate": days}
    return found


def _visited(steps: Sequence[Visits], end: int) -> dict[str, Any]:
    total = _sum(steps)
    well = sum(count for status, count in total.items() if status in WELL)
    return {"due": None, "made": total.total(), "good": well, "down": _down(steps, end)}


def _sum(steps: Sequence[Visits]) -> Counter[int]:
    total: Counter[int] = Counter()
    for step in steps:
        total.update(dict(step.by_status))
    return total


def _down(steps: Sequence[Visits], end: int) -> list[list[int | None]]:
    """Times in which nobody was served, step after step, two of them busy: from the first to after the last.

    A step without visits ends such a time; a quiet one, in which nobody was served, only goes on with one.
    """
    found: list[list[int | None]] = []
    down: list[int] = []
    busy = 0
    for step in (*steps, Visits(end, ((FINE, 1),))):
        answers = dict(step.by_status)
        if down and (step.at != down[-1] + SLOT or WELL & answers.keys()):
            until = down[-1] + SLOT
            found += [[down[0], until if until < end else None]] if busy > 1 else []
            down, busy = [], 0
        is_busy = sum(answers.values()) >= LEAST_VISITS
        if not WELL & answers.keys() and (down or is_busy):
            down.append(step.at)
            busy += is_busy
    return found


def _domain_days(tenant: Tenant, monday: date) -> dict[str, int] | None:
    """All visits to the domain in the seven days of the week, as days are in UTC."""
    if not tenant.proxied:
        return None
    start = int(datetime.combine(monday, time(), UTC).timestamp())
    end = int(datetime.combine(monday + timedelta(days=7), time(), UTC).timestamp())
    steps = [
        step
        for week in mondays_between(tenant, start, end)
        for site in (*tenant.proxied, STATIC)
        for step in visits(tenant, site, week)
        if start <= step.at < end
    ]
    total = _sum(steps)
    well = sum(count for status, count in total.items() if status in WELL)
    return {"made": total.total(), "good": well}
