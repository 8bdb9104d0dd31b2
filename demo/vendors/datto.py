"""One Datto partner portal with every client's appliances, BCDR REST v1.

Now-only: an asset tells its last snapshots and some thirty recent runs, in no order. The answer
comes in three shapes (a list, an object keyed by index, a page): by appliance.
"""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from random import Random
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from demo.vendors.protection import Machine, machines, recent_runs, serial
from demo.vendors.tenants import TENANTS, Tenant
from demo.vendors.world import now

LOGIN = "demo-datto-public:demo-datto-secret"
RUNS_SHOWN = 30
DEFAULT_PAGE, LARGEST_PAGE = 10, 250
RATE = 600
"""Requests a minute; the community assumes 120, the demo has twelve customers at once."""
Row = dict[str, Any]

_asked: list[int] = []


def _refused(request: Request) -> Response | None:
    if request.headers.get("authorization") != "Basic " + base64.b64encode(LOGIN.encode()).decode():
        return JSONResponse({"code": "unauthorized", "message": "Invalid API key"}, 401)
    moment = now()
    _asked[:] = [asked for asked in _asked if asked > moment - 60] + [moment]
    if len(_asked) > RATE:
        body = {"code": "rate_limited", "message": "Too many requests"}
        return JSONResponse(body, 429, headers={"Retry-After": "5"})
    return None


def _headers() -> dict[str, str]:
    return {"X-API-Limit-Remaining": str(RATE - len(_asked)), "X-API-Limit-Cost": "1"}


def clients() -> list[Tenant]:
    return [tenant for tenant in TENANTS if tenant.uses("datto")]


def owner_of(serial_number: str) -> Tenant | None:
    """The client an appliance belongs to; only the estate knows it by the serial number."""
    return next((t for t in clients() for n in range(t.appliances) if serial(t, n) == serial_number), None)


async def list_devices(request: Request) -> Response:
    refused = _refused(request)
    if refused is not None:
        return refused
    rows = [_device(tenant, n) for tenant in clients() for n in range(tenant.appliances)]
    size = min(int(request.query_params.get("_perPage", DEFAULT_PAGE)), LARGEST_PAGE)
    page = int(request.query_params.get("_page", 1))
    chosen = rows[(page - 1) * size : page * size]
    pagination = {"page": page, "perPage": size, "totalPages": -(-len(rows) // size), "count": len(chosen)}
    return JSONResponse({"pagination": pagination, "items": chosen}, headers=_headers())


def _device(tenant: Tenant, n: int) -> Row:
    return {
        "serialNumber": serial(tenant, n),
        "name": tenant.marked(f"{tenant.tag}-SIRIS-{n + 1}", "-"),
        "model": "S5-4",
        "region": {"location": "eu", "provider": None},
        "clientCompanyName": tenant.organization,
        "organizationId": tenant.organization_id,
        "organizationName": tenant.organization,
        "resellerCompanyName": "Northwind",
        "hidden": False,
        "lastSeenDate": datetime.fromtimestamp(now() - 120, UTC).isoformat(),
        "localStorageUsed": {"size": 2_100_000, "units": "KB"},
        "agentCount": sum(m.serial == serial(tenant, n) for m in machines(tenant)),
        "alertCount": 0,
    }


async def list_assets(request: Request) -> Response:
    refused = _refused(request)
    if refused is not None:
        return refused
    number = request.path_params["serial"]
    tenant = owner_of(number)
    if tenant is None:
        return JSONResponse({"code": "not_found", "message": "Device not found"}, 404)
    rows = [_asset(tenant, machine) for machine in machines(tenant) if machine.serial == number]
    return JSONResponse(_shaped(tenant, rows), headers=_headers())


def _shaped(tenant: Tenant, rows: list[Row]) -> Any:
    if tenant.number % 3 == 0:
        return {str(index): row for index, row in enumerate(rows)}
    if tenant.number % 3 == 1:
        return rows
    pagination = {"page": 1, "perPage": 250, "totalPages": 1, "count": len(rows)}
    return {"pagination": pagination, "items": rows}


def _asset(tenant: Tenant, machine: Machine) -> Row:
    runs = recent_runs(tenant, machine, RUNS_SHOWN)
    good = [run.start for run in runs if run.good]
    shots = [run for run in runs if run.verified is not None]
    shown = [_run(run.start, run.good, run.verified) for run in runs]
    Random(machine.number).shuffle(shown)
    return {
        "name": machine.name,
        "assetId": machine.number,
        "volume": f"{machine.number:032x}",
        "type": machine.kind,
        "fqdn": f"{machine.name.lower()}.{tenant.code}.local",
        "os": "Windows Server 2022" if machine.kind == "agent" else "",
        "isPaused": machine.paused,
        "isArchived": machine.archived,
        "localSnapshots": 140,
        "lastSnapshot": max(good, default=0),
        "latestOffsite": max(good, default=0),
        "lastScreenshotAttempt": shots[-1].start + 3600 if shots else 0,
        "lastScreenshotAttemptStatus": shots[-1].verified if shots else None,
        "lastScreenshotUrl": "https://device.dattobackup.com/shot.png" if shots else "",
        "backups": shown,
    }


def _run(start: int, good: bool, verified: bool | None) -> Row:
    message = None if good else "The agent could not be reached"
    shot = None if verified is None else {"status": "1" if verified else "", "image": ""}
    return {
        "timestamp": datetime.fromtimestamp(start, UTC).isoformat(),
        "backup": {"status": "success" if good else "failure", "errorMessage": message},
        "localVerification": {"status": "success", "errors": []},
        "advancedVerification": {"screenshotVerification": shot},
    }


async def agents(request: Request) -> Response:
    body = {"pagination": {"page": 1, "perPage": 50, "totalPages": 0, "count": 0}, "items": []}
    return _refused(request) or JSONResponse(body, headers=_headers())


def routes() -> list[BaseRoute]:
    return [
        Route("/datto/v1/bcdr/device", list_devices),
        Route("/datto/v1/bcdr/device/{serial}/asset", list_assets),
        Route("/datto/v1/bcdr/agent", agents),
    ]
