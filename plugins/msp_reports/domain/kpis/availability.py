"""Public sites as seen by the probes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean

from msp_reports.domain.customer import Customer
from msp_reports.domain.merge import host_of
from msp_reports.domain.natural_order import natural
from msp_reports.domain.records import Basis, SiteAvailability, SiteOutage, Source
from msp_reports.domain.report import AvailabilitySection, SiteOutageRow, SiteRow, Unit
from msp_reports.domain.snapshot import WeekFacts
from msp_reports.domain.trends import Table, Weeks, percent_of
from msp_reports.domain.week import ReportingWeek

ALL_SITES = ""


def site_availability(site: SiteAvailability) -> float | None:
    """Good probes in per cent of probes made. None: none was made."""
    return percent_of(site.probes_good, site.probes_made)


def is_thin(site: SiteAvailability, least: float) -> bool:
    """Tell whether fewer checks were made than the figure needs, or too little of the week is on record."""
    covered = site.coverage if site.basis == Basis.CHECKS else site.recorded_percent
    return covered is not None and covered < least


def outage_seconds(outage: SiteOutage, week: ReportingWeek) -> float:
    """Length of the outage inside the week."""
    inside = week.clip(outage.started_at, outage.ended_at)
    return (inside[1] - inside[0]).total_seconds() if inside else 0.0


def availability_section(weeks: Weeks, customer: Customer) -> AvailabilitySection | None:
    """Fill the section. None: no probes can be told of."""
    if not weeks.known(Source.AVAILABILITY):
        return None
    current, last = weeks.current, weeks.last(Source.AVAILABILITY)
    table = weeks.table(Source.AVAILABILITY, Unit.PERCENT, lambda facts, _: _availabilities(facts, current))
    otherwise = _measured_otherwise(last, current) if last else frozenset()
    sites = current.of(SiteAvailability)
    return AvailabilitySection(
        availability=table.measure(ALL_SITES),
        sites=tuple(
            _site_row(site, table, customer, otherwise=host_of(site.url) in otherwise)
            for site in sorted(sites, key=lambda s: (natural(s.name), s.site))
        ),
        outages=_outages(current, weeks.week),
        measured_otherwise=last is not None
        and all(map(_ways, (last, current)))
        and not _are_alike(last, current),
    )


def _availabilities(facts: WeekFacts, current: WeekFacts) -> Mapping[str, float | None]:
    """Figures of a week, as far as they can stand beside the current one's."""
    sites, otherwise = facts.of(SiteAvailability), _measured_otherwise(facts, current)
    figures = {site.site: site_availability(site) for site in sites if host_of(site.url) not in otherwise}
    return figures | {ALL_SITES: _of_all(sites) if _are_alike(facts, current) else None}


def _are_alike(facts: WeekFacts, current: WeekFacts) -> bool:
    """Tell whether sites of both weeks were measured and added up alike: requests are no share of time."""
    return _counted(facts) == _counted(current) and not _measured_otherwise(facts, current)


def _counted(facts: WeekFacts) -> frozenset[str]:
    """What else than checks was counted of any site."""
    return frozenset(site.basis for site in facts.of(SiteAvailability)) - {Basis.CHECKS}


def _measured_otherwise(facts: WeekFacts, current: WeekFacts) -> frozenset[str]:
    """Addresses of the sites that have a figure in both weeks, of two systems or counts of two kinds."""
    then, now = _ways(facts), _ways(current)
    return frozenset(host for host in then.keys() & now.keys() if then[host] != now[host])


def _ways(facts: WeekFacts) -> dict[str, tuple[str | None, str]]:
    """By the address of each site that has a figure: who measured it, and what was counted."""
    return {
        (host := host_of(site.url)): (facts.measured_by.get(host), site.basis)
        for site in facts.of(SiteAvailability)
        if site_availability(site) is not None
    }


def _of_all(sites: Sequence[SiteAvailability]) -> float | None:
    """Checks of all sites together; where requests were counted, the mean of the sites' own figures.

    A check stands for five minutes and a request for itself: they cannot be added up.
    """
    told = [figure for site in sites if (figure := site_availability(site)) is not None]
    if any(site.basis != Basis.CHECKS for site in sites):
        return fmean(told) if told else None
    return percent_of(sum(s.probes_good for s in sites), sum(s.probes_made for s in sites))


def _site_row(site: SiteAvailability, table: Table[str], customer: Customer, *, otherwise: bool) -> SiteRow:
    return SiteRow(
        name=site.name,
        url=site.url,
        availability=table.measure(site.site),
        target=customer.targets.site_availability,
        coverage=site.coverage,
        coverage_low=is_thin(site, customer.thresholds.site_coverage_percent),
        recorded=site.recorded_percent,
        p95_ms=site.p95_ms,
        certificate_days=site.certificate_days,
        measured_otherwise=otherwise,
    )


def _outages(facts: WeekFacts, week: ReportingWeek) -> tuple[SiteOutageRow, ...]:
    """Outages that touch the week, longest first."""
    touching = [(outage_seconds(outage, week), outage) for outage in facts.of(SiteOutage)]
    ranked = sorted(
        ((seconds, outage) for seconds, outage in touching if seconds > 0),
        key=lambda entry: (-entry[0], entry[1].started_at, entry[1].name, entry[1].site, entry[1].cause),
    )
    return tuple(
        SiteOutageRow(
            name=outage.name,
            started_at=outage.started_at,
            ended_at=outage.ended_at,
            minutes=round(seconds / 60),
            cause=outage.cause,
        )
        for seconds, outage in ranked
    )
