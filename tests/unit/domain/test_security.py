from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from msp_reports.domain.customer import Thresholds
from msp_reports.domain.records import ControlMove, SecureScore
from msp_reports.domain.report import Rule, Severity
from tests.unit.domain.builders import WEEK, facts, incident, last, of, report, scores


@pytest.mark.parametrize(
    ("grade", "severity"),
    [
        ("high", Severity.CRITICAL),
        ("medium", Severity.WARNING),
        ("unknown", Severity.WARNING),
        ("low", Severity.NOTICE),
        ("informational", Severity.NOTICE),
    ],
)
def test_an_open_incident_weighs_as_its_severity(grade: str, severity: Severity) -> None:
    (found,) = of(report(facts(incident(severity=grade))), Rule.OPEN_INCIDENT)
    assert found.severity is severity


def test_only_what_is_open_at_the_weeks_end_counts() -> None:
    model = report(
        facts(
            incident(1, closed=WEEK.end_utc),
            incident(2, closed=WEEK.end_utc - timedelta(seconds=1)),
            incident(3, opened=WEEK.end_utc),
        )
    )
    assert model.security is not None
    assert [row.incident_id for row in model.security.open_incidents] == ["I001"]
    assert (model.security.opened.value, model.security.closed.value) == (2, 1)


def test_the_sentence_holds_the_title_verbatim() -> None:
    named = replace(incident(), title="<b>[x](y)</b> | *")
    (found,) = of(report(facts(named)), Rule.OPEN_INCIDENT)
    assert found.sentence == (
        "A high-severity security incident has been open for 3 days: <b>[x](y)</b> | *."
    )


def test_an_old_incident_that_was_closed_is_good() -> None:
    old = incident(opened=WEEK.start_utc - timedelta(days=9), closed=WEEK.start_utc)
    (found,) = of(report(facts(old)), Rule.OPEN_INCIDENT)
    assert found.severity is Severity.GOOD


def test_open_incidents_are_listed_by_severity_then_age() -> None:
    old = incident(2, severity="medium", opened=WEEK.start_utc - timedelta(days=30))
    model = report(facts(incident(1, severity="low"), old, incident(3), incident(4, severity="medium")))
    assert model.security is not None
    assert [row.incident_id for row in model.security.open_incidents] == ["I003", "I002", "I004", "I001"]


@pytest.mark.parametrize(("end", "fires"), [(68.1, False), (68.0, True), (67.9, True)])
def test_a_score_that_fell_fires_from_the_threshold_on(end: float, fires: bool) -> None:
    assert bool(of(report(facts(*scores(70.0, end))), Rule.POSTURE_DROP)) is fires


def test_a_score_that_fell_is_said_to_have_fallen() -> None:
    (found,) = of(report(facts(*scores(70.0, 66.5))), Rule.POSTURE_DROP)
    assert found.sentence == "The secure score fell by 3.5 points in the week, from 70.0 % to 66.5 %."
    assert found.severity is Severity.WARNING


def test_the_score_threshold_is_the_customers() -> None:
    model = report(facts(*scores(70.0, 68.0)), thresholds=Thresholds(posture_drop_points=2.5))
    assert of(model, Rule.POSTURE_DROP) == []


def test_the_score_is_compared_with_the_weeks_start_even_in_a_first_week() -> None:
    (found,) = of(report(facts(*scores(70.0, 73.0))), Rule.POSTURE_DROP)
    assert found.severity is Severity.GOOD
    assert found.sentence == "The secure score rose by 3 points in the week, from 70.0 % to 73.0 %."


@pytest.mark.parametrize(("start", "end"), [(None, 60.0), (60.0, None), (None, None)])
def test_a_missing_edge_is_no_change(start: float | None, end: float | None) -> None:
    model = report(facts(*scores(start, end)), last(*scores(90.0, 90.0)))
    assert model.security is not None
    assert model.security.score.value == end
    assert model.security.score.change is None
    assert of(model, Rule.POSTURE_DROP) == []


def test_the_newest_score_of_an_edge_counts() -> None:
    older = SecureScore(edge="end", taken_at=WEEK.start_utc, percent=10.0)
    model = report(facts(*scores(None, 60.0), older))
    assert model.security is not None
    assert model.security.score.value == 60


def test_the_advice_names_the_control_that_lost_most() -> None:
    moves = [
        ControlMove(control=c, title=f"Control {c}", before=9.0, after=a) for c, a in [("a", 8.0), ("b", 2.0)]
    ]
    model = report(facts(*scores(70.0, 60.0), *moves))
    assert [r.text for r in model.recommendations] == [
        "Restore the security control that lost most of the score: Control b."
    ]


def test_counts_stand_by_severity_most_severe_first() -> None:
    model = report(facts(incident(1, severity="low"), incident(2), incident(3, closed=WEEK.start_utc)))
    assert model.security is not None
    assert [(r.severity, r.opened, r.closed, r.open_at_end) for r in model.security.severities] == [
        ("high", 2, 1, 1),
        ("low", 1, 0, 1),
    ]


def test_a_severity_of_which_nothing_is_to_tell_has_no_row() -> None:
    long_closed = incident(2, severity="low", opened=WEEK.start_utc - timedelta(days=9))
    model = report(facts(incident(1), replace(long_closed, closed_at=WEEK.start_utc - timedelta(minutes=1))))
    assert model.security is not None
    assert [row.severity for row in model.security.severities] == ["high"]
    assert model.security.closed.value == 0
