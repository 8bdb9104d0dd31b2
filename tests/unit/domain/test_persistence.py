from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from msp_reports.domain.customer import Targets, Thresholds
from msp_reports.domain.findings import judges
from msp_reports.domain.records import Record, Source
from msp_reports.domain.report import Finding, ReportModel, Rule, Severity
from msp_reports.domain.snapshot import WeekFacts
from tests.unit.domain.builders import (
    MILLION,
    WEEK,
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


def weeks_of(source: Source, told: Sequence[tuple[Record, ...] | None]) -> tuple[WeekFacts, list[WeekFacts]]:
    """That many weeks, this one last. None: nothing known of that week."""
    stored = []
    for back, records in zip(range(len(told) - 1, -1, -1), told, strict=True):
        week = WEEK.prior(back)
        absent = [source] if records is None else []
        stored.append(facts(*(records or ()), week=week, sources=[source], missing=absent))
    return stored[-1], stored[:-1]


def uptime_over(*down: int | None, target: float = 99.9, thresholds: Thresholds | None = None) -> ReportModel:
    """One device, down for that many millionths in each week."""
    told = [None if parts is None else (device(down=parts),) for parts in down]
    current, history = weeks_of(Source.UPTIME, told)
    return report(current, *history, thresholds=thresholds, targets=Targets(uptime=target))


def only(model: ReportModel, rule: Rule) -> Finding:
    (found,) = of(model, rule)
    return found


UNDER = 5000
"""99.50 %."""
NO_FALL = Thresholds(sla_drop_points=101)
"""No fall is a finding, so that a missed target is told by itself."""


@pytest.mark.parametrize(
    ("down", "since", "said"),
    [
        ([0, UNDER], None, "the agreed 99.9 %."),
        ([UNDER], None, "the agreed 99.9 %."),
        ([0, UNDER, UNDER], "2026-W46", "the agreed 99.9 %, for the second week in a row."),
        ([0, UNDER, UNDER, UNDER], "2026-W45", "the agreed 99.9 %, for the third week in a row."),
        ([UNDER, UNDER, UNDER], "2026-W45", "the agreed 99.9 %, for at least 3 weeks."),
        ([0, *[UNDER] * 12], "2026-W36", "the agreed 99.9 %, for the twelfth week in a row."),
        ([UNDER] * 13, "2026-W35", "the agreed 99.9 %, for at least 13 weeks."),
        ([UNDER] * 20, "2026-W35", "the agreed 99.9 %, for at least 13 weeks."),
        ([UNDER, 0, UNDER], None, "the agreed 99.9 %."),
        ([0, UNDER, None, UNDER], "2026-W45", "the agreed 99.9 %, since week 45."),
        ([UNDER, None, UNDER], "2026-W45", "the agreed 99.9 %, at least since week 45."),
        ([UNDER, 0, None, UNDER], None, "the agreed 99.9 %."),
        ([0, UNDER, None, UNDER, UNDER], "2026-W44", "the agreed 99.9 %, since week 44."),
        ([UNDER, 0, None, UNDER, UNDER], "2026-W46", "the agreed 99.9 %, for the second week in a row."),
    ],
)
def test_a_finding_that_persists_says_since_when(
    down: list[int | None], since: str | None, said: str
) -> None:
    found = only(uptime_over(*down, thresholds=NO_FALL), Rule.BELOW_TARGET)
    assert found.since == since
    assert found.sentence.endswith(said)


@pytest.mark.parametrize(
    ("down", "said"),
    [
        ([0, UNDER, 0], "Uptime is back on target: 100 % after 99.50 %."),
        (
            [0, UNDER, UNDER, UNDER, 0],
            "Uptime is back on target: 100 % after 99.50 %; the target had been missed for 3 weeks.",
        ),
        (
            [UNDER, UNDER, 0],
            (
                "Uptime is back on target: 100 % after 99.50 %; "
                "the target had been missed for at least 2 weeks."
            ),
        ),
        (
            [0, UNDER, None, UNDER, 0],
            "Uptime is back on target: 100 % after 99.50 %; the target had been missed since week 44.",
        ),
    ],
)
def test_what_ended_is_closed_with_how_long_it_had_held(down: list[int | None], said: str) -> None:
    found = only(uptime_over(*down, thresholds=NO_FALL), Rule.BELOW_TARGET)
    assert (found.sentence, found.severity) == (said, Severity.GOOD)


def test_a_rise_back_over_the_target_tells_how_long_it_had_been_missed() -> None:
    found = only(uptime_over(0, 60_000, 60_000, 60_000, 500), Rule.SLA_DROP)
    assert found.sentence == (
        "Uptime rose by 6 points to 99.95 %, back within the agreed 99.9 %; "
        "the target had been missed for 3 weeks."
    )
    assert found.since == "2026-W44"


def test_a_week_answered_by_another_system_neither_continues_nor_ends_a_run() -> None:
    current, (first, bad, other, last) = weeks_of(
        Source.UPTIME, [(device(down=down),) for down in (0, UNDER, 0, UNDER, UNDER)]
    )
    moved = replace(other, snapshots=(replace(other.snapshots[0], system="librenms"),))
    found = only(report(current, first, bad, moved, last), Rule.BELOW_TARGET)
    assert found.since == "2026-W44"


def test_a_site_that_fell_below_target_and_stayed_there_has_been_there_since_the_fall() -> None:
    """In the week of the fall, the fall's sentence told of the target as well."""
    told = [(device("a", site="Ulm", down=down), device("b")) for down in (0, 300_000, 300_000)]
    current, history = weeks_of(Source.UPTIME, told)
    found = next(f for f in of(report(current, *history), Rule.BELOW_TARGET) if f.entity == "Ulm")
    assert found.since == "2026-W46"


def test_two_falls_in_a_row_are_counted() -> None:
    found = only(uptime_over(0, 40_000, 80_000, target=90.0), Rule.SLA_DROP)
    assert found.sentence == (
        "Uptime fell by 4 points to 92.0 %, still within the agreed 90 %; the second fall in a row."
    )


def test_a_new_fall_tells_how_long_the_target_has_been_missed() -> None:
    found = only(uptime_over(0, UNDER, UNDER, 60_000), Rule.SLA_DROP)
    assert found.sentence == (
        "Uptime fell by 5.5 points to 94.0 %, under the agreed 99.9 %; "
        "the target has been missed for the third week in a row."
    )
    assert found.since is None


def test_a_fall_that_went_no_further_is_closed() -> None:
    found = only(uptime_over(0, 40_000, 80_000, 80_000, target=90.0), Rule.SLA_DROP)
    assert found.severity is Severity.GOOD
    assert found.sentence == "After last week's fall uptime held at 92.0 %; it had fallen for 2 weeks."


def test_a_fall_that_is_made_good_in_part_says_so() -> None:
    found = only(uptime_over(0, 40_000, 80_000, 70_000, target=90.0), Rule.SLA_DROP)
    assert found.sentence == (
        "After last week's fall uptime rose from 92.0 % to 93.0 %; it had fallen for 2 weeks."
    )


def test_a_fall_that_goes_on_under_the_threshold_has_not_ended() -> None:
    assert uptime_over(0, 40_000, 41_000, target=90.0).findings == ()


def test_falls_of_several_sites_are_closed_in_one_sentence() -> None:
    whole = [device("z", window=1000 * MILLION)]
    told = [
        (*(device(f"d{n}", site=f"S{n}", kind="k", down=down) for n in range(5)), *whole)
        for down in (0, 40_000, 40_000)
    ]
    current, history = weeks_of(Source.UPTIME, told)
    model = report(current, *history, targets=Targets(uptime=90.0), thresholds=Thresholds(sla_drop_points=2))
    assert [(f.severity, f.sentence) for f in model.findings] == [
        (
            Severity.GOOD,
            "Uptime has not fallen further after last week's fall: S0, S1, S2 and 2 more.",
        )
    ]


def test_machines_and_sites_say_how_long_once_only() -> None:
    def week(back: int, hours: float) -> tuple[Record, ...]:
        return (machine(hours=hours, proven_days=40, week=WEEK.prior(back)),)

    current, history = weeks_of(Source.BACKUP, [week(3, 3), week(2, 60), week(1, 228), week(0, 396)])
    stale = only(report(current, *history), Rule.BACKUP_STALE)
    assert stale.sentence == "DC01 has had no good backup for 16 days; the target is 48 hours."
    assert stale.since == "2026-W45"
    recovered = facts(*week(0, 3), sources=[Source.BACKUP])
    assert only(report(recovered, *history), Rule.BACKUP_STALE).sentence == (
        "DC01 has a good backup again, 3 hours old at the week's end; it had been late for 2 weeks."
    )


def test_a_proof_that_was_overdue_is_closed() -> None:
    told = [(machine(proven_days=days, week=WEEK.prior(back)),) for back, days in ((3, 29), (2, 36), (1, 43))]
    current, history = weeks_of(Source.BACKUP, [*told, (machine(proven_days=1),)])
    assert only(report(current, *history), Rule.BACKUP_UNVERIFIED).sentence == (
        "A restore of DC01 is proven again; the proof had been overdue for 2 weeks."
    )


def test_a_site_in_trouble() -> None:
    bad, good = (site(good=1900),), (site(),)
    current, history = weeks_of(Source.AVAILABILITY, [good, bad, bad])
    assert only(report(current, *history), Rule.SITE_DOWN).sentence == (
        "www.acme.com was available 95.0 % of the time, under the agreed 99.9 %; "
        "it has had trouble for the second week in a row."
    )
    current, history = weeks_of(Source.AVAILABILITY, [good, bad, bad, good])
    assert only(report(current, *history), Rule.SITE_DOWN).sentence == (
        "www.acme.com is back on target: it was available 100 % of the time; it had had trouble for 2 weeks."
    )


def test_an_incident_and_a_certificate_say_it_themselves() -> None:
    opened = WEEK.prior(2).start_utc
    current, history = weeks_of(Source.SECURITY, [(), (incident(opened=opened),), (incident(opened=opened),)])
    found = only(report(current, *history), Rule.OPEN_INCIDENT)
    assert found.since == "2026-W46"
    assert (
        found.sentence == "A high-severity security incident has been open for 21 days: Suspicious sign-in 1."
    )
    told = [(site(certificate=days),) for days in (25, 18, 11)]
    current, history = weeks_of(Source.AVAILABILITY, told)
    expiring = only(report(current, *history), Rule.CERTIFICATE_EXPIRING)
    assert expiring.since == "2026-W46"
    assert expiring.sentence == "The certificate of www.acme.com expires 11 days after the week's end."


@pytest.mark.parametrize(("estimate", "said"), [(False, " after 9 days"), (True, " after about 9 days")])
def test_a_closed_incident_says_how_long_it_was_open(estimate: bool, said: str) -> None:
    opened = WEEK.start_utc - timedelta(days=8)
    closed = replace(
        incident(opened=opened, closed=opened + timedelta(days=9, hours=3)), closed_is_estimate=estimate
    )
    found = only(report(facts(closed)), Rule.OPEN_INCIDENT)
    assert found.sentence == f"A security incident was closed{said}: Suspicious sign-in 1."


def test_the_score_falls_again_and_then_steadies() -> None:
    falls = [scored(3, 80, 80), scored(2, 80, 77), scored(1, 77, 74)]
    current, history = weeks_of(Source.SECURITY, [*falls, scored(0, 74, 71)])
    assert only(report(current, *history), Rule.POSTURE_DROP).sentence == (
        "The secure score fell by 3 points in the week, from 74.0 % to 71.0 %; the third fall in a row."
    )
    steady = facts(*scored(0, 74, 74.5), sources=[Source.SECURITY])
    found = only(report(steady, *history), Rule.POSTURE_DROP)
    assert found.severity is Severity.GOOD
    assert found.sentence == (
        "After last week's fall the secure score rose from 74.0 % to 74.5 %; it had fallen for 2 weeks."
    )
    held = facts(*scored(0, 74, 74.01), sources=[Source.SECURITY])
    assert only(report(held, *history), Rule.POSTURE_DROP).sentence == (
        "After last week's fall the secure score held at 74.0 %; it had fallen for 2 weeks."
    )
    falling = facts(*scored(0, 74, 73.5), sources=[Source.SECURITY])
    assert report(falling, *history).findings == ()


def tickets_over(*counts: int) -> ReportModel:
    told = [tickets_in(WEEK.prior(len(counts) - 1 - n), count) for n, count in enumerate(counts)]
    current, history = weeks_of(Source.TICKETS, told)
    return report(current, *history)


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ((10, 25, 50), "50 tickets were opened, up from 25 last week, the second rise in a row."),
        ((10, 25, 50, 90), "90 tickets were opened, up from 50 last week, the third rise in a row."),
        ((10, 25, 25), "Tickets opened rose no further: 25 after 25 last week."),
        (
            (10, 25, 50, 50),
            "Tickets opened rose no further: 50 after 50 last week; they had risen for 2 weeks.",
        ),
        ((10, 50, 20), "20 tickets were opened, down from 50 last week."),
    ],
)
def test_tickets_that_rise_again_and_then_no_further(counts: tuple[int, ...], said: str) -> None:
    assert only(tickets_over(*counts), Rule.TICKETS_WORSE).sentence == said


