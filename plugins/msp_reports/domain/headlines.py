"""What stands in a sentence about a section that has nothing to report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from msp_reports.domain.records import Source
from msp_reports.domain.report import (
    AvailabilitySection,
    BackupSection,
    SecuritySection,
    SiteRow,
    TicketSection,
    UptimeSection,
)
from msp_reports.domain.wording import agreed, count, moved_count, moved_points, percent


@dataclass(frozen=True, slots=True, kw_only=True)
class Sections:
    """The five sections as far as they could be filled."""

    uptime: UptimeSection | None
    tickets: TicketSection | None
    backup: BackupSection | None
    security: SecuritySection | None
    availability: AvailabilitySection | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """A section in a few words and in two sentences."""

    source: Source
    clause: str
    """Part of the one sentence of a quiet week: ``4 tickets opened``."""
    sentence: str
    second: str = ""


def headlines(sections: Sections) -> Iterator[Headline]:
    """Tell each filled section, in the order of the report."""
    if sections.uptime is not None:
        yield _uptime(sections.uptime)
    if sections.tickets is not None:
        yield _tickets(sections.tickets)
    if sections.backup is not None:
        yield _backup(sections.backup)
    if sections.security is not None:
        yield _security(sections.security)
    if sections.availability is not None:
        yield _availability(sections.availability)


def _uptime(section: UptimeSection) -> Headline:
    value = section.uptime.value
    if value is None:
        return Headline(
            source=Source.UPTIME, clause="uptime not known", sentence="Uptime is not known this week."
        )
    text = percent(value, apart_from=section.target)
    second = ""
    if section.sla.value is not None:
        share = f"{percent(section.sla.value)}{moved_points(section.sla.change)}"
        second = f"The share of devices at or above the target of {agreed(section.target)} was {share}."
    return Headline(
        source=Source.UPTIME,
        clause=f"uptime {text}",
        sentence=f"Uptime was {text}{moved_points(section.uptime.change)}.",
        second=second,
    )


def _tickets(section: TicketSection) -> Headline:
    opened, still = section.opened.value or 0, section.open_at_end.value or 0
    closed = section.closed.value or 0
    are = "ticket was" if opened == 1 else "tickets were"
    remain = f"{count(still, 'ticket')} {'is' if still == 1 else 'are'} open at the week's end"
    return Headline(
        source=Source.TICKETS,
        clause=f"{count(opened, 'ticket')} opened",
        sentence=f"{opened:,.0f} {are} opened{moved_count(section.opened.change)} and {closed:,.0f} closed.",
        second=f"{remain}{moved_count(section.open_at_end.change)}.",
    )


def _backup(section: BackupSection) -> Headline:
    machines, met = int(section.machines.value or 0), section.met.value
    change = moved_count(section.met.change)
    good, failed = section.runs_good.value, section.runs_failed.value
    second = ""
    if good is not None and failed is not None:
        second = f"{count(good, 'backup run')} succeeded and {failed:,.0f} failed."
    if machines == 0:
        clause, sentence = "no machine in the backup", "No machine is in the backup."
    elif met is None:
        clause, sentence = (
            "state of the backups not known",
            "The state of the backups is not known this week.",
        )
    elif met == machines:
        clause = "all backups within target"
        sentence = f"All backups are within target: {count(met, 'machine')}{change}."
    else:
        gap = f", {section.unknown:,} not known" if section.unknown else ""
        clause = f"{met:,.0f} of {machines:,} backups within target{gap}"
        sentence = f"{met:,.0f} of {machines:,} machines have a good backup within target{change}{gap}."
    return Headline(source=Source.BACKUP, clause=clause, sentence=sentence, second=second)


def _security(section: SecuritySection) -> Headline:
    still = int(section.open_at_end.value or 0)
    number = "no" if still == 0 else f"{still:,}"
    noun = "incident" if still <= 1 else "incidents"
    second = ""
    if section.score.value is not None:
        score = f"{percent(section.score.value)}{moved_points(section.score.change)}"
        second = f"The secure score was {score} at the week's end."
    verb, change = "is" if still <= 1 else "are", moved_count(section.open_at_end.change)
    return Headline(
        source=Source.SECURITY,
        clause=f"{number} open {noun}",
        sentence=f"{number.capitalize()} security {noun} {verb} open{change}.",
        second=second,
    )


def _share(sites: Sequence[SiteRow], figure: str) -> str:
    """Say of what the figure is a share: of time, of requests, or of neither where both are mixed."""
    by_requests = [site.coverage is None for site in sites]
    if not any(by_requests):
        return f"were available {figure} of the time"
    if all(by_requests):
        return f"answered {figure} of requests well"
    return f"were available {figure} on average"


def _availability(section: AvailabilitySection) -> Headline:
    value, number = section.availability.value, len(section.outages)
    if value is None:
        clause = "public sites not known"
        sentence = "The availability of public sites is not known this week."
    else:
        clause = f"public sites available {percent(value)}"
        change = moved_points(section.availability.change)
        sentence = f"Public sites {_share(section.sites, percent(value))}{change}."
    seen = "No outage" if number == 0 else count(number, "outage")
    second = f"{seen} of the public sites {'was' if number <= 1 else 'were'} seen."
    return Headline(source=Source.AVAILABILITY, clause=clause, sentence=sentence, second=second)
