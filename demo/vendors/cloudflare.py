"""One Cloudflare account with every proxied customer's zone: REST envelope and GraphQL Analytics.

developers.cloudflare.com/analytics/graphql-api: a plan bounds how far back and how wide one may ask,
refusals come with 200, and without a host in the filter all hosts of the zone come back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from demo.vendors.graphql import Field, NotGraphQLError, read
from demo.vendors.tenants import TENANTS, Tenant
from demo.vendors.visits import STATIC, Visits, domain, host, visits, zone_id
from demo.vendors.world import DAY, mondays_between, now

TOKEN = "demo-cloudflare-token"
RATE, RATE_SECONDS = 3000, 300
"""The vendor takes 300; the demo asks for all its customers at once, and its tests for each of them often."""
KEPT_DAYS = {"enoteca": 31, "olympia": 90, "delta": 90}
ONE_DAY_AT_A_TIME = {"enoteca", "olympia"}
SUMS_KEPT_DAYS = 365
PAGE_SIZE = 10_000
Row = dict[str, Any]

_asked: list[int] = []


class RefusedError(Exception):
    pass


def proxied() -> list[Tenant]:
    return [tenant for tenant in TENANTS if tenant.uses("cloudflare")]


def _envelope(result: Any, status: int = 200, code: int = 0, message: str = "") -> Response:
    errors = [{"code": code, "message": message}] if message else []
    return JSONResponse({"success": not errors, "errors": errors, "messages": [], "result": result}, status)


def _refused(request: Request) -> Response | None:
    if request.headers.get("authorization") != f"Bearer {TOKEN}":
        return _envelope(None, 401, 1000, "Invalid API Token")
    return None


async def verify(request: Request) -> Response:
    return _refused(request) or _envelope({"id": "ed17574386854bf78a67040be0a770b0", "status": "active"})


async def zone(request: Request) -> Response:
    refused = _refused(request)
    if refused is not None:
        return refused
    asked = request.path_params["zone"]
    tenant = next((tenant for tenant in proxied() if zone_id(tenant) == asked), None)
    if tenant is None:
        return _envelope(None, 404, 7003, f"Could not route to /zones/{asked}")
    plan = {"legacy_id": "pro"}
    return _envelope({"id": asked, "name": domain(tenant), "status": "active", "plan": plan})


async def graphql(request: Request) -> Response:
    refused = _refused(request)
    if refused is not None:
        return refused
    moment = now()
    _asked[:] = [asked for asked in _asked if asked > moment - RATE_SECONDS] + [moment]
    if len(_asked) > RATE:
        return _errors("rate limiter budget depleted, try again after 5 minutes", 429)
    body = await request.json()
    try:
        (viewer,) = read(body["query"], body.get("variables") or {})
        zones = {field.alias: [_zone(field)] for field in viewer.named("zones")}
    except (NotGraphQLError, RefusedError, ValueError) as refusal:
        return _errors(str(refusal))
    return JSONResponse({"data": {"viewer": zones}, "errors": None})


def _errors(message: str, status: int = 200) -> Response:
    extensions = {"timestamp": datetime.now(UTC).isoformat()}
    error = {"message": message, "path": ["viewer", "zones", "0"], "extensions": extensions}
    return JSONResponse({"data": None, "errors": [error]}, status)


def _zone(field: Field) -> Row:
    tag = field.arguments.get("filter", {}).get("zoneTag")
    tenant = next((tenant for tenant in proxied() if zone_id(tenant) == tag), None)
    if tenant is None:
        raise RefusedError(f"zones [{tag}] are not authorized")
    found: Row = {}
    for asked in field.fields:
        if asked.name == "zoneTag":
            found[asked.alias] = tag
        elif asked.name == "settings":
            found[asked.alias] = {one.alias: _shown(_plan(tenant, one.name), one) for one in asked.fields}
        elif asked.name in _DATASETS:
            found[asked.alias] = _DATASETS[asked.name](tenant, asked)
        else:
            raise RefusedError(f'unknown field "{asked.name}"')
    return found


@dataclass(frozen=True)
class _Plan:
    kept: int
    longest: int


def _plan(tenant: Tenant, dataset: str) -> _Plan:
    if dataset == "httpRequests1dGroups":
        return _Plan(SUMS_KEPT_DAYS * DAY, SUMS_KEPT_DAYS * DAY)
    longest = DAY if tenant.code in ONE_DAY_AT_A_TIME else KEPT_DAYS[tenant.code] * DAY
    return _Plan(KEPT_DAYS[tenant.code] * DAY, longest)


def _shown(plan: _Plan, field: Field) -> Row:
    settings = {"enabled": True, "notOlderThan": plan.kept, "maxDuration": plan.longest}
    settings |= {"maxPageSize": PAGE_SIZE, "maxNumberOfFields": 30}
    return {one.alias: settings[one.name] for one in field.fields}


def _within_plan(tenant: Tenant, field: Field, start: int, end: int) -> None:
    plan, limit = _plan(tenant, field.name), field.arguments.get("limit")
    if not isinstance(limit, int) or not 0 < limit <= PAGE_SIZE:
        raise RefusedError(f"limit must be positive number and not greater than {PAGE_SIZE}")
    if now() - start > plan.kept:
        raise RefusedError(f"cannot request data older than {plan.kept}s")
    if end - start > plan.longest:
        raise RefusedError(f"query time range is too large. Time range can't be wider than {plan.longest}s")


def _by_request(tenant: Tenant, field: Field) -> list[Row]:
    asked = field.arguments["filter"]
    start, end = (int(datetime.fromisoformat(asked[e]).timestamp()) for e in ("datetime_geq", "datetime_lt"))
    _within_plan(tenant, field, start, end)
    hosts = asked.get("clientRequestHTTPHost_in")
    rows = [
        _asked_of(row, field)
        for name, step in _steps(tenant, start, end)
        if hosts is None or name in hosts
        for row in _rows(name, step)
    ]
    return rows[: field.arguments["limit"]]


def _steps(tenant: Tenant, start: int, end: int) -> Iterator[tuple[str, Visits]]:
    found = [
        (step.at, host(tenant, site), step)
        for monday in mondays_between(tenant, start, end)
        for site in (*tenant.proxied, STATIC)
        for step in visits(tenant, site, monday)
        if start <= step.at < min(end, now())
    ]
    for _, name, step in sorted(found, key=lambda entry: entry[:2]):
        yield name, step


def _rows(name: str, step: Visits) -> Iterator[Row]:
    for status, count in step.by_status:
        at = datetime.fromtimestamp(step.at, UTC)
        dimensions = {
            "clientRequestHTTPHost": name,
            "datetimeFiveMinutes": f"{at:%Y-%m-%dT%H:%M:%SZ}",
            "edgeResponseStatus": status,
        }
        yield {"count": count, "avg": {"sampleInterval": 1}, "dimensions": dimensions}


def _asked_of(row: Row, field: Field) -> Row:
    return {one.alias: _asked_of(row[one.name], one) if one.fields else row[one.name] for one in field.fields}


def _by_day(tenant: Tenant, field: Field) -> list[Row]:
    first, last = (date.fromisoformat(field.arguments["filter"][edge]) for edge in ("date_geq", "date_leq"))
    start, end = _midnight(first), _midnight(last + timedelta(days=1))
    _within_plan(tenant, field, start, end)
    sums: dict[str, Counter[int]] = {}
    for _, step in _steps(tenant, start, end):
        day = datetime.fromtimestamp(step.at, UTC).date().isoformat()
        sums.setdefault(day, Counter()).update(dict(step.by_status))
    rows: list[Row] = []
    for day, counts in sorted(sums.items()):
        statuses = [{"edgeResponseStatus": s, "requests": n} for s, n in sorted(counts.items())]
        total = {"requests": counts.total(), "responseStatusMap": statuses}
        rows.append({"dimensions": {"date": day}, "sum": total})
    return rows[: field.arguments["limit"]]


def _midnight(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())


_DATASETS = {"httpRequestsAdaptiveGroups": _by_request, "httpRequests1dGroups": _by_day}


def routes() -> list[BaseRoute]:
    return [
        Route("/cloudflare/client/v4/user/tokens/verify", verify),
        Route("/cloudflare/client/v4/zones/{zone}", zone),
        Route("/cloudflare/client/v4/graphql", graphql, methods=["POST"]),
    ]