def test_figures_that_are_missing_again_and_then_available() -> None:
    fine = (device(),)
    current, history = weeks_of(Source.UPTIME, [fine, None, None])
    assert only(report(current, *history), Rule.SOURCE_MISSING).sentence == (
        "Uptime figures are not available this week; they have been missing for the second week in a row."
    )
    current, history = weeks_of(Source.UPTIME, [fine, None, None, fine])
    found = only(report(current, *history), Rule.SOURCE_MISSING)
    assert found.severity is Severity.GOOD
    assert found.sentence == "Uptime figures are available again; they had been missing for 2 weeks."
    assert report(current, *history).recommendations == ()


def test_what_cannot_be_told_this_week_is_not_closed() -> None:
    before = facts(machine(hours=90, week=WEEK.prior()), site(good=100), week=WEEK.prior())
    unknown = replace(machine(), last_good_known=False)
    paused = replace(machine(), paused=True)
    for now in (facts(unknown, site(made=0, good=0)), facts(paused, site(made=0, good=0))):
        assert report(now, before).findings == ()


def test_a_change_of_the_fleet_neither_persists_nor_ends() -> None:
    told = [(device("a"),), (device("a"), device("b")), (device("a"), device("b"), device("c"))]
    current, history = weeks_of(Source.UPTIME, told)
    (found,) = report(current, *history).findings
    assert (found.rule, found.since) == (Rule.FLEET_CHANGED, None)


