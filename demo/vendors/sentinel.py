"""Microsoft Sentinel: Azure Resource Manager and the query API of Log Analytics.

learn.microsoft.com: rest/api/securityinsights/incidents/list (``$top`` at most 1000, fifty without it),
azure-monitor/logs/api. A token is for one of the two. An app sees the workspaces of its own tenant; the
provider's own tenant sees every customer's, which have been delegated to it (Azure Lighthouse).
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from demo.vendors.kusto import NotUnderstoodError, Table, ask
from demo.vendors.sentinel_log import RETENTION_DAYS, iso, listed, table
from demo.vendors.tenants import PROVIDER_TENANT, TENANTS, Tenant
from demo.vendors.tokens import bearer
from demo.vendors.world import now

LOGS, MANAGEMENT = "https://api.loganalytics.io/.default", "https://management.azure.com/.default"
DEFAULT_PAGE, LARGEST_PAGE = 50, 1000
QUESTIONS, SPAN = 200, 30
"""Questions that one principal may ask in so many seconds."""
Row = dict[str, Any]

_CLAUSE = re.compile(r"^properties/(\w+) (eq|ne|ge|gt|le|lt) ('[^']*'|\S+)$")
_asked: dict[str, list[int]] = {}


def _seen_by(request: Request, scope: str) -> list[Tenant] | None:
    """Customers whose workspaces the caller may read. None: the token is no good here."""
    grant = bearer(request)
    if grant is None or grant.scope != scope or grant.client_id != "demo-sentinel-app":
        return None
    return [t for t in TENANTS if t.uses("sentinel") and grant.tenant in {t.tenant_id, PROVIDER_TENANT}]


def _error(status: int, code: str, message: str, **headers: str) -> Response:
    body = {"error": {"code": code, "message": message}}
    return JSONResponse(body, status, headers={name.replace("_", "-"): v for name, v in headers.items()})


async def query(request: Request) -> Response:
    seen = _seen_by(request, LOGS)
    if seen is None:
        return _error(401, "InvalidTokenError", "The provided authentication is not valid for this resource")
    body = await request.json()
    wanted = {
        str(name).casefold() for name in (request.path_params["workspace"], *body.get("workspaces", []))
    }
    asked = [tenant for tenant in seen if tenant.workspace_id in wanted]
    if len(asked) < len(wanted):
        return _error(403, "InsufficientAccessError", "The provided credentials have insufficient access")
    if _too_many(request.headers["authorization"]):
        return _error(429, "ThrottledError", "Too many requests", Retry_After="5")
    tables = [table(tenant) for tenant in asked]
    whole = Table(tables[0].columns, [row for one in tables for row in one.rows])
    try:
        found = ask(str(body.get("query", "")), {"SecurityIncident": whole})
    except NotUnderstoodError as fault:
        inner = {"code": "SemanticError", "message": str(fault)}
        error = {"code": "BadArgumentError", "message": "The request had some invalid properties"}
        return JSONResponse({"error": error | {"innererror": inner}}, 400)
    columns = [{"name": name, "type": _type(name)} for name in found.columns]
    rows = [[_wire(row[name]) for name in found.columns] for row in found.rows]
    return JSONResponse({"tables": [{"name": "PrimaryResult", "columns": columns, "rows": rows}]})


def _too_many(principal: str) -> bool:
    moment = now()
    recent = [asked for asked in _asked.get(principal, []) if asked > moment - SPAN]
    _asked[principal] = [*recent, moment]
    return len(recent) >= QUESTIONS


def _type(column: str) -> str:
    return "datetime" if column.endswith(("Time", "Generated", "Oldest")) else "string"


def _wire(value: Any) -> Any:
    return iso(value) if isinstance(value, datetime) else value


async def resource(request: Request) -> Response:
    """Anything in Azure Resource Manager: resource ids do not regard case."""
    seen = _seen_by(request, MANAGEMENT)
    if seen is None:
        return _error(401, "InvalidAuthenticationToken", "The access token is invalid.")
    if "api-version" not in request.query_params:
        return _error(400, "MissingApiVersionParameter", "The api-version query parameter is required.")
    path = "/" + request.path_params["path"].strip("/").casefold()
    if path == "/subscriptions":
        return JSONResponse({"value": [{"subscriptionId": tenant.subscription_id} for tenant in seen]})
    for tenant in seen:
        place = tenant.workspace_path.casefold()
        if path.startswith(place) and path.removeprefix(place) in _BELOW_WORKSPACE:
            return _BELOW_WORKSPACE[path.removeprefix(place)](request, tenant)
    return _error(404, "ResourceNotFound", "The resource was not found.")


def _workspace(_: Request, tenant: Tenant) -> Response:
    properties = {
        "customerId": tenant.workspace_id,
        "retentionInDays": 30,
        "createdDate": "2024-06-03T08:00:00Z",
    }
    return JSONResponse({"id": tenant.workspace_path, "name": tenant.workspace, "properties": properties})


def _table(_request: Request, _tenant: Tenant) -> Response:
    return JSONResponse({"properties": {"retentionInDays": RETENTION_DAYS, "plan": "Analytics"}})


def _incidents(request: Request, tenant: Tenant) -> Response:
    return _page(request, listed(tenant))


_BELOW_WORKSPACE: dict[str, Callable[[Request, Tenant], Response]] = {
    "": _workspace,
    "/tables/securityincident": _table,
    "/providers/microsoft.securityinsights/incidents": _incidents,
}


def _page(request: Request, rows: list[Row]) -> Response:
    params = request.query_params
    top, start = int(params.get("$top", DEFAULT_PAGE)), int(params.get("$skipToken", 0))
    if not 0 < top <= LARGEST_PAGE:
        return _error(400, "BadRequest", f"$top must be between 1 and {LARGEST_PAGE}")
    try:
        test = _filter(params.get("$filter", ""))
    except ValueError as fault:
        return _error(400, "BadRequest", str(fault))
    found = [row for row in rows if test(row["properties"])]
    body: Row = {"value": found[start : start + top]}
    if start + top < len(found):
        follow = dict(params) | {"$skipToken": str(start + top)}
        body["nextLink"] = str(request.url.replace(query=urlencode(follow)))
    return JSONResponse(body)


def _filter(text: str) -> Callable[[Row], bool]:
    tests: list[tuple[str, str, str]] = []
    for clause in filter(None, re.split(r"\s+and\s+", text.strip())):
        found = _CLAUSE.match(clause)
        if found is None:
            raise ValueError(f"Invalid filter clause: {clause}")
        tests.append((found[1], found[2], found[3].strip("'")))
    return lambda properties: all(_holds(properties, *test) for test in tests)


def _holds(properties: Row, name: str, comparison: str, wanted: str) -> bool:
    have: Any = str(properties.get(name))
    against: Any = wanted
    if name.endswith("TimeUtc"):
        have, against = datetime.fromisoformat(have), datetime.fromisoformat(wanted)
    return bool(getattr(operator, comparison)(have, against))


def routes() -> list[BaseRoute]:
    return [
        Route("/loganalytics/v1/workspaces/{workspace}/query", query, methods=["POST"]),
        Route("/azure/{path:path}", resource),
    ]
