"""Microsoft Graph security: one token, one tenant, one customer.

learn.microsoft.com/graph: list incidents (``$top`` at most 50, ``$skip`` at most 500), alerts_v2,
secureScores (newest first, ninety days), secureScoreControlProfiles.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from demo.vendors.protection import CONTROLS, MAX_SCORE, control_scores, current_score
from demo.vendors.tenants import TENANTS, Story, Tenant
from demo.vendors.tokens import bearer
from demo.vendors.world import WEEKS_KEPT, Incident, incidents, mondays_between, now

GRAPH_SCOPE = "https://graph.microsoft.com/.default"
LARGEST = {"incidents": 50, "alerts_v2": 1000, "secureScores": 100, "secureScoreControlProfiles": 1000}
SCORE_DAYS = 90
Row = dict[str, Any]

_CLAUSE = re.compile(r"^(\w+) (eq|ne|ge|gt|le|lt) ('[^']*'|\S+)$")


async def collection(request: Request) -> Response:
    tenant = _tenant(request)
    if tenant is None:
        return _error(401, "InvalidAuthenticationToken", "Access token is empty or expired.")
    if tenant.story is Story.SOURCE_DOWN:
        return _error(503, "ServiceUnavailable", "The service is temporarily unavailable.")
    name = request.path_params["name"]
    if name not in SOURCES:
        return _error(404, "ResourceNotFound", f"Resource not found for the segment '{name}'.")
    query = request.query_params
    top, skip = int(query.get("$top", LARGEST[name])), int(query.get("$skip", 0))
    if top > LARGEST[name] or skip > 500:
        return _error(
            400, "BadRequest", f"The limit of {LARGEST[name]} for Top or 500 for Skip was exceeded."
        )
    try:
        test = _filter(query.get("$filter", ""))
    except ValueError as bad:
        return _error(400, "BadRequest", str(bad))
    rows = [row for row in SOURCES[name](tenant) if test(row)]
    start = skip or int(query.get("$skiptoken", 0))
    body: Row = {"value": rows[start : start + top]}
    if start + top < len(rows):
        follow = dict(query) | {"$skiptoken": str(start + top)}
        body["@odata.nextLink"] = str(request.url.replace(query=urlencode(follow)))
    return JSONResponse(body)


def _tenant(request: Request) -> Tenant | None:
    grant = bearer(request)
    if grant is None or grant.scope != GRAPH_SCOPE:
        return None
    return next((t for t in TENANTS if t.uses("defender") and t.tenant_id == grant.tenant), None)


def _error(status: int, code: str, message: str) -> Response:
    inner = {"date": datetime.now(UTC).isoformat(), "request-id": "0", "client-request-id": "0"}
    return JSONResponse({"error": {"code": code, "message": message, "innerError": inner}}, status)


def _filter(text: str) -> Callable[[Row], bool]:
    """OData: comparisons joined by ``and``."""
    tests = []
    for clause in filter(None, re.split(r"\s+and\s+", text.strip())):
        found = _CLAUSE.match(clause)
        if found is None:
            raise ValueError(f"Invalid filter clause: {clause}")
        tests.append((found[1], found[2], found[3].strip("'")))
    return lambda row: all(_holds(row, *test) for test in tests)


def _holds(row: Row, name: str, operator: str, wanted: str) -> bool:
    have = str(row.get(name))
    if name.endswith("DateTime"):
        left: Any = datetime.fromisoformat(have[:19] + "+00:00")
        right: Any = datetime.fromisoformat(wanted.replace("Z", "+00:00"))
    else:
        left, right = have.lower(), wanted.lower()
    results = {"eq": left == right, "ne": left != right, "ge": left >= right}
    results |= {"gt": left > right, "le": left <= right, "lt": left < right}
    return bool(results[operator])


def _known(tenant: Tenant) -> list[Incident]:
    found = [
        incident
        for monday in mondays_between(tenant, now() - WEEKS_KEPT * 7 * 86400, now())
        for incident in incidents(tenant, monday)
        if incident.opened <= now()
    ]
    return sorted(found, key=lambda incident: -incident.opened)


def _iso(moment: int) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%S.1266667Z")


def _closed(incident: Incident) -> int | None:
    return incident.closed if incident.closed is not None and incident.closed <= now() else None


def _incidents(tenant: Tenant) -> list[Row]:
    rows: list[Row] = []
    for incident in _known(tenant):
        closed = _closed(incident)
        status = "redirected" if incident.redirected else "resolved" if closed else "active"
        rows.append({
            "id": str(incident.number),
            "displayName": incident.title,
            "createdDateTime": _iso(incident.opened),
            "lastUpdateDateTime": _iso((closed or incident.opened) + (5400 if closed else 0)),
            "severity": incident.severity.title() if incident.number % 2 else incident.severity,
            "status": status.title() if incident.number % 3 == 0 else status,
            "classification": "truePositive",
            "determination": "phishing",
            "redirectIncidentId": str(incident.number - 1) if incident.redirected else None,
            "tenantId": tenant.tenant_id,
            "customTags": [],
            "systemTags": [],
        })
    return rows


def _alerts(tenant: Tenant) -> list[Row]:
    rows = []
    for incident in _known(tenant):
        closed = _closed(incident)
        rows.append({
            "id": f"da{incident.number}",
            "incidentId": str(incident.number),
            "tenantId": tenant.tenant_id,
            "title": incident.title,
            "severity": incident.severity,
            "status": "resolved" if closed else "new",
            "createdDateTime": _iso(incident.opened),
            "lastUpdateDateTime": _iso((closed or incident.opened) + (5400 if closed else 0)),
            "resolvedDateTime": _iso(closed) if closed else None,
            "serviceSource": "microsoftDefenderForEndpoint",
            "productName": "Microsoft Defender",
        })
    return rows


def _scores(tenant: Tenant) -> list[Row]:
    today = datetime.fromtimestamp(now(), UTC).date()
    rows = []
    for days in range(SCORE_DAYS):
        day = today - timedelta(days=days)
        rows.append({
            "id": f"{tenant.tenant_id}_{day}",
            "azureTenantId": tenant.tenant_id,
            "createdDateTime": f"{day}T00:00:00Z",
            "currentScore": current_score(tenant, day),
            "maxScore": MAX_SCORE,
            "activeUserCount": 84,
            "controlScores": [
                {"controlCategory": "Identity", "controlName": name, "score": score, "description": ""}
                for name, score in control_scores(tenant, day)
            ],
        })
    return rows


def _profiles(_: Tenant) -> list[Row]:
    return [
        {"id": name, "title": title, "controlCategory": "Identity", "maxScore": highest, "deprecated": False}
        for name, title, highest in CONTROLS
    ]


SOURCES: dict[str, Callable[[Tenant], list[Row]]] = {
    "incidents": _incidents,
    "alerts_v2": _alerts,
    "secureScores": _scores,
    "secureScoreControlProfiles": _profiles,
}


async def organization(request: Request) -> Response:
    tenant = _tenant(request)
    if tenant is None:
        return _error(401, "InvalidAuthenticationToken", "Access token is empty or expired.")
    return JSONResponse({"value": [{"id": tenant.tenant_id, "displayName": tenant.name}]})


def routes() -> list[BaseRoute]:
    return [
        Route("/graph/v1.0/security/{name}", collection),
        Route("/graph/v1.0/organization", organization),
    ]
