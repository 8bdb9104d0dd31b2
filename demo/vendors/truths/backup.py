"""Every machine that is protected: its last good restore point and its runs."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from demo.vendors.protection import machines, runs_between
from demo.vendors.tenants import Tenant
from demo.vendors.world import DAY, window


def backup(tenant: Tenant, monday: date) -> dict[str, Any]:
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


def _iso(moment: int) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat()
