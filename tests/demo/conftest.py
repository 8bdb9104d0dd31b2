"""The estate as a process of its own, on a port of its own, and the demo's configuration pointing at it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
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


@pytest.fixture(scope="session")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Setting]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    setting = Setting(build=tmp_path_factory.mktemp("estate"), estate_port=port)
    setting.write_config()
    write_key(setting.build, f"{setting.estate_url}/google/token")
    command = [sys.executable, "-m", "demo.vendors", "--port", str(port), "--build", str(setting.build)]
    with subprocess.Popen(command, env=os.environ | {"PYTHONPATH": str(ROOT)}) as process:
        for _ in range(100):
            try:
                requests.get(f"{setting.estate_url}/estate/health", timeout=2)
                break
            except requests.ConnectionError:
                time.sleep(0.1)
        yield setting
        process.terminate()


@pytest.fixture
def pointed(estate: Setting, monkeypatch: pytest.MonkeyPatch) -> Setting:
    """Configuration and connections as the demo gives them to Airflow."""
    monkeypatch.setenv("MSP_REPORTS_CONFIG", str(estate.config))
    for name, connection in estate.connections().items():
        monkeypatch.setenv(f"AIRFLOW_CONN_{name.upper()}", json.dumps(connection))
    return estate


def truth(setting: Setting, code: str, week: str) -> dict[str, Any]:
    told: dict[str, Any] = requests.get(f"{setting.estate_url}/estate/truth/{code}/{week}", timeout=30).json()
    return told
