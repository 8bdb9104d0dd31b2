"""Sections that could not be filled. The reason is for the reviewer and is not told here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from msp_reports.domain.findings.draft import Draft, Kind
from msp_reports.domain.language import say
from msp_reports.domain.records import Source
from msp_reports.domain.report import Finding, Rule, Severity, Unit
from msp_reports.domain.snapshot import SnapshotStatus, WeekFacts
from msp_reports.domain.trends import Weeks
from msp_reports.domain.wording import capital


def _name(source: Source) -> str:
    """As it stands before ``figures``."""
    return {
        Source.UPTIME: say("uptime"),
        Source.TICKETS: say("ticket"),
        Source.BACKUP: say("backup"),
        Source.SECURITY: say("security"),
        Source.AVAILABILITY: say("public site"),
    }[source]


def not_available(names: str) -> str:
    """The sentence about sections of which this week's figures are missing."""
    return capital(say("{names} figures are not available this week.", names=names))


def available(names: str) -> str:
    """The sentence about sections of which they are no longer."""
    return capital(say("{names} figures are available again.", names=names))


def missing_findings(weeks: Weeks) -> Iterator[Draft]:
    """Name each source of the customer of which nothing, or not everything, is available."""
    snapshots = weeks.current.snapshots
    for place, source in enumerate(Source):
        missing = [s for s in snapshots if s.source is source and s.status is SnapshotStatus.MISSING]
        if not missing:
            continue
        yield _draft(source, size=float(-place), whole=not weeks.known(source))


def available_again(before: Iterable[Draft], current: WeekFacts) -> Iterator[Draft]:
    """Close last week's gaps in sources that are whole again."""
    for draft in before:
        source = draft.finding.source
        states = [s.status for s in current.snapshots if s.source is source]
        if states and SnapshotStatus.MISSING not in states:
            name = _name(source)
            finding = replace(draft.finding, severity=Severity.GOOD, sentence=available(name))
            yield replace(draft, finding=finding, brief=name)


def _draft(source: Source, *, size: float, whole: bool) -> Draft:
    brief = _name(source) if whole else say("some {name}", name=_name(source))
    return Draft(
        kind=Kind.SECTION,
        size=size,
        brief=brief,
        identity=f"{source}" if whole else f"some {source}",
        finding=Finding(
            rule=Rule.SOURCE_MISSING,
            source=source,
            entity=source.value,
            before=None,
            after=None,
            threshold=None,
            unit=Unit.COUNT,
            severity=Severity.WARNING,
            sentence=not_available(brief),
        ),
    )
