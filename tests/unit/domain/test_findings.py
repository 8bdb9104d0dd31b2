from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

import pytest

from msp_reports.domain.customer import Thresholds
from msp_reports.domain.findings.draft import SINGLE, Draft, Kind
from msp_reports.domain.findings.ranking import condense, rank
from msp_reports.domain.findings.several import several
from msp_reports.domain.records import Source
from msp_reports.domain.report import Finding, Rule, Severity, Unit
from tests.unit.domain.builders import WEEK, device, facts, incident, last, machine, of, report, scores

MANY = [
    Rule.SLA_DROP,
    Rule.BELOW_TARGET,
    Rule.BACKUP_STALE,
    Rule.BACKUP_UNVERIFIED,
    Rule.OPEN_INCIDENT,
    Rule.SITE_DOWN,
    Rule.CERTIFICATE_EXPIRING,
]


def draft(
    rule: Rule = Rule.BACKUP_STALE,
    *,
    severity: Severity = Severity.WARNING,
    entity: str = "DC01",
    size: float = 1.0,
    kind: Kind = Kind.MACHINE,
    weight: float = 1.0,
) -> Draft:
    finding = Finding(
        rule=rule,
        source=Source.BACKUP,
        entity=entity,
        before=None,
        after=1,
        threshold=None,
        unit=Unit.HOURS,
        severity=severity,
        sentence=f"{entity}.",
    )
    return Draft(finding=finding, kind=kind, size=size, weight=weight)


def test_within_a_severity_the_rule_furthest_past_its_threshold_leads_and_stays_together() -> None:
    expected = [
        draft(Rule.TICKETS_WORSE, weight=6.0, size=23.0),
        draft(Rule.TICKETS_WORSE, weight=1.0, size=3.0),
        draft(Rule.POSTURE_DROP, weight=2.7),
        draft(Rule.SITE_DOWN, severity=Severity.NOTICE, weight=99.0),
        draft(Rule.BACKUP_STALE, severity=Severity.GOOD, weight=1.0),
        draft(Rule.POSTURE_DROP, severity=Severity.GOOD, weight=9.0),
    ]
    mixed = expected.copy()
    random.Random(7).shuffle(mixed)
    assert list(rank(mixed)) == expected


def test_severity_leads_then_rule_then_size_then_name() -> None:
    expected = [
        draft(Rule.SITE_DOWN, severity=Severity.CRITICAL, size=0.1),
        draft(Rule.SLA_DROP, size=0.1),
        draft(size=9.0, entity="Z"),
        draft(size=1.0, entity="A"),
        draft(size=1.0, entity="B"),
        draft(severity=Severity.NOTICE, size=99.0),
        draft(Rule.SLA_DROP, severity=Severity.GOOD, size=99.0),
    ]
    mixed = expected.copy()
    random.Random(7).shuffle(mixed)
    assert list(rank(mixed)) == expected


@pytest.mark.parametrize(("number", "lines"), [(0, 0), (5, 5), (6, 6), (7, 6), (300, 6)])
def test_five_are_shown_one_by_one_and_the_rest_counted(number: int, lines: int) -> None:
    shown = condense(rank(draft(entity=f"M{n}") for n in range(number)))
    assert len(shown) == lines


def test_single_kinds_are_never_counted_away() -> None:
    drafts = [draft(kind=kind, entity=f"{kind} {n}") for kind in SINGLE for n in range(6)]
    assert len(condense(rank(drafts))) == len(drafts)


def test_the_count_does_not_outrank_what_is_worse() -> None:
    drafts = [
        *(draft(entity=f"M{n}", severity=Severity.CRITICAL, size=9.0) for n in range(4)),
        *(draft(entity=f"N{n}") for n in range(4)),
        draft(Rule.SITE_DOWN, entity="www", kind=Kind.PUBLIC_SITE),
    ]
    assert [finding.entity for finding in condense(rank(drafts))] == [
        *("M0", "M1", "M2", "M3", "N0"),
        "other machines",
        "www",
    ]


@pytest.mark.parametrize("severity", [Severity.WARNING, Severity.GOOD])
@pytest.mark.parametrize("rule", MANY)
def test_every_rule_that_can_fire_often_has_words_for_it(rule: Rule, severity: Severity) -> None:
    example = draft(rule, severity=severity)
    assert "1 more machine " in several([example], more=True).replace(".", " ")
    assert "3 machines" in several([example] * 3)
    assert "{" not in several([example] * 3)


def test_no_change_is_no_finding_even_with_a_threshold_of_nothing() -> None:
    limits = Thresholds(
        sla_drop_points=0.0, posture_drop_points=0.0, tickets_rise_count=0, tickets_rise_percent=0.0
    )
    model = report(facts(device(), *scores(70.0, 70.0)), last(device()), thresholds=limits)
    assert model.findings == ()


def test_a_fall_of_the_share_alone_is_told() -> None:
    now = [device("a", down=1500), *(device(f"d{n}") for n in range(9))]
    (found,) = of(report(facts(*now), last(*(replace(d, down_seconds=0) for d in now))), Rule.SLA_DROP)
    assert found.sentence == "9 of 10 devices reached the agreed uptime of 99.9 %, after 10 of 10 last week."
    assert (found.before, found.after) == (100.0, 90.0)


def test_a_merged_sentence_says_how_many_are_new() -> None:
    now = [machine("A", hours=90), machine("B", hours=80), machine("C", hours=70)]
    before = [machine("A", hours=90, week=WEEK.prior()), *(machine(n, week=WEEK.prior()) for n in "BC")]
    assert report(facts(*now), last(*before)).summary[0] == (
        "3 machines have no good backup within target, 2 of them new this week: "
        "A for 90 hours, B for 80 hours and C for 70 hours."
    )


def test_just_over_the_limit_does_not_read_like_the_limit() -> None:
    model = report(facts(machine(hours=48.2, proven_days=30.5)))
    assert [finding.sentence for finding in model.findings] == [
        "DC01 has had no good backup for more than 48 hours; the target is 48 hours.",
        "No restore of DC01 has been proven for more than 30 days; the limit is 30 days.",
    ]


def test_advice_on_what_vanished_belongs_to_that_finding() -> None:
    model = report(facts(device("new"), machine("A")), last(device("old"), machine("A"), machine("B")))
    (advice,) = model.recommendations
    assert advice.entity == "B"
    machines, devices = "1 machine is no longer in the backup", "1 device is no longer in monitoring"
    assert advice.text == f"Confirm that this is intended: {machines} and {devices}."


def test_low_incidents_ask_for_nothing() -> None:
    opened = WEEK.end_utc - timedelta(hours=2)
    model = report(facts(incident(severity="low", opened=opened)))
    assert model.recommendations == ()
    assert "opened on the week's last day" in model.findings[0].sentence
