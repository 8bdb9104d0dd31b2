"""The estate as a process of its own, on a port of its own, and the demo's configuration pointing at it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
from starlette.testclient import TestClient

from demo.setting import ROOT, Setting
from demo.vendors.app import build_app
from demo.vendors.google_key import write_key
from demo.vendors.world import story_monday


def label(weeks_before: int = 0) -> str:
    """Label of the story week, or of one before it."""
    from datetime import timedelta

    year, week, _ = (story_monday() - timedelta(weeks=weeks_before)).isocalendar()
    return f"{year}-W{week:02d}"


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    """The estate in this process."""
    write_key(tmp_path, "http://127.0.0.1:1/google/token")
    with TestClient(build_app(tmp_path)) as made:
        yield made


@contextmanager
def estate_of(build: Path, environment: Mapping[str, str] = os.environ) -> Iterator[Setting]:
    """Run the estate as a process of its own, on a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    setting = Setting(build=build, estate_port=port)
    setting.write_config()
    write_key(setting.build, f"{setting.estate_url}/google/token")
    command = [sys.executable, "-m", "demo.vendors", "--port", str(port), "--build", str(setting.build)]
    with subprocess.Popen(command, env={**environment, "PYTHONPATH": str(ROOT)}) as process:
        try:
            for _ in range(100):
                try:
                    requests.get(f"{setting.estate_url}/estate/health", timeout=2)
                    break
                except requests.ConnectionError:
                    time.sleep(0.1)
            yield setting
        finally:
            process.terminate()


@pytest.fixture(scope="session")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Setting]:
    with estate_of(tmp_path_factory.mktemp("estate")) as setting:
        yield setting


@pytest.fixture
def pointed(estate: Setting, monkeypatch: pytest.MonkeyPatch) -> Setting:
    """Configuration and connections as the demo gives them to Airflow."""
    point_at(estate, monkeypatch)
    return estate


def point_at(setting: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MSP_REPORTS_CONFIG", str(setting.config))
    for name, connection in setting.connections().items():
        monkeypatch.setenv(f"AIRFLOW_CONN_{name.upper()}", json.dumps(connection))


def truth(setting: Setting, code: str, week: str) -> dict[str, Any]:
    told: dict[str, Any] = requests.get(f"{setting.estate_url}/estate/truth/{code}/{week}", timeout=30).json()
    return told
