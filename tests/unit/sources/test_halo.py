from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from msp_reports.domain.customer import SourceBinding
from msp_reports.domain.errors import ChangedShapeError, ConfigurationError, ForeignRowError
from msp_reports.domain.merge import merge
from msp_reports.domain.records import Ticket
from msp_reports.domain.snapshot import Facts
from msp_reports.domain.week import ReportingWeek
from msp_reports.sources.catalog import BY_SYSTEM
from msp_reports.sources.connectwise import ConnectWiseScope
from msp_reports.sources.connectwise import parse as parse_connectwise
from msp_reports.sources.halo import HaloScope, parse

Load = Callable[[str], Any]


def read(payload: Any, week: ReportingWeek, **scope: Any) -> Facts:
    bound = HaloScope(**{"client_id": 12, **scope})
    return parse(payload, binding=SourceBinding(system="halo", connection="c", scope=bound), week=week)


def tickets(facts: Facts) -> dict[str, Ticket]:
    return {r.ticket_id: r for r in facts.records if isinstance(r, Ticket)}


def one(payload: Any, week: ReportingWeek, *, is_open: bool = False, **change: Any) -> Ticket | None:
    """Read one ticket more: the first of the week with something changed."""
    row = payload["opened"][0] | {"id": 7, "status_id": 2 if is_open else 9} | change
    lists = {"opened": [*payload["opened"], row]}
    if is_open:
        lists["open_now"] = [*payload["open_now"], row]
    return tickets(read({**payload, **lists}, week)).get("halo-7")


def test_each_ticket_is_one_and_merged_ones_and_projects_are_none(payload: Load, week: ReportingWeek) -> None:
    facts = read(payload("halo/week.json"), week)
    assert list(tickets(facts)) == ["halo-9090", "halo-9100", "halo-9131", "halo-9132"]
    assert (facts.rows_read, facts.skipped) == (14, ())


def test_what_came_after_the_week_had_not_happened_yet(payload: Load, week: ReportingWeek) -> None:
    late = tickets(read(payload("halo/week.json"), week))["halo-9090"]
    assert (late.closed_at, late.first_response_minutes, late.resolve_minutes) == (None, None, None)
    assert (late.response_breached, late.resolution_breached) == (True, None)


def test_times_without_a_zone_are_utc_and_durations_are_elapsed_time(
    payload: Load, week: ReportingWeek
) -> None:
    found = tickets(read(payload("halo/week.json"), week))["halo-9132"]
    assert found.opened_at == datetime(2026, 11, 17, 8, 50, tzinfo=UTC)
    assert (found.first_response_minutes, found.resolve_minutes) == (190, 2890)


def test_a_priority_is_named_by_its_sla_and_its_number_together(payload: Load, week: ReportingWeek) -> None:
    found = tickets(read(payload("halo/week.json"), week))
    told = {i: (t.priority, t.priority_rank) for i, t in found.items()}
    assert told["halo-9131"] == ("High", 2)
    assert told["halo-9100"] == ("P4 Planned", 4)


def test_without_the_right_to_read_priorities_the_tickets_own_words_do(
    payload: Load, week: ReportingWeek
) -> None:
    answers = payload("halo/week.json") | {"priorities": [], "priorities_refused": "not permitted"}
    assert read(answers, week).incomplete == ("not permitted",)
    for name in ("open_now", "closed", "opened"):
        for row in answers[name]:
            row["priority_name"] = "High"
    facts = read(answers, week)
    assert facts.incomplete == ()
    assert {t.priority for t in tickets(facts).values()} == {"High"}


