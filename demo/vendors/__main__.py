"""Run the estate: ``python -m demo.vendors --port 8901 --build build/demo``. Loopback only."""

from __future__ import annotations

import argparse
from pathlib import Path

import uvicorn

from demo.vendors.app import build_app


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8901)
    parser.add_argument("--build", type=Path, default=Path("build/demo"))
    options = parser.parse_args()
    app = build_app(options.build)
    uvicorn.run(app, host=options.host, port=options.port, log_level="warning", access_log=False)


if __name__ == "__main__":
    main()
