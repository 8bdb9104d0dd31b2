from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msp_reports.domain.customer import SourceBinding
from msp_reports.domain.errors import ChangedShapeError, ForeignRowError
from msp_reports.domain.records import BackupMachine, BackupRun
from msp_reports.domain.report import DayState
from msp_reports.domain.snapshot import Facts
from msp_reports.domain.week import ReportingWeek
from msp_reports.sources.veeam import VeeamScope, parse
from tests.notes import sentences
from tests.unit.domain.builders import facts as week_facts
from tests.unit.domain.builders import report

WEEK = ReportingWeek.parse("2026-W47", "Europe/Berlin")  # ends 2026-11-22 23:00 UTC


def task(began: str, ended: str | None, result: str = "Success", **more: Any) -> dict[str, Any]:
    about = {
        "id": began,
        "name": "srv01",
        "sessionType": "BackupJob",
        "job": "ACME - Daily",
        "repository": "Repo",
    }
    outcome = {"result": result, "message": "said"}
    times = {"creationTime": began, "endTime": ended, "clock": f"{began[:19]}+01:00"}
    return {**about, **times, "result": outcome, "restorePointId": f"p{began}", **more}


def point(at: str, **more: Any) -> dict[str, Any]:
    about = {"id": f"p{at}", "name": "srv01", "job": "ACME - Daily", "repository": "Repo"}
    return {**about, "creationTime": at, "malwareStatus": "Clean", **more}


def read(
    tasks: list[dict[str, Any]],
    points: list[dict[str, Any]] | None = None,
    *,
    scope: VeeamScope | None = None,
    **payload: Any,
) -> Facts:
    whole = {
        "tasks": tasks,
        "points": points or [],
        "server_time": "2026-11-23T06:00:00+01:00",
        "history_from": "2026-01-01T00:00:00+01:00",
        **payload,
    }
    binding = SourceBinding(system="veeam", connection="v", scope=scope or VeeamScope())
    return parse(whole, binding=binding, week=WEEK)


def one(*args: Any, **kwargs: Any) -> BackupMachine:
    (machine,) = [r for r in read(*args, **kwargs).records if isinstance(r, BackupMachine)]
    return machine


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_a_time_without_offset_is_on_the_clock_of_its_session() -> None:
    winter = one([task("2026-11-20T22:00:00", "2026-11-20T22:30:00")])
    assert winter.last_good_at == utc("2026-11-20T21:00")
    other = one([task("2026-11-20T22:00:00", "2026-11-20T22:30:00", clock="2026-11-20T00:00:00-05:00")])
    assert other.last_good_at == utc("2026-11-21T03:00")


@pytest.mark.parametrize(
    ("ended", "counted"),
    [("2026-11-22T23:59:59", 1), ("2026-11-23T00:00:00", 0), (None, 0)],
)
def test_what_still_runs_at_the_end_is_next_week_s(ended: str | None, counted: int) -> None:
    machine = one([task("2026-11-18T22:00:00", "2026-11-18T22:10:00"), task("2026-11-22T23:50:00", ended)])
    assert machine.runs_good == 1 + counted
    assert machine.last_good_at == (utc("2026-11-22T22:50") if counted else utc("2026-11-18T21:00"))


def test_the_point_of_a_run_that_is_not_over_does_not_count() -> None:
    began = "2026-11-22T23:50:00"
    tasks = [task("2026-11-18T22:00:00", "2026-11-18T22:10:00"), task(began, "2026-11-23T00:20:00")]
    assert one(tasks, [point("2026-11-22T23:50:00+01:00", id=f"p{began}")]).last_good_at == utc(
        "2026-11-18T21:00"
    )


@pytest.mark.parametrize("result", ["Success", "success", "Warning", "WARNING"])
def test_a_warning_is_good_and_casing_does_not_matter(result: str) -> None:
    facts = read([task("2026-11-20T22:00:00", "2026-11-20T22:30:00", result)])
    (run,) = [r for r in facts.records if isinstance(r, BackupRun)]
    assert run.good
    assert run.message == ("said" if result.lower() == "warning" else "")
    assert any("warning" in line for line in sentences(facts)) is (result.lower() == "warning")


@pytest.mark.parametrize(("minutes", "runs"), [(14, (1, 0)), (20, (1, 0)), (21, (1, 1)), (300, (1, 1))])
def test_a_failure_that_is_tried_again_is_one_run(minutes: int, runs: tuple[int, int]) -> None:
    failed = utc("2026-11-20T20:00")
    again = failed + timedelta(minutes=minutes)
    machine = one([
        task((failed - timedelta(minutes=5)).isoformat(), failed.isoformat(), "Failed"),
        task(again.isoformat(), (again + timedelta(minutes=5)).isoformat()),
    ])
    assert (machine.runs_good, machine.runs_failed) == runs


