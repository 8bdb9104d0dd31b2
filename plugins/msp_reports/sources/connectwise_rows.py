"""Rows of ConnectWise answers: tickets and SLA targets (REST 3.0, ``/service``)."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from msp_reports.sources.rows import CamelRow, MaybeText, Utc


class Named(CamelRow):
    id: int | None = None
    name: MaybeText = ""
    sort: int | None = None


class Company(CamelRow):
    identifier: str


class Info(CamelRow):
    date_entered: Utc


class TicketRow(CamelRow):
    id: int
    summary: MaybeText = ""
    company: Company
    board: Named = Named()
    priority: Named | None = None
    type: Named | None = None
    sla: Named | None = None
    closed_flag: bool
    closed_date: Utc | None = None
    date_responded: Utc | None = None
    date_resolved: Utc | None = None
    respond_minutes: float | None = None
    responded_skipped_minutes: float | None = None
    res_plan_minutes: float | None = None
    resolve_minutes: float | None = None
    minutes_waiting: float | None = None
    is_in_sla: bool | None = None
    merged_parent_ticket: dict[str, Any] | None = None
    info: Annotated[Info, Field(alias="_info")]

    @property
    def is_closed(self) -> bool:
        return self.closed_flag and self.closed_date is not None


class Target(CamelRow):
    id: int
    priority: Named | None = None
    respond_hours: float | None = None
    resolution_hours: float | None = None


class Sla(Target):
    priorities: tuple[Target, ...] = ()

    def target(self, ticket: TicketRow) -> Target:
        """Return the hours agreed for the ticket's priority; where it names none, those of the SLA itself."""
        wanted = ticket.priority.id if ticket.priority else None
        for row in self.priorities:
            if row.priority is not None and row.priority.id is not None and row.priority.id == wanted:
                return row.model_copy(
                    update={
                        name: getattr(self, name)
                        for name in ("respond_hours", "resolution_hours")
                        if getattr(row, name) is None
                    }
                )
        return self
