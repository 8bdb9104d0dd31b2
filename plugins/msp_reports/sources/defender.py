"""Microsoft Defender answers to the incidents and the posture of one customer's week.

Every incident that Defender names is kept, even one that counts nothing in the week: Sentinel, which
Defender hands its incidents to, writes down its closing later and must not count it as its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from msp_reports.domain.customer import SourceBinding
from msp_reports.domain.errors import ConfigurationError, ForeignRowError
from msp_reports.domain.notes import Note, noted, noted_of
from msp_reports.domain.records import ControlMove, Incident, Record, SecureScore
from msp_reports.domain.snapshot import Facts
from msp_reports.domain.week import ReportingWeek
from msp_reports.sources.rows import (
    CamelRow,
    Identity,
    MaybeText,
    RowReader,
    ScopeModel,
    Unique,
    Utc,
    rows_of,
)

_LISTS = ("created", "resolved", "open_now")
_SEVERITIES = frozenset({"high", "medium", "low", "informational"})
_OLDEST_SCORE = timedelta(days=7)


class DefenderScope(ScopeModel):
    """How Graph knows a customer: by the tenant."""

    tenant_id: UUID

    def identities(self) -> tuple[Identity, ...]:
        return (Identity(self.tenant_id, Unique.IN_THE_WORLD),)


class _Incident(CamelRow):
    id: str
    display_name: MaybeText = ""
    created_date_time: Utc
    last_update_date_time: Utc
    severity: MaybeText = ""
    status: str
    tenant_id: str

    def is_in(self, status: str) -> bool:
        """Compare without regard to case: published examples use both."""
        return self.status.casefold() == status


class _Alert(CamelRow):
    incident_id: str | None = None
    resolved_date_time: Utc | None = None


class _Control(CamelRow):
    control_name: str
    score: float | None = None


class _Score(CamelRow):
    created_date_time: Utc
    current_score: float
    max_score: float
    control_scores: tuple[_Control, ...] = ()

    @property
    def by_control(self) -> dict[str, float]:
        return {
            control.control_name: control.score
            for control in self.control_scores
            if control.score is not None
        }


class _Profile(CamelRow):
    id: str
    title: MaybeText = ""


def parse(payload: Mapping[str, Any], *, binding: SourceBinding, week: ReportingWeek) -> Facts:
    """Read incidents, alerts and secure scores (see `contract.Parse`)."""
    scope = binding.scope
    if not isinstance(scope, DefenderScope):
        raise ConfigurationError("the Defender parser was given another system's scope")
    reader = RowReader()
    incidents: dict[str, _Incident] = {}
    for name in _LISTS:
        rows = _own(rows_of(payload, name), "tenantId", scope)
        incidents |= {row.id: row for row in reader.read(_Incident, rows, "incident")}
    closings = _closings(reader.read(_Alert, _own(rows_of(payload, "alerts"), "tenantId", scope), "alert"))
    found = [
        _record(row, closings.get(row.id), week) for row in incidents.values() if not row.is_in("redirected")
    ]
    kept = sorted(
        (one for one in found if one.opened_at < week.end_utc),
        key=lambda one: (one.opened_at, one.incident_id),
    )
    posture = _posture(reader, payload, scope, week)
    warnings = payload.get("warnings") or ()
    return Facts(
        records=(*kept, *posture),
        rows_read=reader.rows_read,
        skipped=tuple(reader.skipped),
        approximations=_approximations(kept, week),
        incomplete=tuple(str(warning) for warning in warnings),
    )


def _own(
    rows: Sequence[Mapping[str, Any]], tenant_field: str, scope: DefenderScope
) -> Sequence[Mapping[str, Any]]:
    """Refuse a row of another tenant; one that names no tenant came with this tenant's own token."""
    mine = str(scope.tenant_id)
    for row in rows:
        tenant = row.get(tenant_field)
        if tenant is not None and str(tenant).casefold() != mine:
            raise ForeignRowError(
                f"Microsoft Defender: row {row.get('id')} is of another tenant than {mine}."
            )
    return rows


def _closings(alerts: Sequence[_Alert]) -> dict[str, datetime]:
    """Return when the last alert of each incident was resolved: incidents hold no time of closing."""
    times: defaultdict[str, list[datetime]] = defaultdict(list)
    for alert in alerts:
        if alert.incident_id is not None and alert.resolved_date_time is not None:
            times[alert.incident_id].append(alert.resolved_date_time)
    return {incident: max(moments) for incident, moments in times.items()}


def _record(row: _Incident, last_alert: datetime | None, week: ReportingWeek) -> Incident:
    """Tell an incident as it stood at the week's end: one that was closed later was still open."""
    closed = (last_alert or row.last_update_date_time) if row.is_in("resolved") else None
    if closed is not None and closed >= week.end_utc:
        closed = None
    severity = row.severity.casefold()
    return Incident(
        incident_id=row.id,
        title=row.display_name,
        severity=severity if severity in _SEVERITIES else "unknown",
        opened_at=row.created_date_time,
        closed_at=closed,
        closed_is_estimate=closed is not None and last_alert is None,
    )


def _posture(
    reader: RowReader, payload: Mapping[str, Any], scope: DefenderScope, week: ReportingWeek
) -> list[Record]:
    rows = _own(rows_of(payload, "secure_scores"), "azureTenantId", scope)
    scores = [s for s in reader.read(_Score, rows, "secure score") if s.max_score > 0]
    profiles = reader.read(_Profile, rows_of(payload, "control_profiles"), "control title")
    start, end = _newest(scores, week.start_utc), _newest(scores, week.end_utc)
    edges = (("start", start), ("end", end))
    records: list[Record] = [
        SecureScore(
            edge=edge, taken_at=score.created_date_time, percent=100 * score.current_score / score.max_score
        )
        for edge, score in edges
        if score is not None
    ]
    if start is not None and end is not None:
        records += _moves(start, end, {profile.id: profile.title for profile in profiles})
    return records


def _newest(scores: Sequence[_Score], edge: datetime) -> _Score | None:
    """Return the newest score before an edge of the week; one older than a week tells nothing of it."""
    fitting = [score for score in scores if edge - _OLDEST_SCORE <= score.created_date_time < edge]
    return max(fitting, key=lambda score: score.created_date_time, default=None)


def _moves(start: _Score, end: _Score, titles: Mapping[str, str]) -> list[ControlMove]:
    before, after = start.by_control, end.by_control
    return [
        ControlMove(control=name, title=titles.get(name) or name, before=before[name], after=after[name])
        for name in sorted(before.keys() & after.keys())
        if before[name] != after[name]
    ]


def _approximations(incidents: Sequence[Incident], week: ReportingWeek) -> tuple[Note, ...]:
    lines = [noted("Severity and title of an incident are those of the time of fetching.")]
    estimated = sum(
        one.closed_is_estimate for one in incidents if one.closed_at and week.contains(one.closed_at)
    )
    if estimated:
        lines.append(
            noted_of(
                estimated,
                "For {number} incident Microsoft holds no time of closing; the last update stands in.",
                "For {number} incidents Microsoft holds no time of closing; the last update stands in.",
            )
        )
    return tuple(lines)