def test_a_site_that_rose_but_is_still_under_target_is_not_only_good_news() -> None:
    now, was = ((device("a", site="Ulm", down=down), device("b")) for down in (100_000, 300_000))
    current, history = weeks_of(Source.UPTIME, [was, now])
    bad = [
        f.entity for f in of(report(current, *history), Rule.BELOW_TARGET) if f.severity is not Severity.GOOD
    ]
    assert bad == ["customer", "Ulm"]


def test_no_week_is_judged_before_the_first_in_which_nothing_held(monkeypatch: pytest.MonkeyPatch) -> None:
    judged = []
    whole = judges.uptime_findings
    monkeypatch.setattr(
        judges, "uptime_findings", lambda weeks, c: judged.append(weeks.week.label) or whole(weeks, c)
    )
    uptime_over(*[UNDER] * 8, 0, UNDER, UNDER)
    assert set(judged) == {"2026-W47", "2026-W46", "2026-W45"}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from([0, UNDER, None]), min_size=0, max_size=15))
def test_since_is_the_first_week_of_the_run_whatever_came_before(before: list[int | None]) -> None:
    found = only(uptime_over(*before, UNDER, thresholds=NO_FALL), Rule.BELOW_TARGET)
    run = []
    for back, down in enumerate(reversed(before[-12:]), start=1):
        if down == 0:
            break
        if down is not None:
            run.append(WEEK.prior(back).label)
    assert found.since == (run[-1] if run else None)
