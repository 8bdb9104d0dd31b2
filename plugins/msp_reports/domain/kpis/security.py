"""Security incidents and the secure score."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msp_reports.domain.records import ControlMove, Incident, SecureScore, Source
from msp_reports.domain.report import ControlRow, IncidentRow, Measure, SecuritySection, SeverityRow, Unit
from msp_reports.domain.snapshot import WeekFacts
from msp_reports.domain.trends import Weeks
from msp_reports.domain.week import ReportingWeek

SEVERITIES = ("high", "medium", "low", "informational", "unknown")
"""Most severe first."""


def severity_rank(severity: str) -> int:
    return SEVERITIES.index(severity) if severity in SEVERITIES else len(SEVERITIES)


def is_open_at(incident: Incident, week: ReportingWeek) -> bool:
    """Tell whether the incident was open when the week ended."""
    closed = incident.closed_at is not None and incident.closed_at < week.end_utc
    return incident.opened_at < week.end_utc and not closed


def open_incidents(facts: WeekFacts, week: ReportingWeek) -> tuple[Incident, ...]:
    """Incidents open at the week's end, most severe first, then oldest."""
    still_open = [incident for incident in facts.of(Incident) if is_open_at(incident, week)]
    return tuple(
        sorted(still_open, key=lambda i: (severity_rank(i.severity), i.opened_at, i.incident_id, i.title))
    )


def security_section(weeks: Weeks) -> SecuritySection | None:
    """Fill the section. None: no security system answered."""
    if not weeks.known(Source.SECURITY):
        return None
    facts, week = weeks.current, weeks.week
    counts = weeks.table(Source.SECURITY, Unit.COUNT, lambda f, w: _count(f.of(Incident), w))
    return SecuritySection(
        opened=counts.measure("opened"),
        closed=counts.measure("closed"),
        open_at_end=counts.measure("open_at_end"),
        score=_score(weeks),
        severities=_severities(facts.of(Incident), week),
        open_incidents=tuple(_incident_row(i, week) for i in open_incidents(facts, week)),
        controls=_controls(facts),
    )


def _count(incidents: Iterable[Incident], week: ReportingWeek) -> Mapping[str, int]:
    incidents = tuple(incidents)
    return {
        "opened": sum(week.contains(i.opened_at) for i in incidents),
        "closed": sum(i.closed_at is not None and week.contains(i.closed_at) for i in incidents),
        "open_at_end": sum(is_open_at(i, week) for i in incidents),
    }


def _score(weeks: Weeks) -> Measure:
    """`before` is the score at the week's start: it is there even in a first week."""
    ends = weeks.table(Source.SECURITY, Unit.PERCENT, lambda facts, _: {"end": score_at(facts, "end")})
    measure = ends.measure("end")
    start = score_at(weeks.current, "start")
    return Measure(value=measure.value, before=start, unit=measure.unit, history=measure.history)


def score_at(facts: WeekFacts, edge: str) -> float | None:
    """The newest secure score before one edge of the week, ``start`` or ``end``, in per cent."""
    taken = [(score.taken_at, score.percent) for score in facts.of(SecureScore) if score.edge == edge]
    return max(taken)[1] if taken else None


def _severities(incidents: Iterable[Incident], week: ReportingWeek) -> tuple[SeverityRow, ...]:
    """Count by severity; one of which nothing happened and nothing is open has no row."""
    incidents = tuple(i for i in incidents if any(_count((i,), week).values()))
    names = sorted({i.severity for i in incidents}, key=lambda name: (severity_rank(name), name))
    return tuple(
        SeverityRow(severity=name, **_count((i for i in incidents if i.severity == name), week))
        for name in names
    )


def _incident_row(incident: Incident, week: ReportingWeek) -> IncidentRow:
    return IncidentRow(
        incident_id=incident.incident_id,
        title=incident.title,
        severity=incident.severity,
        opened_at=incident.opened_at,
        age_days=(week.end_utc - incident.opened_at).days,
    )


def _controls(facts: WeekFacts) -> tuple[ControlRow, ...]:
    """Controls that moved, the greatest loss first."""
    moves = sorted(facts.of(ControlMove), key=lambda m: (m.after - m.before, m.title, m.control, m.before))
    return tuple(ControlRow(title=m.title or m.control, before=m.before, after=m.after) for m in moves)
