"""What several tests of steps share: a sealed report, and whom it goes to."""

from __future__ import annotations

from pathlib import Path

import pytest

from msp_reports.steps import packages
from tests.steps.post_office import PostOffice
from tests.steps.sealed import a_sealed_report


@pytest.fixture
def office(database: str, config: Path, monkeypatch: pytest.MonkeyPatch) -> PostOffice:
    """Takes a sealed report of ``acme``."""
    a_sealed_report()
    office = PostOffice()
    monkeypatch.setattr(packages, "load", office)
    return office
