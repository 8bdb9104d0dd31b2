"""About these numbers: where each came from, what is an estimate, and the rules in use."""

from __future__ import annotations

from collections.abc import Iterable
from zoneinfo import ZoneInfo

from msp_reports.domain.customer import Customer
from msp_reports.domain.dates import moment
from msp_reports.domain.language import numeral, say, say_of
from msp_reports.domain.records import Source
from msp_reports.domain.report import EarlierWeek, Provenance
from msp_reports.domain.snapshot import Snapshot, SnapshotStatus, WeekFacts
from msp_reports.domain.wording import agreed, count, exact_points

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
    notes = [note.said() for note in snapshot.approximations]
    left_out = len(snapshot.skipped)
    if left_out:
        notes.append(
            say_of(
                left_out,
                "{number} record could not be read and was left out.",
                "{number} records could not be read and were left out.",
            )
        )
    if snapshot.status is SnapshotStatus.PARTIAL and (snapshot.reason or not left_out):
        notes.append(say("The system did not give everything for this week; these figures may be too low."))
    if snapshot.as_of is not None:
        as_of = moment(snapshot.as_of, ZoneInfo(zone))
        notes.append(say("Some figures are as of {moment}, not of the week's end.", moment=as_of))
    return tuple(notes)


def rules(customer: Customer, used: Iterable[Source]) -> tuple[str, ...]:
    """The thresholds in use for the customer's sources, one sentence each."""
    said = _sentences(customer)
    return tuple(sentence for source in used for sentence in said[source])


def _sentences(customer: Customer) -> dict[Source, tuple[str, ...]]:
    limits, targets = customer.thresholds, customer.targets
    coverage = agreed(limits.site_coverage_percent)
    return {
        Source.UPTIME: (
            say(
                "The agreed uptime is {target}; anything under it is reported.",
                target=agreed(targets.uptime),
            ),
            say(
                "A change of uptime or SLA by {points} or more is reported.",
                points=exact_points(limits.sla_drop_points),
            ),
        ),
        Source.TICKETS: (
            say(
                "A change of a ticket number is reported from {percent} and {tickets} on, or when it goes on"
                " for 3 weeks.",
                percent=agreed(limits.tickets_rise_percent),
                tickets=count(limits.tickets_rise_count, "ticket"),
            ),
            say(
                "A change that chance explains (probability {number} or more) is not.",
                number=numeral(limits.tickets_chance_p, None),
            ),
        ),
        Source.BACKUP: (
            say(
                "A backup is late when its newest good restore point is older than the target ({hours} where"
                " none is agreed).",
                hours=count(limits.backup_stale_hours, "hour"),
            ),
            say_of(
                limits.backup_unverified_days,
                "A restore should have been proven within {number} day.",
                "A restore should have been proven within {number} days.",
            ),
        ),
        Source.SECURITY: (
            say("Every security incident open at the week's end is reported."),
            say(
                "A change of the secure score by {points} or more is reported.",
                points=exact_points(limits.posture_drop_points),
            ),
        ),
        Source.AVAILABILITY: _site_rules(
            agreed(targets.site_availability), coverage, limits.site_outage_minutes, limits.certificate_days
        ),
    }


def _site_rules(target: str, coverage: str, outage_minutes: int, certificate_days: int) -> tuple[str, ...]:
    return (
        say("The agreed availability of public sites is {target}.", target=target),
        say_of(
            outage_minutes,
            "An outage of a public site is reported from {number} minute on.",
            "An outage of a public site is reported from {number} minutes on.",
        ),
        say("A figure from less than {percent} of the checks due is marked.", percent=coverage),
        say("A figure from requests in less than {percent} of the week is marked.", percent=coverage),
        say_of(
            certificate_days,
            "A certificate is reported from {number} day before its end on.",
            "A certificate is reported from {number} days before its end on.",
        ),
    )
