"""Small ways to make facts; every default is a quiet, healthy week."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from msp_reports.domain.customer import Customer, Engineer, Provider, Targets, Thresholds
from msp_reports.domain.reconcile import reconcile
from msp_reports.domain.records import (
    BackupMachine,
    BackupRun,
    DeviceUptime,
    Incident,
    Outage,
    Record,
    SecureScore,
    SiteAvailability,
    SiteOutage,
    Source,
    Ticket,
)
from msp_reports.domain.report import Finding, ReportModel, Rule, Severity
from msp_reports.domain.routes import DeliveryRoutes, MailRoute, TeamsRoute
from msp_reports.domain.snapshot import Snapshot, SnapshotStatus, WeekFacts
from msp_reports.domain.week import ReportingWeek

WEEK = ReportingWeek.parse("2026-W47", "Europe/Berlin")
SYSTEMS = {
    Source.UPTIME: "zabbix",
    Source.TICKETS: "connectwise",
    Source.BACKUP: "datto",
    Source.SECURITY: "defender",
    Source.AVAILABILITY: "site_checks",
}
MAIL = MailRoute(connection="mail", sender="reports@example.com", sender_name="Example")
PROVIDER = Provider(
    name="Example MSP",
    zone="Europe/Berlin",
    mail=MAIL,
    rollup=TeamsRoute(connection="teams", tenant_id="t", channel_id="c"),
)
MILLION = 1_000_000


def customer(*, thresholds: Thresholds | None = None, targets: Targets | None = None) -> Customer:
    return Customer(
        code="acme",
        name="ACME",
        zone="Europe/Berlin",
        service_start=date(2020, 1, 1),
        engineer=Engineer(id="erin", name="Erin", email="erin@example.com"),
        recipients=(),
        sources=(),
        delivery=DeliveryRoutes(),
        targets=targets or Targets(),
        thresholds=thresholds or Thresholds(),
    )


def snapshot(
    source: Source,
    *,
    week: ReportingWeek = WEEK,
    status: SnapshotStatus = SnapshotStatus.OK,
    system: str | None = None,
) -> Snapshot:
    return Snapshot(
        customer="acme",
        week=week.label,
        source=source,
        system=system or SYSTEMS[source],
        status=status,
        window_start=week.start_utc,
        window_end=week.end_utc,
        fetched_at=week.end_utc + timedelta(hours=6),
        requests=3,
        rows_read=10,
        reason="HTTP 503 from 10.0.0.1" if status is SnapshotStatus.MISSING else None,
    )


def facts(
    *records: Record,
    week: ReportingWeek = WEEK,
    sources: Iterable[Source] = tuple(Source),
    missing: Sequence[Source] = (),
) -> WeekFacts:
    return WeekFacts(
        week=week.label,
        snapshots=tuple(
            snapshot(s, week=week, status=SnapshotStatus.MISSING if s in missing else SnapshotStatus.OK)
            for s in sources
        ),
        records=records,
    )


def report(
    current: WeekFacts,
    *history: WeekFacts,
    thresholds: Thresholds | None = None,
    targets: Targets | None = None,
) -> ReportModel:
    return reconcile(
        customer=customer(thresholds=thresholds, targets=targets),
        provider=PROVIDER,
        week=WEEK,
        current=current,
        history=history,
    )


def of(model: ReportModel, rule: Rule) -> list[Finding]:
    return [finding for finding in model.findings if finding.rule is rule]


def last(*records: Record, sources: Iterable[Source] = tuple(Source)) -> WeekFacts:
    return facts(*records, week=WEEK.prior(), sources=sources)


def device(
    name: str = "sw1", *, down: int = 0, site: str = "Berlin", kind: str = "switch", window: int = MILLION
) -> DeviceUptime:
    """`down` is in parts per `window`: 1,000 of a million are 0.1 per cent."""
    return DeviceUptime(
        device_id=f"id-{name}",
        name=name,
        site=site,
        device_class=kind,
        window_seconds=window,
        planned_seconds=0,
        unknown_seconds=0,
        down_seconds=down,
    )


def outage(of: DeviceUptime, *, hours: float) -> Outage:
    """From Wednesday, 03:12 in the customer's zone."""
    began = WEEK.start_utc + timedelta(days=2, hours=3, minutes=12)
    return Outage(
        device_id=of.device_id,
        name=of.name,
        site=of.site,
        started_at=began,
        ended_at=began + timedelta(hours=hours),
        began_before=False,
        cause="",
    )


