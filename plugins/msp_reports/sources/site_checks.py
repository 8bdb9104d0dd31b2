"""Our own five-minute probes to the availability of one customer's public sites."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from msp_reports.domain.customer import SourceBinding
from msp_reports.domain.errors import ChangedShapeError, ConfigurationError
from msp_reports.domain.notes import Note, noted
from msp_reports.domain.records import Record, SiteAvailability
from msp_reports.domain.snapshot import Facts
from msp_reports.domain.week import ReportingWeek
from msp_reports.sources.probing import (
    Check,
    PublicSite,
    SiteUrl,
    are_distinct,
    maybe_longer,
    outages,
    slow_ms,
)
from msp_reports.sources.rows import Identity, ScopeModel, as_utc

_STATUS_RANGE = frozenset(range(100, 600))
_LINE_DOWN = noted(
    "For {time} of the week none of the sites that we check could be reached: our own line is taken to have "
    "been down, and that time is left out of the figures."
)


def _as_statuses(value: object) -> object:
    """Read ``200``, ``[200, 301]`` or ``200..399``."""
    if isinstance(value, int) and not isinstance(value, bool):
        return {value}
    if isinstance(value, str):
        first, _, last = value.partition("..")
        return range(int(first), int(last or first) + 1)
    return value


def _are_statuses(value: frozenset[int]) -> frozenset[int]:
    if not value or not value <= _STATUS_RANGE:
        raise ValueError("expected HTTP statuses such as 200, [200, 301] or 200..399")
    return value


class Site(PublicSite):
    url: SiteUrl
    expect_status: Annotated[frozenset[int], BeforeValidator(_as_statuses), AfterValidator(_are_statuses)] = (
        frozenset(range(200, 400))
    )
    expect_text: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = None
    target: Annotated[float, Field(gt=0, le=100)] | None = None
    """Agreed availability of this site in per cent, where it differs from the customer's."""


class SiteChecksScope(ScopeModel):
    """The public sites that are probed for a customer."""

    sites: Annotated[tuple[Site, ...], Field(min_length=1), AfterValidator(are_distinct)]

    def identities(self) -> tuple[Identity, ...]:
        """None: a public page may matter to several customers, and each has probes of its own."""
        return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Probe(Check):
    cert_expires_at: datetime | None


def parse(payload: Mapping[str, Any], *, binding: SourceBinding, week: ReportingWeek) -> Facts:
    """Read the stored probes (see `contract.Parse`)."""
    scope = binding.scope
    if not isinstance(scope, SiteChecksScope):
        raise ConfigurationError("the site-check parser was given another system's scope")
    try:
        interval = int(payload["interval_seconds"])
        due = week.seconds // interval
        network_down = {as_utc(slot) for slot in payload["probe_network_down"]}
        answers = {str(site): [_read(row) for row in rows] for site, rows in payload["probes"].items()}
    except (AttributeError, KeyError, TypeError, ValueError, ZeroDivisionError) as fault:
        raise ChangedShapeError(f"stored probes cannot be read: {fault}") from fault
    records: list[Record] = []
    cut_short: list[str] = []
    left_out: set[datetime] = set()
    for site in scope.sites:
        made = _made(answers.get(site.id, ()), week)
        probes = [probe for probe in made if probe.at not in network_down]
        left_out |= {probe.at for probe in made} & network_down
        down = outages(site.id, site.name, probes, every=timedelta(seconds=interval), week=week)
        records += [_availability(site, probes, due, week), *down.records]
        cut_short += [site.name] if down.maybe_longer else []
    return Facts(
        records=tuple(records),
        rows_read=sum(map(len, answers.values())),
        approximations=(*maybe_longer(cut_short), *_line_down(len(left_out) * interval)),
    )


def _read(row: Sequence[Any]) -> _Probe:
    slot, ok, status, error, total_ms, expires = row
    if not isinstance(ok, bool):
        raise TypeError("ok is neither true nor false")
    cause = f"http {status}" if error == "http_status" else str(error or "")
    return _Probe(
        at=as_utc(slot),
        ok=ok,
        cause=cause,
        total_ms=None if total_ms is None else int(total_ms),
        cert_expires_at=as_utc(expires) if expires is not None else None,
    )


def _made(probes: Sequence[_Probe], week: ReportingWeek) -> list[_Probe]:
    """Return one probe per slot of the week, oldest first."""
    by_slot = {probe.at: probe for probe in probes if week.contains(probe.at)}
    return [by_slot[slot] for slot in sorted(by_slot)]


def _line_down(seconds: int) -> tuple[Note, ...]:
    """Say for how long nothing could be seen from here."""
    return (_LINE_DOWN.filled(time=timedelta(seconds=seconds)),) if seconds else ()


def _availability(site: Site, probes: Sequence[_Probe], due: int, week: ReportingWeek) -> SiteAvailability:
    expiries = [p.cert_expires_at for p in probes if p.cert_expires_at is not None]
    days = (expiries[-1] - week.end_utc) // timedelta(days=1) if expiries else None
    return SiteAvailability(
        site=site.id,
        name=site.name,
        url=site.url,
        probes_due=due,
        probes_made=len(probes),
        probes_good=sum(p.ok for p in probes),
        p95_ms=slow_ms(probes),
        certificate_days=days,
    )
