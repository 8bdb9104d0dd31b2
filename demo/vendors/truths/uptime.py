"""How long each device was down, and how long nobody knows or need know."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from demo.vendors.tenants import Tenant
from demo.vendors.world import added, devices, downs, gaps, maintenances, mondays_between, window


def uptime(tenant: Tenant, monday: date) -> dict[str, Any]:
    told = told_by_librenms if tenant.uses("librenms") else told_by_zabbix
    per_device = told(tenant, monday)
    monitored = sum(d["window"] - d["planned"] - d["unknown"] for d in per_device.values())
    lost = sum(d["down"] for d in per_device.values())
    percent = 100 * (monitored - lost) / monitored if monitored else None
    return {"devices": per_device, "percent": percent}


def told_by_librenms(tenant: Tenant, monday: date) -> dict[str, dict[str, int]]:
    """It knows neither maintenance nor gaps, but when it began to watch a device."""
    start, end = window(tenant, monday)
    weeks = mondays_between(tenant, start, end, before=1)
    per_device: dict[str, dict[str, int]] = {}
    for device in devices(tenant):
        since = max(start, added(tenant, device))
        if since < end:
            parts = [
                part
                for week in weeks
                for d in downs(tenant, week)
                if d.device == device and d.start >= added(tenant, device)
                for part in _clip(d.start, d.end, since, end)
            ]
            down = sum(b - a for a, b in parts)
            per_device[device.hostid] = {"window": end - since, "planned": 0, "unknown": 0, "down": down}
    return per_device


def told_by_zabbix(tenant: Tenant, monday: date) -> dict[str, dict[str, int]]:
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
    return per_device


def _clip(start: int, end: int, lower: int, upper: int) -> list[tuple[int, int]]:
    a, b = max(start, lower), min(end, upper)
    return [(a, b)] if a < b else []


def _common(a: int, b: int, spans: Iterable[tuple[int, int]]) -> int:
    return sum(max(0, min(b, d) - max(a, c)) for c, d in spans)
