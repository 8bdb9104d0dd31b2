"""A vendor on the loopback interface that answers as the test tells it, and remembers what it was asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from msp_reports.domain.week import ReportingWeek


@dataclass(frozen=True, kw_only=True)
class Asked:
    method: str
    path: str
    query: dict[str, str]
    headers: Mapping[str, str]
    body: Any


@dataclass(kw_only=True)
class Reply:
    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    cut: bool = False
    """Promise more bytes than are sent, then hang up."""


@dataclass
class Vendor:
    answer: Callable[[Asked], Reply] = lambda _: Reply(status=404, body={"code": "NotFound"})
    asked: list[Asked] = field(default_factory=list)
    url: str = ""


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    vendor = Vendor()

    class Handler(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            parts = urlsplit(self.path)
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            is_json = "json" in self.headers.get("Content-Type", "")
            body = json.loads(raw) if raw and is_json else dict(parse_qsl(raw.decode()))
            asked = Asked(
                method=self.command,
                path=parts.path,
                query=dict(parse_qsl(parts.query)),
                headers={k.lower(): v for k, v in self.headers.items()},
                body=body,
            )
            vendor.asked.append(asked)
            reply = vendor.answer(asked)
            content = reply.raw if reply.raw is not None else json.dumps(reply.body).encode()
            self.send_response(reply.status)
            for name, value in {"Content-Type": "application/json", **reply.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content) + (10 if reply.cut else 0)))
            self.end_headers()
            self.wfile.write(content)
            if reply.cut:
                self.close_connection = True

        do_GET = do_POST = handle_any

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    vendor.url = f"http://127.0.0.1:{server.server_port}"
    yield vendor
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(autouse=True)
def naps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Retries do not really wait; how long they would have is kept."""
    taken: list[float] = []
    monkeypatch.setattr("msp_reports.hooks.rest.time.sleep", taken.append)
    return taken


@pytest.fixture
def connect(monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Define an Airflow connection by environment, as JSON, and return its id."""

    def define(system: str, host: str, **parts: Any) -> str:
        values = {
            "conn_type": system,
            "host": host,
            "login": "public-key",
            "password": "s3cret-value",
            **parts,
        }
        monkeypatch.setenv(f"AIRFLOW_CONN_{system.upper()}_TEST", json.dumps(values))
        return f"{system}_test"

    return define


@pytest.fixture
def week() -> ReportingWeek:
    return ReportingWeek.parse("2026-W47", "Europe/Berlin")
