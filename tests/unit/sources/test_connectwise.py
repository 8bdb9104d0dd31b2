from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError

from msp_reports.domain.customer import SourceBinding
from msp_reports.domain.errors import ChangedShapeError, ForeignRowError
from msp_reports.domain.records import Ticket
from msp_reports.domain.snapshot import Facts
from msp_reports.domain.week import ReportingWeek
from msp_reports.sources.connectwise import ConnectWiseScope, parse
from tests.notes import sentences

Load = Callable[[str], Any]


def read(payload: Any, week: ReportingWeek, **scope: Any) -> Facts:
    bound = ConnectWiseScope(**{"company": "acme", **scope})
    return parse(payload, binding=SourceBinding(system="connectwise", connection="c", scope=bound), week=week)


def tickets(facts: Facts) -> dict[str, Ticket]:
    return {r.ticket_id: r for r in facts.records if isinstance(r, Ticket)}


def test_a_ticket_in_several_answers_is_one_and_a_merged_one_is_none(
    payload: Load, week: ReportingWeek
) -> None:
    facts = read(payload("connectwise/week.json"), week)
    assert [r.ticket_id for r in facts.records if isinstance(r, Ticket)] == [
        "44000",
        "45000",
        "45120",
        "45121",
        "45123",
    ]
    assert facts.rows_read == 10


def test_what_came_after_the_week_had_not_happened_yet(payload: Load, week: ReportingWeek) -> None:
    late = tickets(read(payload("connectwise/week.json"), week))["44000"]
    assert (late.closed_at, late.first_response_minutes, late.resolve_minutes) == (None, None, None)


def test_a_late_run_says_what_a_run_in_time_would_have_said(payload: Load, week: ReportingWeek) -> None:
    answers = payload("connectwise/week.json")
    late = read(answers, week)
    for row in answers["open_at_end"]:
        if row["id"] == 44000:
            row |= {"closedFlag": False, "closedDate": None, "dateResponded": None, "resolveMinutes": 0}
    assert read(answers, week).records == late.records


def test_breaches_go_by_the_target_of_the_priority_else_of_the_sla(
    payload: Load, week: ReportingWeek
) -> None:
    found = tickets(read(payload("connectwise/week.json"), week))
    breaches = {i: (t.response_breached, t.resolution_breached) for i, t in found.items()}
    assert breaches == {
        "45120": (False, None),
        "45121": (True, False),
        "45000": (False, True),
        "44000": (None, None),
        "45123": (None, None),
    }


def test_without_the_right_to_read_slas_breaches_are_unknown(payload: Load, week: ReportingWeek) -> None:
    answers = payload("connectwise/week.json") | {"slas": [], "slas_refused": "not permitted"}
    facts = read(answers, week)
    assert {t.response_breached for t in tickets(facts).values()} == {None}
    assert facts.incomplete == ("not permitted",)


def test_only_the_boards_of_the_scope_count(payload: Load, week: ReportingWeek) -> None:
    found = tickets(read(payload("connectwise/week.json"), week, boards=["alerts"]))
    assert list(found) == ["45123"]


@pytest.mark.parametrize(
    ("scope", "counted"),
    [
        ({"without_boards": ["ALERTS"]}, ["44000", "45000", "45120", "45121"]),
        ({"types": ["network"]}, ["44000", "45000", "45120", "45121", "45123"]),
        ({"types": ["Printing"]}, []),
        ({"without_types": ["Network"], "boards": ["Alerts"]}, []),
    ],
)
def test_boards_and_types_are_listed_or_left_out(
    payload: Load, week: ReportingWeek, scope: dict[str, Any], counted: list[str]
) -> None:
    assert list(tickets(read(payload("connectwise/week.json"), week, **scope))) == counted


def test_the_vendors_own_flag_is_told_for_tickets_closed_in_the_week(
    payload: Load, week: ReportingWeek
) -> None:
    answers = payload("connectwise/week.json")
    assert len(sentences(read(answers, week))) == 2
    for name in ("opened", "closed", "open_at_end"):
        for row in answers[name]:
            row["isInSla"] = row["id"] != 45000
    assert ": 1 of 2." in sentences(read(answers, week))[-1]


def test_minutes_are_read_as_the_installation_counts_them(payload: Load, week: ReportingWeek) -> None:
    answers = payload("connectwise/week.json")
    rules = {"stages": False, "waiting_included": False}
    assert tickets(read(answers, week))["45121"].resolve_minutes == 1080
    assert tickets(read(answers | {"minutes": rules}, week))["45121"].resolve_minutes == 900


def test_a_closing_that_the_vendor_forgot_is_said_to_be_forgotten(payload: Load, week: ReportingWeek) -> None:
    """Reopened after the week: it was closed in it, and no answer tells that any more."""
    answers = payload("connectwise/week.json")
    for row in (*answers["opened"], *answers["closed"]):
        if row["id"] == 45121:
            row |= {"closedFlag": False, "closedDate": None, "dateResolved": None}
    facts = read(answers, week)
    assert tickets(facts)["45121"].closed_at is None
    assert any("reopened" in sentence for sentence in sentences(facts))


