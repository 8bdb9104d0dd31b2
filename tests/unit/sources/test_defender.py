from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from msp_reports.domain.customer import SourceBinding
from msp_reports.domain.errors import ChangedShapeError, ForeignRowError
from msp_reports.domain.records import ControlMove, Incident, SecureScore
from msp_reports.domain.snapshot import Facts
from msp_reports.domain.week import ReportingWeek
from msp_reports.sources.defender import DefenderScope, parse
from tests.notes import sentences

Load = Callable[[str], Any]
SCOPE = DefenderScope.model_validate({"tenant_id": "11111111-2222-3333-4444-555555555555"})
BINDING = SourceBinding(system="defender", connection="d", scope=SCOPE)
OTHER = "99999999-2222-3333-4444-555555555555"


def read(payload: Any, week: ReportingWeek) -> Facts:
    return parse(payload, binding=BINDING, week=week)


def incidents(facts: Facts) -> dict[str, Incident]:
    return {r.incident_id: r for r in facts.records if isinstance(r, Incident)}


def test_incidents_are_told_as_of_the_week_s_end(payload: Load, week: ReportingWeek) -> None:
    found = incidents(read(payload("defender/week.json"), week))
    assert {i: (n.severity, n.closed_at, n.closed_is_estimate) for i, n in found.items()} == {
        "88014": ("medium", datetime(2026, 11, 18, 12, tzinfo=UTC), False),
        "88015": ("high", datetime(2026, 11, 19, 15, tzinfo=UTC), True),
        "88016": ("low", None, False),
        "88018": ("unknown", None, False),
        "88019": ("medium", datetime(2026, 11, 12, 12, tzinfo=UTC), False),
    }


def test_an_incident_closed_before_the_week_is_kept_and_estimates_of_it_are_not_told(
    payload: Load, week: ReportingWeek
) -> None:
    answers = payload("defender/week.json")
    before = "2026-11-15T22:59:00Z"
    answers["resolved"].append(answers["resolved"][0] | {"id": "1", "lastUpdateDateTime": before})
    answers["resolved"][-1]["createdDateTime"] = before
    facts = read(answers, week)
    assert incidents(facts)["1"].closed_is_estimate
    assert any("1 incident" in line for line in sentences(facts))


def test_an_estimate_is_said_to_be_one(payload: Load, week: ReportingWeek) -> None:
    assert any("1 incident" in line for line in sentences(read(payload("defender/week.json"), week)))


def test_seven_fractional_digits_are_read(payload: Load, week: ReportingWeek) -> None:
    assert incidents(read(payload("defender/week.json"), week))["88014"].opened_at == datetime(
        2026, 11, 17, 7, 12, 4, 126666, tzinfo=UTC
    )


def test_scores_stand_at_both_edges(payload: Load, week: ReportingWeek) -> None:
    facts = read(payload("defender/week.json"), week)
    scores = [(s.edge, s.taken_at.day, s.percent) for s in facts.records if isinstance(s, SecureScore)]
    assert scores == [("start", 15, 50.0), ("end", 22, 45.5)]
    assert [r for r in facts.records if isinstance(r, ControlMove)] == [
        ControlMove(control="AdminMFAV2", title="Require MFA for administrators", before=5.0, after=10.0)
    ]


def test_a_score_older_than_a_week_tells_nothing(payload: Load, week: ReportingWeek) -> None:
    answers = payload("defender/week.json")
    answers["secure_scores"][2]["createdDateTime"] = "2026-11-08T22:59:59Z"
    facts = read(answers, week)
    assert [s.edge for s in facts.records if isinstance(s, SecureScore)] == ["end"]
    assert not [r for r in facts.records if isinstance(r, ControlMove)]


def test_no_scores_are_not_a_score_of_zero(payload: Load, week: ReportingWeek) -> None:
    facts = read(payload("defender/week.json") | {"secure_scores": []}, week)
    assert not [r for r in facts.records if isinstance(r, SecureScore)]


def test_a_maximum_of_zero_is_no_score(payload: Load, week: ReportingWeek) -> None:
    answers = payload("defender/week.json")
    for score in answers["secure_scores"]:
        score["maxScore"] = 0
    assert not [r for r in read(answers, week).records if isinstance(r, SecureScore)]


def test_a_partial_answer_is_used_and_said_to_be_partial(payload: Load, week: ReportingWeek) -> None:
    facts = read(payload("defender/week.json") | {"warnings": ["alerts: partial"]}, week)
    assert facts.incomplete == ("alerts: partial",)
    assert incidents(facts)


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("created", "tenantId"),
        ("open_now", "tenantId"),
        ("alerts", "tenantId"),
        ("secure_scores", "azureTenantId"),
    ],
)
def test_a_row_of_another_tenant_refuses_the_snapshot(
    payload: Load, week: ReportingWeek, name: str, field: str
) -> None:
    answers = payload("defender/week.json")
    answers[name][-1][field] = OTHER
    with pytest.raises(ForeignRowError):
        read(answers, week)


def test_a_tenant_in_capitals_is_the_same(payload: Load, week: ReportingWeek) -> None:
    answers = payload("defender/week.json")
    answers["created"][0]["tenantId"] = answers["created"][0]["tenantId"].upper()
    assert read(answers, week).records


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("createdDateTime", None),
        ("createdDateTime", "soon"),
        ("status", None),
        ("tenantId", None),
        ("id", None),
    ],
)
def test_one_bad_incident_is_skipped_and_counted(
    payload: Load, week: ReportingWeek, field: str, value: Any
) -> None:
    answers = payload("defender/week.json")
    answers["created"].append(answers["created"][0] | {"id": "1"} | {field: value})
    facts = read(answers, week)
    assert len(facts.skipped) == 1
    assert "1" not in incidents(facts)


@pytest.mark.parametrize("name", ["created", "resolved", "open_now", "alerts", "secure_scores"])
def test_a_missing_list_changes_the_shape(payload: Load, week: ReportingWeek, name: str) -> None:
    answers = payload("defender/week.json")
    del answers[name]
    with pytest.raises(ChangedShapeError):
        read(answers, week)


@pytest.mark.parametrize("status", ["awaitingAction", "unknownFutureValue", "inProgress", "somethingNew"])
def test_a_status_of_the_future_is_not_closed(payload: Load, week: ReportingWeek, status: str) -> None:
    answers = payload("defender/week.json")
    answers["open_now"][0]["status"] = status
    assert incidents(read(answers, week))["88018"].closed_at is None


def test_a_day_without_a_score_is_stood_in_for_by_the_day_before(payload: Load, week: ReportingWeek) -> None:
    answers = payload("defender/week.json")
    answers["secure_scores"][1]["createdDateTime"] = "2026-11-20T00:00:00Z"
    taken = {s.edge: s.taken_at.day for s in read(answers, week).records if isinstance(s, SecureScore)}
    assert taken == {"start": 15, "end": 20}


def test_a_control_without_a_title_goes_by_its_name(payload: Load, week: ReportingWeek) -> None:
    facts = read(payload("defender/week.json") | {"control_profiles": []}, week)
    assert [r.title for r in facts.records if isinstance(r, ControlMove)] == ["AdminMFAV2"]
