"""Microsoft Sentinel answers to the incidents of one customer's week.

The workspace's table ``SecurityIncident`` holds one row per change, so that an incident is told exactly
as it stood at the week's end, as far back as the workspace keeps the table. An open incident that was
last changed before the table begins is taken from the list of incidents instead
(learn.microsoft.com: azure-monitor/reference/tables/securityincident, rest/api/securityinsights).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from msp_reports.domain.customer import SourceBinding
from msp_reports.domain.errors import ConfigurationError, ForeignRowError, NoLongerKnownError
from msp_reports.domain.notes import Note, noted_of
from msp_reports.domain.records import Incident
from msp_reports.domain.snapshot import Facts
from msp_reports.domain.week import ReportingWeek
from msp_reports.sources.rows import Identity, RowReader, ScopeModel, Unique, as_utc, rows_of
from msp_reports.sources.sentinel_rows import Change, Listed

_SEVERITIES = frozenset({"high", "medium", "low", "informational"})


class SentinelScope(ScopeModel):
    """How Azure knows a customer's workspace: by the id of its log and by its place among the resources."""

    workspace_id: UUID
    subscription_id: UUID
    resource_group: Annotated[str, Field(pattern=r"^[-\w.()]{1,90}$")]
    workspace: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9-]{2,61}[A-Za-z0-9]$")]

    def identities(self) -> tuple[Identity, ...]:
        known = (self.workspace_id, self.resource_id.casefold())
        return tuple(Identity(each, Unique.IN_THE_WORLD) for each in known)

    @property
    def resource_id(self) -> str:
        return (
            f"/subscriptions/{self.subscription_id}/resourceGroups/{self.resource_group}"
            f"/providers/Microsoft.OperationalInsights/workspaces/{self.workspace}"
        )


def parse(payload: Mapping[str, Any], *, binding: SourceBinding, week: ReportingWeek) -> Facts:
    """Read the log of changes and the list of open incidents (see `contract.Parse`).

    Raises:
        NoLongerKnownError: the log does not reach back to the week's start.
    """
    scope = binding.scope
    if not isinstance(scope, SentinelScope):
        raise ConfigurationError("the Sentinel parser was given another system's scope")
    _check_reach(payload.get("known_since"), week)
    reader = RowReader()
    log, listed = rows_of(payload, "changes"), rows_of(payload, "open_now")
    changes = reader.read(Change, _own_changes(log, scope), "change", key="IncidentName")
    open_now = reader.read(Listed, _own_resources(listed, scope), "incident", key="name")
    states = {row.incident_name.casefold(): row for row in _oldest_state_first(changes, week)}
    in_log = {str(row.get("IncidentName")).casefold() for row in log}
    untouched = _untouched(open_now, in_log, week)
    told = [*_states(states.values(), week), *untouched]
    kept = sorted((i for i in told if _concerns(i, week)), key=lambda i: (i.opened_at, i.incident_id))
    ambiguous = sum(_is_ambiguous(row, week) for row in states.values())
    return Facts(
        records=tuple(kept),
        rows_read=reader.rows_read,
        skipped=tuple(reader.skipped),
        approximations=tuple(_approximations(kept, len(untouched), ambiguous)),
        incomplete=tuple(str(warning) for warning in payload.get("warnings") or ()),
    )


def _check_reach(known_since: object, week: ReportingWeek) -> None:
    """A week of which the log has lost a part would be told too low."""
    if known_since is None:
        raise NoLongerKnownError(
            "Microsoft Sentinel: the log of incidents is empty, and how long it is kept is not known. Give "
            "the app the role Log Analytics Reader on the workspace."
        )
    since = as_utc(known_since)
    if since > week.start_utc:
        raise NoLongerKnownError(
            f"Microsoft Sentinel: the log of incidents begins at {since:%Y-%m-%d %H:%M} UTC, after the week "
            "did. Keep the table SecurityIncident for longer to be able to tell older weeks."
        )


