"""The log of every exchange, without secrets, and the faults a test may order."""

from __future__ import annotations

import asyncio
import json
import os
import re
import time
from collections.abc import MutableMapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from demo.vendors.datto import owner_of

KEPT_BYTES = 20_000
HIDDEN = {"authorization", "cookie", "x-auth-token", "proxy-authorization"}
_SECRETS = re.compile(
    r'("(?:auth|access_token|refresh_token|password|private_key|community|authname|authpass|cryptopass)"\s*:\s*")'
    r'[^"]*|((?:client_secret|assertion|password|authtoken)=)[^&\s"]*'
)


@dataclass(slots=True)
class Fault:
    """Disturb the calls of one system, of one customer or of all."""

    system: str
    mode: str
    customer: str | None = None
    path_contains: str | None = None
    times: int | None = None

    def hits(self, system: str, path: str) -> bool:
        if self.system != system or self.times == 0:
            return False
        if self.path_contains is not None and self.path_contains not in path:
            return False
        return self.customer is None or self.customer in _customer_in(path)


FAULTS: list[Fault] = [Fault(**fault) for fault in json.loads(os.environ.get("ESTATE_FAULTS", "[]"))]


def _customer_in(path: str) -> set[str]:
    """Whose call it is, where the path tells: by an appliance's serial number or a code."""
    parts = path.strip("/").split("/")
    owners = {owner.code for part in parts if (owner := owner_of(part)) is not None}
    return owners | set(parts)


_LIBRARIES = ("/graph/v1.0/drives/", "/graph-uploads/")


def system_of(path: str) -> str:
    if path.startswith("/graph/v1.0/users/"):
        return "outlook"
    if path.startswith(_LIBRARIES) or path.endswith("/filesFolder"):
        return "sharepoint"
    first = path.removeprefix("/upload").strip("/").split("/")[0]
    if first.startswith("zabbix"):
        return "zabbix"
    slugs = {
        "graph": "defender",
        "prometheus": "blackbox",
        "azure": "sentinel",
        "loganalytics": "sentinel",
    }
    return slugs.get(first, first)


class ExchangeLog:
    """ASGI middleware: orders faults, then writes one JSON line per exchange."""

    def __init__(self, app: ASGIApp, path: Path) -> None:
        self._app, self._path = app, path
        path.parent.mkdir(parents=True, exist_ok=True)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, sent = time.monotonic(), _Sent()
        body = await _read(receive)
        replay = _replay(body, receive)
        fault = next((f for f in FAULTS if f.hits(system_of(scope["path"]), scope["path"])), None)
        app = self._app if fault is None else _faulty(fault, self._app)
        try:
            await app(scope, replay, sent.through(send))
        finally:
            self._write(scope, body, sent, time.monotonic() - began)

    def _write(self, scope: Scope, body: bytes, sent: _Sent, seconds: float) -> None:
        request = Request(scope)
        line = {
            "time": datetime.now(UTC).isoformat(),
            "system": system_of(scope["path"]),
            "method": scope["method"],
            "url": _text(str(request.url).encode()),
            "headers": {k: "***" if k in HIDDEN else v for k, v in request.headers.items()},
            "body": _text(body),
            "status": sent.status,
            "answer": _text(bytes(sent.body)),
            "seconds": round(seconds, 4),
        }
        with self._path.open("a", encoding="utf-8") as log:
            log.write(json.dumps(line, ensure_ascii=False) + "\n")


class _Sent:
    def __init__(self) -> None:
        self.status = 0
        self.body = bytearray()

    def through(self, send: Send) -> Send:
        async def passed(message: Message) -> None:
            if message["type"] == "http.response.start":
                self.status = message["status"]
            elif len(self.body) <= KEPT_BYTES:
                self.body += message.get("body", b"")
            await send(message)

        return passed


async def _read(receive: Receive) -> bytes:
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


def _replay(body: bytes, receive: Receive) -> Receive:
    given = False

    async def again() -> MutableMapping[str, Any]:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def _text(body: bytes) -> str:
    text = body[:KEPT_BYTES].decode("utf-8", "replace")
    if len(body) > KEPT_BYTES:
        text += f"… ({len(body)} bytes)"
    return _SECRETS.sub(lambda m: f"{m[1] or m[2]}***", text)


def _faulty(fault: Fault, app: ASGIApp) -> ASGIApp:
    if fault.times is not None:
        fault.times -= 1
    if fault.mode == "slow":
        return _slow(app)
    if fault.mode == "cut":
        return _cut
    answers: dict[str, Response] = {
        "refuse_401": JSONResponse({"code": "unauthorized", "message": "Invalid API key"}, 401),
        "error_500": PlainTextResponse("Internal Server Error", 500),
        "html": HTMLResponse("<html><body>Maintenance</body></html>"),
        "half_json": Response('{"items": [{"na', media_type="application/json"),
        "throttle_429": JSONResponse({"message": "slow down"}, 429, headers={"Retry-After": "2"}),
        "off": PlainTextResponse("Bad Gateway", 502),
    }
    return answers[fault.mode]


def _slow(app: ASGIApp) -> ASGIApp:
    async def delayed(scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.sleep(3)
        await app(scope, receive, send)

    return delayed


async def _cut(_scope: Scope, _receive: Receive, send: Send) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", b"5000")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b'{"items": [', "more_body": True})
    raise ConnectionError("cut as ordered")


async def order(request: Request) -> Response:
    if request.method == "DELETE":
        FAULTS.clear()
    else:
        FAULTS.append(Fault(**await request.json()))
    return JSONResponse([f"{fault.system} {fault.mode}" for fault in FAULTS])


def routes() -> list[BaseRoute]:
    return [Route("/estate/faults", order, methods=["POST", "DELETE"])]
