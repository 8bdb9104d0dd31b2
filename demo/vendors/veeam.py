"""Veeam Backup & Replication: one server per customer, REST revision 1.2-rev1 on port 9419.

The vendor's OpenAPI file: ``x-api-version`` on every request, tokens of fifteen minutes, ``skip`` and
``limit``, times of task sessions without an offset. Bergmann's server also holds the jobs of a company
that is told apart by the names of its jobs; ClearView's keeps its backups in a scale-out repository.
"""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from demo.vendors.tenants import BY_CODE, Tenant
from demo.vendors.veeam_world import Attempt, Protected, ended_between, protected
from demo.vendors.world import DAY, HOUR, now

VERSIONS = {"1.1-rev2", "1.2-rev0", "1.2-rev1"}
LIFETIME = 900
HISTORY_DAYS = 53 * 7
RETENTION_DAYS = 14
DEFAULT_LIMIT, LARGEST_LIMIT = 200, 500
GUEST = "SEESTERN"
SCALE_OUT = {"clearview": 2}
"""Servers whose repository is a scale-out one, of so many extents."""
Row = dict[str, Any]

_tokens: dict[str, tuple[str, int]] = {}


def _error(status: int, code: str, message: str) -> Response:
    return JSONResponse({"errorCode": code, "message": message, "resourceId": ""}, status)


def _uid(*parts: object) -> str:
    return str(uuid5(NAMESPACE_URL, "veeam|" + "|".join(map(str, parts))))


def _server(request: Request) -> Tenant | None:
    tenant = BY_CODE.get(request.path_params["code"])
    return tenant if tenant is not None and tenant.uses("veeam") else None


async def token(request: Request) -> Response:
    tenant = _server(request)
    if tenant is None:
        return _error(404, "NotFound", "No such server")
    if request.headers.get("x-api-version") not in VERSIONS:
        return _error(400, "UnexpectedContent", "The header x-api-version is missing or not supported")
    form = await request.form()
    if form.get("grant_type") != "password":
        return _error(400, "UnexpectedContent", "Unsupported grant type")
    if (form.get("username"), form.get("password")) != (
        f"svc-{tenant.code}",
        f"demo-veeam-{tenant.code}-secret",
    ):
        return _error(401, "AccessDenied", "Invalid user name or password")
    issued = "tok-" + secrets.token_urlsafe(24)
    _tokens[issued] = (tenant.code, now() + LIFETIME)
    body = {"access_token": issued, "token_type": "bearer", "refresh_token": "tok-" + secrets.token_hex(8)}
    return JSONResponse({**body, "expires_in": LIFETIME})


async def server_time(request: Request) -> Response:
    tenant = _server(request)
    if tenant is None:
        return _error(404, "NotFound", "No such server")
    return JSONResponse({"serverTime": _stamp(tenant, now()), "timeZone": "(UTC) as configured"})


async def collection(request: Request) -> Response:
    tenant = _server(request)
    name = request.path_params["name"]
    if tenant is None or name not in _LISTS:
        return _error(404, "NotFound", "Resource not found")
    if request.headers.get("x-api-version") not in VERSIONS:
        return _error(400, "UnexpectedContent", "The header x-api-version is missing or not supported")
    code, until = _tokens.get(request.headers.get("authorization", "").removeprefix("Bearer "), ("", 0))
    if code != tenant.code:
        return _error(401, "InvalidToken", "The token was not issued by this server")
    if until <= now():
        return _error(401, "ExpiredToken", "The token has expired")
    query = request.query_params
    rows = [row for row in _LISTS[name](tenant) if _within(tenant, row, query)]
    if query.get("orderColumn"):
        column = query["orderColumn"]
        field = column[:1].lower() + column[1:]
        rows.sort(key=lambda row: str(row[field]), reverse=query.get("orderAsc") == "false")
    skip, limit = int(query.get("skip", 0)), min(int(query.get("limit", DEFAULT_LIMIT)), LARGEST_LIMIT)
    chosen = rows[skip : skip + limit]
    pagination = {"total": len(rows), "count": len(chosen), "skip": skip, "limit": limit}
    return JSONResponse({"data": chosen, "pagination": pagination})