def ticket(
    number: int, *, opened: datetime | None = None, closed: datetime | None = None, late: bool | None = False
) -> Ticket:
    return Ticket(
        ticket_id=f"T{number:05d}",
        title=f"Ticket {number}",
        priority="P2",
        priority_rank=2,
        board="Service",
        kind="Incident",
        opened_at=opened or WEEK.start_utc + timedelta(hours=1),
        closed_at=closed,
        first_response_minutes=30,
        resolve_minutes=120 if closed else None,
        response_breached=late,
        resolution_breached=late,
    )


def tickets_in(week: ReportingWeek, number: int) -> tuple[Ticket, ...]:
    """Tickets opened and closed inside the week, without a breach."""
    opened = week.start_utc + timedelta(hours=1)
    closed = opened + timedelta(hours=2)
    return tuple(
        replace(ticket(n, opened=opened, closed=closed), ticket_id=f"{week.label}-{n}") for n in range(number)
    )


def machine(
    name: str = "DC01",
    *,
    hours: float | None = 3.0,
    rpo: int = 48,
    proven_days: float | None = 3.0,
    week: ReportingWeek = WEEK,
) -> BackupMachine:
    """`hours` since the last good restore point; None: never."""
    return BackupMachine(
        machine_id=f"id-{name}",
        name=name,
        appliance="SIRIS",
        kind="agent",
        paused=False,
        last_good_known=True,
        last_good_at=None if hours is None else week.end_utc - timedelta(hours=hours),
        rpo_hours=rpo,
        runs_known=True,
        runs_good=7,
        runs_failed=0,
        verified_at=None if proven_days is None else week.end_utc - timedelta(days=proven_days),
        verification_known=True,
    )


def run(name: str = "DC01", *, at: datetime, good: bool = True) -> BackupRun:
    return BackupRun(machine_id=f"id-{name}", ended_at=at, good=good, message="")


def incident(
    number: int = 1, *, severity: str = "high", opened: datetime | None = None, closed: datetime | None = None
) -> Incident:
    return Incident(
        incident_id=f"I{number:03d}",
        title=f"Suspicious sign-in {number}",
        severity=severity,
        opened_at=opened or WEEK.end_utc - timedelta(days=3),
        closed_at=closed,
        closed_is_estimate=False,
    )


def scores(start: float | None, end: float | None) -> tuple[SecureScore, ...]:
    edges = {"start": (start, WEEK.start_utc), "end": (end, WEEK.end_utc)}
    return tuple(
        SecureScore(edge=edge, taken_at=at - timedelta(hours=1), percent=value)
        for edge, (value, at) in edges.items()
        if value is not None
    )


def scored(back: int, start: float, end: float) -> tuple[Record, ...]:
    """The score at both edges of the week that many before."""
    week = WEEK.prior(back)
    return (
        SecureScore(edge="start", taken_at=week.start_utc - timedelta(hours=1), percent=start),
        SecureScore(edge="end", taken_at=week.end_utc - timedelta(hours=1), percent=end),
    )


def site(
    name: str = "www.acme.com",
    *,
    due: int = 2000,
    made: int = 2000,
    good: int = 2000,
    certificate: int | None = 60,
) -> SiteAvailability:
    return SiteAvailability(
        site=f"id-{name}",
        name=name,
        url=f"https://{name}",
        probes_due=due,
        probes_made=made,
        probes_good=good,
        p95_ms=240,
        certificate_days=certificate,
    )


def site_outage(name: str = "www.acme.com", *, seconds: int, began: datetime | None = None) -> SiteOutage:
    began = began or WEEK.start_utc + timedelta(days=2)
    return SiteOutage(
        site=f"id-{name}",
        name=name,
        started_at=began,
        ended_at=began + timedelta(seconds=seconds),
        cause="timeout",
    )


def quiet(week: ReportingWeek = WEEK) -> tuple[Record, ...]:
    """All five sources with nothing to report."""
    return (
        device("sw1", down=200),
        device("fw1", kind="firewall", site="Hamburg"),
        *tickets_in(week, 4),
        machine("DC01", week=week),
        machine("FS01", week=week),
        site(),
    )


def bad(
    rule: Rule,
    now: Record | tuple[Record, ...],
    before: Record | tuple[Record, ...] | None = None,
    *,
    thresholds: Thresholds | None = None,
    targets: Targets | None = None,
) -> bool:
    """Whether `rule` fires on the bad side."""
    records = now if isinstance(now, tuple) else (now,)
    history = () if before is None else (last(*(before if isinstance(before, tuple) else (before,))),)
    model = report(facts(*records), *history, thresholds=thresholds, targets=targets)
    return any(finding.severity is not Severity.GOOD for finding in of(model, rule))
