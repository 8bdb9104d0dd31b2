"""HaloPSA answers to the tickets of one customer's week.

Opened, closed and open at the week's end follow from each ticket's dates, however far back, as long as
the ticket exists. Two things are today's: priority, team and type; and whether a ticket is open, so one
that was reopened since counts as open. A response counts as late by Halo's own verdict; before there is
one, by what was so at the week's end. A child ticket counts as a ticket of its own, a merged one does not.

Vendor documentation: the OpenAPI "Halo API v2" (``/Tickets``, ``/Priority``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from msp_reports.domain.customer import SourceBinding
from msp_reports.domain.errors import ConfigurationError, ForeignRowError
from msp_reports.domain.notes import noted
from msp_reports.domain.records import Ticket
from msp_reports.domain.snapshot import Facts
from msp_reports.domain.week import ReportingWeek
from msp_reports.sources.halo_rows import Priority, TicketRow, Verdict
from msp_reports.sources.halo_sla import resolution_breached, response_breached
from msp_reports.sources.rows import Identity, RowReader, ScopeModel, Unique, rows_of
from msp_reports.sources.tickets import LAST_RANK, is_counted, rank_of

_LISTS = ("open_now", "closed", "opened")
"""In the order they were read: of a ticket in several, the last row is the freshest."""

_MINUTE = timedelta(minutes=1)
_NOTES = (
    noted("Priority, team and type of a ticket are those of the time of fetching."),
    noted("A ticket that was reopened counts as open; HaloPSA forgets the earlier closing."),
    noted("Times to answer and to resolve are elapsed time: nights, weekends and waiting are part of them."),
)


def _as_list(value: object) -> object:
    return value if isinstance(value, list | tuple) else [value]


class HaloScope(ScopeModel):
    """How Halo knows a customer: by the number of its client, or of several."""

    client_id: Annotated[
        tuple[Annotated[int, Field(gt=0)], ...], BeforeValidator(_as_list), Field(min_length=1)
    ]
    teams: tuple[str, ...] = ()
    """Names of the teams whose tickets count. Empty: all of them."""
    without_teams: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    """Names of the ticket types that count. Empty: all but projects and opportunities."""
    without_types: tuple[str, ...] = ()

    @property
    def clients(self) -> tuple[int, ...]:
        return tuple(dict.fromkeys(self.client_id))

    def identities(self) -> tuple[Identity, ...]:
        return tuple(Identity(client, Unique.ON_ITS_SERVER) for client in self.clients)

    def counts(self, ticket: TicketRow) -> bool:
        return is_counted(ticket.team, only=self.teams, without=self.without_teams) and is_counted(
            ticket.tickettype_name, only=self.types, without=self.without_types
        )


def parse(payload: Mapping[str, Any], *, binding: SourceBinding, week: ReportingWeek) -> Facts:
    """Read tickets, verdicts and priorities (see `contract.Parse`)."""
    scope = binding.scope
    if not isinstance(scope, HaloScope):
        raise ConfigurationError("the Halo parser was given another system's scope")
    reader = RowReader()
    tickets: dict[int, TicketRow] = {}
    open_now: set[int] = set()
    for name in _LISTS:
        rows = rows_of(payload, name)
        _refuse_foreign(rows, scope.clients)
        read = reader.read(TicketRow, rows, "ticket")
        tickets |= {ticket.id: ticket for ticket in read}
        if name == "open_now":
            open_now = {ticket.id for ticket in read if not ticket.is_closed}
    view = _View(
        week=week,
        open_now=open_now,
        verdicts=_verdicts(reader, payload, scope),
        names=_names(reader, payload),
    )
    kept = [
        ticket
        for _, ticket in sorted(tickets.items())
        if ticket.is_request
        and not ticket.is_merged
        and scope.counts(ticket)
        and view.concerns(ticket, reader)
    ]
    records = tuple(view.record(ticket) for ticket in kept)
    refused = payload.get("priorities_refused")
    nameless = any(not record.priority for record in records)
    return Facts(
        records=records,
        rows_read=reader.rows_read,
        skipped=tuple(reader.skipped),
        approximations=_NOTES,
        incomplete=(str(refused),) if refused and nameless else (),
    )


def _refuse_foreign(rows: Sequence[Mapping[str, Any]], clients: Sequence[int]) -> None:
    """Check every row: Halo ignores a parameter that it does not know, and answers for everybody."""
    mine = {str(client) for client in clients}
    for row in rows:
        if str(row.get("client_id")) not in mine:
            raise ForeignRowError(
                f"HaloPSA: ticket {row.get('id')} does not belong to client {', '.join(sorted(mine))}. "
                "Nothing of this answer is used; check client_id in the customer's file."
            )


def _verdicts(reader: RowReader, payload: Mapping[str, Any], scope: HaloScope) -> dict[int, str]:
    rows = rows_of(payload, "details")
    _refuse_foreign(rows, scope.clients)
    return {verdict.id: verdict.slastate for verdict in reader.read(Verdict, rows, "ticket detail")}


def _names(reader: RowReader, payload: Mapping[str, Any]) -> dict[tuple[int, int], str]:
    rows = reader.read(Priority, rows_of(payload, "priorities"), "priority", key="priorityid")
    return {(row.slaid, row.priorityid): row.name for row in rows}


@dataclass(frozen=True, slots=True, kw_only=True)
class _View:
    """The tickets as they stood at the week's end."""

    week: ReportingWeek
    open_now: set[int]
    verdicts: Mapping[int, str]
    names: Mapping[tuple[int, int], str]

    def concerns(self, ticket: TicketRow, reader: RowReader) -> bool:
        """Tell whether it was opened or closed in the week, or open at its end; its own dates decide."""
        if ticket.dateoccurred >= self.week.end_utc:
            return False
        if ticket.id in self.open_now:
            return True
        if ticket.dateclosed is None:
            reader.skip(f"ticket {ticket.id}: is not open, and has no time of closing")
            return False
        return ticket.dateclosed >= self.week.start_utc or ticket.dateoccurred >= self.week.start_utc

    def record(self, ticket: TicketRow) -> Ticket:
        closed = self._closed(ticket)
        answered = ticket.responsedate
        if answered is not None and answered >= self.week.end_utc:
            answered = None
        name = self.names.get((ticket.sla_id or 0, ticket.priority_id or 0)) or ticket.priority_name
        return Ticket(
            ticket_id=f"halo-{ticket.id}",
            title=ticket.summary,
            priority=name,
            priority_rank=rank_of(name) or ticket.priority_id or LAST_RANK,
            board=ticket.team,
            kind=ticket.tickettype_name,
            opened_at=ticket.dateoccurred,
            closed_at=closed,
            first_response_minutes=_minutes(ticket, answered),
            resolve_minutes=_minutes(ticket, closed),
            response_breached=response_breached(ticket, closed or self.week.end_utc),
            resolution_breached=resolution_breached(ticket, closed, self.verdicts.get(ticket.id)),
        )

    def _closed(self, ticket: TicketRow) -> datetime | None:
        closed = None if ticket.id in self.open_now else ticket.dateclosed
        return None if closed is None or closed >= self.week.end_utc else closed


def _minutes(ticket: TicketRow, until: datetime | None) -> int | None:
    return None if until is None else max(0, (until - ticket.dateoccurred) // _MINUTE)
