"""About these numbers: where each came from, what is an estimate, and the rules in use."""

from __future__ import annotations

from collections.abc import Iterable
from zoneinfo import ZoneInfo

from msp_reports.domain.customer import Customer
from msp_reports.domain.records import Source
from msp_reports.domain.report import EarlierWeek, Provenance
from msp_reports.domain.snapshot import Snapshot, SnapshotStatus, WeekFacts
from msp_reports.domain.wording import agreed, count

_ORDER = tuple(Source)


def provenance(snapshots: Iterable[Snapshot], zone: str) -> tuple[Provenance, ...]:
    """One line per system, in the order of the report. Says that a system is missing, never why."""
    ranked = sorted(snapshots, key=lambda s: (_ORDER.index(s.source), s.system))
    return tuple(
        Provenance(
            source=s.source,
            system=s.system,
            available=s.status is not SnapshotStatus.MISSING,
            window_start=s.window_start,
            window_end=s.window_end,
            fetched_at=s.fetched_at,
            rows=s.rows_read,
            requests=s.requests,
            notes=_notes(s, zone),
        )
        for s in ranked
    )


def earlier_weeks(weeks: Iterable[WeekFacts | None], zone: str) -> tuple[EarlierWeek, ...]:
    """Where the weeks before came from, oldest first. None: nothing is stored of a week."""
    return tuple(
        EarlierWeek(week=facts.week, provenance=provenance(facts.snapshots, zone))
        for facts in weeks
        if facts is not None and facts.snapshots
    )


def _notes(snapshot: Snapshot, zone: str) -> tuple[str, ...]:
    if snapshot.status is SnapshotStatus.MISSING:
        return ()
    notes = list(snapshot.approximations)
    left_out = len(snapshot.skipped)
    if left_out:
        were = "was" if left_out == 1 else "were"
        notes.append(f"{count(left_out, 'record')} could not be read and {were} left out.")
    if snapshot.status is SnapshotStatus.PARTIAL and (snapshot.reason or not left_out):
        notes.append("The system did not give everything for this week; these figures may be too low.")
    if snapshot.as_of is not None:
        moment = snapshot.as_of.astimezone(ZoneInfo(zone))
        notes.append(f"Some figures are as of {moment:%Y-%m-%d %H:%M}, not of the week's end.")
    return tuple(notes)


def rules(customer: Customer, used: Iterable[Source]) -> tuple[str, ...]:
    """The thresholds in use for the customer's sources, one sentence each."""
    said = _sentences(customer)
    return tuple(sentence for source in used for sentence in said[source])


def _sentences(customer: Customer) -> dict[Source, tuple[str, ...]]:
    limits, targets = customer.thresholds, customer.targets
    rise = f"{limits.tickets_rise_percent:g} % and {count(limits.tickets_rise_count, 'ticket')}"
    own = f"{count(limits.backup_stale_hours, 'hour')} where none is agreed"
    return {
        Source.UPTIME: (
            f"The agreed uptime is {agreed(targets.uptime)}; anything under it is reported.",
            f"A change of uptime or SLA by {limits.sla_drop_points:g} points or more is reported.",
        ),
        Source.TICKETS: (
            f"A change of a ticket number is reported from {rise} on, or when it goes on for three weeks.",
            f"A change that chance explains (probability {limits.tickets_chance_p:g} or more) is not.",
        ),
        Source.BACKUP: (
            f"A backup is late when its newest good restore point is older than the target ({own}).",
            f"A restore should have been proven within {count(limits.backup_unverified_days, 'day')}.",
        ),
        Source.SECURITY: (
            "Every security incident open at the week's end is reported.",
            f"A change of the secure score by {limits.posture_drop_points:g} points or more is reported.",
        ),
        Source.AVAILABILITY: (
            f"The agreed availability of public sites is {agreed(targets.site_availability)}.",
            f"An outage of a public site is reported from {count(limits.site_outage_minutes, 'minute')} on.",
            f"A figure from less than {limits.site_coverage_percent:g} % of the checks due is marked.",
            f"A figure from requests in less than {limits.site_coverage_percent:g} % of the week is marked.",
            f"A certificate is reported from {count(limits.certificate_days, 'day')} before its end on.",
        ),
    }
