"""Public sites: what a probe of each sees in each five-minute slot."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from demo.vendors.tenants import BY_CODE, Story, Tenant
from demo.vendors.world import DAY, at, monday_of, now, rng, served, story_monday, window

SLOT = 300


@dataclass(frozen=True, slots=True)
class SiteWeek:
    """Slots of one site's week by what was seen, as epoch seconds."""

    site: str
    start: int
    due: int
    failed: tuple[int, ...]
    missing: tuple[int, ...]

    def made(self) -> Iterator[tuple[int, bool]]:
        """The checks that were made: when, and whether the site was well."""
        failed, missing = set(self.failed), set(self.missing)
        for slot in range(self.start, self.start + self.due * SLOT, SLOT):
            if slot not in missing:
                yield slot, slot not in failed


@lru_cache(maxsize=2048)
def site_week(tenant: Tenant, site: str, monday: date) -> SiteWeek:
    start, end = window(tenant, monday)
    due = (end - start) // SLOT
    if not served(tenant, monday):
        return SiteWeek(site, start, due, (), tuple(range(start, end, SLOT)))
    random = rng(tenant, monday, f"site {site}")
    failed: set[int] = set()
    missing: set[int] = set()
    if tenant.story is not Story.QUIET:
        failed |= {start + random.randrange(due) * SLOT for _ in range(random.randrange(3))}
        gap = start + random.randrange(due - 5) * SLOT
        missing |= {gap + n * SLOT for n in range(random.randrange(4))}
    if tenant.story is Story.SITE_OUTAGE and site == tenant.web[0] and monday == story_monday():
        begin = at(tenant, monday + timedelta(days=4), 20, 15)
        failed |= {begin + n * SLOT for n in range(9)}
    return SiteWeek(site, start, due, tuple(sorted(failed - missing)), tuple(sorted(missing)))


def response_seconds(slot: int) -> float:
    """How long the check of a slot took."""
    return (80 + slot // SLOT % 90) / 1000


def certificate_expiry(slot: int) -> int:
    """When the certificate that is in use at a moment expires: renewed every 60 days, good for 90."""
    return (slot // (60 * DAY) + 1) * 60 * DAY + 30 * DAY


def url(base: str, tenant: Tenant, site: str) -> str:
    return f"{base}/sites/{tenant.code}/{site}/"


def _iso(moment: int) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat()


async def public_site(request: Request) -> Response:
    """Answer as the site would right now."""
    tenant = BY_CODE.get(request.path_params["code"])
    if tenant is None or request.path_params["site"] not in tenant.web:
        return PlainTextResponse("no such site", 404)
    moment = now()
    day = datetime.fromtimestamp(moment, UTC).date()
    week = site_week(tenant, request.path_params["site"], day - timedelta(days=day.isoweekday() - 1))
    if moment // SLOT * SLOT in week.failed:
        return PlainTextResponse("out of order", 503)
    return PlainTextResponse(f"{tenant.name}: welcome")


async def probes(request: Request) -> Response:
    """Tell what five-minute checks would have seen in a week, to seed the demo's probe table."""
    tenant = BY_CODE.get(request.path_params["code"])
    if tenant is None:
        return PlainTextResponse("no such customer", 404)
    monday = monday_of(request.path_params["week"])
    start, end = window(tenant, monday)
    sites: list[dict[str, Any]] = []
    for site in tenant.web if tenant.uses("site_checks") else ():
        week = site_week(tenant, site, monday)
        sites.append({
            "site": site,
            "failed": [_iso(slot) for slot in week.failed],
            "missing": [_iso(slot) for slot in week.missing],
        })
    return JSONResponse({"start": _iso(start), "end": _iso(end), "sites": sites})


def routes() -> list[BaseRoute]:
    return [
        Route("/sites/{code}/{site}/", public_site),
        Route("/estate/probes/{code}/{week}", probes),
    ]
