from __future__ import annotations

import ast
import random
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from msp_reports.domain import week
from msp_reports.domain.customer import Targets, Thresholds
from msp_reports.domain.notes import Note
from msp_reports.domain.records import ControlMove, Record, Source
from msp_reports.domain.report import ReportModel, Rule, Severity
from msp_reports.domain.snapshot import SnapshotStatus, WeekFacts
from tests.unit.domain.builders import (
    WEEK,
    device,
    facts,
    incident,
    last,
    machine,
    of,
    quiet,
    report,
    run,
    scores,
    site,
    site_outage,
    ticket,
    tickets_in,
)

QUIET = (
    "A quiet week: uptime 99.99 %, 4 tickets opened, all backups within target, no open incident, "
    "public sites available 100 %."
)
FIRST_QUIET = QUIET.replace("A quiet week", "A quiet first week, with nothing to compare with yet")


def bad_week() -> tuple[Record, ...]:
    """Something of everything, with ties of size."""
    return (
        *(
            device(f"d{n}", down=40_000 + n // 4 * 9000, site=f"Site {n % 3}", kind=f"k{n % 2}")
            for n in range(12)
        ),
        *(ticket(n, late=n % 3 == 0) for n in range(45)),
        *(machine(f"M{n}", hours=60 + n // 3, proven_days=40) for n in range(9)),
        *(run(f"M{n}", at=WEEK.start_utc + timedelta(hours=9 * n), good=n % 2 == 0) for n in range(9)),
        *(incident(n, severity=["high", "low", "medium"][n % 3]) for n in range(8)),
        *scores(70.0, 66.0),
        ControlMove(control="a", title="A", before=9.0, after=3.0),
        ControlMove(control="b", title="B", before=9.0, after=3.0),
        site(good=1900, certificate=5),
        site("shop", good=1900, certificate=5),
        site_outage(seconds=900),
        site_outage("shop", seconds=900),
    )


def week_before() -> tuple[Record, ...]:
    return (
        *(device(f"d{n}", site=f"Site {n % 3}", kind=f"k{n % 2}") for n in range(14)),
        *tickets_in(WEEK.prior(), 20),
        *(machine(f"M{n}", week=WEEK.prior()) for n in range(10)),
        site(),
        site("shop"),
    )


@pytest.mark.parametrize("history", [(), (last(*quiet(WEEK.prior())),)], ids=["first week", "second week"])
def test_a_quiet_week_is_one_sentence(history: tuple[WeekFacts, ...]) -> None:
    model = report(facts(*quiet()), *history)
    assert model.summary == (QUIET if history else FIRST_QUIET,)
    assert (model.findings, model.recommendations) == ((), ())


def test_a_first_week_has_no_comparison() -> None:
    model = report(facts(*bad_week()))
    assert model.comparison is None
    assert model.uptime is not None
    assert model.uptime.uptime.history == (model.uptime.uptime.value,)
    assert of(model, Rule.SLA_DROP) == of(model, Rule.FLEET_CHANGED) == of(model, Rule.TICKETS_WORSE) == []


def test_last_week_is_the_comparison_only_if_something_is_known_of_it() -> None:
    assert report(facts(*quiet()), last()).comparison == "2026-W46"
    assert report(facts(*quiet()), facts(week=WEEK.prior(), missing=tuple(Source))).comparison is None
    assert report(facts(*quiet()), facts(week=WEEK.prior(2))).comparison is None


def test_a_missing_source_is_named_without_its_reason() -> None:
    model = report(facts(*quiet(), missing=[Source.BACKUP]), last(*quiet(WEEK.prior())))
    (found,) = model.findings
    assert (found.rule, found.severity) == (Rule.SOURCE_MISSING, Severity.WARNING)
    assert found.sentence == "Backup figures are not available this week."
    assert model.backup is None
    assert Source.BACKUP in model.used
    assert model.summary[0] == found.sentence
    assert len(model.summary) == 3
    assert "503" not in repr(model)
    assert model.recommendations == ()


def test_a_part_of_a_source_is_said_to_be_missing() -> None:
    whole = facts(*quiet(), sources=[Source.UPTIME])
    second = replace(whole.snapshots[0], system="librenms", status=SnapshotStatus.MISSING)
    model = report(replace(whole, snapshots=(*whole.snapshots, second)))
    assert [finding.sentence for finding in model.findings] == [
        "Some uptime figures are not available this week."
    ]
    assert model.uptime is not None


def test_when_nothing_is_available_the_summary_says_just_that() -> None:
    model = report(facts(missing=tuple(Source)))
    assert model.summary == (
        "Uptime, ticket, backup, security and public site figures are not available this week.",
    )


def test_a_source_that_the_customer_lacks_is_not_used() -> None:
    model = report(facts(*quiet(), sources=[Source.AVAILABILITY, Source.UPTIME]))
    assert model.used == (Source.UPTIME, Source.AVAILABILITY)
    assert (model.tickets, model.findings) == (None, ())


def test_history_has_thirteen_weeks_with_gaps_and_this_week_last() -> None:
    past = [
        facts(device(down=n * 1000), week=WEEK.prior(n), missing=[Source.UPTIME] if n == 3 else [])
        for n in (13, 12, 5, 3, 1)
    ]
    model = report(facts(device()), *past)
    assert model.uptime is not None
    assert model.uptime.uptime.history == pytest.approx(
        (98.8, *[None] * 6, 99.5, *[None] * 3, 99.9, 100.0), nan_ok=True
    )


def test_the_summary_leads_with_the_worst_and_has_three_to_six_sentences() -> None:
    model = report(facts(*bad_week()), last(*week_before()))
    assert model.summary[0].startswith("3 high-severity security incidents are open, all new this week: ")
    assert model.findings[0].severity is Severity.CRITICAL
    assert len(model.summary) == 6


def test_one_notice_makes_three_sentences() -> None:
    model = report(facts(*quiet(), device("new")), last(*quiet(WEEK.prior())))
    assert model.summary == (
        "1 device is new in monitoring: new.",
        "4 tickets were opened (as last week) and 4 closed.",
        "All backups are within target: 2 machines (as last week).",
    )


def test_findings_are_ranked_with_improvements_last() -> None:
    severities = list(Severity)
    ranks = [severities.index(f.severity) for f in report(facts(*bad_week()), last(*week_before())).findings]
    assert ranks == sorted(ranks)


def test_recommendations_are_at_most_five_and_each_has_its_finding() -> None:
    model = report(facts(*bad_week()), last(*week_before()))
    assert len(model.recommendations) == 5
    found = {(finding.rule, finding.entity) for finding in model.findings}
    assert {(advice.rule, advice.entity) for advice in model.recommendations} <= found


def _shuffled(stored: WeekFacts, order: random.Random) -> WeekFacts:
    records, snapshots = list(stored.records), list(stored.snapshots)
    order.shuffle(records)
    order.shuffle(snapshots)
    return replace(stored, records=tuple(records), snapshots=tuple(snapshots))


@settings(max_examples=15, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_order_of_the_input_never_matters(order: random.Random) -> None:
    now, before = facts(*bad_week()), [facts(week=WEEK.prior(3)), last(*week_before())]
    expected = report(now, *before)
    weeks = [_shuffled(stored, order) for stored in before]
    order.shuffle(weeks)
    assert report(_shuffled(now, order), *weeks) == expected


@settings(max_examples=40, deadline=None)
@given(
    before=st.integers(0, 100_000),
    after=st.integers(0, 100_000),
    points=st.floats(0.5, 10),
    target=st.floats(90, 100),
)
def test_uptime_findings_follow_their_thresholds(
    before: int, after: int, points: float, target: float
) -> None:
    model = report(
        facts(device(down=after), sources=[Source.UPTIME]),
        last(device(down=before), sources=[Source.UPTIME]),
        thresholds=Thresholds(sla_drop_points=points),
        targets=Targets(uptime=target),
    )
    assert model.uptime is not None
    now, was = model.uptime.uptime.value, model.uptime.uptime.before
    assert now is not None
    assert was is not None
    sla = (model.uptime.sla.value, model.uptime.sla.before)
    fell = round(was - now, 9) >= points or sla == (0.0, 100.0)
    bad = [finding.rule for finding in model.findings if finding.severity is not Severity.GOOD]
    assert (Rule.SLA_DROP in bad) is fell
    assert (Rule.BELOW_TARGET in bad) is (now < target and not fell), "the fall tells the target as well"
    assert any("under the agreed" in f.sentence for f in model.findings) is (now < target)


def _numbers(model: ReportModel) -> set[float | None]:
    return {
        number for finding in model.findings for number in (finding.before, finding.after, finding.threshold)
    }


def test_findings_hold_floats_only_so_that_they_survive_json() -> None:
    numbers = _numbers(report(facts(*bad_week()), last(*week_before())))
    assert {type(number) for number in numbers if number is not None} == {float}


def test_provenance_counts_what_was_left_out_and_keeps_the_reason_back() -> None:
    now = facts(*quiet(), sources=[Source.BACKUP])
    told = replace(
        now.snapshots[0],
        status=SnapshotStatus.PARTIAL,
        skipped=("row 3: KeyError", "row 9: KeyError"),
        approximations=(Note(message="Times are rounded."),),
        as_of=WEEK.end_utc + timedelta(hours=6),
    )
    (line,) = report(replace(now, snapshots=(told,))).provenance
    assert line.available
    assert line.notes == (
        "Times are rounded.",
        "2 records could not be read and were left out.",
        "Some figures are as of Mon 23 Nov, 06:00, not of the week's end.",
    )


def test_the_rules_name_the_customers_thresholds() -> None:
    model = report(
        facts(sources=[Source.UPTIME]),
        thresholds=Thresholds(sla_drop_points=1.5),
        targets=Targets(uptime=99.5),
    )
    assert model.rules == (
        "The agreed uptime is 99.5 %; anything under it is reported.",
        "A change of uptime or SLA by 1.5 points or more is reported.",
    )


DOMAIN = Path(week.__file__).parent


@pytest.mark.parametrize("path", sorted(DOMAIN.rglob("*.py")), ids=lambda path: path.name)
def test_the_domain_is_light_to_import_and_pure(path: Path) -> None:
    """Every task pays for the module level, so pandas waits until a function needs it."""
    heads: set[str] = set()
    for statement in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(statement, ast.Import):
            heads |= {name.name.split(".")[0] for name in statement.names}
        elif isinstance(statement, ast.ImportFrom):
            heads.add((statement.module or "").split(".")[0])
    assert heads <= sys.stdlib_module_names | {"msp_reports"}
    assert not heads & {"os", "pathlib", "sqlite3", "urllib", "http", "socket"}
