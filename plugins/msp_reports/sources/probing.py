"""Public sites, and checks of them made one after another: the same rules for whoever made them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import dropwhile
from typing import Annotated, NamedTuple, TypeVar

from pydantic import StringConstraints

from msp_reports.domain.notes import Note, noted
from msp_reports.domain.records import SiteOutage
from msp_reports.domain.week import ReportingWeek
from msp_reports.sources.rows import ScopeModel

SiteUrl = Annotated[str, StringConstraints(pattern=r"^https?://[^\s/?#@]+(/\S*)?$", max_length=500)]


class PublicSite(ScopeModel):
    """A site as a customer's file names it."""

    id: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
    name: Annotated[str, StringConstraints(min_length=1, max_length=100)]


SiteT = TypeVar("SiteT", bound=PublicSite)


def are_distinct(sites: tuple[SiteT, ...]) -> tuple[SiteT, ...]:
    """Refuse two sites of one id."""
    if len({site.id for site in sites}) != len(sites):
        raise ValueError("expected a different id for each site")
    return sites


IN_A_ROW = 2
"""Failed checks that make an outage: one alone may be the checker's own trouble."""
MISSED_FROM = 1.5
"""Checks that are more than this many intervals apart have one between them that was not made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One look at a site."""

    at: datetime
    ok: bool
    cause: str = ""
    total_ms: int | None = None
    confirms: bool = True
    """False: a failure seen by too few to tell of an outage; it can go on with one, and not make one."""


class Outages(NamedTuple):
    """Outages of one site."""

    records: list[SiteOutage]
    maybe_longer: bool
    """True: nobody looked at the site just before or just after one of them."""


def outages(
    site: str, name: str, checks: Sequence[Check], *, every: timedelta, week: ReportingWeek
) -> Outages:
    """Return the outages among a week's checks, which come oldest first and were due at an interval.

    An outage is two or more failures in a row: neither a good check nor a time without checks lies
    between them. A good check ends it at its own time. Where checks cease, it ends one interval after its
    last failure, for nobody saw it last longer; it goes on past the week only if the week's last check
    failed. So no time counts as down that was not seen down, and a time without checks leaves two
    outages rather than one. A failure that stands alone between such times is one failed check in the
    availability and no outage.
    """
    found, maybe_longer = [], False
    for run in _runs(checks, every, week):
        failed = list(dropwhile(lambda check: not check.confirms, run.failed))
        if sum(check.confirms for check in failed) < IN_A_ROW:
            continue
        found.append(
            SiteOutage(
                site=site, name=name, started_at=failed[0].at, ended_at=run.ended_at, cause=failed[0].cause
            )
        )
        maybe_longer |= run.borders_on_gap
    return Outages(found, maybe_longer)


class _Run(NamedTuple):
    failed: list[Check]
    ended_at: datetime | None
    borders_on_gap: bool


def _runs(checks: Sequence[Check], every: timedelta, week: ReportingWeek) -> Iterator[_Run]:
    """Yield failures in a row, each run with its end."""
    gap = MISSED_FROM * every
    failed: list[Check] = []
    seen_at, is_after_gap = week.start_utc, False
    for check, after in zip(checks, (*checks[1:], None), strict=False):
        if not check.ok:
            if not failed:
                is_after_gap = check.at - seen_at > gap
            failed.append(check)
            if (after.at if after else week.end_utc) - check.at > gap:
                yield _Run(failed, check.at + every, borders_on_gap=True)
                failed = []
            elif after is None or after.ok:
                yield _Run(failed, after.at if after else None, borders_on_gap=is_after_gap)
                failed = []
        seen_at = check.at


MAYBE_LONGER = noted(
    "Outages of {sites} may have lasted longer than is said: nobody looked just before or just after them."
)


def maybe_longer(names: Sequence[str]) -> tuple[Note, ...]:
    """Say which sites' outages are only as long as they were seen."""
    return (MAYBE_LONGER.filled(sites=tuple(names)),) if names else ()


def slow_ms(checks: Sequence[Check], percent: int = 95) -> int | None:
    """Response time that `percent` of the good checks stayed within (nearest rank). None: none was timed."""
    times = sorted(check.total_ms for check in checks if check.ok and check.total_ms is not None)
    rank = -(-percent * len(times) // 100)
    return times[rank - 1] if times else None
