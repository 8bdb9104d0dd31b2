"""Cloudflare answers to the availability of one customer's public sites, as their visitors met it.

Reads request counts by edge status in five-minute steps (``httpRequestsAdaptiveGroups``,
developers.cloudflare.com/analytics/graphql-api). A past week is told exactly as long as the zone's plan
keeps single requests; after that by whole UTC days of the whole zone (``httpRequests1dGroups``), which is
marked, and only where the zone stands for one site. Those days cannot be asked for visitors' requests alone
(``requestSource``), so that Cloudflare's own, as its 504 for an early hint it does not hold, may be in them
(developers.cloudflare.com/cache/advanced-configuration/early-hints). Availability is a share of requests,
never of time; no requests are not known, and a figure says of how much of the week requests are on record.
Outages are estimated from the same counts (`cloudflare_visits`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, Field, StringConstraints

from msp_reports.domain.customer import SourceBinding
from msp_reports.domain.errors import ChangedShapeError, ConfigurationError, ForeignRowError
from msp_reports.domain.notes import Note, noted
from msp_reports.domain.records import Basis, Record, SiteAvailability
from msp_reports.domain.snapshot import Facts
from msp_reports.domain.week import ReportingWeek
from msp_reports.sources.cloudflare_rows import Day, Requests
from msp_reports.sources.cloudflare_visits import FAILED, STEP, checks, hours_on_record
from msp_reports.sources.probing import MAYBE_LONGER, PublicSite, SiteUrl, are_distinct, outages
from msp_reports.sources.rows import Identity, RowReader, ScopeModel, Unique, as_utc, rows_of

_DAY = timedelta(days=1)
_LAG = timedelta(minutes=15)
"""Counts come in minutes late."""

_ESTIMATED = noted(
    "Outages of {sites} are estimates where Cloudflare tells them: times of at least 10 minutes in which "
    "9 of 10 requests failed, in steps of 5 minutes. A time without visitors counts as none."
)
_LATE = noted(
    "Requests in the last minutes of the week may not have been counted yet when Cloudflare was asked."
)
_IN_HOURS = noted(
    "Requests to {sites} are on record in {told} of the week's {due} hours. Of the other hours nothing is "
    "known."
)
_SAMPLED = noted("Requests to {sites} are estimated from a sample.")
_NO_VISITOR = noted("No visitor reached {sites} through Cloudflare this week, so availability is not known.")
_BY_DAYS = noted(
    "For {sites} only daily sums of this week are kept: requests to the whole domain, in days from midnight "
    "to midnight UTC. They may include requests that Cloudflare made itself and that no visitor met. Outages "
    "cannot be told."
)
_IN_DAYS = noted(
    "The figure of {sites} is of {told} of the week's {due} days: no requests are on record for {missing}."
)
_DAY_NOT_OVER = noted(
    "The last day of the week was not over in UTC when Cloudflare was asked about {sites}: its sums are of "
    "the part that was."
)
_NOT_KEPT = noted(
    "Cloudflare no longer keeps the requests to {sites} of this week, so availability is not known."
)
_ZONE_IS_ONES = (
    "Cloudflare keeps older weeks as daily sums of the whole zone, in which one customer's requests cannot "
    "be told from another's, so give each a zone of its own or check its sites with site_checks or blackbox"
)
Notes = dict[Note, list[str]]
"""What is to be said, and the names of the sites that each note is about."""


def _are_distinct_hosts(sites: tuple[ProxiedSite, ...]) -> tuple[ProxiedSite, ...]:
    if len({site.host for site in sites}) != len(sites):
        raise ValueError("expected a different host for each site")
    return sites


class ProxiedSite(PublicSite):
    """One host name behind Cloudflare."""

    host: Annotated[
        str, StringConstraints(pattern=r"^[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$", max_length=253, to_lower=True)
    ]
    zone: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
    """Zone id: on the domain's overview page in the dashboard."""
    url: SiteUrl | None = None
    """Address by which another system of this customer knows the site, where it is not the host's own."""

    @property
    def address(self) -> str:
        return self.url or f"https://{self.host}/"

    @property
    def site_id(self) -> str:
        return f"cloudflare-{self.id}"