@pytest.mark.parametrize(
    ("change", "breached"),
    [
        ({"slaresponsestate": "O"}, True),
        ({"slaresponsestate": "I", "responsedate": "2026-11-20T00:00:00"}, False),
        ({"slaresponsestate": "", "responsedate": "2026-11-17T10:50:00"}, False),
        ({"slaresponsestate": None, "responsedate": "2026-11-17T10:50:01"}, True),
        ({"slaresponsestate": "", "responsedate": None, "respondbydate": "2026-11-22T22:59:59"}, True),
        ({"slaresponsestate": "", "responsedate": None, "respondbydate": "2026-11-22T23:00:00"}, False),
        ({"slaresponsestate": "", "responsedate": "1900-01-01T00:00:00", "onhold": True}, None),
        ({"slaresponsestate": "", "respondbydate": "1899-12-30T00:00:00"}, None),
        ({"slaresponsestate": "O", "excludefromsla": True}, None),
    ],
)
def test_a_response_is_late_by_verdict_else_by_what_was_so_at_the_weeks_end(
    payload: Load, week: ReportingWeek, change: dict[str, Any], breached: bool | None
) -> None:
    found = one(payload("halo/week.json"), week, is_open=True, **change)
    assert found is not None
    assert found.response_breached is breached


def test_a_ticket_closed_unanswered_in_time_is_not_late(payload: Load, week: ReportingWeek) -> None:
    change = {"slaresponsestate": "", "responsedate": None, "respondbydate": "2026-11-17T12:00:00"}
    answers = payload("halo/week.json")
    early = one(answers, week, dateclosed="2026-11-17T11:00:00", **change)
    late = one(answers, week, dateclosed="2026-11-17T13:00:00", **change)
    assert early is not None
    assert late is not None
    assert (early.response_breached, late.response_breached) == (False, True)


@pytest.mark.parametrize(
    ("detail", "change", "breached"),
    [
        ("O", {"dateclosed": "2026-11-19T09:00:00"}, True),
        ("I", {"dateclosed": "2026-11-19T09:00:00"}, False),
        (None, {"dateclosed": "2026-11-19T09:00:00"}, True),
        (None, {"dateclosed": "2026-11-19T09:00:00", "slastate": "I"}, False),
        (None, {"dateclosed": "2026-11-19T09:00:00", "slaholdtime": 2.5}, None),
        (None, {"dateclosed": "2026-11-18T08:50:00", "slaholdtime": 2.5}, False),
        (None, {"dateclosed": "2026-11-19T09:00:00", "fixbydate": "1899-12-30T00:00:00"}, None),
        ("O", {"dateclosed": "2026-11-19T09:00:00", "excludefromsla": True}, None),
    ],
)
def test_a_resolution_is_late_by_halos_verdict_else_by_its_dates(
    payload: Load, week: ReportingWeek, detail: str | None, change: dict[str, Any], breached: bool | None
) -> None:
    answers = payload("halo/week.json")
    answers["details"].append({"id": 7, "client_id": 12, "slastate": detail})
    found = one(answers, week, **change)
    assert found is not None
    assert found.resolution_breached is breached


def test_a_ticket_that_is_open_now_has_no_closing_whatever_its_date_says(
    payload: Load, week: ReportingWeek
) -> None:
    found = one(payload("halo/week.json"), week, is_open=True, dateclosed="2026-11-18T09:00:00")
    assert found is not None
    assert found.closed_at is None


def test_a_filter_that_the_instance_ignored_makes_no_closed_ticket_open(
    payload: Load, week: ReportingWeek
) -> None:
    answers = payload("halo/week.json")
    usual = read(answers, week).records
    answers["open_now"] += answers["closed"]
    assert read(answers, week).records == usual


def test_a_ticket_that_is_neither_open_nor_closed_is_named(payload: Load, week: ReportingWeek) -> None:
    answers = payload("halo/week.json")
    answers["opened"].append(answers["opened"][0] | {"id": 7})
    facts = read(answers, week)
    assert facts.skipped == ("ticket 7: is not open, and has no time of closing",)
    assert "halo-7" not in tickets(facts)


@given(
    opened=st.integers(-20_000, 20_000), closed=st.integers(0, 40_000) | st.none(), data=st.sampled_from("+Z")
)
def test_the_dates_of_a_row_decide_not_the_list_it_came_in(
    opened: int, closed: int | None, data: str
) -> None:
    week = ReportingWeek.parse("2026-W47", "Europe/Berlin")
    entered = week.start_utc + timedelta(minutes=opened)
    left = None if closed is None else entered + timedelta(minutes=closed)
    row = {
        "id": 7,
        "client_id": 12,
        "dateoccurred": entered.isoformat() if data == "+" else f"{entered:%Y-%m-%dT%H:%M:%S}",
        "dateclosed": None if left is None else left.isoformat(),
    }
    empty: dict[str, list[Any]] = {
        name: [] for name in ("open_now", "closed", "opened", "details", "priorities")
    }
    facts = read({**empty, "open_now" if left is None else "closed": [row]}, week)
    known = entered < week.end_utc
    matters = known and (left is None or left >= week.start_utc or entered >= week.start_utc)
    assert bool(facts.records) is matters
    if matters:
        still_open = left is None or left >= week.end_utc
        assert (tickets(facts)["halo-7"].closed_at is None) is still_open


