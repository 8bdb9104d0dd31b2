"""What the five-minute Dag stores of each site it looked at."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from msp_reports.hooks.site_probe import ProbeResult
from msp_reports.steps.site_checks import check_sites
from msp_reports.store.database import transaction
from msp_reports.store.probes import ProbeRepository

pytestmark = [pytest.mark.airflow, pytest.mark.db, pytest.mark.usefixtures("database")]

SLOT = datetime(2026, 11, 18, 12, 5, tzinfo=UTC)
UNREACHED = ProbeResult(ok=False, status_code=None, error_kind="dns", total_ms=40, cert_expires_at=None)


@pytest.fixture
def unreached(config: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Configuration folder of a customer none of whose sites can be reached, at 12:07."""
    dag_run = SimpleNamespace(data_interval_end=SLOT + timedelta(minutes=2))
    monkeypatch.setattr("airflow.sdk.get_current_context", lambda: {"dag_run": dag_run})
    monkeypatch.setattr("msp_reports.hooks.site_probe.probe", lambda url, **expected: UNREACHED)
    return config


def watch(config: Path, *urls: str) -> None:
    path = config / "customers" / "acme.yaml"
    sites = "".join(f"{{id: site-{n}, name: Site, url: '{url}'}}, " for n, url in enumerate(urls))
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace("delivery:", f"  site_checks: {{sites: [{sites}]}}\ndelivery:"), encoding="utf-8"
    )


@pytest.mark.parametrize(
    ("other", "down"),
    [("https://ACME.example:8443/b", []), ("https://www.acme.example/", [SLOT.isoformat()])],
)
def test_sites_are_of_one_host_by_its_name_alone(unreached: Path, other: str, down: list[str]) -> None:
    watch(unreached, "https://acme.example/a", other)
    assert check_sites() == {"sites": 2, "good": 0}
    with transaction() as connection:
        assert ProbeRepository(connection).network_down(SLOT, SLOT + timedelta(minutes=5)) == down