@pytest.mark.parametrize("company", [None, {}, {"identifier": None}, {"identifier": "ACME2"}])
def test_a_ticket_of_another_company_refuses_the_snapshot(
    payload: Load, week: ReportingWeek, company: Any
) -> None:
    answers = payload("connectwise/week.json")
    answers["closed"][0]["company"] = company
    with pytest.raises(ForeignRowError):
        read(answers, week)


@pytest.mark.parametrize(
    ("change", "counted"),
    [
        ({"_info": {"dateEntered": "2026-11-23T00:00:00Z"}}, False),
        ({"_info": {"dateEntered": "2026-11-22T23:00:00Z"}}, False),
        ({"_info": {"dateEntered": "2026-11-22T22:59:59Z"}}, True),
        (
            {
                "closedFlag": True,
                "closedDate": "2026-11-15T22:59:59Z",
                "_info": {"dateEntered": "2026-11-01T00:00:00Z"},
            },
            False,
        ),
        (
            {
                "closedFlag": True,
                "closedDate": "2026-11-15T23:00:00Z",
                "_info": {"dateEntered": "2026-11-01T00:00:00Z"},
            },
            True,
        ),
        ({"closedFlag": False, "closedDate": "2026-11-01T00:00:00Z"}, True),
    ],
)
def test_the_dates_of_a_row_decide_not_the_list_it_came_in(
    payload: Load, week: ReportingWeek, change: dict[str, Any], counted: bool
) -> None:
    answers = payload("connectwise/week.json")
    row = answers["opened"][0] | {"id": 7} | change
    assert ("7" in tickets(read({**answers, "opened": [row]}, week))) is counted


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("_info", None),
        ("_info", {}),
        ("closedFlag", None),
        ("closedDate", "soon"),
        ("id", "x"),
        ("closedDate", 5),
    ],
)
def test_one_bad_ticket_is_skipped_and_counted(
    payload: Load, week: ReportingWeek, field: str, value: Any
) -> None:
    answers = payload("connectwise/week.json")
    answers["opened"].append(answers["opened"][0] | {field: value})
    facts = read(answers, week)
    assert len(facts.skipped) == 1
    assert len(facts.records) == 5


def test_a_field_that_no_ticket_has_any_more_changes_the_shape(payload: Load, week: ReportingWeek) -> None:
    answers = payload("connectwise/week.json")
    for row in answers["closed"]:
        del row["_info"]
    with pytest.raises(ChangedShapeError):
        read(answers, week)


def test_the_urgency_is_read_off_the_name_where_no_order_is_given(payload: Load, week: ReportingWeek) -> None:
    answers = payload("connectwise/week.json")
    answers["opened"][0]["priority"]["sort"] = None
    answers["open_at_end"][1]["priority"]["sort"] = None
    answers["open_at_end"][2]["priority"] = None
    found = tickets(read(answers, week))
    assert (found["45120"].priority_rank, found["45123"].priority_rank) == (2, 99)


@pytest.mark.parametrize("company", ["", 'A" or company/id>0 or company/identifier="B', "A\\", "A\nB"])
def test_a_company_that_would_change_the_question_is_refused(company: str) -> None:
    with pytest.raises(ValidationError):
        ConnectWiseScope(company=company)


def test_a_reopened_ticket_is_open(payload: Load, week: ReportingWeek) -> None:
    answers = payload("connectwise/week.json")
    answers["opened"][0] |= {"id": 7, "closedFlag": False, "closedDate": "2026-11-18T00:00:00Z"}
    assert tickets(read(answers, week))["7"].closed_at is None


def test_a_stage_without_hours_cannot_be_breached(payload: Load, week: ReportingWeek) -> None:
    answers = payload("connectwise/week.json")
    answers["slas"][0]["respondHours"] = 0
    found = tickets(read(answers, week))["45121"]
    assert (found.response_breached, found.resolution_breached) == (None, False)


@pytest.mark.parametrize(
    ("entered", "responded", "minutes", "breached"),
    [
        ("2026-11-22T21:30:00Z", "2026-11-23T08:00:00Z", 630, True),
        ("2026-11-22T21:30:00Z", "2026-11-23T08:00:00Z", 90, False),
        ("2026-11-22T21:30:00Z", None, 0, False),
        ("2026-11-22T20:59:59Z", None, 0, None),
        ("2026-11-22T20:59:59Z", "2026-11-22T21:00:00Z", None, None),
    ],
)
def test_an_answer_after_the_week_still_decides_about_its_breach(
    payload: Load,
    week: ReportingWeek,
    entered: str,
    responded: str | None,
    minutes: int | None,
    breached: bool | None,
) -> None:
    answers = payload("connectwise/week.json")
    row = answers["opened"][0] | {"id": 7, "_info": {"dateEntered": entered}}
    answers["opened"].append(row | {"dateResponded": responded, "respondMinutes": minutes})
    assert tickets(read(answers, week))["7"].response_breached is breached