@pytest.mark.parametrize("client", [None, 13, "120", ""])
@pytest.mark.parametrize("name", ["open_now", "closed", "opened", "details"])
def test_a_row_of_another_client_refuses_the_snapshot(
    payload: Load, week: ReportingWeek, client: Any, name: str
) -> None:
    answers = payload("halo/week.json")
    answers[name][0]["client_id"] = client
    with pytest.raises(ForeignRowError):
        read(answers, week)


def test_a_customer_may_be_several_clients(payload: Load, week: ReportingWeek) -> None:
    answers = payload("halo/week.json")
    answers["opened"][1]["client_id"] = answers["closed"][0]["client_id"] = 13
    assert len(tickets(read(answers, week, client_id=[12, 13]))) == 4


@pytest.mark.parametrize(
    ("scope", "counted"),
    [
        ({"teams": ["1ST line"]}, 4),
        ({"teams": ["Alerts"]}, 0),
        ({"without_teams": ["1st Line"]}, 0),
        ({"types": ["incident"]}, 4),
        ({"without_types": ["Incident"]}, 0),
    ],
)
def test_teams_and_types_are_chosen_by_name(
    payload: Load, week: ReportingWeek, scope: dict[str, Any], counted: int
) -> None:
    assert len(tickets(read(payload("halo/week.json"), week, **scope))) == counted


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("dateoccurred", None),
        ("dateoccurred", "1900-01-01T00:00:00"),
        ("dateclosed", "soon"),
        ("id", "x"),
        ("onhold", "perhaps"),
    ],
)
def test_one_bad_ticket_is_skipped_and_counted(
    payload: Load, week: ReportingWeek, field: str, value: Any
) -> None:
    answers = payload("halo/week.json")
    answers["opened"].append(answers["opened"][1] | {field: value})
    facts = read(answers, week)
    assert (len(facts.skipped), len(facts.records)) == (1, 4)


def test_a_field_that_no_ticket_has_any_more_changes_the_shape(payload: Load, week: ReportingWeek) -> None:
    answers = payload("halo/week.json")
    for row in answers["closed"]:
        del row["dateoccurred"]
    with pytest.raises(ChangedShapeError):
        read(answers, week)


@pytest.mark.parametrize("client", [0, -1, [], "ACME", None, [1, 0]])
def test_a_client_is_a_number_or_a_list_of_them(client: Any) -> None:
    with pytest.raises(ValidationError):
        HaloScope(client_id=client)
    assert HaloScope(client_id=[5, 5, 3]).clients == (5, 3)  # type: ignore[arg-type]


def test_a_customer_in_the_midst_of_moving_has_the_tickets_of_both_systems(
    payload: Load, week: ReportingWeek
) -> None:
    bound = ConnectWiseScope(company="ACME")
    binding = SourceBinding(system="connectwise", connection="c", scope=bound)
    left = parse_connectwise(payload("connectwise/week.json"), binding=binding, week=week).records
    moved = payload("halo/week.json")
    for name in ("open_now", "closed", "opened"):
        for row in moved[name]:
            row["id"] += 45120 - 9131
    right = read(moved | {"details": []}, week).records
    both = [r for r in merge({"connectwise": left, "halo": right}, tuple(BY_SYSTEM)) if isinstance(r, Ticket)]
    assert len({ticket.ticket_id for ticket in both}) == len(both) == len(left) + len(right)


def test_another_systems_scope_is_a_mistake(payload: Load, week: ReportingWeek) -> None:
    with pytest.raises(ConfigurationError):
        parse(
            payload("halo/week.json"),
            binding=SourceBinding(system="halo", connection="c", scope=1),
            week=week,
        )
