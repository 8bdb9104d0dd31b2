"""Backup and security posture of the twelve customers, before any wire format."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from demo.vendors.tenants import Story, Tenant
from demo.vendors.world import DAY, HOUR, MINUTE, at, mondays_between, now, rng, served, story_monday

CONTROLS = (
    ("AdminMFAV2", "Require multifactor authentication for administrators", 10.0),
    ("MFARegistrationV2", "Register all users for multifactor authentication", 9.0),
    ("BlockLegacyAuthentication", "Block legacy authentication", 8.0),
    ("SelfServicePasswordReset", "Enable self-service password reset", 1.0),
    ("IntegratedApps", "Do not allow users to consent to unmanaged apps", 4.0),
    ("DLPEnabled", "Apply data loss prevention policies", 5.0),
)
MAX_SCORE = 74.0
BASE_SCORE = 30.0


@dataclass(frozen=True, slots=True)
class Machine:
    number: int
    name: str
    serial: str
    """Of the appliance that protects it."""
    kind: str
    hour: int
    paused: bool = False
    archived: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    machine: Machine
    start: int
    good: bool
    verified: bool | None
    """None: no screenshot was taken."""


@lru_cache(maxsize=64)
def machines(tenant: Tenant) -> tuple[Machine, ...]:
    found = []
    for n in range(tenant.machines):
        random = rng(tenant, "always", f"machine {n}")
        share = n % 9 == 8
        kind = "share" if share else "agent"
        found.append(
            Machine(
                number=tenant.number * 10_000 + n,
                name=tenant.marked(f"{tenant.tag}-{'NAS' if share else 'SRV'}{n + 1:02d}", "-"),
                serial=serial(tenant, n % tenant.appliances),
                kind=kind,
                hour=random.randrange(18, 24),
                paused=n == 6 and tenant.machines > 7,
                archived=n == 7 and tenant.machines > 7,
            )
        )
    return tuple(found)


def serial(tenant: Tenant, appliance: int) -> str:
    return f"DC{tenant.number:02d}{appliance:08d}"


@lru_cache(maxsize=8192)
def runs(tenant: Tenant, monday: date) -> tuple[Run, ...]:
    """Backup runs that start in a week, oldest first: one a night for each machine."""
    if not served(tenant, monday + timedelta(days=7)):  # backups are set up before the service begins
        return ()
    found = []
    for machine in machines(tenant):
        random = rng(tenant, monday, f"backup {machine.number}")
        for n in range(7):
            day = monday + timedelta(days=n)
            start = at(tenant, day, machine.hour, random.randrange(60))
            good = random.random() > 0.02 and not _stale(tenant, machine, start)
            verified = None if machine.kind == "share" else random.random() > 0.01
            if not machine.paused:
                found.append(Run(machine, start, good, verified if good else None))
    return tuple(sorted(found, key=lambda run: (run.start, run.machine.number)))


def _stale(tenant: Tenant, machine: Machine, start: int) -> bool:
    """The first machine of the stale-backup story: nothing good from Thursday on, until Tuesday."""
    if tenant.story is not Story.STALE_BACKUP or machine is not machines(tenant)[0]:
        return False
    monday = story_monday()
    return at(tenant, monday + timedelta(days=3), 12) <= start < at(tenant, monday + timedelta(days=8))


def runs_between(tenant: Tenant, start: int, end: int) -> list[Run]:
    return [
        run
        for monday in mondays_between(tenant, start, end)
        for run in runs(tenant, monday)
        if start <= run.start < end
    ]


def recent_runs(tenant: Tenant, machine: Machine, count: int) -> list[Run]:
    """The last runs of a machine until now, newest last."""
    return _recent(tenant, now() // HOUR, count).get(machine.number, [])[-count:]


@lru_cache(maxsize=64)
def _recent(tenant: Tenant, hour: int, count: int) -> dict[int, list[Run]]:
    end = hour * HOUR + HOUR
    grouped: dict[int, list[Run]] = {}
    for run in runs_between(tenant, end - (count + 8) * DAY, end):
        if run.start + 40 * MINUTE <= now():
            grouped.setdefault(run.machine.number, []).append(run)
    return grouped


def control_scores(tenant: Tenant, day: date) -> list[tuple[str, float]]:
    """Scores of a day: each control steps up or down at random weeks."""
    found = []
    for name, _, highest in CONTROLS:
        level = 0.6
        monday = day - timedelta(days=day.isoweekday() - 1)
        for weeks in range(12, -1, -1):
            random = rng(tenant, monday - timedelta(weeks=weeks), f"control {name}")
            changed_on = random.randrange(7)
            moved = random.random() < 0.08 and tenant.story is not Story.QUIET
            if moved and (weeks or day.isoweekday() - 1 >= changed_on):
                level = random.choice((0.2, 0.6, 0.8, 1.0))
        found.append((name, round(highest * level, 2)))
    return found


def current_score(tenant: Tenant, day: date) -> float:
    return round(BASE_SCORE + sum(score for _, score in control_scores(tenant, day)), 2)
