"""The report model: exactly what a template may see, and what `report.json` holds.

Values are raw (per cent as 99.95, counts as int, times as aware datetimes); formatting is the
renderer's. ``None`` means not known and is printed as such. Nothing here tells the customer about
the pipeline: why a source failed stays with the snapshot.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from msp_reports.domain.records import Source


class Severity(StrEnum):
    CRITICAL = "critical"
    WARNING = "warning"
    NOTICE = "notice"
    GOOD = "good"


class Rule(StrEnum):
    """The findings table of design/report.md."""

    SLA_DROP = "sla_drop"
    BELOW_TARGET = "below_target"
    BACKUP_STALE = "backup_stale"
    BACKUP_UNVERIFIED = "backup_unverified"
    OPEN_INCIDENT = "open_incident"
    POSTURE_DROP = "posture_drop"
    TICKETS_WORSE = "tickets_worse"
    SITE_DOWN = "site_down"
    CERTIFICATE_EXPIRING = "certificate_expiring"
    FLEET_CHANGED = "fleet_changed"
    SOURCE_MISSING = "source_missing"


class Unit(StrEnum):
    PERCENT = "percent"
    POINTS = "points"
    COUNT = "count"
    HOURS = "hours"
    DAYS = "days"
    MINUTES = "minutes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    rule: Rule
    source: Source
    entity: str
    """What it is about: a site, a machine, an incident, ``customer``."""
    before: float | None
    after: float | None
    threshold: float | None
    unit: Unit
    severity: Severity
    sentence: str
    """One plain sentence that a person would write, number and unit included."""
    since: str | None = None
    """ISO label of the first week of the run in which it has held, as far back as the weeks at hand tell.
    Of an improvement: of the run that it ended. None: new this week, or not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A number with last week's and its history."""

    value: float | None
    before: float | None
    """Last week's value. None: no comparison."""
    unit: Unit
    history: tuple[float | None, ...] = ()
    """Up to 13 weeks, oldest first, this week last."""

    @property
    def change(self) -> float | None:
        if self.value is None or self.before is None:
            return None
        return self.value - self.before


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupUptime:
    """A site or a device class."""

    name: str
    devices: int
    uptime: Measure
    planned_minutes: int
    unknown_minutes: int
    below_target: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OutageRow:
    name: str
    site: str
    started_at: datetime
    ended_at: datetime | None
    minutes: int
    """Inside the week."""
    began_before: bool
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceRow:
    service: str
    sli_percent: float | None
    slo_percent: float