class CloudflareScope(ScopeModel):
    """The public sites of a customer that are reached through Cloudflare."""

    sites: Annotated[
        tuple[ProxiedSite, ...],
        Field(min_length=1),
        AfterValidator(are_distinct),
        AfterValidator(_are_distinct_hosts),
    ]

    def identities(self) -> tuple[Identity, ...]:
        """Hosts, and zones too: what is left of an old week is the sum of a whole zone."""
        return (
            *(Identity(site.host, Unique.IN_THE_WORLD) for site in self.sites),
            *(Identity(("zone", zone), Unique.IN_THE_WORLD, _ZONE_IS_ONES) for zone in self.hosts_by_zone),
        )

    @property
    def hosts_by_zone(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for site in self.sites:
            found[site.zone].append(site.host)
        return dict(found)


def parse(payload: Mapping[str, Any], *, binding: SourceBinding, week: ReportingWeek) -> Facts:
    """Read the requests of every site (see `contract.Parse`)."""
    scope = binding.scope
    if not isinstance(scope, CloudflareScope):
        raise ConfigurationError("the Cloudflare parser was given another system's scope")
    zones, asked_at = payload.get("zones"), payload.get("asked_at")
    if not isinstance(zones, dict) or not isinstance(asked_at, str):
        raise ChangedShapeError("the payload has no zones or no asked_at; fetch the week again")
    reader = RowReader()
    records: list[Record] = []
    notes: Notes = defaultdict(list)
    for zone, hosts in scope.hosts_by_zone.items():
        answer = zones.get(zone)
        if not isinstance(answer, dict):
            raise ChangedShapeError(f"the payload says nothing of zone {zone}; fetch the week again")
        sites = [site for site in scope.sites if site.host in hosts]
        if answer.get("requests") is not None:
            steps = reader.read_all(Requests, rows_of(answer, "requests"), "requests")
            records += _by_request(sites, steps, week, notes)
            if as_utc(asked_at) - week.end_utc < _LAG:
                notes[_LATE] = []
        elif answer.get("days") is not None and len(sites) == 1:
            days = reader.read_all(Day, rows_of(answer, "days"), "days")
            records.append(_by_day(sites[0], days, week, notes))
            if as_utc(asked_at) - datetime.combine(week.days[-1], time(), UTC) < _DAY + _LAG:
                notes[_DAY_NOT_OVER].append(sites[0].name)
        else:
            notes[_NOT_KEPT] += [site.name for site in sites]
            records += [_availability(site, 0, 0, None) for site in sites]
    told = tuple(note.filled(sites=tuple(names)) if names else note for note, names in notes.items())
    return Facts(records=tuple(records), rows_read=reader.rows_read, approximations=told)


def _by_request(
    sites: Sequence[ProxiedSite], rows: Sequence[Requests], week: ReportingWeek, notes: Notes
) -> list[Record]:
    by_host: dict[str, list[Requests]] = {site.host: [] for site in sites}
    seen = set()
    for row in rows:
        step = row.dimensions
        if step.host not in by_host:
            raise ForeignRowError(f"Cloudflare: requests to {step.host[:100]} are not this customer's.")
        if step in seen:
            raise ChangedShapeError(f"Cloudflare: requests to {step.host} at {step.at} are counted twice.")
        seen.add(step)
        if week.contains(step.at):
            by_host[step.host].append(row)
    records: list[Record] = []
    for site in sites:
        records += _site_by_request(site, by_host[site.host], week, notes)
    return records


def _site_by_request(
    site: ProxiedSite, rows: Sequence[Requests], week: ReportingWeek, notes: Notes
) -> list[Record]:
    made = sum(row.count for row in rows)
    good = made - sum(row.count for row in rows if row.dimensions.status in FAILED)
    told, due = hours_on_record(rows, week)
    down = outages(site.site_id, site.name, checks(rows), every=STEP, week=week)
    notes[_ESTIMATED if made else _NO_VISITOR].append(site.name)
    if made and told < due:
        notes[_IN_HOURS.filled(told=told, due=due)].append(site.name)
    if any(row.avg.sample_interval > 1 for row in rows):
        notes[_SAMPLED].append(site.name)
    if down.maybe_longer:
        notes[MAYBE_LONGER].append(site.name)
    return [_availability(site, made, good, 100 * told / due), *down.records]


def _by_day(site: ProxiedSite, days: Sequence[Day], week: ReportingWeek, notes: Notes) -> SiteAvailability:
    found = [day.dimensions.date for day in days]
    if not set(week.days).issuperset(found) or len(set(found)) != len(found):
        raise ChangedShapeError("Cloudflare: days outside the week, or one of them twice.")
    counts = [status for day in days for status in day.sum.response_status_map]
    made = sum(status.requests for status in counts)
    good = made - sum(status.requests for status in counts if status.edge_response_status in FAILED)
    told = {
        day.dimensions.date for day in days if any(status.requests for status in day.sum.response_status_map)
    }
    notes[_BY_DAYS if made else _NO_VISITOR].append(site.name)
    missing = tuple(day for day in week.days if day not in told)
    if made and missing:
        said = _IN_DAYS.filled(told=len(told), due=len(week.days), missing=missing)
        notes[said].append(site.name)
    return _availability(site, made, good, 100 * len(told) / len(week.days), Basis.DAYS)


def _availability(
    site: ProxiedSite, made: int, good: int, recorded: float | None, basis: Basis = Basis.REQUESTS
) -> SiteAvailability:
    return SiteAvailability(
        site=site.site_id,
        name=site.name,
        url=site.address,
        probes_due=None,
        probes_made=made,
        probes_good=good,
        p95_ms=None,
        certificate_days=None,
        basis=basis,
        recorded_percent=recorded if made else None,
    )
