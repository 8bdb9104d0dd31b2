"""Defender's numbers are the estate's own, and a score older than Microsoft keeps it is not known."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from demo.setting import Setting
from demo.vendors.defender import SOURCES
from demo.vendors.tenants import BY_CODE
from msp_reports.customer_files import read_customer
from msp_reports.domain.customer import Customer, SourceBinding
from msp_reports.domain.records import ControlMove, Incident, SecureScore
from msp_reports.domain.snapshot import Facts, Pull
from msp_reports.domain.week import ReportingWeek
from msp_reports.hooks.defender import DefenderHook
from msp_reports.sources.defender import parse
from msp_reports.steps.standings import keep, told_for
from tests.demo.conftest import label, truth

pytestmark = pytest.mark.airflow

CUSTOMERS = ("acme", "clearview", "delta", "hansa", "kranich", "olympia")
WEEKS_BEFORE = (0, 1, 5, 30)
LOST = 30
"""Weeks ago: longer than the ninety days that scores are kept."""


def of_week(pointed: Setting, code: str, weeks_before: int) -> tuple[Customer, ReportingWeek, dict[str, Any]]:
    customer = read_customer(code)
    week = ReportingWeek.parse(label(weeks_before), customer.zone)
    return customer, week, truth(pointed, code, week.label)["security"]


def binding_of(customer: Customer) -> SourceBinding:
    binding = customer.binding("defender")
    assert binding is not None
    return binding


def pulled(customer: Customer, week: ReportingWeek) -> Pull:
    binding = binding_of(customer)
    return DefenderHook(str(binding.connection)).fetch(binding.scope, week)  # type: ignore[arg-type]


def read(customer: Customer, pull: Pull, week: ReportingWeek) -> Facts:
    facts = parse(pull.payload, binding=binding_of(customer), week=week)
    assert not facts.skipped
    assert not facts.incomplete
    return facts


def scores_of(facts: Facts) -> dict[str, float]:
    return {r.edge: r.percent for r in facts.records if isinstance(r, SecureScore)}


@pytest.mark.parametrize("weeks_before", WEEKS_BEFORE)
@pytest.mark.parametrize("code", CUSTOMERS)
def test_incidents_are_exact_however_old_the_week(pointed: Setting, code: str, weeks_before: int) -> None:
    customer, week, true = of_week(pointed, code, weeks_before)
    facts = read(customer, pulled(customer, week), week)
    found = [r for r in facts.records if isinstance(r, Incident)]
    assert true["by_system"]["defender"] == {
        "opened": sum(week.contains(i.opened_at) for i in found),
        "closed": sum(i.closed_at is not None and week.contains(i.closed_at) for i in found),
        "open_at_end": sum(i.closed_at is None for i in found),
    }
    assert not any(i.closed_is_estimate for i in found)


@pytest.mark.parametrize("weeks_before", WEEKS_BEFORE)
@pytest.mark.parametrize("code", CUSTOMERS)
def test_scores_are_exact_for_ninety_days_and_then_not_known(
    pointed: Setting, code: str, weeks_before: int
) -> None:
    customer, week, true = of_week(pointed, code, weeks_before)
    told = scores_of(read(customer, pulled(customer, week), week))
    if weeks_before == LOST:
        assert told == {}
    else:
        assert told == {
            "start": pytest.approx(true["score_start"]),
            "end": pytest.approx(true["score_end"]),
        }


@pytest.mark.db
@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    ("hours_after", "known"), [(-30, True), (-1, True), (1, True), (35, True), (37, False), (-37, False)]
)
def test_a_lost_score_is_told_from_what_was_kept_near_the_week_s_end(
    pointed: Setting, monkeypatch: pytest.MonkeyPatch, hours_after: int, known: bool
) -> None:
    customer, week, true = of_week(pointed, "acme", LOST)
    taken_at = week.end_utc + timedelta(hours=hours_after)
    standing = as_it_was("acme", taken_at, monkeypatch)
    keep("acme", "defender", Pull(payload=standing, fetched_at=taken_at, requests=3))
    pull, as_of = told_for("acme", "defender", week, pulled(customer, week))
    told = scores_of(read(customer, pull, week))
    if not known:
        assert (told, as_of) == ({}, None)
        return
    assert as_of == taken_at
    assert told["start"] == pytest.approx(true["score_start"])
    if taken_at >= week.end_utc:
        assert told["end"] == pytest.approx(true["score_end"])
    else:  # the day's own score may have come later: the newest then known stands
        assert datetime_of(pull, week) <= taken_at


def as_it_was(code: str, moment: datetime, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What `DefenderHook.standing` would have given at a moment."""
    with monkeypatch.context() as there:
        there.setenv("ESTATE_NOW", moment.isoformat())
        tenant = BY_CODE[code]
        return {
            "secure_scores": SOURCES["secureScores"](tenant),
            "control_profiles": SOURCES["secureScoreControlProfiles"](tenant),
        }


def datetime_of(pull: Pull, week: ReportingWeek) -> datetime:
    taken = [datetime.fromisoformat(score["createdDateTime"]) for score in pull.payload["secure_scores"]]
    return max(at for at in taken if at < week.end_utc).astimezone(UTC)


def test_a_standing_asks_for_scores_alone_and_holds_what_the_catalog_keeps(pointed: Setting) -> None:
    binding = binding_of(read_customer("acme"))
    pull = DefenderHook(str(binding.connection)).standing(binding.scope)  # type: ignore[arg-type]
    assert set(pull.payload) == {"secure_scores", "control_profiles"}
    assert pull.requests == 3


def test_controls_that_moved_have_their_titles(pointed: Setting) -> None:
    """Some customer's control moves in some of the weeks; each has the vendor's words for it."""
    moves = [
        record
        for code in CUSTOMERS
        for weeks_before in (0, 1, 5)
        for customer, week, _ in [of_week(pointed, code, weeks_before)]
        for record in read(customer, pulled(customer, week), week).records
        if isinstance(record, ControlMove)
    ]
    assert moves
    assert all(move.title != move.control for move in moves)
