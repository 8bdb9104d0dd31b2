"""What a sentence rests on: which sources told it, and from which week on."""

from __future__ import annotations

from collections.abc import Iterable

from msp_reports.domain.records import Source
from msp_reports.domain.report import Finding, Ground, Rule
from msp_reports.domain.week import ReportingWeek


def ground_of(findings: Iterable[Finding], week: ReportingWeek, *, compares: bool = False) -> Ground:
    """Return the ground of a sentence about these findings of `week`.

    Args:
        compares: it tells what is new since last week, besides what they say.
    """
    findings = tuple(findings)
    first = min([_first_week(finding, week) for finding in findings], default=week.label)
    return ground(
        [finding.source for finding in findings], min(first, week.prior().label) if compares else first
    )


def ground(sources: Iterable[Source], since: str) -> Ground:
    return Ground(sources=tuple(sorted(set(sources))), since=since)


def _first_week(finding: Finding, week: ReportingWeek) -> str:
    if finding.since is not None:
        return min(finding.since, week.label)
    within_the_week = finding.rule is Rule.POSTURE_DROP or finding.before is None
    return week.label if within_the_week else week.prior().label