@dataclass(frozen=True, slots=True, kw_only=True)
class UptimeSection:
    uptime: Measure
    sla: Measure
    """Share of devices at or above the target, per cent."""
    target: float
    devices: int
    planned_minutes: int
    unknown_minutes: int
    sites: tuple[GroupUptime, ...]
    classes: tuple[GroupUptime, ...]
    outages: tuple[OutageRow, ...]
    """Longest first."""
    services: tuple[ServiceRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorityRow:
    priority: str
    opened: int
    closed: int
    open_at_end: int
    response_breaches: int | None
    """None: the tickets of this priority carry no SLA flag."""
    resolution_breaches: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DayFlow:
    day: date
    opened: int
    closed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OldestTicket:
    ticket_id: str
    title: str
    age_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketSection:
    opened: Measure
    closed: Measure
    open_at_end: Measure
    response_breaches: Measure
    resolution_breaches: Measure
    median_first_response_minutes: Measure
    median_resolve_minutes: Measure
    oldest_open: OldestTicket | None
    priorities: tuple[PriorityRow, ...]
    """Most urgent first."""
    flow: tuple[DayFlow, ...]
    """Seven days, Monday first."""


class DayState(StrEnum):
    """One machine, one local day."""

    GOOD = "good"
    FAILED = "failed"
    MIXED = "mixed"
    NONE = "none"
    """Known: no run that day."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineRow:
    name: str
    appliance: str
    kind: str
    paused: bool
    last_good_at: datetime | None
    last_good_known: bool
    hours_since: float | None
    """From the last good restore point to the week's end."""
    rpo_hours: int
    rpo_met: bool | None
    """None: not known, or paused."""
    runs_good: int | None
    runs_failed: int | None
    verified_at: datetime | None
    verification_known: bool
    days: tuple[DayState, ...]
    """Seven, Monday first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupSection:
    met: Measure
    """Machines within their target."""
    machines: Measure
    """Machines protected and not paused."""
    runs_good: Measure
    runs_failed: Measure
    rows: tuple[MachineRow, ...]
    """Worst first; a machine has one for each system that backs it up."""
    unknown: int = 0
    """Machines not paused of which it is not known whether they are within their target."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeverityRow:
    severity: str
    opened: int
    closed: int
    open_at_end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentRow:
    incident_id: str
    title: str
    severity: str
    opened_at: datetime
    age_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlRow:
    title: str
    before: float
    after: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SecuritySection:
    opened: Measure
    closed: Measure
    open_at_end: Measure
    score: Measure
    """Secure score at the week's end, per cent; `before` is the week's start."""
    severities: tuple[SeverityRow, ...]
    open_incidents: tuple[IncidentRow, ...]
    """Most severe first, then oldest."""
    controls: tuple[ControlRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteRow:
    name: str
    url: str
    availability: Measure
    target: float
    coverage: float | None
    """Probes made of probes due, per cent. None: not probes were counted, but visitors' requests."""
    coverage_low: bool
    """The figure is marked: too few probes were made, or too little of the week is on record."""
    p95_ms: int | None
    certificate_days: int | None
    measured_otherwise: bool = False
    """Last week's figure is another system's, so there is no comparison."""
    recorded: float | None = None
    """Share of the week of which visitors' requests are on record, per cent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteOutageRow:
    name: str
    started_at: datetime
    ended_at: datetime | None
    minutes: int
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AvailabilitySection:
    availability: Measure
    """Good probes of all sites over probes made, per cent."""
    sites: tuple[SiteRow, ...]
    outages: tuple[SiteOutageRow, ...]
    measured_otherwise: bool = False
    """Last week's figure was measured or added up in another way, so there is no comparison."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommendation:
    text: str
    rule: Rule
    entity: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Part 9, one line per system."""

    source: Source
    system: str
    available: bool
    window_start: datetime
    window_end: datetime
    fetched_at: datetime
    rows: int
    requests: int
    notes: tuple[str, ...] = ()
    """Approximations and omissions, in the customer's words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierWeek:
    """Where the numbers of a week before this one came from."""

    week: str
    provenance: tuple[Provenance, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """The account engineer's words beside one section."""

    section: str
    """``summary`` or a `Source` value."""
    text: str
    author: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What this revision replaces, and what it says otherwise."""

    of_revision: int
    """The last one that reached the customer."""
    sent_on: date
    """Day it did, in the customer's zone."""
    changes: tuple[str, ...]
    """A sentence each, in the report's language. Empty: nothing that is printed differs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What a sentence rests on."""

    sources: tuple[Source, ...]
    since: str
    """ISO label of the first week that it tells of; this one where it compares nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportModel:
    customer_code: str
    customer_name: str
    provider_name: str
    engineer_name: str
    engineer_email: str
    zone: str
    week: str
    week_start: datetime
    week_end: datetime
    comparison: str | None
    """Label of the week compared with. None: first week, no comparison."""
    used: tuple[Source, ...]
    """Sources this customer has. A used source whose section is None is not available this week."""
    summary: tuple[str, ...]
    """Three to six sentences, the worst first; a quiet week in one, and what is not known of it."""
    summary_grounds: tuple[Ground, ...]
    """Of each sentence of the summary."""
    findings: tuple[Finding, ...]
    """Ranked, improvements last."""
    uptime: UptimeSection | None
    tickets: TicketSection | None
    backup: BackupSection | None
    security: SecuritySection | None
    availability: AvailabilitySection | None
    recommendations: tuple[Recommendation, ...]
    provenance: tuple[Provenance, ...]
    rules: tuple[str, ...]
    """The thresholds used, one sentence each."""
    comments: tuple[Comment, ...] = ()
    language: str = "en"
    """BCP 47 code of the language that the sentences above are in, and that the page is drawn in."""
    earlier: tuple[EarlierWeek, ...] = ()
    """Weeks that `before` and `history` are made of, oldest first; those of which nothing is stored are
    left out."""
    correction: Correction | None = None
    """None: no earlier revision of this week has reached the customer."""
