"""Run the estate: ``python -m demo.vendors --port 8901 --build build/demo``. Loopback only."""

from __future__ import annotations

import argparse
import socket
from pathlib import Path

import uvicorn

from demo.vendors.app import build_app


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8901)
    parser.add_argument("--fd", type=int, help="a listening socket that is handed over, instead of a port")
    parser.add_argument("--build", type=Path, default=Path("build/demo"))
    options = parser.parse_args()
    config = uvicorn.Config(
        build_app(options.build),
        host=options.host,
        port=options.port,
        log_level="warning",
        access_log=False,
    )
    handed_over = None if options.fd is None else [socket.socket(fileno=options.fd)]
    uvicorn.Server(config).run(sockets=handed_over)


if __name__ == "__main__":
    main()