def _within(tenant: Tenant, row: Row, query: Any) -> bool:
    for name, field, after in (
        ("createdAfterFilter", "creationTime", True),
        ("createdBeforeFilter", "creationTime", False),
        ("endedAfterFilter", "endTime", True),
        ("endedBeforeFilter", "endTime", False),
    ):
        if name not in query:
            continue
        have, wanted = _moment(tenant, row[field]), datetime.fromisoformat(query[name])
        if (have < wanted) if after else (have > wanted):
            return False
    return True


def _moment(tenant: Tenant, text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(tenant.zone))


def _stamp(tenant: Tenant, moment: int) -> str:
    return datetime.fromtimestamp(moment, ZoneInfo(tenant.zone)).isoformat()


def _local(tenant: Tenant, moment: int) -> str:
    """As task sessions have it: the server's own clock, without an offset."""
    return _stamp(tenant, moment)[:19]


def _jobs(tenant: Tenant) -> dict[str, list[Protected]]:
    found: dict[str, list[Protected]] = defaultdict(list)
    for machine in protected(tenant):
        found[f"{tenant.tag} - Daily {'AB'[machine.place % 2]}"].append(machine)
    if tenant.code == "bergmann":
        first = protected(tenant)[0]
        found[f"{GUEST} - Daily"].append(Protected(1, 0, f"{GUEST.lower()}-srv01", "vm", first.hour))
    return found


