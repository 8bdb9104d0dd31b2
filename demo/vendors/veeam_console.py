"""One Veeam Service Provider Console for many companies, REST v3 (3.6.1).

Asked without a filter it shows every company's workloads. O'Brien's virtual machines stand on the
provider's own server and are theirs by the mapping of their job; one of Hansa's is mapped to a guest.
A session of the heatmap names the organization of the server, not the one its job is mapped to.
Which of a computer's two UIDs its restore points name is not documented: Hansa's name one, O'Brien's
the other.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from demo.vendors.tenants import TENANTS, Tenant
from demo.vendors.veeam_world import Night, Protected, ended_between, protected
from demo.vendors.world import DAY, HOUR, now

KEY = "demo-vspc-api-key"
RETENTION_DAYS, HISTORY_DAYS = 21, 60
DEFAULT_LIMIT, LARGEST_LIMIT = 100, 500
RATE = 1200
PROVIDER, GUEST = ("22222222-3333-4444-5555-666666666600", "22222222-3333-4444-5555-666666666699")
Row = dict[str, Any]

_asked: list[int] = []


def organization(tenant: Tenant) -> str:
    return f"22222222-3333-4444-5555-6666666666{tenant.number:02d}"


def _uid(*parts: object) -> str:
    return str(uuid5(NAMESPACE_URL, "vspc|" + "|".join(map(str, parts))))


def _stamp(moment: int) -> str:
    zone = timezone(timedelta(hours=-7))
    return datetime.fromtimestamp(moment, zone).strftime("%Y-%m-%dT%H:%M:%S.0000000-07:00")


def _companies() -> list[Tenant]:
    return [tenant for tenant in TENANTS if tenant.uses("veeam_console")]


def _refused(request: Request) -> Response | None:
    if request.headers.get("authorization") != f"Bearer {KEY}":
        return _error(401, "security", "The API key is not valid")
    moment = now()
    _asked[:] = [asked for asked in _asked if asked > moment - 60] + [moment]
    if len(_asked) > RATE:
        return JSONResponse({"errors": [{"type": "transport", "code": 429, "retryAfter": 5}]}, 429)
    return None


def _error(status: int, kind: str, message: str) -> Response:
    return JSONResponse({"errors": [{"message": message, "type": kind, "code": status}]}, status)


def _kept_nights(tenant: Tenant, days: int) -> list[Night]:
    hour = now() // HOUR * HOUR
    return [night for night in ended_between(tenant, hour - days * DAY, hour + HOUR) if night.end <= now()]


def _latest(tenant: Tenant) -> dict[int, int]:
    return {
        night.machine.number: night.last.start
        for night in _kept_nights(tenant, RETENTION_DAYS)
        if night.last.good
    }


def _owner_of_server(tenant: Tenant) -> str:
    return PROVIDER if tenant.code == "obrien" else organization(tenant)


def _server_of(tenant: Tenant) -> str:
    return _uid("server", tenant.code)


def _agent_uid(tenant: Tenant, machine: Protected) -> str:
    return _uid("source", machine.number) if tenant.code == "obrien" else _uid(machine.number)


def _job_of(tenant: Tenant) -> str:
    return _uid("job", tenant.code)


def _jobs() -> list[Row]:
    rows = [
        {
            "instanceUid": _uid("job", tenant.code),
            "name": f"{tenant.tag} Daily",
            "status": "Success",
            "isEnabled": True,
            "backupServerUid": _server_of(tenant),
            "organizationUid": _owner_of_server(tenant),
            "mappedOrganizationUid": organization(tenant) if tenant.code == "obrien" else None,
        }
        for tenant in _companies()
    ]
    hosted = next(organization(tenant) for tenant in _companies() if tenant.code == "hansa")
    guest = {
        "instanceUid": _uid("job", "guest"),
        "name": "Guest Daily",
        "status": "Success",
        "isEnabled": True,
        "backupServerUid": _uid("server", "hansa"),
    }
    return [*rows, {**guest, "organizationUid": hosted, "mappedOrganizationUid": GUEST}]


def _machines(kind: str) -> list[tuple[Tenant, Protected, str | None]]:
    found = []
    for tenant in _companies():
        latest = _latest(tenant)
        found += [
            (tenant, machine, _stamp(latest[machine.number]) if machine.number in latest else None)
            for machine in protected(tenant)
            if machine.kind == kind
        ]
    return found


def _virtual_machines() -> list[Row]:
    rows = [
        {
            "instanceUid": _uid(machine.number),
            "organizationUid": _owner_of_server(tenant),
            "backupServerUid": _server_of(tenant),
            "name": machine.name,
            "jobUid": _job_of(tenant),
            "latestRestorePointDate": latest,
            "malwareState": "Clean",
            "ipAddresses": ["192.0.2.7"],
        }
        for tenant, machine, latest in _machines("vm")
    ]
    return [
        *rows,
        {**rows[0], "instanceUid": _uid("guest"), "name": "guest-srv01", "jobUid": _uid("job", "guest")},
    ]


def _agents() -> list[Row]:
    return [
        {
            "instanceUid": _uid(machine.number),
            "sourceInstanceUid": _uid("source", machine.number),
            "organizationUid": organization(tenant),
            "name": machine.name,
            "latestRestorePointDate": latest,
            "malwareState": "Clean",
        }
        for tenant, machine, latest in _machines("agent")
    ]


def _computers() -> list[Row]:
    return [
        {
            "backupAgentUid": _uid(machine.number),
            "organizationUid": organization(tenant),
            "name": machine.name,
            "latestRestorePointDate": latest,
        }
        for tenant, machine, latest in _machines("computer")
    ]


def _points(kind: str, owner: str, field: str) -> list[Row]:
    return [
        {
            "instanceUid": _uid("point", night.machine.number, night.last.start),
            owner: _agent_uid(tenant, night.machine) if kind == "agent" else _uid(night.machine.number),
            field: _stamp(night.last.start),
            "malwareState": "Clean",
        }
        for tenant in _companies()
        for night in _kept_nights(tenant, RETENTION_DAYS)
        if night.machine.kind == kind and night.last.good
    ]


def _companies_told() -> list[Row]:
    return [{"instanceUid": organization(t), "name": t.name, "status": "Active"} for t in _companies()]


def _servers() -> list[Row]:
    return [
        {
            "instanceUid": _server_of(tenant),
            "name": f"vbr-{tenant.code}",
            "organizationUid": _owner_of_server(tenant),
            "managementAgentUid": _uid("agent", _server_of(tenant)),
        }
        for tenant in _companies()
    ]


_LISTS: dict[str, Callable[[], list[Row]]] = {
    "organizations/companies": _companies_told,
    "infrastructure/backupServers": _servers,
    "infrastructure/backupServers/jobs": _jobs,
    "protectedWorkloads/virtualMachines": _virtual_machines,
    "protectedWorkloads/computersManagedByBackupServer": _agents,
    "protectedWorkloads/computersManagedByConsole": _computers,
    "protectedWorkloads/computersManagedByBackupServer/restorePoints": lambda: _points(
        "agent", "backupAgentUid", "backupCreationTime"
    ),
    "protectedWorkloads/computersManagedByConsole/restorePoints": lambda: _points(
        "computer", "backupAgentUid", "creationDate"
    ),
}


async def collection(request: Request) -> Response:
    refused = _refused(request)
    if refused is not None:
        return refused
    name = request.path_params["name"]
    if name not in _LISTS:
        return _error(404, "logical", "Resource not found")
    try:
        rules = json.loads(request.query_params.get("filter", "[]"))
        rows = [row for row in _LISTS[name]() if all(_holds(row, rule) for rule in rules)]
    except (ValueError, KeyError, TypeError):
        return _error(400, "logical", "Invalid filter")
    return _page(request, rows)


async def points_of_machine(request: Request) -> Response:
    uid = request.path_params["uid"]
    rows = _points("vm", "virtualMachineUid", "backupCreationTime")
    return _refused(request) or _page(request, [row for row in rows if row["virtualMachineUid"] == uid])


def _page(request: Request, rows: list[Row]) -> Response:
    query = request.query_params
    offset, limit = int(query.get("offset", 0)), min(int(query.get("limit", DEFAULT_LIMIT)), LARGEST_LIMIT)
    chosen = rows[offset : offset + limit]
    paging = {"total": len(rows), "count": len(chosen), "offset": offset}
    return JSONResponse({"meta": {"pagingInfo": paging}, "data": chosen, "errors": None})


def _holds(row: Row, rule: Row) -> bool:
    if "items" in rule:
        tests = [_holds(row, item) for item in rule["items"]]
        return any(tests) if rule["operation"] == "or" else all(tests)
    have, wanted = row.get(rule["property"]), rule["value"]
    if rule["operation"] == "equals":
        return str(have) == str(wanted)
    if rule["operation"] != "greaterThanOrEqual":
        raise ValueError(rule["operation"])
    return have is not None and datetime.fromisoformat(have) >= datetime.fromisoformat(wanted)


def _sessions(tenant: Tenant, night: Night) -> list[Row]:
    """One run's session, with the guest's beside it on Hansa's server."""
    runs_alone = night.machine.kind == "computer"
    row = {
        "sessionUid": _uid("session", night.machine.number, night.end),
        "jobName": "Agent Daily" if runs_alone else f"{tenant.tag} Daily",
        "managementAgentUid": _uid("agent", night.machine.number if runs_alone else _server_of(tenant)),
        "organizationUid": organization(tenant) if runs_alone else _owner_of_server(tenant),
        "startTime": _stamp(night.attempts[0].start),
        "endTime": _stamp(night.end),
        "result": night.last.result,
        "jobType": "Backup",
        "workloadType": "Vm" if night.machine.kind == "vm" else "Computer",
    }
    if tenant.code != "hansa" or night.machine.place:
        return [row]
    return [row, {**row, "sessionUid": _uid("session", "guest", night.end), "jobName": "Guest Daily"}]


async def heatmap(request: Request) -> Response:
    """Sessions of all companies: the vendor has no filter here."""
    refused = _refused(request)
    if refused is not None:
        return refused
    start, end = (
        int(datetime.fromisoformat(request.query_params[edge]).timestamp()) for edge in ("from", "to")
    )
    oldest = now() - HISTORY_DAYS * DAY
    sessions = [
        row
        for tenant in _companies()
        for night in ended_between(tenant, max(start, oldest), min(end, now()))
        for row in _sessions(tenant, night)
    ]
    days = [{"date": "2025-01-01", "sessions": sessions}]
    return JSONResponse({"data": {"successJobsCount": 0, "dataPerDays": days}, "meta": None, "errors": None})


def routes() -> list[BaseRoute]:
    base = "/veeam_console/api/v3"
    return [
        Route(f"{base}/infrastructure/jobSessionHeatmap/", heatmap),
        Route(f"{base}/protectedWorkloads/virtualMachines/{{uid}}/backupRestorePoints", points_of_machine),
        Route(f"{base}/{{name:path}}", collection),
    ]
