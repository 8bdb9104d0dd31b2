"""One Prometheus that scrapes a Blackbox exporter: instant queries, answered with the samples as scraped.

prometheus.io/docs/prometheus/latest/querying/api. A range is open at its left edge and closed at its
right, values are strings, a series whose labels were not asked for comes back too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from demo.vendors.tenants import TENANTS, Tenant
from demo.vendors.web import certificate_expiry, response_seconds, site_week, url
from demo.vendors.world import DAY, mondays_between, now

TOKEN = "demo-prometheus-token"
JOB = "blackbox"
ALSO_WATCHED = {"acme"}
"""Its report is drawn from other checks; whoever asks this server too widely is told of it."""
KEPT = 120 * DAY
SCRAPED_AFTER = 7.25
"""Seconds after each mark of the clock: every target has an offset of its own."""
METRICS = ("probe_success", "probe_duration_seconds", "probe_ssl_earliest_cert_expiry")
Row = dict[str, Any]

_LABEL = re.compile(r'(\w+)(=~|=)("(?:[^"\\]|\\.)*")(?:,|$)')
_EXPRESSION = re.compile(r"(?:(last_over_time)\()?(\w*)\{(.*)\}\[(\d+)s\](\))?")
Matcher = Callable[[dict[str, str]], bool]


@dataclass(frozen=True, slots=True)
class _Target:
    tenant: Tenant
    site: str
    instance: str


async def query(request: Request) -> Response:
    if request.headers.get("authorization") != f"Bearer {TOKEN}":
        return Response("Unauthorized\n", 401, media_type="text/plain")
    expression, at = request.query_params.get("query", ""), float(request.query_params.get("time", now()))
    if expression == "vector(1)":
        return _success("vector", [{"metric": {}, "value": [at, "1"]}])
    found = _EXPRESSION.fullmatch(expression)
    if found is None or bool(found[1]) != bool(found[5]):
        return _error(400, "bad_data", 'invalid parameter "query": parse error')
    test = _matcher(found[2], found[3])
    if test is None:
        return _error(400, "bad_data", 'invalid parameter "query": unexpected label matching')
    host, port = request.scope["server"]
    base = f"http://{host}:{port}"
    series = [
        (labels, samples)
        for labels, samples in _series(base, at - int(found[4]), at)
        if test(labels) and samples
    ]
    if found[1]:
        kept = {"instance", "job"}
        rows = [{"metric": {k: labels[k] for k in kept}, "value": [at, s[-1][1]]} for labels, s in series]
        return _success("vector", rows)
    return _success("matrix", [{"metric": labels, "values": samples} for labels, samples in series])


def _success(kind: str, result: list[Row]) -> Response:
    return JSONResponse({"status": "success", "data": {"resultType": kind, "result": result}})


def _error(status: int, kind: str, message: str) -> Response:
    return JSONResponse({"status": "error", "errorType": kind, "error": message}, status)


def _matcher(metric: str, text: str) -> Matcher | None:
    """Read label matchers. None: they cannot be read."""
    found = list(_LABEL.finditer(text))
    if "".join(match[0] for match in found) != text:
        return None
    tests = [(match[1], match[2], json.loads(match[3])) for match in found]
    tests += [("__name__", "=", metric)] if metric else []

    def fits(labels: dict[str, str]) -> bool:
        return all(
            labels.get(name) == value if operator == "=" else re.fullmatch(value, labels.get(name, ""))
            for name, operator, value in tests
        )

    return fits


def _targets(base: str) -> Iterator[_Target]:
    for tenant in TENANTS:
        if tenant.uses("blackbox") or tenant.code in ALSO_WATCHED:
            for site in tenant.web:
                yield _Target(tenant, site, url(base, tenant, site))


def _series(base: str, after: float, until: float) -> Iterator[tuple[dict[str, str], list[list[Any]]]]:
    """Every series with its samples in ``(after, until]``, as far back as they are kept."""
    after, until = max(after, now() - KEPT), min(until, now())
    for target in _targets(base):
        samples: dict[str, list[list[Any]]] = {metric: [] for metric in METRICS}
        for at, good in _scrapes(target, after, until):
            stamp = at + SCRAPED_AFTER
            samples["probe_success"].append([stamp, "1" if good else "0"])
            samples["probe_duration_seconds"].append([stamp, repr(response_seconds(at))])
            if good:
                expiry = f"{certificate_expiry(at):e}"
                samples["probe_ssl_earliest_cert_expiry"].append([stamp, expiry])
        for metric, found in samples.items():
            yield {"__name__": metric, "instance": target.instance, "job": JOB}, found


def _scrapes(target: _Target, after: float, until: float) -> Iterator[tuple[int, bool]]:
    for monday in mondays_between(target.tenant, int(after), int(until) + 1):
        for at, good in site_week(target.tenant, target.site, monday).made():
            if after < at + SCRAPED_AFTER <= until:
                yield at, good


def routes() -> list[BaseRoute]:
    return [Route("/prometheus/api/v1/query", query)]
