"""What happened at the twelve customers, week by week, before any vendor's wire format.

Deterministic in (customer, week): every stream of events has a random source seeded by its own
name, so no event depends on which other was asked for first. Times are epoch seconds, UTC.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from random import Random
from zoneinfo import ZoneInfo

from demo.vendors.tenants import Story, Tenant

MINUTE, HOUR, DAY = 60, 3600, 86400
WEEKS_KEPT = 60
CLASSES = ("firewall", "switch", "server", "access point")
PRIORITIES = (
    (1, "Priority 1 - Critical", 0.05),
    (2, "Priority 2 - High", 0.25),
    (3, "Priority 3 - Normal", 0.7),
)
RESPOND_MINUTES = {1: 30, 2: 120, 3: 480}
RESOLVE_MINUTES = {1: 240, 2: 1440, 3: 4320}


def now() -> int:
    """The present, unless ESTATE_NOW says otherwise."""
    fixed = os.environ.get("ESTATE_NOW")
    return int((datetime.fromisoformat(fixed) if fixed else datetime.now(UTC)).timestamp())


def story_monday() -> date:
    """Monday of the story week: the latest complete week, or ESTATE_STORY_WEEK."""
    label = os.environ.get("ESTATE_STORY_WEEK")
    if label:
        return monday_of(label)
    today = datetime.fromtimestamp(now(), UTC).date()
    return today - timedelta(days=today.isoweekday() - 1 + 7)


def monday_of(label: str) -> date:
    year, week = label.split("-W")
    return date.fromisocalendar(int(year), int(week), 1)


def label_of(monday: date) -> str:
    year, week, _ = monday.isocalendar()
    return f"{year}-W{week:02d}"


def at(tenant: Tenant, day: date, hour: int = 0, minute: int = 0) -> int:
    """Epoch of a local time of the tenant."""
    return int(datetime.combine(day, time(hour, minute), ZoneInfo(tenant.zone)).timestamp())


def window(tenant: Tenant, monday: date) -> tuple[int, int]:
    return at(tenant, monday), at(tenant, monday + timedelta(days=7))


def mondays_between(tenant: Tenant, start: int, end: int, before: int = 0) -> list[date]:
    """Mondays of the weeks that touch ``[start, end)``, and of `before` weeks more."""
    first = datetime.fromtimestamp(start, ZoneInfo(tenant.zone)).date()
    monday = first - timedelta(days=first.isoweekday() - 1 + 7 * before)
    found = []
    while at(tenant, monday) < end:
        found.append(monday)
        monday += timedelta(days=7)
    return found


def rng(tenant: Tenant, monday: date | str, topic: str) -> Random:
    return Random(f"{tenant.code}|{monday}|{topic}")


def served(tenant: Tenant, monday: date) -> bool:
    """No event is older than the service, nor than the estate's memory."""
    if tenant.story is Story.FIRST_WEEK:
        return monday >= story_monday()
    return monday >= story_monday() - timedelta(weeks=WEEKS_KEPT)


@dataclass(frozen=True, slots=True)
class Device:
    number: int
    name: str
    site: str
    kind: str

    @property
    def hostid(self) -> str:
        return str(self.number)

    @property
    def itemid(self) -> str:
        return str(self.number + 5_000_000)


@dataclass(frozen=True, slots=True)
class Down:
    """A device that did not answer, planned or not."""

    event: int
    device: Device
    start: int
    end: int
    planned: bool


@dataclass(frozen=True, slots=True)
class Maintenance:
    number: int
    start: int
    end: int
    devices: tuple[Device, ...]


@dataclass(frozen=True, slots=True)
class Gap:
    """Whole hours without data from one device."""

    device: Device
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Ticket:
    number: int
    summary: str
    opened: int
    closed: int | None
    rank: int
    board: str
    kind: str
    responded: int
    """Minutes to the first response."""
    resolved: int | None
    """Minutes to the resolution."""
    record: str = "ServiceTicket"
    merged_into: int | None = None


@dataclass(frozen=True, slots=True)
class Incident:
    number: int
    title: str
    severity: str
    opened: int
    closed: int | None
    redirected: bool = False


