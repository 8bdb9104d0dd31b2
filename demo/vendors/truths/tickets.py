"""Tickets that count, and what became of them."""

from __future__ import annotations

from datetime import date
from typing import Any

from demo.vendors.tenants import Tenant
from demo.vendors.world import (
    RESOLVE_MINUTES,
    RESPOND_MINUTES,
    Ticket,
    mondays_between,
    window,
)
from demo.vendors.world import (
    tickets as tickets_of,
)

WEEKS_BACK = 12


def known_tickets(tenant: Tenant, start: int, end: int) -> list[Ticket]:
    """Tickets that count: service tickets, not merged into another."""
    return [
        t
        for week in mondays_between(tenant, start, end, before=WEEKS_BACK)
        for t in tickets_of(tenant, week)
        if t.record == "ServiceTicket" and t.merged_into is None
    ]


def tickets(tenant: Tenant, monday: date) -> dict[str, Any]:
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
