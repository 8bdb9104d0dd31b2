"""The estate as a process of its own, on a port of its own, and the demo's configuration pointing at it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
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
    """Run the estate as a process of its own, on a free port.

    The port is bound here and its socket handed over: a port that was merely found free may be another
    process's by the time the estate wants it, and that one then answers, or ends, in its place.

    Raises:
        AssertionError: the estate ended before it was told to; its last words are in the message.
    """
    listener = socket.create_server(("127.0.0.1", 0))
    setting = Setting(build=build, estate_port=listener.getsockname()[1])
    setting.write_config()
    write_key(setting.build, f"{setting.estate_url}/google/token")
    handed_over, log = listener.fileno(), setting.build / "estate.log"
    command = [sys.executable, "-m", "demo.vendors", "--fd", str(handed_over), "--build", str(setting.build)]
    surroundings = {**environment, "PYTHONPATH": str(ROOT)}
    with (
        log.open("wb") as said,
        subprocess.Popen(
            command, env=surroundings, pass_fds=[handed_over], stdout=said, stderr=said
        ) as process,
    ):
        listener.close()
        try:
            _see_healthy(setting, process)
            yield setting
        finally:
            ended = process.poll()
            process.terminate()
            if ended is not None:
                last = log.read_text(encoding="utf-8", errors="replace")[-2000:]
                raise AssertionError(f"the estate ended by itself with {ended}. It said last: {last}")


def _see_healthy(setting: Setting, process: subprocess.Popen[bytes]) -> None:
    """Ask once: the socket takes the question before there is anybody to read it."""
    try:
        requests.get(f"{setting.estate_url}/estate/health", timeout=60).raise_for_status()
    except requests.ConnectionError:
        process.wait(timeout=10)
        raise


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
