"""What Veeam backs up: machines and nightly runs of its own, before any wire format."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from random import Random

from demo.vendors.tenants import Tenant
from demo.vendors.world import MINUTE, at, mondays_between, rng, served

NUMBERS: dict[str, Iterable[int]] = {
    "clearview": range(8),
    "bergmann": (2, 3, 4, 5, 10, 11, *range(18, 24)),
    "hansa": range(300),
    "obrien": (1, 2, 3, *range(8, 12)),
}
"""Numbers below a tenant's count of machines are machines that Datto may know as well."""


@dataclass(frozen=True, slots=True)
class Protected:
    number: int
    place: int
    name: str
    kind: str
    """``vm``, ``agent`` (run by a backup server) or ``computer`` (run by the console itself)."""
    hour: int


@dataclass(frozen=True, slots=True)
class Attempt:
    start: int
    """The state of the machine that its restore point holds."""
    end: int
    result: str

    @property
    def good(self) -> bool:
        return self.result != "Failed"


@dataclass(frozen=True, slots=True)
class Night:
    """One run: an attempt, and another ten minutes later if it failed and the job tries again."""

    machine: Protected
    attempts: tuple[Attempt, ...]

    @property
    def end(self) -> int:
        return self.attempts[-1].end

    @property
    def last(self) -> Attempt:
        return self.attempts[-1]


@lru_cache(maxsize=16)
def protected(tenant: Tenant) -> tuple[Protected, ...]:
    single = tenant.uses("veeam")
    found = []
    for n in NUMBERS.get(tenant.code, ()):
        random = rng(tenant, "always", f"veeam machine {n}")
        kind = "vm" if single or n % 5 == 0 else "computer" if n % 5 == 4 else "agent"
        host = tenant.marked(f"{tenant.tag}-SRV{n + 1:02d}".lower(), "-")
        name = f"{host}.{tenant.code}.local"
        hour = random.randrange(18, 24 if single else 23)
        found.append(Protected(tenant.number * 10_000 + n, n, name, kind, hour))
    return tuple(found)


@lru_cache(maxsize=1024)
def nights(tenant: Tenant, monday: date) -> tuple[Night, ...]:
    """Runs that start in a week; those near midnight may end in the next."""
    if not served(tenant, monday + timedelta(days=7)):  # backups are set up before the service begins
        return ()
    found = []
    for machine in protected(tenant):
        random = rng(tenant, monday, f"veeam {machine.number}")
        for n in range(7):
            start = at(tenant, monday + timedelta(days=n), machine.hour, random.randrange(60))
            found.append(Night(machine, _attempts(random, start)))
    return tuple(sorted(found, key=lambda night: (night.attempts[0].start, night.machine.number)))


def _attempts(random: Random, start: int) -> tuple[Attempt, ...]:
    end = start + random.randrange(8, 40) * MINUTE
    luck = random.random()
    if luck > 0.06:
        return (Attempt(start, end, "Warning" if luck > 0.95 else "Success"),)
    failed = Attempt(start, start + 4 * MINUTE, "Failed")
    again = Attempt(start + 14 * MINUTE, end + 14 * MINUTE, "Success" if luck > 0.02 else "Failed")
    return failed, again


@lru_cache(maxsize=64)
def ended_between(tenant: Tenant, start: int, end: int) -> tuple[Night, ...]:
    """Runs whose end lies in ``[start, end)``."""
    return tuple(
        night
        for monday in mondays_between(tenant, start, end, before=1)
        for night in nights(tenant, monday)
        if start <= night.end < end
    )