def test_two_jobs_of_one_machine_do_not_retry_each_other() -> None:
    machine = one([
        task("2026-11-20T22:00:00", "2026-11-20T22:05:00", "Failed"),
        task("2026-11-20T22:10:00", "2026-11-20T22:15:00", job="ACME - Other"),
    ])
    assert (machine.runs_good, machine.runs_failed) == (1, 1)


def test_a_failure_at_the_edge_that_is_tried_again_counts_in_the_week_of_the_last_try() -> None:
    machine = one([
        task("2026-11-19T22:00:00", "2026-11-19T22:05:00"),
        task("2026-11-22T23:50:00", "2026-11-22T23:55:00", "Failed"),
        task("2026-11-23T00:05:00", "2026-11-23T00:15:00"),
    ])
    assert (machine.runs_good, machine.runs_failed) == (1, 0)


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize(
    ("ended", "result"),
    [
        ("2026-11-23T00:00:00", "Success"),
        (None, "None"),
        ("2026-11-22T23:59:00", "Failed"),
        ("2026-11-22T23:59:00", "None"),
    ],
    ids=["ends with the week", "still runs", "failed", "no result"],
)
def test_the_point_of_a_run_that_did_not_end_well_in_time_meets_no_target(
    ended: str | None, result: str, named: bool
) -> None:
    point_id = "p-late" if named else None
    late = task("2026-11-22T22:00:00", ended, result, restorePointId=point_id)
    points = [point("2026-11-22T22:30:00+01:00", id="p-late"), point("2026-11-18T22:01:00+01:00", id="p-old")]
    assert one([late], points).last_good_at == utc("2026-11-18T21:01")


def test_a_point_of_the_session_s_first_minutes_is_the_late_machine_s_own() -> None:
    late = task("2026-11-22T23:50:00", None, "None", restorePointId=None, clock="2026-11-22T20:00:00+01:00")
    points = [point("2026-11-22T20:00:05+01:00"), point("2026-11-22T19:59:00+01:00", id="p-before")]
    assert one([late], points).last_good_at == utc("2026-11-22T18:59")


def test_the_point_of_a_good_run_counts_though_another_job_fails_beside_it() -> None:
    good = task("2026-11-22T22:10:00", "2026-11-22T22:20:00", restorePointId="p-good")
    bad = task("2026-11-22T22:00:00", "2026-11-22T23:00:00", "Failed", job="ACME - B", restorePointId=None)
    found = one([good, bad], [point("2026-11-22T22:15:00+01:00", id="p-good")])
    assert found.last_good_at == utc("2026-11-22T21:15")


def test_a_point_of_another_run_counts_though_one_still_runs_that_names_its_own() -> None:
    late = task("2026-11-22T22:00:00", None, "None", restorePointId="p-late")
    copied = point("2026-11-22T22:30:00+01:00", id="p-copied")
    assert one([late], [copied]).last_good_at == utc("2026-11-22T21:30")


OLD = ("2026-11-10T22:00:00", "2026-11-10T22:10:00")
ODD = ("2026-11-18T22:00:00", "2026-11-18T22:10:00")


@pytest.mark.parametrize("result", ["Success", "Failed"])
@pytest.mark.parametrize("beside", [[], [task(*OLD)]], ids=["alone", "beside runs that are known"])
def test_a_kind_of_session_that_is_not_known_is_named_and_makes_no_zero(
    beside: list[dict[str, Any]], result: str
) -> None:
    odd = task(*ODD, result, sessionType="IrisBackup")
    machine = one([*beside, odd], [point("2026-11-18T22:00:00+01:00")])
    assert (machine.runs_known, machine.runs_good, machine.runs_failed) == (False, None, None)
    (line,) = [x for x in sentences(read([*beside, odd])) if "IrisBackup" in x]
    assert "): 1." in line
    assert "srv01" in line


def test_a_machine_of_which_no_session_is_listed_is_named_and_has_no_zero() -> None:
    other = task("2026-11-20T22:00:00", "2026-11-20T22:30:00", name="srv02")
    facts = read([other], [point("2026-11-20T22:00:00+01:00")])
    told = {r.name: (r.runs_known, r.runs_good) for r in facts.records if isinstance(r, BackupMachine)}
    assert told == {"srv01": (False, None), "srv02": (True, 1)}
    assert any("1 (srv01)" in line for line in sentences(facts))


def test_a_week_without_runs_of_a_machine_that_has_run_before_is_none() -> None:
    machine = one([task(*OLD), task("2026-11-08T22:00:00", "2026-11-08T22:10:00", sessionType="IrisBackup")])
    assert (machine.runs_known, machine.runs_good, machine.runs_failed) == (True, 0, 0)


