"""Every machine that is protected: its last good restore point and its runs, one row per system."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from demo.vendors import veeam_world
from demo.vendors.protection import machines, runs_between
from demo.vendors.tenants import Tenant
from demo.vendors.world import DAY, HOUR, window

TARGET_HOURS = 48


def backup(tenant: Tenant, monday: date) -> dict[str, Any]:
    per_machine: dict[str, Any] = {}
    if tenant.uses("datto"):
        per_machine |= _datto(tenant, monday)
    if tenant.uses("veeam", "veeam_console"):
        per_machine |= _veeam(tenant, monday)
    _, end = window(tenant, monday)
    met: dict[int, bool] = {}
    for row in per_machine.values():
        good = row.pop("good_at")
        number = row.pop("number")
        met[number] = met.get(number, False) or (good is not None and end - good <= TARGET_HOURS * HOUR)
    return {"machines": per_machine, "in_service": len(met), "met": sum(met.values())}


def _datto(tenant: Tenant, monday: date) -> dict[str, Any]:
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
            "number": machine.number,
            "good_at": max(good, default=None),
            "last_good": _iso(max(good)) if good else None,
            "good": sum(run.good for run in mine),
            "failed": sum(not run.good for run in mine),
        }
    return per_machine


def _veeam(tenant: Tenant, monday: date) -> dict[str, Any]:
    start, end = window(tenant, monday)
    before = veeam_world.ended_between(tenant, end - 30 * DAY, end)
    per_machine: dict[str, Any] = {}
    for machine in veeam_world.protected(tenant):
        mine = [night for night in before if night.machine == machine]
        inside = [night for night in mine if night.end >= start]
        good = [night.last.start for night in mine if night.last.good]
        per_machine[machine.name] = {
            "number": machine.number,
            "good_at": max(good, default=None),
            "last_good": _iso(max(good)) if good else None,
            "good": sum(night.last.good for night in inside),
            "failed": sum(not night.last.good for night in inside),
        }
    return per_machine


def _iso(moment: int) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat()
