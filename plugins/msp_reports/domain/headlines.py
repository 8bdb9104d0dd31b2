"""What stands in a sentence about a section that has nothing to report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from msp_reports.domain.language import numeral, say, say_of
from msp_reports.domain.records import Source
from msp_reports.domain.report import (
    AvailabilitySection,
    BackupSection,
    Measure,
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
    """Part of the one sentence of a quiet week: ``4 tickets opened``. Empty: it has no figure."""
    sentence: str
    second: str = ""
    compares: bool = False
    """With last week."""


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
            source=Source.UPTIME,
            clause="",
            sentence=say("Uptime is not known this week."),
        )
    text = percent(value, apart_from=section.target)
    second = ""
    if section.sla.value is not None:
        second = say(
            "The share of devices at or above the target of {target} was {share}{moved}.",
            target=agreed(section.target),
            share=percent(section.sla.value),
            moved=moved_points(section.sla.change),
        )
    return Headline(
        source=Source.UPTIME,
        clause=say("uptime {value}", value=text),
        sentence=say("Uptime was {value}{moved}.", value=text, moved=moved_points(section.uptime.change)),
        second=second,
        compares=_compares(section.uptime, section.sla),
    )


def _compares(*measures: Measure) -> bool:
    return any(measure.change is not None for measure in measures)


def _tickets(section: TicketSection) -> Headline:
    opened, still = section.opened.value or 0, section.open_at_end.value or 0
    closed = section.closed.value or 0
    return Headline(
        source=Source.TICKETS,
        clause=_flow(section),
        sentence=say_of(
            opened,
            "{number} ticket was opened{moved} and {closed} closed.",
            "{number} tickets were opened{moved} and {closed} closed.",
            moved=moved_count(section.opened.change),
            closed=numeral(closed),
        ),
        second=say_of(
            still,
            "{number} ticket is open at the week's end{moved}.",
            "{number} tickets are open at the week's end{moved}.",
            moved=moved_count(section.open_at_end.change),
        ),
        compares=_compares(section.opened, section.open_at_end),
    )


def _flow(section: TicketSection) -> str:
    """Tickets opened, and how many are open where that has changed."""
    opened, still = section.opened.value or 0, section.open_at_end.value or 0
    clause = say_of(opened, "{number} ticket opened", "{number} tickets opened")
    if not section.open_at_end.change:
        return clause
    return say_of(
        still,
        "{opened}, {number} still open{moved}",
        "{opened}, {number} still open{moved}",
        opened=clause,
        moved=moved_count(section.open_at_end.change),
    )


def _backup(section: BackupSection) -> Headline:
    machines, met = int(section.machines.value or 0), section.met.value
    change = moved_count(section.met.change)
    good, failed = section.runs_good.value, section.runs_failed.value
    second = ""
    if good is not None and failed is not None:
        second = say_of(
            good,
            "{number} backup run succeeded and {failed} failed.",
            "{number} backup runs succeeded and {failed} failed.",
            failed=numeral(failed),
        )
    if machines == 0:
        clause, sentence = "", say("No machine is in the backup.")
    elif met is None:
        clause = ""
        sentence = say("The state of the backups is not known this week.")
    elif met == machines:
        clause = say("all backups within target")
        of_all = count(met, "machine")
        sentence = say("All backups are within target: {machines}{moved}.", machines=of_all, moved=change)
    else:
        told = {"met": numeral(met), "machines": numeral(machines), "gap": _gap(section)}
        clause = say("{met} of {machines} backups within target{gap}", **told)
        sentence = say(
            "{met} of {machines} machines have a good backup within target{moved}{gap}.", **told, moved=change
        )
    return Headline(
        source=Source.BACKUP, clause=clause, sentence=sentence, second=second, compares=_compares(section.met)
    )


def _gap(section: BackupSection) -> str:
    return say(", {number} not known", number=numeral(section.unknown)) if section.unknown else ""


def _security(section: SecuritySection) -> Headline:
    still = int(section.open_at_end.value or 0)
    second, change = "", moved_count(section.open_at_end.change)
    if section.score.value is not None:
        second = say(
            "The secure score was {score}{moved} at the week's end.",
            score=percent(section.score.value),
            moved=moved_points(section.score.change),
        )
    if still == 0:
        clause = say("no open incident")
        sentence = say("No security incident is open{moved}.", moved=change)
    else:
        clause = say_of(still, "{number} open incident", "{number} open incidents")
        sentence = say_of(
            still,
            "{number} security incident is open{moved}.",
            "{number} security incidents are open{moved}.",
            moved=change,
        )
    return Headline(
        source=Source.SECURITY,
        clause=clause,
        sentence=sentence,
        second=second,
        compares=_compares(section.open_at_end),
    )


def _share(sites: Sequence[SiteRow], figure: str, moved: str) -> str:
    """Say of what the figure is a share: of time, of requests, or of neither where both are mixed."""
    by_requests = [site.coverage is None for site in sites]
    if not any(by_requests):
        return say("Public sites were available {figure} of the time{moved}.", figure=figure, moved=moved)
    if all(by_requests):
        return say("Public sites answered {figure} of requests well{moved}.", figure=figure, moved=moved)
    return say("Public sites were available {figure} on average{moved}.", figure=figure, moved=moved)


def _availability(section: AvailabilitySection) -> Headline:
    value, number = section.availability.value, len(section.outages)
    if value is None:
        clause = ""
        sentence = say("The availability of public sites is not known this week.")
    else:
        clause = say("public sites available {value}", value=percent(value))
        sentence = _share(section.sites, percent(value), moved_points(section.availability.change))
    second = say("No outage of the public sites was seen.")
    if number:
        second = say_of(
            number,
            "{number} outage of the public sites was seen.",
            "{number} outages of the public sites were seen.",
        )
    return Headline(
        source=Source.AVAILABILITY,
        clause=clause,
        sentence=sentence,
        second=second,
        compares=_compares(section.availability),
    )
