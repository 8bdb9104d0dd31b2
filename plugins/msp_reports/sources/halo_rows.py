"""Rows of HaloPSA answers: tickets, their verdict on the SLA, and the priorities of an SLA.

Field names are those of the vendor's OpenAPI (schemas ``Faults_List``, ``Faults`` and ``Policy``).
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BeforeValidator

from msp_reports.sources.rows import MaybeText, VendorRow, as_utc

_LAST_EMPTY_YEAR = 1900
_CLOSED = 9
"""The one status that closes a ticket, in every report on the product's database."""


def _as_moment(value: object) -> datetime | None:
    """Read a time. Empty ones are null or lie in 1899 or 1900 (OLE's and SQL Server's first days)."""
    if value is None or value == "":
        return None
    moment = as_utc(value)
    return moment if moment.year > _LAST_EMPTY_YEAR else None


Moment = Annotated[datetime | None, BeforeValidator(_as_moment)]
Told = Annotated[datetime, BeforeValidator(_as_moment)]


class TicketRow(VendorRow):
    id: int
    summary: MaybeText = ""
    client_id: int
    tickettype_name: MaybeText = ""
    use: MaybeText = ""
    team: MaybeText = ""
    status_id: int | None = None
    sla_id: int | None = None
    priority_id: int | None = None
    priority_name: MaybeText = ""
    dateoccurred: Told
    dateclosed: Moment = None
    respondbydate: Moment = None
    responsedate: Moment = None
    slaresponsestate: MaybeText = ""
    fixbydate: Moment = None
    slastate: MaybeText = ""
    onhold: bool | None = None
    slaholdtime: float | None = None
    excludefromsla: bool | None = None
    merged_into_id: int | None = None

    @property
    def is_request(self) -> bool:
        """Projects and opportunities are tickets to this API; they are none to a customer."""
        return not self.use.casefold().startswith(("proj", "opp"))

    @property
    def is_closed(self) -> bool:
        return self.status_id == _CLOSED

    @property
    def is_merged(self) -> bool:
        return bool(self.merged_into_id and self.merged_into_id > 0)


class Verdict(VendorRow):
    """What the detail of a ticket adds: whether its resolution was in time."""

    id: int
    slastate: MaybeText = ""


class Priority(VendorRow):
    """A priority. Its number is unique only within its SLA."""

    slaid: int
    priorityid: int
    name: MaybeText = ""