@lru_cache(maxsize=64)
def devices(tenant: Tenant) -> tuple[Device, ...]:
    found = []
    for n in range(tenant.devices):
        site, kind = tenant.sites[n % len(tenant.sites)], CLASSES[(n // len(tenant.sites)) % len(CLASSES)]
        name = f"{tenant.code}-{kind.replace(' ', '')}-{site} {n + 1:03d}"
        found.append(Device(tenant.number * 100_000 + n + 1, name, site, kind))
    return tuple(found)


def added(tenant: Tenant, device: Device) -> int:
    """When a device came under monitoring: before all that is remembered, but for one of Clearview's."""
    if tenant.story is Story.OPEN_INCIDENT and device == devices(tenant)[-1]:
        return at(tenant, story_monday() - timedelta(weeks=5, days=-2), 10)
    return at(tenant, story_monday() - timedelta(weeks=WEEKS_KEPT + 10))


@lru_cache(maxsize=4096)
def downs(tenant: Tenant, monday: date) -> tuple[Down, ...]:
    """Downtimes that begin in a week, planned ones included."""
    if not served(tenant, monday) or tenant.story is Story.QUIET:
        return ()
    random, everything = rng(tenant, monday, "down"), devices(tenant)
    start, end = window(tenant, monday)
    spans: list[tuple[Device, int, int, bool]] = []
    for _ in range(max(1, len(everything) // 14)):
        device = random.choice(everything)
        begin = random.randrange(start, end - HOUR)
        spans.append((device, begin, begin + random.randrange(3, 40) * MINUTE + random.randrange(60), False))
    if random.random() < 0.4:
        spans.append((random.choice(everything), end - 25 * MINUTE, end + 50 * MINUTE, False))
    if tenant.story is Story.SLA_DROP and monday == story_monday():
        begin = at(tenant, monday + timedelta(days=2), 3, 12)
        spans += [(d, begin, begin + 17 * HOUR + 11, False) for d in everything if d.site == tenant.sites[0]]
    spans += [
        (device, planned.start + 5 * MINUTE, planned.start + 35 * MINUTE, True)
        for planned in maintenances(tenant, monday)
        for device in planned.devices[:2]
    ]
    base = tenant.number * 10_000_000 + monday.toordinal() % 10_000 * 1000
    return tuple(Down(base + 2 * n, *span) for n, span in enumerate(_apart(spans)))


def _apart(spans: list[tuple[Device, int, int, bool]]) -> list[tuple[Device, int, int, bool]]:
    """Drop what would overlap on one device: a device is down once at a time."""
    kept: list[tuple[Device, int, int, bool]] = []
    for span in sorted(spans, key=lambda s: s[2] - s[1], reverse=True):
        if all(o[0] != span[0] or span[2] + HOUR <= o[1] or o[2] + HOUR <= span[1] for o in kept):
            kept.append(span)
    return sorted(kept, key=lambda s: (s[1], s[0].number))


@lru_cache(maxsize=4096)
def maintenances(tenant: Tenant, monday: date) -> tuple[Maintenance, ...]:
    """Every fourth week, Saturday night, one site."""
    if (
        not served(tenant, monday)
        or tenant.story is Story.QUIET
        or (monday.toordinal() // 7 + tenant.number) % 4
    ):
        return ()
    begin = at(tenant, monday + timedelta(days=5), 22)
    chosen = tuple(d for d in devices(tenant) if d.site == tenant.sites[-1])
    number = tenant.number * 100_000 + monday.toordinal() % 10_000
    return (Maintenance(number, begin, begin + 2 * HOUR, chosen),)


@lru_cache(maxsize=4096)
def gaps(tenant: Tenant, monday: date) -> tuple[Gap, ...]:
    if not served(tenant, monday) or tenant.story is Story.QUIET:
        return ()
    random = rng(tenant, monday, "gap")
    if random.random() < 0.5:
        return ()
    start, end = window(tenant, monday)
    quiet = [d for d in devices(tenant) if d not in {down.device for down in downs(tenant, monday)}]
    planned = {d for m in maintenances(tenant, monday) for d in m.devices}
    candidates = [d for d in quiet if d not in planned]
    if not candidates:
        return ()
    begin = (random.randrange(start + DAY, end - DAY) // HOUR) * HOUR
    return (Gap(random.choice(candidates), begin, begin + random.randrange(1, 5) * HOUR),)


@lru_cache(maxsize=4096)
def tickets(tenant: Tenant, monday: date) -> tuple[Ticket, ...]:
    """Tickets that were opened in a week."""
    if not served(tenant, monday):
        return ()
    random = rng(tenant, monday, "tickets")
    usual = tenant.tickets * (1.0 if tenant.story is Story.QUIET else random.uniform(0.9, 1.1))
    if tenant.story is Story.RISING_TICKETS and monday == story_monday():
        usual = tenant.tickets * 2.3
    base = tenant.number * 1_000_000 + (monday.toordinal() // 7 % 700) * 1000
    return tuple(_ticket(tenant, monday, random, base + n) for n in range(round(usual)))


def _ticket(tenant: Tenant, monday: date, random: Random, number: int) -> Ticket:
    day = monday + timedelta(days=random.choices(range(7), (5, 5, 5, 5, 5, 1, 1))[0])
    opened = at(tenant, day, random.randrange(7, 19), random.randrange(60)) + random.randrange(60)
    rank = random.choices([1, 2, 3], [share for *_, share in PRIORITIES])[0]
    late = 0.0 if tenant.story is Story.QUIET else 0.06
    responded = _minutes(random, RESPOND_MINUTES[rank], late)
    taken = _minutes(random, RESOLVE_MINUTES[rank], late)
    if random.random() < (0.0 if tenant.story is Story.QUIET else 0.05):
        taken = random.randrange(14, 56) * DAY // MINUTE
    kind = random.choice(("Incident", "Request"))
    record = "ProjectTicket" if random.random() < 0.03 else "ServiceTicket"
    merged = number - 1 if random.random() < 0.02 else None
    if tenant.story is Story.QUIET:
        record, merged = "ServiceTicket", None
    return Ticket(
        number=number,
        summary=random.choice(tenant.words),
        opened=opened,
        closed=opened + taken * MINUTE,
        rank=rank,
        board=random.choice(("Service Desk", "Projects & Changes")),
        kind=kind,
        responded=responded,
        resolved=taken,
        record=record,
        merged_into=merged,
    )


def _minutes(random: Random, limit: int, late: float) -> int:
    if random.random() < late:
        return random.randrange(limit + 5, limit * 2)
    return random.randrange(1, limit)


@lru_cache(maxsize=4096)
def incidents(tenant: Tenant, monday: date) -> tuple[Incident, ...]:
    """Security incidents that were opened in a week."""
    if not served(tenant, monday) or tenant.story is Story.QUIET:
        return ()
    random = rng(tenant, monday, "incidents")
    start, end = window(tenant, monday)
    base = tenant.number * 100_000 + (monday.toordinal() // 7 % 9000) * 10
    found = []
    for n in range(random.choice((0, 0, 1, 1, 2))):
        opened = random.randrange(start, end - 2 * DAY)
        closed = opened + random.randrange(2, 40) * HOUR
        severity = random.choice(("low", "medium", "informational"))
        title = random.choice(("Phishing mail reported", "Unusual sign-in", "Malware blocked"))
        found.append(Incident(base + n, tenant.marked(title), severity, opened, closed))
    if random.random() < 0.1:
        found.append(
            Incident(
                base + 7, tenant.marked("Unusual sign-in (merged)"), "low", start + DAY, start + 2 * DAY, True
            )
        )
    if tenant.story is Story.OPEN_INCIDENT and monday == story_monday():
        opened = at(tenant, monday + timedelta(days=4), 15, 40)
        title = "Ransomware activity on one endpoint"
        found.append(Incident(base + 8, tenant.marked(title), "high", opened, None))
    return tuple(found)


UNTOUCHED_DAYS = 150
"""How long an incident stays open that nobody looks at: longer than logs are kept."""


@lru_cache(maxsize=4096)
def sentinel_incidents(tenant: Tenant, monday: date) -> tuple[Incident, ...]:
    """Incidents of Sentinel's own rules that were opened in a week: Defender does not know them."""
    if not served(tenant, monday) or tenant.story is Story.QUIET:
        return ()
    random = rng(tenant, monday, "sentinel incidents")
    start, end = window(tenant, monday)
    base = tenant.number * 100_000 + (monday.toordinal() // 7 % 9000) * 10
    found = []
    for n in range(random.choice((0, 1, 1, 2, 3))):
        opened = random.randrange(start, end)
        closed = opened + random.randrange(2, 90) * HOUR
        severity = random.choice(("low", "medium", "informational"))
        title = random.choice(("Impossible travel", "Mass download from SharePoint", "New admin account"))
        found.append(Incident(base + n, tenant.marked(title), severity, opened, closed))
    if (monday.toordinal() // 7 + tenant.number) % 8 == 0:
        opened = random.randrange(start, end)
        title = "Sign-in by a dormant account"
        found.append(
            Incident(base + 9, tenant.marked(title), "informational", opened, opened + UNTOUCHED_DAYS * DAY)
        )
    return tuple(found)
