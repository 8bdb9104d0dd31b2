"""Incidents and the secure score."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from demo.vendors.protection import MAX_SCORE, current_score
from demo.vendors.tenants import Tenant
from demo.vendors.world import Incident, incidents, mondays_between, sentinel_incidents, window

WEEKS_BACK = 26


def security(tenant: Tenant, monday: date) -> dict[str, Any]:
    """An incident that Defender hands on to Sentinel is Defender's, and counts once."""
    start, end = window(tenant, monday)
    weeks = mondays_between(tenant, start, end, before=WEEKS_BACK)
    told: dict[str, list[Incident]] = {}
    if tenant.uses("defender"):
        told["defender"] = [i for week in weeks for i in incidents(tenant, week) if not i.redirected]
    if tenant.uses("sentinel"):
        told["sentinel"] = [i for week in weeks for i in sentinel_incidents(tenant, week)]
    scores: list[float | None] = [None, None]
    if tenant.uses("defender"):
        days = [datetime.fromtimestamp(edge - 1, UTC).date() for edge in (start, end)]
        scores = [100 * current_score(tenant, day) / MAX_SCORE for day in days]
    return {
        **_counts([incident for known in told.values() for incident in known], start, end),
        "by_system": {system: _counts(known, start, end) for system, known in told.items()},
        "score_start": scores[0],
        "score_end": scores[1],
    }


def _counts(known: Sequence[Incident], start: int, end: int) -> dict[str, int]:
    return {
        "opened": sum(start <= i.opened < end for i in known),
        "closed": sum(i.closed is not None and start <= i.closed < end for i in known),
        "open_at_end": sum(i.opened < end and (i.closed is None or i.closed >= end) for i in known),
    }
