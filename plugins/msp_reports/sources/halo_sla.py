"""Whether a HaloPSA ticket was answered and resolved in time: by Halo's verdict, else by its dates."""

from __future__ import annotations

from datetime import datetime

from msp_reports.sources.halo_rows import TicketRow

_OUT = {"I": False, "O": True}
"""SLA states: in and out. Anything else is not decided."""


def response_breached(ticket: TicketRow, until: datetime) -> bool | None:
    """Tell whether the first response came later than agreed.

    A verdict counts also where it came after the week: no later week counts it. Without one, an unanswered
    ticket is late if its time was up when it was closed or when the week ended (`until`). On hold the clock
    stands, and since when is not told.
    """
    if ticket.excludefromsla:
        return None
    verdict = _OUT.get(ticket.slaresponsestate.upper())
    if verdict is not None or ticket.respondbydate is None:
        return verdict
    if ticket.responsedate is not None:
        return ticket.responsedate > ticket.respondbydate
    return None if ticket.onhold else ticket.respondbydate < until


def resolution_breached(ticket: TicketRow, closed: datetime | None, verdict: str | None) -> bool | None:
    """Tell whether a ticket was closed later than agreed. None too while it is open.

    Late by its dates after time on hold: only Halo's clock can tell.
    """
    if closed is None or ticket.excludefromsla:
        return None
    state = _OUT.get((verdict or ticket.slastate).upper())
    if state is not None or ticket.fixbydate is None:
        return state
    is_late = closed > ticket.fixbydate
    return None if is_late and ticket.slaholdtime else is_late
