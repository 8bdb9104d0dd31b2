"""What Microsoft Sentinel keeps of each customer: one row per change of an incident, and the incidents.

learn.microsoft.com: azure-monitor/reference/tables/securityincident. Incidents that Defender hands on
arrive some minutes later, under the provider name ``Microsoft XDR`` and with Defender's id.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from demo.vendors.kusto import Table
from demo.vendors.tenants import Tenant
from demo.vendors.world import (
    DAY,
    HOUR,
    MINUTE,
    WEEKS_KEPT,
    Incident,
    incidents,
    mondays_between,
    now,
    sentinel_incidents,
)

RETENTION_DAYS = 90
HANDED_ON = 4 * MINUTE
WRITTEN_AFTER = 90
"""Seconds from a change to its row in the log."""
MERGED = [{"labelName": "Redirected", "labelType": "AutoAssigned"}]
COLUMNS = (
    "TenantId", "TimeGenerated", "IncidentNumber", "IncidentName", "Title", "Severity", "Status",
    "CreatedTime", "ClosedTime", "LastModifiedTime", "Classification", "Owner", "ProviderName",
    "ProviderIncidentId", "Labels", "AdditionalData",
)  # fmt: skip
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """An incident as a change left it."""

    incident: Incident
    handed_on: bool
    at: int
    opened: int
    closed: int | None
    status: str
    labels: tuple[Row, ...] = ()

    def name(self, tenant: Tenant) -> str:
        return str(uuid5(NAMESPACE_URL, f"{tenant.code}/{self.handed_on}/{self.incident.number}"))

    @property
    def provider(self) -> tuple[str, str]:
        """Name and the provider's own id."""
        number = self.incident.number
        return ("Microsoft XDR", str(number)) if self.handed_on else ("Azure Sentinel", str(number % 100_000))


def changes(tenant: Tenant) -> list[Change]:
    """Everything that has happened to incidents so far, oldest first."""
    found = []
    for monday in mondays_between(tenant, now() - WEEKS_KEPT * 7 * DAY, now()):
        own = [(incident, False) for incident in sentinel_incidents(tenant, monday)]
        handed = [(i, True) for i in incidents(tenant, monday)] if tenant.uses("defender") else []
        for incident, handed_on in own + handed:
            found += [c for c in _life(incident, handed_on=handed_on) if c.at + WRITTEN_AFTER <= now()]
    return sorted(found, key=lambda change: change.at)


def _life(incident: Incident, *, handed_on: bool) -> Iterator[Change]:
    delay = HANDED_ON if handed_on else 0
    opened = incident.opened + delay
    closed = incident.closed + delay if incident.closed is not None else None
    labels = tuple(MERGED) if incident.redirected else ()
    yield Change(incident, handed_on, opened, opened, None, "New")
    if incident.number % 2 and (closed is None or HOUR < closed - opened < 100 * HOUR):
        yield Change(incident, handed_on, opened + HOUR // 2, opened, None, "Active")
    if closed is not None:
        yield Change(incident, handed_on, closed, opened, closed, "Closed", labels)
        if incident.number % 3 == 0:  # somebody writes a comment
            yield Change(incident, handed_on, closed + 2 * DAY, opened, closed, "Closed", labels)


def table(tenant: Tenant) -> Table:
    """The table ``SecurityIncident`` of the customer's workspace, as far back as it is kept."""
    oldest = now() - RETENTION_DAYS * DAY
    rows = [_row(tenant, change) for change in changes(tenant) if change.at + WRITTEN_AFTER >= oldest]
    return Table(COLUMNS, rows)


def _row(tenant: Tenant, change: Change) -> Row:
    provider, provider_id = change.provider
    return {
        "TenantId": tenant.workspace_id,
        "TimeGenerated": moment(change.at + WRITTEN_AFTER),
        "IncidentNumber": change.incident.number % 100_000,
        "IncidentName": change.name(tenant),
        "Title": change.incident.title,
        "Severity": change.incident.severity.title(),
        "Status": change.status,
        "CreatedTime": moment(change.opened),
        "ClosedTime": moment(change.closed) if change.closed is not None else None,
        "LastModifiedTime": moment(change.at),
        "Classification": "Undetermined" if change.status == "Closed" else "",
        "Owner": json.dumps({"assignedTo": None, "email": None}),
        "ProviderName": provider,
        "ProviderIncidentId": provider_id,
        "Labels": json.dumps(change.labels),
        "AdditionalData": json.dumps({"alertsCount": 1}),
    }


def listed(tenant: Tenant) -> list[Row]:
    """Each incident as it stands now, newest first. The list outlives the log."""
    latest = {change.name(tenant): change for change in changes(tenant)}
    ordered = sorted(latest.items(), key=lambda item: -item[1].opened)
    return [_resource(tenant, name, change) for name, change in ordered]


def _resource(tenant: Tenant, name: str, change: Change) -> Row:
    provider, provider_id = change.provider
    kind = "Microsoft.SecurityInsights/Incidents"
    return {
        "id": f"{tenant.workspace_path}/providers/{kind}/{name}",
        "name": name,
        "etag": f'"{change.at:x}"',
        "type": kind,
        "properties": {
            "title": change.incident.title,
            "severity": change.incident.severity.title(),
            "status": change.status,
            "createdTimeUtc": iso(moment(change.opened)),
            "lastModifiedTimeUtc": iso(moment(change.at)),
            "incidentNumber": change.incident.number % 100_000,
            "providerName": provider,
            "providerIncidentId": provider_id,
            "labels": list(change.labels),
            "additionalData": {"alertsCount": 1, "bookmarksCount": 0, "commentsCount": 0},
        },
    }


def moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def iso(when: datetime) -> str:
    return f"{when:%Y-%m-%dT%H:%M:%S}.0000000Z"