def _own_changes(rows: Sequence[Mapping[str, Any]], scope: SentinelScope) -> Sequence[Mapping[str, Any]]:
    """Refuse a row of another workspace: the log calls the workspace's id TenantId."""
    mine = str(scope.workspace_id)
    for row in rows:
        if str(row.get("TenantId")).casefold() != mine:
            raise ForeignRowError(
                f"Microsoft Sentinel: incident {row.get('IncidentName')} is of another workspace than {mine}."
            )
    return rows


def _own_resources(rows: Sequence[Mapping[str, Any]], scope: SentinelScope) -> Sequence[Mapping[str, Any]]:
    """Refuse an incident whose resource id, which ignores case, lies outside the workspace."""
    mine = f"{scope.resource_id}/".casefold()
    for row in rows:
        if not str(row.get("id")).casefold().startswith(mine):
            raise ForeignRowError(
                f"Microsoft Sentinel: incident {row.get('name')} is of another workspace than "
                f"{scope.workspace}."
            )
    return rows


def _oldest_state_first(changes: Sequence[Change], week: ReportingWeek) -> list[Change]:
    """Order rows so that of one incident's the last is the one that tells of the week's end."""
    return sorted(changes, key=lambda row: (row.last_modified_time < week.end_utc, row.last_modified_time))


def _states(changes: Iterable[Change], week: ReportingWeek) -> Iterator[Incident]:
    for row in changes:
        if row.created_time < week.end_utc and not row.is_merged:
            yield _state(row, week)


def _state(row: Change, week: ReportingWeek) -> Incident:
    """Tell an incident as it stood at the week's end: by its last change before, else its first after."""
    closed = row.closed_time if row.is_closed else None
    estimated = row.is_closed and closed is None
    if estimated:
        closed = row.last_modified_time
    if closed is not None and closed >= week.end_utc:
        closed, estimated = None, False
    return _incident(row, row.incident_name, row.created_time, closed=closed, estimated=estimated)


def _is_ambiguous(row: Change, week: ReportingWeek) -> bool:
    """Opened again, as the first change after the week tells: whether by it or long before is not known."""
    later = row.last_modified_time >= week.end_utc and row.created_time < week.end_utc
    return later and not row.is_closed and row.closed_time is not None


def _untouched(listed: Sequence[Listed], in_log: Set[str], week: ReportingWeek) -> list[Incident]:
    """Take from the list what is open and was last changed before the log begins."""
    rows = {
        row.name.casefold(): row
        for row in listed
        if not row.is_closed and row.created_time_utc < week.end_utc
    }
    return [
        _incident(row, row.name, row.created_time_utc, closed=None, estimated=False)
        for name, row in rows.items()
        if name not in in_log
    ]


def _incident(
    row: Change | Listed, name: str, opened: datetime, *, closed: datetime | None, estimated: bool
) -> Incident:
    severity = row.severity.casefold()
    return Incident(
        incident_id=f"sentinel-{name}" if name.isdecimal() else name,
        title=row.title,
        severity=severity if severity in _SEVERITIES else "unknown",
        opened_at=opened,
        closed_at=closed,
        closed_is_estimate=estimated,
        same_as=row.provider_incident_id or None if row.is_handed_on else None,
    )


def _concerns(incident: Incident, week: ReportingWeek) -> bool:
    closed = incident.closed_at
    return closed is None or closed >= week.start_utc or incident.opened_at >= week.start_utc


def _approximations(incidents: Sequence[Incident], untouched: int, ambiguous: int) -> Iterator[Note]:
    if untouched:
        yield noted_of(
            untouched,
            "{number} open incident that nobody has changed for longer than the log is kept is told as it "
            "stands now.",
            "{number} open incidents that nobody has changed for longer than the log is kept are told as "
            "they stand now.",
        )
    if ambiguous:
        yield noted_of(
            ambiguous,
            "{number} incident that was opened again is told as open; the log does not reach far enough back "
            "to tell whether it already was at the week's end.",
            "{number} incidents that were opened again are told as open; the log does not reach far enough "
            "back to tell whether they already were at the week's end.",
        )
    estimated = sum(incident.closed_is_estimate for incident in incidents)
    if estimated:
        yield noted_of(
            estimated,
            "For {number} incident Microsoft holds no time of closing; the last change stands in.",
            "For {number} incidents Microsoft holds no time of closing; the last change stands in.",
        )