def test_what_an_unknown_kind_of_session_made_may_stand_elsewhere_and_is_not_never() -> None:
    machine = one([task(*ODD, sessionType="IrisBackup", restorePointId=None)])
    assert (machine.last_good_known, machine.last_good_at) == (False, None)


def test_a_run_over_midnight_has_its_cell_on_the_day_it_ended() -> None:
    facts = read([
        task("2026-11-15T23:50:00", "2026-11-16T00:10:00", "Failed"),
        task("2026-11-18T23:50:00", "2026-11-19T00:10:00"),
        task("2026-11-22T23:50:00", "2026-11-23T00:10:00"),
    ])
    (machine,) = [r for r in facts.records if isinstance(r, BackupMachine)]
    assert (machine.runs_good, machine.runs_failed) == (1, 1)
    filled = report(week_facts(*facts.records)).backup
    assert filled is not None
    none = DayState.NONE
    assert filled.rows[0].days == (DayState.FAILED, none, none, DayState.GOOD, none, none, none)


@pytest.mark.parametrize("status", ["Suspicious", "Infected", "infected"])
def test_a_point_with_malware_is_not_good(status: str) -> None:
    tasks = [
        task("2026-11-18T22:00:00", "2026-11-18T22:10:00"),
        task("2026-11-20T22:00:00", "2026-11-20T22:10:00"),
    ]
    bad = point("2026-11-20T22:00:00+01:00", id="p2026-11-20T22:00:00", malwareStatus=status)
    assert one(tasks, [bad]).last_good_at == utc("2026-11-18T21:00")


def test_no_evidence_of_a_test_restore_is_not_never() -> None:
    nothing = one([task("2026-11-20T22:00:00", "2026-11-20T22:30:00")])
    assert (nothing.verification_known, nothing.verified_at) == (False, None)
    tested = one([
        task("2026-11-20T22:00:00", "2026-11-20T22:30:00"),
        task("2026-11-21T09:00:00", "2026-11-21T09:10:00", sessionType="SureBackup"),
        task("2026-11-23T09:00:00", "2026-11-23T09:10:00", sessionType="SureBackup"),
    ])
    assert (tested.verification_known, tested.verified_at) == (True, utc("2026-11-21T08:10"))
    assert tested.runs_good == 1


def test_runs_are_not_known_before_the_history_begins() -> None:
    tasks = [task("2026-11-20T22:00:00", "2026-11-20T22:30:00")]
    at_start = one(tasks, history_from="2026-11-16T00:00:00+01:00")
    later = one(tasks, history_from="2026-11-16T00:00:01+01:00")
    assert (at_start.runs_known, at_start.runs_good) == (True, 1)
    assert (later.runs_known, later.runs_good, later.runs_failed) == (False, None, None)


def test_a_machine_that_only_ever_failed_has_no_good_point() -> None:
    failed = task("2026-11-20T22:00:00", "2026-11-20T22:30:00", "Failed")
    machine = one([failed])
    assert (machine.last_good_known, machine.last_good_at, machine.runs_failed) == (True, None, 1)
    later = one([failed], server_time="2026-11-25T06:00:00+01:00")
    assert (later.last_good_known, later.last_good_at, later.runs_failed) == (False, None, 1)


def test_a_machine_that_came_after_the_week_is_not_in_it() -> None:
    assert read([task("2026-11-23T22:00:00", "2026-11-23T22:30:00")]).records == ()


@pytest.mark.parametrize("part", ["tasks", "points"])
def test_another_customer_s_job_refuses_the_snapshot(part: str) -> None:
    rows: dict[str, Any] = {"tasks": [], "points": []}
    rows[part] = [{**task("2026-11-20T22:00:00", None), "job": "ACME-LABS - Daily"}]
    with pytest.raises(ForeignRowError):
        read(**rows, scope=VeeamScope(job_prefix="ACME - "))


@pytest.mark.parametrize(
    ("scope", "job", "repository", "owned"),
    [
        ({}, "anything", "", True),
        ({"job_prefix": "ACME - "}, "acme - daily", "", True),
        ({"job_prefix": "ACME - "}, "ACME-LABS - Daily", "", False),
        ({"job_prefix": "ACME - "}, "", "", False),
        ({"repositories": ["Repo A"]}, "x", "repo a", True),
        ({"repositories": ["Repo A"]}, "x", "Repo AB", False),
        ({"job_prefix": "A", "repositories": ["R"]}, "B", "R", False),
    ],
)
def test_a_shared_server_is_told_apart_by_names(
    scope: dict[str, Any], job: str, repository: str, owned: bool
) -> None:
    assert VeeamScope.model_validate(scope).owns(job, repository) is owned


