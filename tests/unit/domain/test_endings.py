"""Drawn weeks: what was found once is told until it is closed, and the page stays short."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from msp_reports.domain.reconcile import reconcile
from msp_reports.domain.records import Record
from msp_reports.domain.report import ReportModel, Rule, Severity
from msp_reports.domain.snapshot import WeekFacts
from msp_reports.domain.week import ReportingWeek
from tests.unit.domain.builders import (
    PROVIDER,
    WEEK,
    customer,
    device,
    facts,
    incident,
    machine,
    of,
    report,
    scored,
    site,
    tickets_in,
)

FIGURES = st.fixed_dictionaries({
    "down": st.sampled_from([0, 500, 5000, 45_000, 90_000]),
    "hours": st.sampled_from([3.0, 60.0, 200.0]),
    "proven": st.sampled_from([2.0, 45.0]),
    "score": st.sampled_from([60.0, 66.0, 66.5, 72.0]),
    "tickets": st.sampled_from([2, 10, 11, 30, 70]),
    "good": st.sampled_from([2000, 1999, 1800]),
    "certificate": st.sampled_from([90, 10]),
    "incident": st.booleans(),
})
"""One week of one thing of each kind, all of it known."""


def lived(weeks: Sequence[dict[str, Any]]) -> list[WeekFacts]:
    """The facts of weeks in a row, this one last. An incident runs as long as weeks in a row have it."""
    stored = []
    for place, told in enumerate(weeks):
        week = WEEK.prior(len(weeks) - 1 - place)
        score = weeks[max(0, place - 1)]["score"], told["score"]
        stored.append(
            facts(
                device(down=told["down"]),
                machine(hours=told["hours"], proven_days=told["proven"], week=week),
                *scored(len(weeks) - 1 - place, *score),
                *tickets_in(week, told["tickets"]),
                site(good=told["good"], certificate=told["certificate"]),
                *_incidents(weeks, place, week),
                week=week,
            )
        )
    return stored


def _incidents(weeks: Sequence[dict[str, Any]], place: int, week: ReportingWeek) -> Iterator[Record]:
    was_open = place > 0 and weeks[place - 1]["incident"]
    if weeks[place]["incident"] or was_open:
        first = place if weeks[place]["incident"] and not was_open else place - 1
        while first > 0 and weeks[first - 1]["incident"]:
            first -= 1
        opened = week.prior(place - first).start_utc + timedelta(hours=1)
        closed = None if weeks[place]["incident"] else week.start_utc + timedelta(hours=2)
        yield replace(incident(opened=opened, closed=closed), incident_id=f"I{first}", title=f"I{first}")


def goes_on(rule: Rule, entity: str, now: ReportModel) -> bool:
    """A fall or rise that goes on, only under its threshold; or of which another sentence tells more."""
    match rule:
        case Rule.SLA_DROP:
            told = bool(of(now, Rule.BELOW_TARGET))
            assert now.uptime is not None
            return told or (now.uptime.uptime.change or 0) < 0 or (now.uptime.sla.change or 0) < 0
        case Rule.BELOW_TARGET:
            return bool(of(now, Rule.SLA_DROP))
        case Rule.POSTURE_DROP:
            assert now.security is not None
            return (now.security.score.change or 0) < 0
        case Rule.TICKETS_WORSE:
            assert now.tickets is not None
            return (now.tickets.opened.change or 0) > 0
        case _:
            return False


@settings(max_examples=60, deadline=None)
@given(st.lists(FIGURES, min_size=2, max_size=5))
def test_what_was_found_last_week_is_found_again_or_closed(weeks: list[dict[str, Any]]) -> None:
    *history, current = lived(weeks)
    now = report(current, *history)
    before = reconcile(
        customer=customer(),
        provider=PROVIDER,
        week=WEEK.prior(),
        current=history[-1],
        history=history[:-1],
    )
    told = {(finding.rule, finding.entity) for finding in now.findings}
    for finding in before.findings:
        if finding.severity is not Severity.GOOD and not goes_on(finding.rule, finding.entity, now):
            assert (finding.rule, finding.entity) in told, finding.sentence


@settings(max_examples=40, deadline=None)
@given(st.lists(FIGURES, min_size=1, max_size=5))
def test_a_summary_is_short_and_advice_follows_from_findings(weeks: list[dict[str, Any]]) -> None:
    *history, current = lived(weeks)
    model = report(current, *history)
    assert len(model.summary) == 1 or 3 <= len(model.summary) <= 6
    assert (len(model.summary) == 1) is (model.findings == ())
    bad = [finding for finding in model.findings if finding.severity is not Severity.GOOD]
    assert len(model.recommendations) <= 5
    assert {(r.rule, r.entity) for r in model.recommendations} <= {(f.rule, f.entity) for f in bad}
    assert bool(model.recommendations) <= bool(bad)
    sentences = [
        *model.summary,
        *(f.sentence for f in model.findings),
        *(r.text for r in model.recommendations),
    ]
    assert all(said.endswith(".") and ".." not in said and "{" not in said for said in sentences)
