"""An incident that Defender hands on to Sentinel counts once, also where they write it down in two weeks."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from msp_reports.domain.customer import SourceBinding
from msp_reports.domain.merge import merge
from msp_reports.domain.records import Incident
from msp_reports.domain.week import ReportingWeek
from msp_reports.sources import defender, sentinel

TENANT = "11111111-2222-3333-4444-555555555555"
WORKSPACE = "22222222-3333-4444-5555-666666666666"
DEFENDER = SourceBinding(
    system="defender",
    connection="d",
    scope=defender.DefenderScope.model_validate({"tenant_id": TENANT}),
)
SENTINEL = SourceBinding(
    system="sentinel",
    connection="s",
    scope=sentinel.SentinelScope.model_validate({
        "workspace_id": WORKSPACE,
        "subscription_id": WORKSPACE,
        "resource_group": "rg",
        "workspace": "law-acme",
    }),
)
BEFORE = ReportingWeek.parse("2026-W46", "Europe/Berlin")
AFTER = ReportingWeek.parse("2026-W47", "Europe/Berlin")
READ_BEFORE = timedelta(hours=1)
"""How long before the week Defender's answers begin."""


def as_defender_has_it(opened: datetime, closed: datetime, week: ReportingWeek) -> dict[str, Any]:
    row = {
        "id": "88014",
        "displayName": "Phishing",
        "createdDateTime": opened.isoformat(),
        "lastUpdateDateTime": closed.isoformat(),
        "severity": "medium",
        "status": "resolved",
        "tenantId": TENANT,
    }
    return {
        "created": [row] if week.contains(opened) else [],
        "resolved": [row] if closed >= week.start_utc - READ_BEFORE else [],
        "open_now": [],
        "alerts": [],
        "secure_scores": [],
        "control_profiles": [],
    }


def as_sentinel_has_it(opened: datetime, closed: datetime, week: ReportingWeek) -> dict[str, Any]:
    created = {
        "TenantId": WORKSPACE,
        "IncidentName": "a41f9c20",
        "Status": "New",
        "CreatedTime": opened.isoformat(),
        "LastModifiedTime": opened.isoformat(),
        "ProviderName": "Microsoft XDR",
        "ProviderIncidentId": "88014",
    }
    end = {"Status": "Closed", "ClosedTime": closed.isoformat(), "LastModifiedTime": closed.isoformat()}
    rows = [created] if opened < week.end_utc else []
    rows = [created | end] if closed < week.end_utc else rows
    return {"known_since": "2026-01-01T00:00:00Z", "changes": rows, "open_now": []}


@given(st.integers(-7000, 7000), st.integers(0, 7000), st.integers(0, 3300))
def test_it_is_opened_and_closed_once_over_both_weeks(edge: int, lasted: int, late: int) -> None:
    closed = AFTER.start_utc + timedelta(seconds=edge)
    opened, delay = closed - timedelta(seconds=lasted), timedelta(seconds=late)
    numbers = {"opened": 0, "closed": 0}
    for week in (BEFORE, AFTER):
        told = {
            "defender": defender.parse(as_defender_has_it(opened, closed, week), binding=DEFENDER, week=week),
            "sentinel": sentinel.parse(
                as_sentinel_has_it(opened + delay, closed + delay, week), binding=SENTINEL, week=week
            ),
        }
        records = merge({name: facts.records for name, facts in told.items()}, ("defender", "sentinel"))
        for one in records:
            assert isinstance(one, Incident)
            numbers["opened"] += week.contains(one.opened_at)
            numbers["closed"] += one.closed_at is not None and week.contains(one.closed_at)
    assert numbers == {"opened": 1, "closed": 1}
