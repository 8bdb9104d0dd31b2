"""The estate's process: what ends it is said, and nobody else can answer in its place."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest
import requests

from tests.demo.conftest import estate_of


def test_an_estate_that_cannot_start_says_why(tmp_path: Path) -> None:
    broken = {**os.environ, "ESTATE_FAULTS": "no JSON"}
    with (
        pytest.raises(AssertionError, match=r"ended by itself with 1[\s\S]*JSONDecodeError"),
        estate_of(tmp_path, broken),
    ):
        pytest.fail("it was taken for running")


def test_the_port_is_the_estate_s_from_before_it_starts_until_it_ends(tmp_path: Path) -> None:
    with estate_of(tmp_path) as setting:
        with socket.socket() as other, pytest.raises(OSError, match="in use"):
            other.bind(("127.0.0.1", setting.estate_port))
        health = f"{setting.estate_url}/estate/health"
        assert requests.get(health, timeout=10).json() == {"status": "healthy"}
    with pytest.raises(requests.ConnectionError):
        requests.get(health, timeout=10)
