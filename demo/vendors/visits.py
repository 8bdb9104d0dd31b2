"""Visitors of the sites that stand behind a proxy: how many came in each five minutes, and what they got."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from demo.vendors.tenants import Tenant
from demo.vendors.web import SLOT, site_week
from demo.vendors.world import HOUR, served, window

STATIC = "static"
"""A host of every proxied domain that no report asks for: its images never fail."""
NO_ANSWER, BROKEN, MISSING, FINE = 522, 500, 404, 200


@dataclass(frozen=True, slots=True)
class Visits:
    """Five minutes at one host: requests by the status that visitors got."""

    at: int
    by_status: tuple[tuple[int, int], ...]


def domain(tenant: Tenant) -> str:
    return f"{tenant.code}.example"


def host(tenant: Tenant, site: str) -> str:
    return f"{site}.{domain(tenant)}"


def zone_id(tenant: Tenant) -> str:
    return hashlib.md5(f"zone of {tenant.code}".encode(), usedforsecurity=False).hexdigest()


@lru_cache(maxsize=512)
def visits(tenant: Tenant, site: str, monday: date) -> tuple[Visits, ...]:
    """One host's week; five minutes in which nobody came are left out."""
    if not served(tenant, monday):
        return ()
    start, end = window(tenant, monday)
    down = set() if site == STATIC else set(site_week(tenant, site, monday).failed)
    told = [Visits(at, _answers(tenant, site, at, at in down)) for at in range(start, end, SLOT)]
    return tuple(step for step in told if step.by_status)


def _answers(tenant: Tenant, site: str, at: int, is_down: bool) -> tuple[tuple[int, int], ...]:
    number = at // SLOT
    came = 20 + (number * 7 + len(site) * 13 + tenant.number * 5) % 41
    if 2 <= at // HOUR % 24 < 4:
        came %= 7
    if is_down:
        return ((NO_ANSWER, came),) if came else ()
    found = Counter({MISSING: came // 10, BROKEN: int(came > 0 and site != STATIC and number % 211 == 0)})
    found[FINE] = came - found.total()
    return tuple(sorted((status, count) for status, count in found.items() if count))
