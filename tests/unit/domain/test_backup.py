from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from msp_reports.domain.customer import Thresholds
from msp_reports.domain.records import Record
from msp_reports.domain.report import BackupSection, DayState, Rule, Severity
from tests.unit.domain.builders import WEEK, facts, last, machine, of, report, run


def section(*records: Record) -> BackupSection:
    filled = report(facts(*records)).backup
    assert filled is not None
    return filled


@pytest.mark.parametrize(("hours", "fires"), [(47.99, False), (48.0, False), (48.01, True)])
def test_stale_fires_over_the_machines_target(hours: float, fires: bool) -> None:
    assert bool(of(report(facts(machine(hours=hours))), Rule.BACKUP_STALE)) is fires


@pytest.mark.parametrize(("hours", "fires"), [(23.0, False), (24.0, False), (24.5, True)])
def test_a_machine_without_target_has_the_customers_threshold(hours: float, fires: bool) -> None:
    model = report(facts(machine(hours=hours, rpo=0)), thresholds=Thresholds(backup_stale_hours=24))
    assert bool(of(model, Rule.BACKUP_STALE)) is fires


@pytest.mark.parametrize(
    ("hours", "severity"), [(96.0, Severity.WARNING), (96.1, Severity.CRITICAL), (None, Severity.CRITICAL)]
)
def test_never_or_twice_the_target_is_critical(hours: float | None, severity: Severity) -> None:
    (found,) = of(report(facts(machine(hours=hours))), Rule.BACKUP_STALE)
    assert found.severity is severity


def test_the_sentence_names_machine_and_hours() -> None:
    (found,) = of(report(facts(machine("ACME-DC01", hours=73.2))), Rule.BACKUP_STALE)
    assert found.sentence == "ACME-DC01 has had no good backup for 73 hours; the target is 48 hours."


@pytest.mark.parametrize(
    ("hours", "rpo", "age"),
    [
        (171, 170, "171 hours"),
        (170.5, 170, "more than 170 hours"),
        (250, 240, "250 hours"),
        (264, 240, "11 days"),
        (400, 48, "16 days"),
    ],
)
def test_an_age_never_reads_as_less_than_its_target(hours: float, rpo: int, age: str) -> None:
    (finding,) = of(report(facts(machine("DC01", hours=hours, rpo=rpo))), Rule.BACKUP_STALE)
    assert finding.sentence == f"DC01 has had no good backup for {age}; the target is {rpo} hours."


def test_unknown_and_paused_machines_are_no_finding() -> None:
    unknown = replace(
        machine("A", hours=None, proven_days=None), last_good_known=False, verification_known=False
    )
    paused = replace(machine("B", hours=None, proven_days=None), paused=True)
    model = report(facts(unknown, paused))
    assert model.findings == ()
    assert model.backup is not None
    assert [row.rpo_met for row in model.backup.rows] == [None, None]
    assert (model.backup.met.value, model.backup.machines.value) == (None, 1)


def test_met_counts_machines_whose_state_is_known() -> None:
    unknown = replace(machine("C"), last_good_known=False)
    filled = section(machine("A"), machine("B", hours=90), unknown)
    assert (filled.met.value, filled.machines.value) == (1, 3)


def test_no_machines_are_not_all_within_target() -> None:
    assert (section().met.value, section().machines.value) == (None, 0)


def test_a_machine_that_recovered_is_good() -> None:
    before = last(machine(hours=90, week=WEEK.prior()))
    (found,) = of(report(facts(machine()), before), Rule.BACKUP_STALE)
    assert (found.severity, found.before, found.after) == (Severity.GOOD, 90.0, 3.0)


@pytest.mark.parametrize(("days", "fires"), [(29.9, False), (30.0, False), (30.1, True), (None, True)])
def test_unverified_fires_after_the_limit(days: float | None, fires: bool) -> None:
    found = of(report(facts(machine(proven_days=days))), Rule.BACKUP_UNVERIFIED)
    assert [finding.severity for finding in found] == [Severity.NOTICE] * fires


def test_days_show_what_the_runs_came_to() -> None:
    at = [WEEK.start_utc + timedelta(days=n, hours=1) for n in range(3)]
    runs = [run(at=at[0]), run(at=at[1], good=False), run(at=at[2]), run(at=at[2], good=False)]
    (row,) = section(machine(), *runs).rows
    assert row.days == (DayState.GOOD, DayState.FAILED, DayState.MIXED, *[DayState.NONE] * 4)


def test_a_day_without_run_is_unknown_when_runs_are_not_known() -> None:
    partly = replace(machine(), runs_known=False, runs_good=None, runs_failed=None)
    filled = section(partly, run(at=WEEK.end_utc - timedelta(hours=1)))
    assert filled.rows[0].days == (DayState.UNKNOWN,) * 7
    assert filled.runs_good.value is None


def test_the_worst_machine_comes_first_and_the_paused_last() -> None:
    rows = section(
        machine("ok"),
        replace(machine("paused", hours=None), paused=True),
        machine("late", hours=60),
        replace(machine("unknown"), last_good_known=False),
        machine("never", hours=None),
    ).rows
    assert [row.name for row in rows] == ["never", "late", "unknown", "ok", "paused"]


def test_many_stale_machines_are_five_lines_and_a_count() -> None:
    model = report(facts(*(machine(f"M{n:02}", hours=50 + n) for n in range(40))))
    found = of(model, Rule.BACKUP_STALE)
    assert [finding.entity for finding in found] == ["M39", "M38", "M37", "M36", "M35", "other machines"]
    assert found[-1].sentence == "35 more machines have no good backup within target."
    assert model.summary[0] == (
        "40 machines have no good backup within target: M39 for 89 hours, M38 for 88 hours and 38 more."
    )


def test_runs_of_all_machines_are_known_or_the_sum_is_not() -> None:
    unknown = replace(machine("B"), runs_known=False)
    assert section(machine("A"), machine("B")).runs_good.value == 14
    assert section(machine("A"), unknown).runs_good.value is None
    assert section(machine("A"), replace(unknown, paused=True)).runs_good.value == 7


@pytest.mark.parametrize(
    ("was", "now", "changes"),
    [
        ("SRV01", "srv01.acme.local", 0),
        ("srv01.acme.local", "SRV01", 0),
        ("srv01.berlin.local", "srv01.hamburg.local", 2),
    ],
)
def test_a_machine_that_another_system_backs_up_now_is_neither_new_nor_gone(
    was: str, now: str, changes: int
) -> None:
    before = replace(machine(was, week=WEEK.prior()), machine_id="datto-1")
    after = replace(machine(now), machine_id="veeam-1")
    assert len(of(report(facts(after), last(before)), Rule.FLEET_CHANGED)) == changes
