from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from msp_reports.domain.customer import Thresholds
from msp_reports.domain.reconcile import reconcile
from msp_reports.domain.records import Source, Ticket
from msp_reports.domain.report import Rule, Severity, TicketSection
from msp_reports.domain.week import ReportingWeek
from tests.unit.domain.builders import PROVIDER, WEEK, customer, facts, of, report, ticket, tickets_in

ONLY = (Source.TICKETS,)


def section(*tickets: Ticket) -> TicketSection:
    filled = report(facts(*tickets, sources=ONLY)).tickets
    assert filled is not None
    return filled


def opened_over(*counts: int, thresholds: Thresholds | None = None) -> list[tuple[Severity, str]]:
    """Findings of weeks with that many tickets opened, this week last."""
    weeks = [WEEK.prior(len(counts) - 1 - n) for n in range(len(counts))]
    stored = [
        facts(*tickets_in(week, count), week=week, sources=ONLY)
        for week, count in zip(weeks, counts, strict=True)
    ]
    model = report(stored[-1], *stored[:-1], thresholds=thresholds)
    return [(finding.severity, finding.sentence) for finding in of(model, Rule.TICKETS_WORSE)]


def test_open_at_end_is_the_state_at_the_weeks_end() -> None:
    filled = section(
        ticket(1),
        ticket(2, closed=WEEK.end_utc),
        ticket(3, closed=WEEK.end_utc - timedelta(seconds=1)),
        ticket(4, opened=WEEK.end_utc),
    )
    assert (filled.opened.value, filled.closed.value, filled.open_at_end.value) == (3, 1, 2)


def test_breaches_without_any_sla_flag_are_not_known() -> None:
    filled = section(ticket(1, late=None), ticket(2, late=None, closed=WEEK.end_utc - timedelta(hours=1)))
    assert (filled.response_breaches.value, filled.resolution_breaches.value) == (None, None)
    assert filled.priorities[0].response_breaches is None


def test_breaches_count_flags_of_tickets_opened_and_closed_in_the_week() -> None:
    earlier = WEEK.start_utc - timedelta(days=3)
    filled = section(
        ticket(1, late=True),
        ticket(2, late=None),
        ticket(3, opened=earlier, closed=WEEK.start_utc, late=True),
        ticket(4, opened=earlier, late=True),
    )
    assert (filled.response_breaches.value, filled.resolution_breaches.value) == (1, 1)


def test_no_tickets_is_zero_and_no_median() -> None:
    filled = section()
    assert (filled.opened.value, filled.response_breaches.value) == (0, 0)
    assert filled.median_first_response_minutes.value is None
    assert filled.oldest_open is None


def test_medians_leave_out_what_is_not_known() -> None:
    answered = [replace(ticket(n), first_response_minutes=m) for n, m in enumerate([10, None, 40])]
    assert section(*answered).median_first_response_minutes.value == 25


def test_the_oldest_open_ticket_has_its_age() -> None:
    oldest = section(ticket(1), ticket(2, opened=WEEK.end_utc - timedelta(days=40))).oldest_open
    assert oldest is not None
    assert (oldest.ticket_id, oldest.age_days) == ("T00002", 40)


def test_flow_counts_local_days_over_a_change_of_clocks() -> None:
    week = ReportingWeek.parse("2026-W43", "Europe/Berlin")
    late = week.end_utc - timedelta(minutes=30)
    moved = replace(ticket(1), opened_at=late)
    model = reconcile(
        customer=customer(), provider=PROVIDER, week=week, current=facts(moved, week=week), history=()
    )
    assert model.tickets is not None
    assert [day.opened for day in model.tickets.flow] == [0, 0, 0, 0, 0, 0, 1]


def test_one_to_two_tickets_is_chance() -> None:
    assert opened_over(1, 2) == []


def test_twenty_to_forty_five_is_not() -> None:
    assert opened_over(20, 45) == [(Severity.WARNING, "45 tickets were opened, up from 20 last week.")]


def test_forty_five_to_twenty_is_good() -> None:
    assert opened_over(45, 20) == [(Severity.GOOD, "20 tickets were opened, down from 45 last week.")]


def test_a_rise_that_chance_explains_is_no_finding() -> None:
    assert opened_over(20, 25) == []


@pytest.mark.parametrize(("after", "fires"), [(119, False), (120, True), (121, True)])
def test_the_percentage_counts_from_its_value_on(after: int, fires: bool) -> None:
    assert bool(opened_over(100, after)) is fires


@pytest.mark.parametrize(("count", "fires"), [(9, True), (10, True), (11, False)])
def test_the_count_counts_from_its_value_on(count: int, fires: bool) -> None:
    assert bool(opened_over(10, 20, thresholds=Thresholds(tickets_rise_count=count))) is fires


@pytest.mark.parametrize(("p", "fires"), [(0.02, False), (0.03, True)])
def test_the_chance_is_the_customers(p: float, fires: bool) -> None:
    assert bool(opened_over(10, 17, thresholds=Thresholds(tickets_chance_p=p))) is fires


def test_three_rises_in_a_row_are_a_finding_even_if_each_is_small() -> None:
    ((severity, sentence),) = opened_over(100, 110, 115, 119)
    assert severity is Severity.WARNING
    assert sentence == "119 tickets were opened, up from 115 last week, the third rise in a row."


def test_three_rises_with_a_gap_are_not_a_run() -> None:
    weeks = [WEEK.prior(n) for n in (4, 2, 1)]
    stored = [
        facts(*tickets_in(week, count), week=week, sources=ONLY)
        for week, count in zip(weeks, (100, 110, 115), strict=True)
    ]
    assert of(report(facts(*tickets_in(WEEK, 119), sources=ONLY), *stored), Rule.TICKETS_WORSE) == []


@pytest.mark.parametrize(
    ("counts", "fires"), [((0, 3), False), ((0, 4), True), ((9, 0, 4), False), ((1, 0, 0, 0, 0, 0, 3), False)]
)
def test_after_none_the_usual_number_is_expected(counts: tuple[int, ...], fires: bool) -> None:
    assert any(severity is Severity.WARNING for severity, _ in opened_over(*counts)) is fires


def test_a_missing_last_week_is_no_change() -> None:
    week = WEEK.prior()
    absent = facts(week=week, sources=ONLY, missing=ONLY)
    model = report(facts(*tickets_in(WEEK, 90), sources=ONLY), absent)
    assert model.comparison is None
    assert model.tickets is not None
    assert model.tickets.opened.change is None
    assert of(model, Rule.TICKETS_WORSE) == []


@pytest.mark.parametrize(("least", "fires"), [(18, True), (19, True), (20, False)])
def test_a_run_needs_the_count_in_all(least: int, fires: bool) -> None:
    found = opened_over(100, 110, 115, 119, thresholds=Thresholds(tickets_rise_count=least))
    assert bool(found) is fires


def test_breaches_stay_unknown_when_older_tickets_have_no_flag_either() -> None:
    before = WEEK.start_utc - timedelta(days=3)
    assert section(ticket(1, opened=before, late=None)).response_breaches.value is None
    assert section(ticket(1, opened=before, late=True)).response_breaches.value == 0
