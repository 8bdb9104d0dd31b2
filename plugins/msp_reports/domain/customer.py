"""A customer as the provider agreed it: who is reported to, about which systems, at which targets."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from msp_reports.domain.routes import DeliveryRoutes, MailRoute, TeamsRoute, WebhookRoute
from msp_reports.domain.week import ReportingWeek


@dataclass(frozen=True, slots=True, kw_only=True)
class Engineer:
    """The account engineer who reviews: `id` is the Airflow user name."""

    id: str
    name: str
    email: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    role: str
    """``cto`` (addressed to) or ``account_owner`` (in copy)."""
    name: str
    email: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """Agreed service levels in per cent."""

    uptime: float = 99.9
    site_availability: float = 99.9


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """When a finding fires. Every default can be set per customer (design/report.md)."""

    sla_drop_points: float = 3.0
    backup_stale_hours: int = 48
    backup_unverified_days: int = 30
    posture_drop_points: float = 2.0
    tickets_rise_percent: float = 20.0
    tickets_rise_count: int = 3
    tickets_chance_p: float = 0.05
    site_outage_minutes: int = 5
    site_coverage_percent: float = 90.0
    certificate_days: int = 21


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceBinding:
    """One system that serves this customer."""

    system: str
    connection: str | None
    """Airflow connection id. None for a system that needs no connection (our own probes)."""
    scope: object
    """How the system knows this customer: the frozen scope model of `sources/<system>.py`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    code: str
    name: str
    zone: str
    service_start: date
    engineer: Engineer
    recipients: tuple[Recipient, ...]
    sources: tuple[SourceBinding, ...]
    delivery: DeliveryRoutes
    targets: Targets = field(default_factory=Targets)
    thresholds: Thresholds = field(default_factory=Thresholds)
    language: str = "en"
    """BCP 47 code of the language that reports are written in."""

    def binding(self, system: str) -> SourceBinding | None:
        return next((b for b in self.sources if b.system == system), None)

    def is_served_in(self, week: ReportingWeek) -> bool:
        """Tell whether the service had begun before the week was over."""
        return self.service_start < week.prior(-1).monday


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """The managed-service provider itself."""

    name: str
    zone: str
    mail: MailRoute
    rollup: TeamsRoute | WebhookRoute
    """The internal channel, for the roll-up and for notices."""
    mail_system: str = "gmail"
    """Where `mail` is: ``gmail`` or ``outlook``."""
    language: str = "en"
    """Of the customers whose files name none."""
