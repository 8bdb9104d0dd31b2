"""Findings about public sites: down or under target, and what `certificate` finds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from msp_reports.domain.customer import Customer
from msp_reports.domain.dates import moment
from msp_reports.domain.findings.certificate import certificate_finding
from msp_reports.domain.findings.draft import Draft, Kind, times, times_allowed
from msp_reports.domain.kpis.availability import is_thin, outage_seconds, site_availability
from msp_reports.domain.language import say, say_of
from msp_reports.domain.records import Basis, SiteAvailability, SiteOutage, Source
from msp_reports.domain.report import Finding, Rule, Severity, Unit
from msp_reports.domain.snapshot import WeekFacts
from msp_reports.domain.trends import Weeks
from msp_reports.domain.week import ReportingWeek
from msp_reports.domain.wording import agreed, duration, percent


@dataclass(frozen=True, slots=True, kw_only=True)
class _SiteWeek:
    """One public site in one week."""

    site: SiteAvailability
    week: ReportingWeek
    outages: tuple[float, ...]
    """Seconds of each outage of reportable length, longest first."""
    down_at_end: bool
    down_from: datetime | None
    """When the only outage began. None: there are several, or it began before the week."""

    @property
    def availability(self) -> float | None:
        return site_availability(self.site)

    @property
    def failed_besides(self) -> bool:
        """More checks failed than those in its outages: single ones, or in outages too short to be told."""
        if not self.site.probes_due:
            return False
        between = self.week.seconds / self.site.probes_due
        failed = self.site.probes_made - self.site.probes_good
        return failed >= sum(self.outages) / between + 1

    def is_under(self, target: float) -> bool:
        return self.availability is not None and self.availability < target

    def is_bad(self, target: float) -> bool:
        return bool(self.outages) or self.is_under(target)


def availability_findings(weeks: Weeks, customer: Customer) -> Iterator[Draft]:
    """Judge every public site."""
    if not weeks.known(Source.AVAILABILITY):
        return
    last_week = weeks.last(Source.AVAILABILITY)
    last = _site_weeks(last_week, weeks.week.prior(), customer) if last_week else {}
    sites = _site_weeks(weeks.current, weeks.week, customer)
    for key, now in sites.items():
        before = last.get(key)
        renewal = certificate_finding(
            now.site, before.site if before else None, limit=customer.thresholds.certificate_days
        )
        for draft in (_reachability(now, before, customer), renewal):
            if draft is not None:
                yield replace(draft, total=len(sites))


def _site_weeks(facts: WeekFacts, week: ReportingWeek, customer: Customer) -> dict[str, _SiteWeek]:
    least = customer.thresholds.site_outage_minutes * 60
    outages: dict[str, list[tuple[float, SiteOutage]]] = {}
    for outage in facts.of(SiteOutage):
        seconds = outage_seconds(outage, week)
        if seconds >= least and seconds > 0:
            outages.setdefault(outage.site, []).append((seconds, outage))
    return {
        site.site: _site_week(site, outages.get(site.site, ()), week) for site in facts.of(SiteAvailability)
    }


def _site_week(
    site: SiteAvailability, outages: Sequence[tuple[float, SiteOutage]], week: ReportingWeek
) -> _SiteWeek:
    ends = [outage.ended_at for _, outage in outages]
    starts = [outage.started_at for _, outage in outages if outage.started_at > week.start_utc]
    return _SiteWeek(
        site=site,
        week=week,
        outages=tuple(sorted((seconds for seconds, _ in outages), reverse=True)),
        down_at_end=any(end is None or end >= week.end_utc for end in ends),
        down_from=starts[0] if len(outages) == len(starts) == 1 else None,
    )


def _reachability(now: _SiteWeek, before: _SiteWeek | None, customer: Customer) -> Draft | None:
    target, name = customer.targets.site_availability, now.site.name
    if before is not None and before.site.basis != now.site.basis:
        before = None  # what was counted in two ways cannot be compared
    if now.is_bad(target):
        severity = Severity.WARNING
        sentence = say("{name} {trouble}.", name=name, trouble=_trouble(now, customer))
    elif before is None or now.availability is None or now.site.basis == Basis.DAYS:
        return None  # of days no outage can be told, so not that there was none either
    elif before.is_bad(target):
        severity = Severity.GOOD
        sentence = _back_on_target(now, percent(now.availability))
    else:
        return None
    lost = 100.0 - now.availability if now.availability is not None else 0.0
    return Draft(
        kind=Kind.PUBLIC_SITE,
        identity=now.site.site,
        size=lost,
        weight=_weight(now, lost, customer),
        is_new=None if before is None else not before.is_bad(target),
        brief=name if severity is Severity.GOOD else _brief(now, target),
        finding=Finding(
            rule=Rule.SITE_DOWN,
            source=Source.AVAILABILITY,
            entity=name,
            before=before.availability if before else None,
            after=now.availability,
            threshold=target,
            unit=Unit.PERCENT,
            severity=severity,
            sentence=sentence,
        ),
    )


def _weight(now: _SiteWeek, lost: float, customer: Customer) -> float:
    """By what it lost of what its target leaves to be lost, or by its longest outage."""
    longest = now.outages[0] / 60 if now.outages else 0.0
    by_outage = times(longest, customer.thresholds.site_outage_minutes)
    return max(by_outage, times_allowed(lost, customer.targets.site_availability))


def _back_on_target(now: _SiteWeek, figure: str) -> str:
    if now.site.basis != Basis.CHECKS:
        return say(
            "{name} is back on target: it answered {figure} of requests well.",
            name=now.site.name,
            figure=figure,
        )
    return say(
        "{name} is back on target: it was available {figure} of the time.", name=now.site.name, figure=figure
    )


def _brief(now: _SiteWeek, target: float) -> str:
    if now.availability is not None and now.is_under(target):
        figure = percent(now.availability, apart_from=target)
        return say("{name} with {figure}", name=now.site.name, figure=figure)
    length = duration(round(now.outages[0] / 60) if now.outages else 0)
    return say("{name} with an outage of {length}", name=now.site.name, length=length)


def _trouble(now: _SiteWeek, customer: Customer) -> str:
    """What is said after the site's name: predicates, each of which can stand alone."""
    target, told = customer.targets.site_availability, []
    if now.outages:
        told.append(_down(now))
    if now.availability is not None and now.is_under(target):
        told.append(_under(now, percent(now.availability, apart_from=target), agreed(target)))
    if len(told) == 1:
        trouble = told[0]
    elif now.failed_besides:
        trouble = say("{first}; shorter failures included, it {second}", first=told[0], second=told[1])
    else:
        trouble = say("{first} and {second}", first=told[0], second=told[1])
    if is_thin(now.site, customer.thresholds.site_coverage_percent):
        return say("{first}; {second}", first=trouble, second=_how_thin(now.site))
    return trouble


def _down(now: _SiteWeek) -> str:
    length = duration(round(sum(now.outages) / 60))
    if now.site.basis != Basis.CHECKS:
        length = say("about {length}", length=length)
    down = say_of(
        len(now.outages),
        "was down for {length}",
        "was down for {length} in {number} outages",
        length=length,
    )
    if now.down_from is not None and now.site.basis == Basis.CHECKS:
        down = say("{down} from {start}", down=down, start=moment(now.down_from, ZoneInfo(now.week.zone)))
    return say("{down}, and still down at the week's end", down=down) if now.down_at_end else down


def _under(now: _SiteWeek, figure: str, target: str) -> str:
    if now.site.basis != Basis.CHECKS:
        return say(
            "answered {figure} of requests well, under the agreed {target}", figure=figure, target=target
        )
    return say("was available {figure} of the time, under the agreed {target}", figure=figure, target=target)


def _how_thin(site: SiteAvailability) -> str:
    if site.basis != Basis.CHECKS:
        recorded = percent(site.recorded_percent or 0.0)
        return say("requests are on record for only {figure} of the week", figure=recorded)
    return say("only {figure} of the checks were made", figure=percent(site.coverage or 0.0))
