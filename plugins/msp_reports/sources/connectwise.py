"""ConnectWise PSA answers to the tickets of one customer's week."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Annotated, Any

from pydantic import StringConstraints

from msp_reports.domain.customer import SourceBinding
from msp_reports.domain.errors import ConfigurationError, ForeignRowError
from msp_reports.domain.records import Ticket
from msp_reports.domain.snapshot import Facts
from msp_reports.domain.week import ReportingWeek
from msp_reports.sources.connectwise_rows import Named, Sla, Target, TicketRow
from msp_reports.sources.rows import RowReader, ScopeModel, rows_of

Identifier = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r'^[^"\\\x00-\x1f]+$')]

_LISTS = ("opened", "closed", "open_at_end")
_LAST_RANK = 99
_MINUTES = 60
_SECONDS = 60
_NUMBER = re.compile(r"\d+")


class ConnectWiseScope(ScopeModel):
    """How ConnectWise knows a customer: by the company's identifier."""

    company: Identifier
    boards: tuple[str, ...] = ()
    """Names of the service boards to count. Empty: all of them."""

    def identity(self) -> tuple[object, ...]:
        return (self.company.casefold(),)


def parse(payload: Mapping[str, Any], *, binding: SourceBinding, week: ReportingWeek) -> Facts:
    """Read tickets and SLA targets (see `contract.Parse`).

    A ticket is told as it stood at the week's end: what was answered, closed or resolved later was not
    so yet, and a report that is made late says what one made in time would have said.
    """
    scope = binding.scope
    if not isinstance(scope, ConnectWiseScope):
        raise ConfigurationError("the ConnectWise parser was given another system's scope")
    reader = RowReader()
    tickets: dict[int, TicketRow] = {}
    for name in _LISTS:
        rows = rows_of(payload, name)
        _refuse_foreign(rows, scope.company)
        tickets |= {ticket.id: ticket for ticket in reader.read(TicketRow, rows, "ticket")}
    slas = {sla.id: sla for sla in reader.read(Sla, rows_of(payload, "slas"), "SLA")}
    boards = {name.casefold() for name in scope.boards}
    kept = [
        ticket
        for _, ticket in sorted(tickets.items())
        if ticket.merged_parent_ticket is None
        and (not boards or ticket.board.name.casefold() in boards)
        and _concerns(ticket, week)
    ]
    refused = payload.get("slas_refused")
    return Facts(
        records=tuple(_record(ticket, slas, week) for ticket in kept),
        rows_read=reader.rows_read,
        skipped=tuple(reader.skipped),
        approximations=(
            "Priority, board and type of a ticket are those of the time of fetching.",
            "A ticket that was reopened counts as it is now; ConnectWise forgets the earlier closing.",
        ),
        incomplete=(str(refused),) if refused else (),
    )


def _refuse_foreign(rows: Sequence[Mapping[str, Any]], company: str) -> None:
    for row in rows:
        found = row.get("company")
        identifier = found.get("identifier") if isinstance(found, dict) else None
        if not isinstance(identifier, str) or identifier.casefold() != company.casefold():
            raise ForeignRowError(
                f"ConnectWise PSA: ticket {row.get('id')} does not belong to company {company!r}. Nothing of "
                "this answer is used; check the API member's rights and the company's identifier."
            )


def _concerns(ticket: TicketRow, week: ReportingWeek) -> bool:
    """Opened or closed in the week, or open at its end; the vendor's own dates decide."""
    entered = ticket.info.date_entered
    if entered >= week.end_utc:
        return False
    closed = ticket.closed_date if ticket.is_closed else None
    return closed is None or closed >= week.start_utc or entered >= week.start_utc


def _record(ticket: TicketRow, slas: Mapping[int, Sla], week: ReportingWeek) -> Ticket:
    closed = ticket.closed_date if ticket.is_closed else None
    if closed is not None and closed >= week.end_utc:
        closed = None
    sla = slas.get(ticket.sla.id) if ticket.sla and ticket.sla.id is not None else None
    target = sla.target(ticket) if sla else None
    first_response = _minutes(ticket.respond_minutes) if _responded(ticket, week) else None
    resolve = _minutes(ticket.resolve_minutes) if closed else None
    return Ticket(
        ticket_id=str(ticket.id),
        title=ticket.summary,
        priority=ticket.priority.name if ticket.priority else "",
        priority_rank=_rank(ticket.priority),
        board=ticket.board.name,
        kind=ticket.type.name if ticket.type else "",
        opened_at=ticket.info.date_entered,
        closed_at=closed,
        first_response_minutes=first_response,
        resolve_minutes=resolve,
        response_breached=_response_breached(ticket, target, week),
        resolution_breached=_breached(resolve, target.resolution_hours if target else None),
    )


def _responded(ticket: TicketRow, week: ReportingWeek) -> bool:
    return ticket.date_responded is not None and ticket.date_responded < week.end_utc


def _response_breached(ticket: TicketRow, target: Target | None, week: ReportingWeek) -> bool | None:
    """Judge by the vendor's minutes, also where the answer came after the week: no later week counts it.

    Unanswered still, it is in time as long as even the plain hours are within the target. Beyond that
    only the SLA's calendar could tell.
    """
    hours = target.respond_hours if target else None
    if ticket.date_responded is not None or not hours:
        return _breached(_minutes(ticket.respond_minutes), hours)
    waited = week.end_utc - ticket.info.date_entered
    return False if waited <= timedelta(hours=hours) else None


def _breached(taken: int | None, hours: float | None) -> bool | None:
    """Compare with the target (reference 1.4). No SLA, or no such stage in it: there is nothing to breach."""
    if taken is None or not hours:
        return None
    return taken > hours * _MINUTES


def _minutes(value: float | None) -> int | None:
    return None if value is None else round(value)


def _rank(priority: Named | None) -> int:
    if priority is None:
        return _LAST_RANK
    if priority.sort is not None:
        return priority.sort
    number = _NUMBER.search(priority.name)
    return int(number[0]) if number else _LAST_RANK
