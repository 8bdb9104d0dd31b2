"""Ticket numbers: flow, what is open, breaches and times to answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from statistics import median

from msp_reports.domain.records import Source, Ticket
from msp_reports.domain.report import DayFlow, Measure, OldestTicket, PriorityRow, TicketSection, Unit
from msp_reports.domain.snapshot import WeekFacts
from msp_reports.domain.trends import Weeks
from msp_reports.domain.week import ReportingWeek

COUNTS = ("opened", "closed", "open_at_end", "response_breaches", "resolution_breaches")
TIMES = ("median_first_response_minutes", "median_resolve_minutes")


def ticket_section(weeks: Weeks) -> TicketSection | None:
    """Fill the section. None: no ticket system answered."""
    if not weeks.known(Source.TICKETS):
        return None
    tickets = weeks.current.of(Ticket)
    counts = weeks.table(Source.TICKETS, Unit.COUNT, _counts)
    times = weeks.table(Source.TICKETS, Unit.MINUTES, _times)
    measures: dict[str, Measure] = {name: counts.measure(name) for name in COUNTS}
    measures |= {name: times.measure(name) for name in TIMES}
    return TicketSection(
        **measures,
        oldest_open=_oldest(tickets, weeks.week),
        priorities=_priorities(tickets, weeks.week),
        flow=_flow(tickets, weeks.week),
    )


def is_open_at(ticket: Ticket, week: ReportingWeek) -> bool:
    """Tell whether the ticket was open when the week ended."""
    closed = ticket.closed_at is not None and ticket.closed_at < week.end_utc
    return ticket.opened_at < week.end_utc and not closed


def _opened(tickets: Iterable[Ticket], week: ReportingWeek) -> list[Ticket]:
    return [ticket for ticket in tickets if week.contains(ticket.opened_at)]


def _closed(tickets: Iterable[Ticket], week: ReportingWeek) -> list[Ticket]:
    return [t for t in tickets if t.closed_at is not None and week.contains(t.closed_at)]


def _counts(facts: WeekFacts, week: ReportingWeek) -> Mapping[str, float | None]:
    return _count(facts.of(Ticket), week)


def _count(tickets: Iterable[Ticket], week: ReportingWeek) -> dict[str, int | None]:
    tickets = tuple(tickets)
    opened, closed = _opened(tickets, week), _closed(tickets, week)
    flags = [flag for t in tickets for flag in (t.response_breached, t.resolution_breached)]
    return {
        "opened": len(opened),
        "closed": len(closed),
        "open_at_end": sum(is_open_at(ticket, week) for ticket in tickets),
        "response_breaches": _breaches([t.response_breached for t in opened], flags),
        "resolution_breaches": _breaches([t.resolution_breached for t in closed], flags),
    }


def _breaches(flags: list[bool | None], of_all: list[bool | None]) -> int | None:
    """None: the tickets carry no SLA flag of either kind, so nobody can tell."""
    told = [flag for flag in flags if flag is not None]
    if told:
        return sum(told)
    silent = flags or (of_all if all(flag is None for flag in of_all) else [])
    return None if silent else 0


def _times(facts: WeekFacts, week: ReportingWeek) -> Mapping[str, float | None]:
    tickets = facts.of(Ticket)
    return {
        "median_first_response_minutes": _median(t.first_response_minutes for t in _opened(tickets, week)),
        "median_resolve_minutes": _median(t.resolve_minutes for t in _closed(tickets, week)),
    }


def _median(minutes: Iterable[int | None]) -> float | None:
    known = [value for value in minutes if value is not None]
    return float(median(known)) if known else None


def _oldest(tickets: Iterable[Ticket], week: ReportingWeek) -> OldestTicket | None:
    still_open = [ticket for ticket in tickets if is_open_at(ticket, week)]
    if not still_open:
        return None
    oldest = min(still_open, key=lambda t: (t.opened_at, t.ticket_id, t.title))
    age = (week.end_utc - oldest.opened_at).days
    return OldestTicket(ticket_id=oldest.ticket_id, title=oldest.title, age_days=age)


def _priorities(tickets: Iterable[Ticket], week: ReportingWeek) -> tuple[PriorityRow, ...]:
    by_priority: dict[str, list[Ticket]] = {}
    for ticket in tickets:
        by_priority.setdefault(ticket.priority, []).append(ticket)
    ranked = sorted(by_priority, key=lambda name: (min(t.priority_rank for t in by_priority[name]), name))
    rows = []
    for name in ranked:
        counts = _count(by_priority[name], week)
        rows.append(
            PriorityRow(
                priority=name,
                opened=counts["opened"] or 0,
                closed=counts["closed"] or 0,
                open_at_end=counts["open_at_end"] or 0,
                response_breaches=counts["response_breaches"],
                resolution_breaches=counts["resolution_breaches"],
            )
        )
    return tuple(rows)


def _flow(tickets: Iterable[Ticket], week: ReportingWeek) -> tuple[DayFlow, ...]:
    zone = week.start.tzinfo
    tickets = tuple(tickets)
    opened = Counter(t.opened_at.astimezone(zone).date() for t in tickets)
    closed = Counter(t.closed_at.astimezone(zone).date() for t in tickets if t.closed_at is not None)
    return tuple(DayFlow(day=day, opened=opened[day], closed=closed[day]) for day in week.days)
