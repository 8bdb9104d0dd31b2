"""How long a ConnectWise ticket took, and whether that was agreed.

The minutes of a ticket run on the SLA's clock. Each field counts its own stage and time spent waiting is
counted apart, so that stages add up: several published reports on the product's database reckon so
(``Responded_Minutes + Resplan_Minutes + Resolved_Minutes <= Resolution_Hours * 60``). The vendor documents
neither; `MinuteRules` is the switch for an installation that counts otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from msp_reports.domain.notes import Note, noted
from msp_reports.domain.week import ReportingWeek
from msp_reports.sources.connectwise_rows import Target, TicketRow
from msp_reports.sources.rows import VendorRow

_MINUTES = 60


class MinuteRules(VendorRow):
    """How an installation counts, as its connection says."""

    stages: bool = True
    """Each field counts its own stage. False: each counts from the opening."""
    waiting_included: bool = False
    """Time in a waiting status is part of the minutes, and has to be taken off."""

    def response_minutes(self, ticket: TicketRow) -> int | None:
        """A ticket that skipped the stage has its minutes in a field of their own."""
        if ticket.respond_minutes is None:
            return None
        return round(ticket.respond_minutes + (ticket.responded_skipped_minutes or 0))

    def resolve_minutes(self, ticket: TicketRow) -> int | None:
        """None: never resolved by the SLA's clock, whatever the board says."""
        if ticket.date_resolved is None or ticket.resolve_minutes is None:
            return None
        taken = ticket.resolve_minutes
        if self.stages:
            taken += (ticket.respond_minutes or 0) + (ticket.res_plan_minutes or 0)
        if self.waiting_included:
            taken -= ticket.minutes_waiting or 0
        return max(0, round(taken))


def response_breached(
    ticket: TicketRow, target: Target | None, rules: MinuteRules, week: ReportingWeek
) -> bool | None:
    """Judge by the vendor's minutes, also where the answer came after the week: no later week counts it.

    Unanswered still, it is in time as long as even the plain hours are within the target. Beyond that
    only the SLA's calendar could tell.
    """
    hours = target.respond_hours if target else None
    if ticket.date_responded is not None or not hours:
        return breached(rules.response_minutes(ticket), hours)
    waited = week.end_utc - ticket.info.date_entered
    return False if waited <= timedelta(hours=hours) else None


def breached(taken: int | None, hours: float | None) -> bool | None:
    """Compare with the target. No SLA, or no such stage in it: there is nothing to breach."""
    if taken is None or not hours:
        return None
    return taken > hours * _MINUTES


def misses(closed: Iterable[TicketRow]) -> Note | None:
    """Say what ConnectWise itself makes of the tickets closed in the week. None: it says nothing."""
    flags = [ticket.is_in_sla for ticket in closed if ticket.sla is not None and ticket.is_in_sla is not None]
    if not flags:
        return None
    missed = sum(not flag for flag in flags)
    return noted(
        "Service levels missed among the tickets closed in the week, by ConnectWise's own flag: {missed} of "
        "{judged}.",
        missed=missed,
        judged=len(flags),
    )
