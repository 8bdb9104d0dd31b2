"""One LibreNMS server with several customers' device groups, REST v0.

docs.librenms.org/API. No paging and no rate limit; what would be an empty list is a 404 in some places;
every device row carries its SNMP secrets; an unknown device has no outages instead of being an error.
Times of the database are those of the server's zone. Availability does not consider maintenance, as by
default, so a device is as down within one as without.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from demo.vendors.tenants import TENANTS, Tenant
from demo.vendors.world import (
    DAY,
    HOUR,
    WEEKS_KEPT,
    Device,
    added,
    devices,
    downs,
    mondays_between,
    now,
)

TOKEN = "demo-librenms-token"
ZONE = "Europe/Berlin"
POLLED_EVERY = 300
TYPES = {"firewall": "firewall", "switch": "network", "server": "server", "access point": "wireless"}
NUMBERED = {"olympia": "11"}
"""Groups whose name is a number, and so is taken for an id where it stands in a path."""
RETIRED, IGNORED = 900, 901
Row = dict[str, Any]


def clients() -> list[Tenant]:
    return [tenant for tenant in TENANTS if tenant.uses("librenms")]


def _groups() -> dict[int, tuple[str, list[int]]]:
    """Groups by id, the last one without a device; the provider's own group holds everybody's."""
    own = {
        20 + t.number: (NUMBERED.get(t.code, t.tag), [int(row["device_id"]) for row in _rows_of(t)])
        for t in clients()
    }
    everything = [number for _, members in own.values() for number in members]
    return {11: ("All devices", everything)} | own | {99: ("Spare parts", [])}


def _refused(request: Request) -> Response | None:
    if request.headers.get("x-auth-token") != TOKEN:
        return JSONResponse({"message": "Unauthenticated."}, 401)
    return None


def _error(message: str) -> Response:
    return JSONResponse({"status": "error", "message": message}, 404)


def _ok(name: str, rows: list[Row]) -> Response:
    return JSONResponse({"status": "ok", name: rows, "count": len(rows)})


async def system(request: Request) -> Response:
    return _refused(request) or _ok("system", [{"local_ver": "26.7.0", "db_schema": "2026_06_01 (330)"}])


async def list_groups(request: Request) -> Response:
    rows = [
        {"id": number, "name": name, "desc": "", "type": "dynamic", "rules": {"rules": []}}
        for number, (name, _) in _groups().items()
    ]
    return _refused(request) or _ok("groups", rows)


async def list_members(request: Request) -> Response:
    """Take a name of digits for an id."""
    refused = _refused(request)
    if refused is not None:
        return refused
    name, groups = request.path_params["name"], _groups()
    found = (
        groups.get(int(name))
        if name.isdecimal()
        else next((g for g in groups.values() if g[0] == name), None)
    )
    if found is None:
        return _error("Device group not found")
    if not found[1]:
        return _error(f"No devices found in group {name}")
    return _ok("devices", [{"device_id": number} for number in found[1]])


async def list_devices(request: Request) -> Response:
    """Show everybody's devices, disabled ones included."""
    return _refused(request) or _ok("devices", [row for tenant in clients() for row in _rows_of(tenant)])


def _rows_of(tenant: Tenant) -> list[Row]:
    spare = [
        Device(tenant.number * 100_000 + n, f"{tenant.code}-spare {n}", tenant.sites[0], "switch")
        for n in (RETIRED, IGNORED)
    ]
    rows = [_row(tenant, device) for device in (*devices(tenant), *spare)]
    rows[-2]["disabled"], rows[-1]["ignore"] = 1, 1
    return rows


def _row(tenant: Tenant, device: Device) -> Row:
    """One of ``devices.*``, joined with its location."""
    return {
        "device_id": device.number,
        "hostname": f"{device.name.replace(' ', '-')}.example",
        "sysName": device.name,
        "display": None,
        "type": TYPES[device.kind],
        "os": "ios",
        "purpose": device.kind,
        "location": f"{tenant.tag} - {device.site}",
        "status": int(all(down["up_again"] for down in _outages(tenant, device))),
        "disabled": 0,
        "ignore": 0,
        "uptime": 8_640_000,
        "inserted": _local(added(tenant, device)),
        "last_polled": _local(now() // POLLED_EVERY * POLLED_EVERY),
        "community": "demo-snmp-community",
        "authname": "demo-snmp-user",
        "authpass": "demo-snmp-authpass",
        "cryptopass": "demo-snmp-cryptopass",
        "ip": None,
    }


def _local(moment: int) -> str:
    return datetime.fromtimestamp(moment, UTC).astimezone(ZoneInfo(ZONE)).strftime("%Y-%m-%d %H:%M:%S")


async def list_outages(request: Request) -> Response:
    name = request.path_params["hostname"]
    owner = [(t, d) for t in clients() for d in devices(t) if name in {d.hostid, d.name.replace(" ", "-")}]
    rows = [row for tenant, device in owner for row in _outages(tenant, device)]
    return _refused(request) or _ok("outages", rows)


def _outages(tenant: Tenant, device: Device) -> list[Row]:
    """Every outage since the device was added, newest first."""
    since = max(added(tenant, device), now() - (WEEKS_KEPT + 2) * 7 * DAY)
    found = [
        {"going_down": down.start, "up_again": down.end if down.end <= now() else None}
        for monday in mondays_between(tenant, since, now() + HOUR, before=1)
        for down in downs(tenant, monday)
        if down.device == device and since <= down.start <= now()
    ]
    return sorted(found, key=lambda row: -int(row["going_down"] or 0))


async def no_route(request: Request) -> Response:
    return _refused(request) or _error("This API route doesn't exist.")


def routes() -> list[BaseRoute]:
    root = "/librenms/api/v0"
    return [
        Route(f"{root}/system", system),
        Route(f"{root}/devicegroups", list_groups),
        Route(f"{root}/devicegroups/{{name}}", list_members),
        Route(f"{root}/devices", list_devices),
        Route(f"{root}/devices/{{hostname}}/outages", list_outages),
        Route("/librenms/{path:path}", no_route),
    ]
