from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msp_reports.domain.week import ReportingWeek
from msp_reports.sources.connectwise_rows import Sla, Target, TicketRow
from msp_reports.sources.connectwise_sla import MinuteRules, breached, misses, response_breached

STAGES, TOTALS = MinuteRules(), MinuteRules(stages=False)
WAITING = MinuteRules(waiting_included=True)
HOURS = Target(id=1, respondHours=1, resolutionHours=8)
minutes = st.integers(0, 10_000)


def ticket(**change: Any) -> TicketRow:
    row = {
        "id": 7,
        "company": {"identifier": "ACME"},
        "closedFlag": True,
        "closedDate": "2026-11-18T09:00:00Z",
        "sla": {"id": 4, "name": "Gold"},
        "dateResponded": "2026-11-16T12:00:00Z",
        "dateResolved": "2026-11-18T09:00:00Z",
        "respondMinutes": 50,
        "respondedSkippedMinutes": 0,
        "resPlanMinutes": 100,
        "resolveMinutes": 340,
        "minutesWaiting": 60,
        "_info": {"dateEntered": "2026-11-16T09:00:00Z"},
    }
    return TicketRow.model_validate(row | change)


@pytest.mark.parametrize(("rules", "taken"), [(STAGES, 490), (TOTALS, 340), (WAITING, 430)])
def test_the_stages_add_up_unless_the_installation_counts_otherwise(rules: MinuteRules, taken: int) -> None:
    assert rules.resolve_minutes(ticket()) == taken
    assert breached(taken, HOURS.resolution_hours) is (taken > 480)


@pytest.mark.parametrize(
    ("agreed", "hours"),
    [
        ({"respondHours": 2, "resolutionHours": 9}, (2, 9)),
        ({"respondHours": None, "resolutionHours": 9}, (1, 9)),
        ({"respondHours": 0}, (0, 8)),
    ],
)
def test_an_hour_that_the_priority_leaves_open_is_the_slas(
    agreed: dict[str, Any], hours: tuple[int, int]
) -> None:
    priority = {"id": 31, "priority": {"id": 8, "name": "P2"}, **agreed}
    sla = Sla.model_validate({"id": 4, "respondHours": 1, "resolutionHours": 8, "priorities": [priority]})
    target = sla.target(ticket(priority={"id": 8, "name": "P2"}))
    assert (target.respond_hours, target.resolution_hours) == hours
    assert sla.target(ticket(priority={"id": 9, "name": "P3"})) is sla


def test_a_stage_that_was_skipped_has_its_minutes_in_a_field_of_their_own() -> None:
    row = ticket(respondMinutes=0, respondedSkippedMinutes=75, resPlanMinutes=0, resolveMinutes=75)
    assert (STAGES.response_minutes(row), STAGES.resolve_minutes(row)) == (75, 75)
    week = ReportingWeek.parse("2026-W47", "Europe/Berlin")
    assert response_breached(row, HOURS, STAGES, week) is True


@pytest.mark.parametrize("change", [{"dateResolved": None}, {"resolveMinutes": None}])
def test_a_ticket_closed_without_being_resolved_took_no_known_time(change: dict[str, Any]) -> None:
    assert STAGES.resolve_minutes(ticket(**change)) is None


@given(respond=minutes, plan=minutes, resolve=minutes, waiting=minutes)
def test_no_rule_makes_a_time_negative_or_forgets_a_stage(
    respond: int, plan: int, resolve: int, waiting: int
) -> None:
    row = ticket(respondMinutes=respond, resPlanMinutes=plan, resolveMinutes=resolve, minutesWaiting=waiting)
    assert STAGES.resolve_minutes(row) == respond + plan + resolve
    assert TOTALS.resolve_minutes(row) == resolve
    assert WAITING.resolve_minutes(row) == max(0, respond + plan + resolve - waiting)


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        ([True, False, False], ": 2 of 3."),
        ([True], ": 0 of 1."),
        ([None, True], ": 0 of 1."),
        ([None], None),
        ([], None),
    ],
)
def test_what_connectwise_itself_says_is_told_beside(flags: list[bool | None], said: str | None) -> None:
    note = misses(ticket(isInSla=flag) for flag in flags)
    assert note is None if said is None else note is not None and said in note.said()


def test_a_ticket_under_no_service_level_cannot_miss_one() -> None:
    assert misses([ticket(sla=None, isInSla=False)]) is None
