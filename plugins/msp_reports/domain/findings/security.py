"""Findings about security: incidents left open, and a secure score that moved."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from msp_reports.domain.customer import Thresholds
from msp_reports.domain.findings.draft import CUSTOMER, FIRST, Aspect, Draft, Kind, times
from msp_reports.domain.findings.incident_words import closing, opening
from msp_reports.domain.kpis.security import is_open_at, open_incidents, score_at
from msp_reports.domain.language import say
from msp_reports.domain.records import Incident, Source
from msp_reports.domain.report import Finding, Rule, Severity, Unit
from msp_reports.domain.snapshot import WeekFacts
from msp_reports.domain.trends import Weeks, change_in_points
from msp_reports.domain.wording import percent, points

_SEVERITIES = {
    "high": Severity.CRITICAL,
    "medium": Severity.WARNING,
    "low": Severity.NOTICE,
    "informational": Severity.NOTICE,
    "unknown": Severity.WARNING,
}

_WITHOUT_THRESHOLD = 2.0
"""Weight of an open incident, which has no threshold. One of high severity comes before all else."""
_DAYS = 7
"""An open incident that is younger was opened in the week."""


def security_findings(weeks: Weeks, thresholds: Thresholds) -> Iterator[Draft]:
    """Judge the incidents and the score."""
    if not weeks.known(Source.SECURITY):
        return
    for incident in open_incidents(weeks.current, weeks.week):
        yield _open(incident, weeks)
    yield from _closed(weeks)
    moved = _posture(weeks.current, thresholds)
    if moved is not None:
        yield moved


def _open(incident: Incident, weeks: Weeks) -> Draft:
    days = (weeks.week.end_utc - incident.opened_at).days
    severity = _SEVERITIES[incident.severity]
    draft = _incident_draft(incident, severity=severity, age=days, sentence=opening(incident, days))
    return replace(
        draft,
        weight=FIRST if severity is Severity.CRITICAL else _WITHOUT_THRESHOLD,
        aspect=Aspect.GRAVE if severity is Severity.CRITICAL else None,
        grade=incident.severity,
    )


def _closed(weeks: Weeks) -> Iterator[Draft]:
    """Incidents that were open when last week ended and have been closed since."""
    for incident in weeks.current.of(Incident):
        if is_open_at(incident, weeks.week.prior()) and not is_open_at(incident, weeks.week):
            yield _incident_draft(
                incident,
                severity=Severity.GOOD,
                age=(weeks.week.end_utc - incident.opened_at).days,
                sentence=closing(incident),
            )


def _incident_draft(incident: Incident, *, severity: Severity, age: int, sentence: str) -> Draft:
    return Draft(
        kind=Kind.INCIDENT,
        size=float(age),
        brief=incident.title,
        is_new=age < _DAYS,
        identity=incident.incident_id,
        finding=Finding(
            rule=Rule.OPEN_INCIDENT,
            source=Source.SECURITY,
            entity=incident.title,
            before=None,
            after=float(age),
            threshold=None,
            unit=Unit.DAYS,
            severity=severity,
            sentence=sentence,
        ),
    )


def score_steadied(before: Iterable[Draft], facts: WeekFacts) -> Iterator[Draft]:
    """Close last week's fall of the score, if it fell no further in this one."""
    was, now = score_at(facts, "start"), score_at(facts, "end")
    for fell in before:
        if fell.finding.rule is Rule.POSTURE_DROP and was is not None and now is not None and now >= was:
            told = {"now": percent(now), "was": percent(was)}
            sentence = (
                say("After last week's fall the secure score held at {now}.", **told)
                if told["now"] == told["was"]
                else say("After last week's fall the secure score rose from {was} to {now}.", **told)
            )
            finding = replace(fell.finding, before=was, after=now, severity=Severity.GOOD, sentence=sentence)
            yield replace(fell, finding=finding, size=now - was)


def _posture(facts: WeekFacts, thresholds: Thresholds) -> Draft | None:
    before, after = score_at(facts, "start"), score_at(facts, "end")
    change = change_in_points(before, after)
    if after is None or not change or abs(change) < thresholds.posture_drop_points:
        return None
    told = {"points": points(change), "before": percent(before or 0.0), "after": percent(after)}
    fell = say("The secure score fell by {points} in the week, from {before} to {after}.", **told)
    rose = say("The secure score rose by {points} in the week, from {before} to {after}.", **told)
    return Draft(
        kind=Kind.CUSTOMER,
        size=abs(change),
        weight=times(abs(change), thresholds.posture_drop_points),
        finding=Finding(
            rule=Rule.POSTURE_DROP,
            source=Source.SECURITY,
            entity=CUSTOMER,
            before=before,
            after=after,
            threshold=thresholds.posture_drop_points,
            unit=Unit.PERCENT,
            severity=Severity.WARNING if change < 0 else Severity.GOOD,
            sentence=fell if change < 0 else rose,
        ),
    )
