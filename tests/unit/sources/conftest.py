from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from msp_reports.domain.week import ReportingWeek

_FIXTURES = Path(__file__).parents[2] / "fixtures"


@pytest.fixture
def week() -> ReportingWeek:
    return ReportingWeek.parse("2026-W47", "Europe/Berlin")


@pytest.fixture
def payload() -> Callable[[str], Any]:
    """Read a fresh copy of a fixture, to be changed at will."""
    return lambda name: json.loads((_FIXTURES / name).read_text(encoding="utf-8"))
