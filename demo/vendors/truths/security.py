"""Incidents and the secure score."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from demo.vendors.protection import MAX_SCORE, current_score
from demo.vendors.tenants import Tenant
from demo.vendors.world import Incident, incidents, mondays_between, window

WEEKS_BACK = 12


def security(tenant: Tenant, monday: date) -> dict[str, Any]:
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
