"""ConnectWise PSA answers to the tickets of one customer's week.

Opened, closed and open at the week's end follow from each ticket's dates, however far back, as long as the
ticket exists. Priority, board, type and the flag ``isInSla`` are today's. A ticket that was reopened since
has lost its earlier closing. A merged ticket does not count, a child ticket does.

Vendor documentation: the OpenAPI of REST 3.0 (``/service/tickets``, ``/service/SLAs``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import StringConstraints

from msp_reports.domain.customer import SourceBinding
from msp_reports.domain.errors import ConfigurationError, ForeignRowError
from msp_reports.domain.notes import noted
from msp_reports.domain.records import Ticket
from msp_reports.domain.snapshot import Facts
from msp_reports.domain.week import ReportingWeek
from msp_reports.sources.connectwise_rows import Named, Sla, TicketRow
from msp_reports.sources.connectwise_sla import MinuteRules, breached, misses, response_breached
from msp_reports.sources.rows import Identity, RowReader, ScopeModel, Unique, rows_of
from msp_reports.sources.tickets import LAST_RANK, is_counted, rank_of

Identifier = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r'^[^"\\\x00-\x1f]+$')]

_LISTS = ("opened", "closed", "open_at_end")


class ConnectWiseScope(ScopeModel):
    """How ConnectWise knows a customer: by the company's identifier."""

    company: Identifier
    boards: tuple[str, ...] = ()
    """Names of the service boards to count. Empty: all of them."""
    without_boards: tuple[str, ...] = ()
    """Boards left out, such as one that only monitoring writes to."""
    types: tuple[str, ...] = ()
    """Names of the ticket types to count. Empty: all of them."""
    without_types: tuple[str, ...] = ()

    def counts(self, ticket: TicketRow) -> bool:
        kind = ticket.type.name if ticket.type else ""
        return is_counted(ticket.board.name, only=self.boards, without=self.without_boards) and is_counted(
            kind, only=self.types, without=self.without_types
        )

    def identities(self) -> tuple[Identity, ...]:
        return (Identity(self.company.casefold(), Unique.ON_ITS_SERVER),)


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
    rules = MinuteRules.model_validate(payload.get("minutes") or {})
    kept = [
        ticket
        for _, ticket in sorted(tickets.items())
        if ticket.merged_parent_ticket is None and scope.counts(ticket) and _concerns(ticket, week)
    ]
    flagged = misses(ticket for ticket in kept if _was_closed_in(ticket, week))
    refused = payload.get("slas_refused")
    return Facts(
        records=tuple(_record(ticket, slas, rules, week) for ticket in kept),
        rows_read=reader.rows_read,
        skipped=tuple(reader.skipped),
        approximations=(
            noted("Priority, board and type of a ticket are those of the time of fetching."),
            noted("A ticket that was reopened counts as it is now; ConnectWise forgets the earlier closing."),
            *((flagged,) if flagged else ()),
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


def _record(ticket: TicketRow, slas: Mapping[int, Sla], rules: MinuteRules, week: ReportingWeek) -> Ticket:
    closed = ticket.closed_date if ticket.is_closed else None
    if closed is not None and closed >= week.end_utc:
        closed = None
    sla = slas.get(ticket.sla.id) if ticket.sla and ticket.sla.id is not None else None
    target = sla.target(ticket) if sla else None
    resolve = rules.resolve_minutes(ticket) if closed else None
    return Ticket(
        ticket_id=str(ticket.id),
        title=ticket.summary,
        priority=ticket.priority.name if ticket.priority else "",
        priority_rank=_rank(ticket.priority),
        board=ticket.board.name,
        kind=ticket.type.name if ticket.type else "",
        opened_at=ticket.info.date_entered,
        closed_at=closed,
        first_response_minutes=rules.response_minutes(ticket) if _responded(ticket, week) else None,
        resolve_minutes=resolve,
        response_breached=response_breached(ticket, target, rules, week),
        resolution_breached=breached(resolve, target.resolution_hours if target else None),
    )


def _was_closed_in(ticket: TicketRow, week: ReportingWeek) -> bool:
    return ticket.is_closed and ticket.closed_date is not None and week.contains(ticket.closed_date)


def _responded(ticket: TicketRow, week: ReportingWeek) -> bool:
    return ticket.date_responded is not None and ticket.date_responded < week.end_utc


def _rank(priority: Named | None) -> int:
    if priority is None:
        return LAST_RANK
    if priority.sort is not None:
        return priority.sort
    return rank_of(priority.name) or LAST_RANK
