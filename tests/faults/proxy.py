"""What stands between worker and estate: passes calls on, and disturbs the one it is told to."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.faults.faults import Fault, Scene

RETRY_AFTER = 17
LONGEST = 30.0
_AT_ONCE = struct.pack("ii", 1, 0)
"""SO_LINGER: closing resets the connection."""
_HOP = frozenset({"connection", "content-length", "transfer-encoding", "keep-alive"})
_JSON = {"Content-Type": "application/json"}


class HungUpError(Exception):
    """The connection was ended on purpose."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class FaultProxy:
    """Set `scene` and `worker` before a worker is let go."""

    estate_port: int
    cut_database: Callable[[], None]
    scene: Scene = field(default_factory=Scene)
    worker: int = 0
    """Process id of who calls, to be killed."""
    port: int = 0
    killed: set[int] = field(default_factory=set)

    def forward(self, asked: BaseHTTPRequestHandler, body: bytes) -> Answer:
        headers = {name: value for name, value in asked.headers.items() if name.lower() not in _HOP}
        upstream = http.client.HTTPConnection("127.0.0.1", self.estate_port, timeout=LONGEST)
        try:
            upstream.request(asked.command, asked.path, body=body, headers=headers)
            answer = upstream.getresponse()
            kept = {name: value for name, value in answer.getheaders() if name.lower() not in _HOP}
            return Answer(answer.status, kept, answer.read())
        finally:
            upstream.close()


@contextmanager
def standing(proxy: FaultProxy) -> Iterator[FaultProxy]:
    """Let a proxy listen on a port of its own."""

    class Handler(_Handler):
        between = proxy

    server = _Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    proxy.port = server.server_port
    try:
        yield proxy
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Whoever was killed or reset does not read the rest; that is what it is for."""


class _Handler(BaseHTTPRequestHandler):
    between: FaultProxy

    def handle_any(self) -> None:
        proxy, scene = self.between, self.between.scene
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fault = scene.fault_of(self.command, self.path)
        time.sleep(scene.seconds)
        if fault is not None and not fault.after:
            self._refuse(fault)
            return
        answer = proxy.forward(self, body)
        time.sleep(scene.seconds)
        if fault is None:
            self._reply(answer)
        else:
            self._spoil(fault, answer)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any

    def _refuse(self, fault: Fault) -> None:
        if fault is Fault.KILLED_BEFORE:
            self._kill()
        elif fault is Fault.RESET_BEFORE:
            self._reset()
        elif fault is Fault.THROTTLED:
            self._reply(Answer(429, {**_JSON, "Retry-After": str(RETRY_AFTER)}, b'{"error": "slow down"}'))
        elif fault is Fault.EXPIRED:
            self._reply(Answer(401, _JSON, b'{"error": {"code": "InvalidAuthenticationToken"}}'))
        else:
            self._reply(Answer(500, _JSON, b'{"error": "internal"}'))

    def _spoil(self, fault: Fault, answer: Answer) -> None:
        """The server has acted; what the worker hears of it is something else."""
        if fault is Fault.KILLED_AFTER:
            self._kill()
        elif fault is Fault.RESET_AFTER:
            self._reset()
        elif fault is Fault.TIMED_OUT_AFTER:
            self._say_nothing()
        elif fault is Fault.DATABASE_AFTER:
            self.between.cut_database()
            self._reply(answer)
        elif fault is Fault.CUT_AFTER:
            self._reply(answer, promised=len(answer.body) + 100)
        else:
            self._reply(_SPOILT[fault])

    def _reply(self, answer: Answer, *, promised: int | None = None) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body) if promised is None else promised))
        self.end_headers()
        self.wfile.write(answer.body)

    def _kill(self) -> None:
        self.between.killed.add(self.between.worker)
        os.kill(self.between.worker, signal.SIGKILL)

    def _reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
        for end in (self.rfile, self.wfile, self.connection):
            end.close()
        raise HungUpError

    def _say_nothing(self) -> None:
        """Until the other side has had enough."""
        self.connection.settimeout(LONGEST)
        with contextlib.suppress(OSError):
            self.connection.recv(1)

    def log_message(self, *_: object) -> None:
        """The scene keeps the calls."""


_SPOILT = {
    Fault.FAILED_AFTER: Answer(500, _JSON, b'{"error": "internal"}'),
    Fault.BAD_GATEWAY_AFTER: Answer(502, {"Content-Type": "text/html"}, b"<html>Bad Gateway</html>"),
    Fault.GATEWAY_TIMEOUT_AFTER: Answer(504, {"Content-Type": "text/html"}, b"<html>Gateway Time-out</html>"),
    Fault.HTML_AFTER: Answer(200, {"Content-Type": "text/html"}, b"<html>Welcome to our network</html>"),
    Fault.ODD_AFTER: Answer(200, _JSON, b'{"message": "ok", "files": "many", "ids": {}, "messages": 3}'),
}
