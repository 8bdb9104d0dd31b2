"""The estate: every vendor behind one loopback address."""

from __future__ import annotations

from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from demo.vendors import (
    cloudflare,
    connectwise,
    datto,
    defender,
    exchanges,
    halo,
    librenms,
    mailroom,
    prometheus,
    sentinel,
    tokens,
    veeam,
    veeam_console,
    web,
    zabbix,
)
from demo.vendors.exchanges import ExchangeLog
from demo.vendors.truth import truth


async def health(_: Request) -> Response:
    return JSONResponse({"status": "healthy"})


async def tell_truth(request: Request) -> Response:
    return JSONResponse(truth(request.path_params["code"], request.path_params["week"]))


def build_app(build: Path) -> ASGIApp:
    """Make the application; what it receives and exchanges is kept below `build`."""
    routes = [
        Route("/estate/health", health),
        Route("/estate/truth/{code}/{week}", tell_truth),
        *exchanges.routes(),
        *web.routes(),
        *tokens.routes(),
        *zabbix.routes(),
        *librenms.routes(),
        *connectwise.routes(),
        *halo.routes(),
        *datto.routes(),
        *veeam.routes(),
        *veeam_console.routes(),
        *defender.routes(),
        *sentinel.routes(),
        *prometheus.routes(),
        *cloudflare.routes(),
        *mailroom.routes(build),
    ]
    return ExchangeLog(Starlette(routes=routes), build / "exchanges.jsonl")