@pytest.mark.parametrize(
    "change", [{"tasks": None}, {"server_time": "2026-11-23T06:00:00"}, {"server_time": None}]
)
def test_a_payload_without_its_parts_changes_the_shape(change: dict[str, Any]) -> None:
    with pytest.raises(ChangedShapeError):
        read(**({"tasks": []} | change))


AGES = st.lists(st.integers(-72 * 60, 40 * 24 * 60), unique=True, max_size=20)
"""Minutes from the week's end back to each point that was ever made; below nothing, it was made later."""


@given(ages=AGES, kept=st.data(), hours=st.integers(0, 24 * 60), target=st.integers(1, 240))
def test_no_session_listed_and_whatever_retention_deleted_no_false_verdict_is_given(
    ages: list[int], kept: st.DataObject, hours: int, target: int
) -> None:
    read_at = WEEK.end_utc + timedelta(hours=hours)
    ever = [at for age in ages if (at := WEEK.end_utc - timedelta(minutes=age)) <= read_at]
    last = max((at for at in ever if at < WEEK.end_utc), default=None)
    newest = max(ever, default=None)  # retention deletes no machine's newest point
    left = [at for at in ever if at == newest or kept.draw(st.booleans())]
    facts = read(
        [], [point(at.isoformat()) for at in left], scope=VeeamScope(rpo_hours=target),
        server_time=read_at.isoformat(),
    )  # fmt: skip
    assert facts.rows_read == sum(at < WEEK.end_utc for at in left)
    for machine in facts.records:
        assert isinstance(machine, BackupMachine)
        if not machine.last_good_known:
            assert machine.last_good_at is None
            continue
        assert last is not None
        assert machine.last_good_at is not None
        is_newest_left = any("newest that still exists" in line for line in sentences(facts))
        if is_newest_left:
            assert WEEK.end_utc - last <= WEEK.end_utc - machine.last_good_at <= timedelta(hours=target)
        else:
            assert machine.last_good_at == last


@pytest.mark.parametrize(
    ("made", "server_time", "told"),
    [
        ("2026-11-17T22:00", "2026-11-23T06:00", (True, "2026-11-17T21:00")),
        ("2026-11-17T22:00", "2026-11-24T12:00", (True, "2026-11-17T21:00")),
        ("2026-11-17T22:00", "2026-11-24T12:01", (False, None)),
        ("2026-11-17T22:00", "2026-11-22T23:59", (False, None)),
        ("2026-11-21T00:00", "2027-03-01T06:00", (True, "2026-11-20T23:00")),
        ("2026-11-20T23:59", "2027-03-01T06:00", (False, None)),
    ],
    ids=["late soon", "late until noon", "late later", "not over", "in target", "a minute beyond"],
)
@pytest.mark.parametrize("sessions", ["none", "younger than the week"])
def test_points_left_over_prove_a_target_met_and_only_the_list_of_the_week_s_end_a_miss(
    sessions: str, made: str, server_time: str, told: tuple[bool, str | None]
) -> None:
    tasks = [task(f"{made}:00", f"{made}:30")] if sessions != "none" else []
    machine = one(
        tasks,
        [point(f"{made}:00+01:00", id=f"p{made}:00")],
        server_time=f"{server_time}:00+01:00",
        history_from=f"{made}:00+01:00",
    )
    assert (machine.last_good_known, machine.last_good_at) == (told[0], utc(told[1]) if told[1] else None)


def test_a_point_made_since_may_have_pushed_out_one_of_the_week() -> None:
    old, since = point("2026-11-17T22:00:00+01:00"), point("2026-11-23T00:00:00+01:00", job="ACME - New")
    assert one([], [old]).last_good_known
    pushed = one([], [old, since])
    assert (pushed.last_good_known, pushed.last_good_at) == (False, None)
    assert pushed.appliance == "ACME - Daily"
    facts = read([], [point("2026-11-21T22:00:00+01:00"), since])
    assert facts.rows_read == 1
    assert any("newest that still exists: 1." in line for line in sentences(facts))


def test_runs_on_record_tell_exactly_though_no_point_is_left() -> None:
    ran = task("2026-11-17T22:00:00", "2026-11-17T22:10:00")
    facts = read([ran], server_time="2027-03-01T06:00:00+01:00")
    (machine,) = [r for r in facts.records if isinstance(r, BackupMachine)]
    assert (machine.last_good_known, machine.last_good_at) == (True, utc("2026-11-17T21:00"))
    assert not any("still exists" in line for line in sentences(facts))


def test_beside_an_unknown_kind_of_session_an_old_point_proves_no_miss() -> None:
    tasks = [task(*OLD), task(*ODD, sessionType="IrisBackup", restorePointId=None)]
    machine = one(tasks, [point("2026-11-10T22:00:00+01:00")])
    assert (machine.last_good_known, machine.last_good_at) == (False, None)
