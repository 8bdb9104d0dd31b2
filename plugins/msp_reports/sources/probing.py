"""Public sites, and checks of them made one after another: the same rules for whoever made them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, TypeVar

from pydantic import StringConstraints

from msp_reports.domain.records import SiteOutage
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One look at a site."""

    at: datetime
    ok: bool
    cause: str = ""
    total_ms: int | None = None


def outages(site: str, name: str, checks: Sequence[Check]) -> list[SiteOutage]:
    """Return runs of failed checks, which come oldest first.

    A check that was not made neither prolongs nor ends an outage.
    """
    found: list[SiteOutage] = []
    failed: list[Check] = []
    for check in (*checks, None):
        if check is not None and not check.ok:
            failed.append(check)
            continue
        if len(failed) >= IN_A_ROW:
            found.append(
                SiteOutage(
                    site=site,
                    name=name,
                    started_at=failed[0].at,
                    ended_at=check.at if check is not None else None,
                    cause=failed[0].cause,
                )
            )
        failed = []
    return found


def slow_ms(checks: Sequence[Check], percent: int = 95) -> int | None:
    """Response time that `percent` of the good checks stayed within (nearest rank). None: none was timed."""
    times = sorted(check.total_ms for check in checks if check.ok and check.total_ms is not None)
    rank = -(-percent * len(times) // 100)
    return times[rank - 1] if times else None
