"""What a channel is given of an approved report."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest

from msp_reports.delivery.contract import ChannelFilePackage
from msp_reports.steps.packages import channel_file_package
from msp_reports.store.reports import StoredReport

pytestmark = pytest.mark.airflow

PDF = b"%PDF approved"
REPORT = StoredReport(
    customer="acme",
    week="2026-W47",
    revision=2,
    state="approved",
    model={},
    markdown="",
    pdf=PDF,
    sha256=sha256(PDF).hexdigest(),
    run_id="r",
)


def with_teams(config: Path, more: str) -> None:
    path = config / "customers" / "acme.yaml"
    text = path.read_text("utf-8")
    assert "tenant_id: t-2, " in text
    path.write_text(text.replace("tenant_id: t-2, ", f"tenant_id: t-2, {more}"), encoding="utf-8")


def test_the_channels_files_get_the_approved_pdf(config: Path) -> None:
    with_teams(config, "team_id: team-1, graph: graph_files, ")
    outbound = channel_file_package(REPORT)
    assert outbound is not None
    assert outbound.recipients == "19:acme@thread.tacv2"
    package = outbound.package
    assert isinstance(package, ChannelFilePackage)
    assert (package.team_id, package.channel_id) == ("team-1", "19:acme@thread.tacv2")
    assert (package.name, package.content, package.sha256) == ("acme-2026-W47-r2.pdf", PDF, REPORT.sha256)


def test_without_a_connection_that_may_write_there_is_no_file(config: Path) -> None:
    assert channel_file_package(REPORT) is None
    with_teams(config, "team_id: team-1, ")
    assert channel_file_package(REPORT) is None
