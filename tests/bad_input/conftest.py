"""A meddler between our hooks and the estate: passes everything on, and spoils what a test orders."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests

from demo.setting import Setting
from tests.bad_input.table import Call, Given, Meddler
from tests.demo.conftest import estate, pointed  # noqa: F401 - fixtures

HOP = {"transfer-encoding", "content-length", "connection", "content-encoding", "date", "server"}


@pytest.fixture(scope="module")
def proxy(estate: Setting) -> Iterator[Meddler]:  # noqa: F811 - the fixture
    meddler = Meddler()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def pass_on(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            call = Call(method=self.command, path=self.path, body=body.decode())
            order = meddler.order_for(call)
            if order is not None and order.hangs:
                meddler.released.wait(20)
                self.close_connection = True
                return
            headers = {k: v for k, v in self.headers.items() if k.lower() != "accept-encoding"}
            answer = requests.request(
                self.command, f"{estate.estate_url}{self.path}", data=body, headers=headers, timeout=30,
                allow_redirects=False,
            )  # fmt: skip
            given = Given(
                status=answer.status_code,
                headers={k: v for k, v in answer.headers.items() if k.lower() not in HOP},
                body=answer.content,
            )
            if order is not None:
                order.do(given, call)
            self.send_response(given.status)
            for name, value in given.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(given.body) + (10 if given.cut else 0)))
            self.end_headers()
            self.wfile.write(given.body)
            if given.cut:
                self.close_connection = True

        do_GET = do_POST = pass_on

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    meddler.port = server.server_port
    yield meddler
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def meddled(
    proxy: Meddler,
    pointed: Setting,  # noqa: F811 - the fixture
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Meddler]:
    """The demo's connections, all led through the meddler; retries do not really wait."""
    for name, connection in pointed.connections().items():
        text = json.dumps(connection).replace(f":{pointed.estate_port}", f":{proxy.port}")
        monkeypatch.setenv(f"AIRFLOW_CONN_{name.upper()}", text)
    monkeypatch.setattr("msp_reports.hooks.rest.time.sleep", proxy.naps.append)
    proxy.clear()
    yield proxy
    proxy.clear()