def _attempts(tenant: Tenant, days: int) -> Iterator[tuple[str, Protected, int, Attempt]]:
    """Attempts that have ended, with their job and the hour that their session stands for."""
    jobs = {machine.number: (job, machine) for job, mine in _jobs(tenant).items() for machine in mine}
    guest = {protected(tenant)[0].number: 1} if 1 in jobs else {}
    for night in ended_between(tenant, (now() // HOUR - 24 * days) * HOUR, now() // HOUR * HOUR + HOUR):
        for number in filter(None, (night.machine.number, guest.get(night.machine.number))):
            job, machine = jobs[number]
            for place, attempt in enumerate(night.attempts):
                if attempt.end <= now():
                    yield job, machine, place, attempt


def _session_of(tenant: Tenant, job: str, place: int, attempt: Attempt) -> str:
    return _uid(tenant.code, job, place, attempt.start // HOUR)


def _sessions(tenant: Tenant) -> list[Row]:
    grouped: dict[str, Row] = {}
    for job, _, place, attempt in _attempts(tenant, HISTORY_DAYS):
        uid = _session_of(tenant, job, place, attempt)
        row = grouped.setdefault(
            uid,
            {
                "id": uid,
                "name": job,
                "jobId": _uid(tenant.code, job),
                "sessionType": "BackupJob",
                "state": "Stopped",
                "creationTime": _stamp(tenant, attempt.start),
                "endTime": _stamp(tenant, attempt.end),
                "result": {"result": attempt.result, "message": "", "isCanceled": False},
                "usn": 0,
            },
        )
        row["creationTime"] = min(row["creationTime"], _stamp(tenant, attempt.start))
        row["endTime"] = max(row["endTime"], _stamp(tenant, attempt.end))
    upkeep: Row = {"id": _uid(tenant.code, "upkeep"), "name": "Maintenance", "jobId": _uid("upkeep")}
    moment = _stamp(tenant, now() - 7 * DAY)
    upkeep |= {"sessionType": "RepositoryMaintenance", "state": "Stopped", "result": None}
    return [*grouped.values(), {**upkeep, "creationTime": moment, "endTime": moment, "usn": 0}]


def _tasks(tenant: Tenant) -> list[Row]:
    return [
        {
            "id": _uid(tenant.code, machine.number, attempt.start),
            "type": "Backup",
            "sessionType": "BackupJob",
            "sessionId": _session_of(tenant, job, place, attempt),
            "name": machine.name,
            "creationTime": _local(tenant, attempt.start),
            "endTime": _local(tenant, attempt.end),
            "state": "Stopped",
            "algorithm": "Increment",
            "result": {"result": attempt.result, "message": _words(attempt), "isCanceled": False},
            "restorePointId": _uid("point", tenant.code, machine.number, attempt.start)
            if attempt.good
            else None,
            "repositoryId": _written_to(tenant, machine),
            "usn": 1,
        }
        for job, machine, place, attempt in _attempts(tenant, HISTORY_DAYS)
    ]


def _words(attempt: Attempt) -> str:
    said = {"Warning": "Guest indexing failed", "Failed": "Cannot connect to the host"}
    return said.get(attempt.result, "Success")


def _points(tenant: Tenant) -> list[Row]:
    return [
        {
            "id": _uid("point", tenant.code, machine.number, attempt.start),
            "name": machine.name,
            "platformName": "VMware",
            "creationTime": _stamp(tenant, attempt.start),
            "backupId": _uid("backup", tenant.code, job),
            "type": "Increment",
            "malwareStatus": "Clean",
            "sessionId": None,
            "allowedOperations": ["StartFlrRestore"],
        }
        for job, machine, _, attempt in _attempts(tenant, RETENTION_DAYS)
        if attempt.good
    ]


def _backups(tenant: Tenant) -> list[Row]:
    return [
        {
            "id": _uid("backup", tenant.code, job),
            "jobId": _uid(tenant.code, job),
            "name": job,
            "platformName": "VMware",
            "creationTime": _stamp(tenant, now() - HISTORY_DAYS * DAY),
            "repositoryId": _uid(tenant.code, "repository"),
        }
        for job in _jobs(tenant)
    ]


def _repositories(tenant: Tenant) -> list[Row]:
    """Extents are repositories of their own; what joins them is in another list."""
    extents = [(_extent(tenant, n), f"{tenant.tag} Extent {n + 1}") for n in range(_extents(tenant))]
    own = extents or [(_uid(tenant.code, "repository"), f"{tenant.tag} Repository")]
    return [{"id": uid, "name": name, "description": "", "type": "WinLocal"} for uid, name in own]


def _scale_outs(tenant: Tenant) -> list[Row]:
    if not _extents(tenant):
        return []
    joined = [
        {"id": _extent(tenant, n), "name": f"{tenant.tag} Extent {n + 1}", "status": "Normal"}
        for n in range(_extents(tenant))
    ]
    return [
        {
            "id": _uid(tenant.code, "repository"),
            "name": f"{tenant.tag} Repository",
            "description": "",
            "performanceTier": {"performanceExtents": joined},
            "capacityTier": {"isEnabled": False},
            "archiveTier": {"isEnabled": False},
        }
    ]


def _written_to(tenant: Tenant, machine: Protected) -> str:
    count = _extents(tenant)
    return _extent(tenant, machine.number % count) if count else _uid(tenant.code, "repository")


def _extents(tenant: Tenant) -> int:
    return SCALE_OUT.get(tenant.code, 0)


def _extent(tenant: Tenant, number: int) -> str:
    return _uid(tenant.code, "extent", number)


_LISTS: dict[str, Callable[[Tenant], list[Row]]] = {
    "sessions": _sessions,
    "taskSessions": _tasks,
    "restorePoints": _points,
    "backups": _backups,
    "backupInfrastructure/repositories": _repositories,
    "backupInfrastructure/scaleOutRepositories": _scale_outs,
}


def routes() -> list[BaseRoute]:
    return [
        Route("/veeam/{code}/api/oauth2/token", token, methods=["POST"]),
        Route("/veeam/{code}/api/v1/serverTime", server_time),
        Route("/veeam/{code}/api/v1/{name:path}", collection),
    ]
