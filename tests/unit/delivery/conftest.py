"""Google and Teams on the loopback interface: every request that arrives is counted."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest

from demo.vendors.google_key import write_key


@dataclass(frozen=True, kw_only=True)
class Asked:
    method: str
    path: str
    query: dict[str, str]
    headers: Mapping[str, str]
    raw: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.raw)


@dataclass(kw_only=True)
class Reply:
    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    hang_up: bool = False
    """Close the connection without an answer."""


@dataclass
class Service:
    """Answers by method and path; signs everybody in."""

    replies: dict[tuple[str, str], Reply | Callable[[Asked], Reply]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    url: str = ""

    def on(self, method: str, path: str, reply: Reply | Callable[[Asked], Reply]) -> None:
        self.replies[method, path] = reply

    def calls(self, method: str, path: str) -> list[Asked]:
        return [asked for asked in self.asked if (asked.method, asked.path) == (method, path)]

    def answer(self, asked: Asked) -> Reply:
        if asked.path.endswith("/token"):
            return Reply(body={"access_token": "tok-secret", "expires_in": 3600, "token_type": "Bearer"})
        self.asked.append(asked)
        reply = self.replies.get((asked.method, asked.path))
        if reply is None:
            return Reply(status=404, body={"error": {"code": 404, "message": "notFound"}})
        return reply(asked) if callable(reply) else reply


@pytest.fixture
def service() -> Iterator[Service]:
    service = Service()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            parts = urlsplit(self.path)
            reply = service.answer(
                Asked(
                    method=self.command,
                    path=unquote(parts.path),
                    query=dict(parse_qsl(parts.query)),
                    headers={name.lower(): value for name, value in self.headers.items()},
                    raw=self.rfile.read(int(self.headers.get("Content-Length") or 0)),
                )
            )
            if reply.hang_up:
                self.close_connection = True
                return
            content = reply.raw if reply.raw is not None else json.dumps(reply.body).encode()
            self.send_response(reply.status)
            headers = {"Content-Type": "application/json", "Content-Length": str(len(content))}
            for name, value in {**headers, **reply.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_PATCH = handle_any

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    service.url = f"http://127.0.0.1:{server.server_port}"
    yield service
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def google(service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A Google connection with a real key whose token endpoint is the service."""
    key = write_key(tmp_path, f"{service.url}/google/token")
    extra = {"key_path": str(key), "num_retries": 0, "api_root": service.url}
    monkeypatch.setenv(
        "AIRFLOW_CONN_GOOGLE_TEST", json.dumps({"conn_type": "google_cloud_platform", "extra": extra})
    )
    return "google_test"


@pytest.fixture
def bot(service: Service, monkeypatch: pytest.MonkeyPatch) -> str:
    """A Teams bot's connection."""
    parts = {"conn_type": "http", "host": f"{service.url}/teams/", "login": "bot", "password": "bot-secret"}
    extra = {"token_url": f"{service.url}/login"}
    monkeypatch.setenv("AIRFLOW_CONN_BOT_TEST", json.dumps({**parts, "extra": extra}))
    return "bot_test"


@pytest.fixture
def graph(service: Service, monkeypatch: pytest.MonkeyPatch) -> str:
    """A connection to Graph."""
    parts = {"conn_type": "http", "host": service.url, "login": "app", "password": "app-secret"}
    extra = {"tenant_id": "t-1", "token_url": f"{service.url}/login"}
    monkeypatch.setenv("AIRFLOW_CONN_GRAPH_TEST", json.dumps({**parts, "extra": extra}))
    return "graph_test"


@pytest.fixture
def ledger() -> list[Mapping[str, str]]:
    """What was recorded, in order; its `append` is the channel's `record`."""
    return []


@pytest.fixture
def reply() -> type[Reply]:
    """How a test says what the service answers."""
    return Reply
