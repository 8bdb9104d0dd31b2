"""Normalised facts: what every system's answer is turned into, and what the report reads.

One dataclass is one fact table (`store/facts.py` derives the columns from the fields). All times
are aware UTC datetimes, all durations whole seconds unless the name says otherwise. ``None`` means
*not known* and is never to be read as zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

UNASSIGNED = "unassigned"
"""Site or class of a device of which the monitoring system tells none."""


class Source(StrEnum):
    """The five sources of the card: one section of the report each."""

    UPTIME = "uptime"
    TICKETS = "tickets"
    BACKUP = "backup"
    SECURITY = "security"
    AVAILABILITY = "availability"


class Basis(StrEnum):
    """What an availability counts."""

    CHECKS = "checks"
    """Checks made at set times: a share of time."""
    REQUESTS = "requests"
    """Visitors' requests answered well: a share of requests, not of time."""
    DAYS = "days"
    """Daily sums of requests to the site's whole domain: a share of requests, and no outage can be told."""


UNASSIGNED = "unassigned"
"""Site or class of a device that its monitoring gives none: stored so, and said in the report's language."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceUptime:
    """One monitored device over the week."""

    device_id: str
    name: str
    site: str
    device_class: str
    window_seconds: int
    """Length of the week, or of the part of it since the device exists."""
    planned_seconds: int
    """Planned maintenance: not monitored time."""
    unknown_seconds: int
    """Time without data outside maintenance: not monitored time."""
    down_seconds: int
    """Unplanned downtime within monitored time."""

    @property
    def monitored_seconds(self) -> int:
        return max(0, self.window_seconds - self.planned_seconds - self.unknown_seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """An unplanned interval down of a device, clipped to the week."""

    device_id: str
    name: str
    site: str
    started_at: datetime
    ended_at: datetime | None
    """None: still down at the week's end."""
    began_before: bool
    """True: it was already down when the week began."""
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceLevel:
    """A service-level object that the monitoring system itself holds."""

    service: str
    sli_percent: float | None
    slo_percent: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """A service ticket that was opened or closed in the week, or open at its end."""

    ticket_id: str
    title: str
    priority: str
    priority_rank: int
    """Sort order, 1 is the most urgent."""
    board: str
    kind: str
    opened_at: datetime
    closed_at: datetime | None
    first_response_minutes: int | None
    resolve_minutes: int | None
    response_breached: bool | None
    resolution_breached: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupMachine:
    """One protected machine as it stood at the week's end."""

    machine_id: str
    name: str
    appliance: str
    kind: str
    """``agent``, ``vm`` or ``share``."""
    paused: bool
    """Paused on purpose: listed apart, no finding."""
    last_good_known: bool
    """False: the system cannot tell about this week any more."""
    last_good_at: datetime | None
    """Newest good restore point before the week's end. None with `last_good_known`: never."""
    rpo_hours: int
    """Agreed target from the customer's file."""
    runs_known: bool
    """False: the system's list of runs does not reach back to the week's start."""
    runs_good: int | None
    runs_failed: int | None
    verified_at: datetime | None
    """Last proven restore (screenshot or boot test) before the week's end."""
    verification_known: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupRun:
    """One backup run inside the week (`runs.week_runs`)."""

    machine_id: str
    ended_at: datetime
    """Its week and its day. Datto tells one moment of a run, which stands here."""
    good: bool
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """A security incident opened or closed in the week, or open at its end."""

    incident_id: str
    title: str
    severity: str
    """``high``, ``medium``, ``low``, ``informational`` or ``unknown``."""
    opened_at: datetime
    closed_at: datetime | None
    closed_is_estimate: bool
    """The vendor holds no time of closing; the last update stands in."""
    same_as: str | None = None
    """Id of this very incident in the system that handed it on (Sentinel names Defender's)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SecureScore:
    """The newest secure score before one edge of the week."""

    edge: str
    """``start`` or ``end``."""
    taken_at: datetime
    percent: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlMove:
    """A secure-score control whose score differs between the week's edges."""

    control: str
    title: str
    before: float
    after: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteAvailability:
    """One public site over the week, from probes."""

    site: str
    name: str
    url: str
    probes_due: int | None
    """None: nothing was due, what came was counted (`Basis.REQUESTS`, `Basis.DAYS`)."""
    probes_made: int
    probes_good: int
    p95_ms: int | None
    certificate_days: int | None
    """Days from the week's end to the certificate's expiry."""
    basis: str = Basis.CHECKS
    recorded_percent: float | None = None
    """Share of the week, by hours (`Basis.REQUESTS`) or by days, of which requests are on record."""

    @property
    def coverage(self) -> float | None:
        """Probes made in per cent of probes due. None: nothing was due, requests were counted."""
        if self.probes_due is None:
            return None
        return 100 * self.probes_made / self.probes_due if self.probes_due > 0 else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteOutage:
    """Two or more failed probes in a row of one site."""

    site: str
    name: str
    started_at: datetime
    ended_at: datetime | None
    """First good probe after it, or the end of what was seen of it. None: still down at the week's end."""
    cause: str


Record = (
    DeviceUptime
    | Outage
    | ServiceLevel
    | Ticket
    | BackupMachine
    | BackupRun
    | Incident
    | SecureScore
    | ControlMove
    | SiteAvailability
    | SiteOutage
)

RECORD_TYPES: dict[Source, tuple[type[Record], ...]] = {
    Source.UPTIME: (DeviceUptime, Outage, ServiceLevel),
    Source.TICKETS: (Ticket,),
    Source.BACKUP: (BackupMachine, BackupRun),
    Source.SECURITY: (Incident, SecureScore, ControlMove),
    Source.AVAILABILITY: (SiteAvailability, SiteOutage),
}
"""Which facts a source's section is drawn from."""
