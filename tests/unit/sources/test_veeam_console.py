from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from msp_reports.domain.customer import SourceBinding
from msp_reports.domain.errors import ChangedShapeError, ForeignRowError
from msp_reports.domain.records import BackupMachine
from msp_reports.domain.snapshot import Facts
from msp_reports.domain.week import ReportingWeek
from msp_reports.sources.veeam_console import VeeamConsoleScope, parse
from tests.notes import sentences

MINE, OTHER = "22222222-3333-4444-5555-666666666601", "22222222-3333-4444-5555-666666666602"
SCOPE = VeeamConsoleScope.model_validate({"organization_uid": MINE})
WEEK = ReportingWeek.parse("2026-W47", "Europe/Berlin")  # ends 2026-11-22 23:00 UTC
BEFORE, AFTER = "2026-11-22T20:00:00.0000000-02:00", "2026-11-22T21:00:00.0000000-02:00"


def vm(**more: Any) -> dict[str, Any]:
    about = {"instanceUid": "VM-1", "name": "srv01", "organizationUid": MINE, "jobUid": "j1"}
    return {**about, "latestRestorePointDate": BEFORE, "malwareState": "Clean", **more}


def point(at: str, **more: Any) -> dict[str, Any]:
    return {
        "instanceUid": at,
        "virtualMachineUid": "vm-1",
        "backupCreationTime": at,
        "malwareState": "Clean",
        **more,
    }


def read(**payload: Any) -> Facts:
    whole = {
        "jobs": [
            {"instanceUid": "J1", "name": "Daily", "organizationUid": MINE, "mappedOrganizationUid": None}
        ],
        "virtual_machines": [],
        "agents": [],
        "computers": [],
        "points": [],
        "asked": ["vm-1"],
        "sessions": None,
        "read_at": "2026-11-23T05:00:00+00:00",
        **payload,
    }
    return parse(whole, binding=SourceBinding(system="veeam_console", connection="v", scope=SCOPE), week=WEEK)


def one(**payload: Any) -> BackupMachine:
    (machine,) = read(**payload).records
    assert isinstance(machine, BackupMachine)
    return machine


def told(machine: BackupMachine) -> tuple[bool, str | None]:
    return machine.last_good_known, machine.last_good_at.isoformat() if machine.last_good_at else None


def test_the_latest_point_is_the_week_s_when_it_was_made_before_its_end() -> None:
    machine = one(virtual_machines=[vm()])
    assert told(machine) == (True, "2026-11-22T22:00:00+00:00")
    assert (machine.machine_id, machine.kind, machine.appliance) == ("vspc-vm-1", "vm", "Daily")
    assert (machine.runs_known, machine.verification_known) == (False, False)


def test_a_latest_point_after_the_end_hides_the_one_before_unless_points_were_asked_for() -> None:
    assert told(one(virtual_machines=[vm(latestRestorePointDate=AFTER)])) == (False, None)
    points = [point("2026-11-21T20:00:00Z"), point(AFTER)]
    asked = one(virtual_machines=[vm(latestRestorePointDate=AFTER)], asked=["vm-1"], points=points)
    assert told(asked) == (True, "2026-11-21T20:00:00+00:00")


def test_points_made_after_the_week_are_not_among_its_records() -> None:
    def rows(*points: dict[str, Any]) -> int:
        return read(virtual_machines=[vm()], asked=["vm-1"], points=list(points)).rows_read

    inside = point("2026-11-21T20:00:00Z")
    assert rows(inside, point(AFTER)) == rows(inside) == rows() + 1


def test_a_point_within_the_target_proves_it_met_whenever_it_was_read() -> None:
    late = "2027-02-01T05:00:00+00:00"
    for standing_at in ("2026-11-22T22:59:59+00:00", late):
        facts = read(virtual_machines=[vm()], standing_at=standing_at, read_at=late)
        (machine,) = facts.records
        assert isinstance(machine, BackupMachine)
        assert told(machine) == (True, "2026-11-22T22:00:00+00:00")
        assert any("restore point is the newest that still exists: 1." in line
                   for line in sentences(facts))  # fmt: skip


@pytest.mark.parametrize(
    ("standing_at", "known"),
    [
        ("2026-11-22T22:59:59+00:00", False),
        ("2026-11-22T23:00:00+00:00", True),
        ("2026-11-24T11:00:00+00:00", True),
        ("2026-11-24T11:00:01+00:00", False),
    ],
)
def test_only_a_list_of_the_week_s_end_proves_that_the_target_was_missed(
    standing_at: str, known: bool
) -> None:
    old = vm(latestRestorePointDate="2026-11-10T20:00:00Z")
    machine = one(virtual_machines=[old], standing_at=standing_at)
    assert told(machine) == ((True, "2026-11-10T20:00:00+00:00") if known else (False, None))


def test_points_that_retention_left_over_prove_no_miss() -> None:
    weekly = [point("2026-11-15T20:00:00Z"), point(AFTER)]
    thinned = vm(latestRestorePointDate=AFTER)
    assert told(one(virtual_machines=[thinned], points=weekly)) == (False, None)


@pytest.mark.parametrize("state", ["Infected", "Suspicious"])
def test_a_point_with_malware_is_not_good(state: str) -> None:
    points = [point("2026-11-21T20:00:00Z"), point(BEFORE, malwareState=state)]
    machine = one(virtual_machines=[vm(malwareState=state)], points=points, asked=["vm-1"])
    assert told(machine) == (True, "2026-11-21T20:00:00+00:00")
    assert told(one(virtual_machines=[vm(malwareState=state)])) == (False, None)


def test_agents_are_told_by_either_kind_of_point() -> None:
    agent = {"instanceUid": "a1", "name": "pc1", "organizationUid": MINE, "latestRestorePointDate": AFTER}
    computer = {
        "backupAgentUid": "c1",
        "name": "pc2",
        "organizationUid": MINE,
        "latestRestorePointDate": AFTER,
    }
    points = [
        {"instanceUid": "1", "backupAgentUid": "a1", "backupCreationTime": "2026-11-21T20:00:00Z"},
        {"instanceUid": "2", "backupAgentUid": "c1", "creationDate": "2026-11-20T20:00:00Z"},
    ]
    records = read(agents=[agent], computers=[computer], points=points, asked=["A1", "C1"]).records
    assert [told(r) for r in records if isinstance(r, BackupMachine)] == [
        (True, "2026-11-21T20:00:00+00:00"),
        (False, None),  # 51 hours before the end: a later one may be gone
    ]


@pytest.mark.parametrize("named", ["I-1", "S-1"])
def test_a_computer_s_points_name_either_of_its_uids(named: str) -> None:
    agent = {"instanceUid": "i-1", "sourceInstanceUid": "s-1", "name": "pc1", "organizationUid": MINE}
    row = {"instanceUid": "p", "backupAgentUid": named, "backupCreationTime": "2026-11-21T20:00:00Z"}
    facts = read(agents=[{**agent, "latestRestorePointDate": AFTER}], asked=["i-1", "s-1"], points=[row])
    (machine,) = facts.records
    assert isinstance(machine, BackupMachine)
    assert told(machine) == (True, "2026-11-21T20:00:00+00:00")


def test_machines_whose_points_are_not_found_are_counted_and_named() -> None:
    agents = [
        {"instanceUid": f"a{n}", "name": f"pc{n}", "organizationUid": MINE, "latestRestorePointDate": AFTER}
        for n in range(5)
    ]
    facts = read(agents=agents, asked=[f"a{n}" for n in range(5)])
    assert (
        "Machines with a backup of which the console names no restore point: 5 (pc0, pc1, pc2 and 2 more)."
        in sentences(facts)
    )
    unasked = read(agents=agents, asked=[])
    assert not any("names no restore point" in line for line in sentences(unasked))


@pytest.mark.parametrize("read_at", ["2026-11-23T05:00:00+00:00", "2027-02-01T05:00:00+00:00"])
def test_never_is_not_said_as_the_vendor_does_not_say_it(read_at: str) -> None:
    dateless = vm(latestRestorePointDate=None)
    assert told(one(virtual_machines=[dateless], read_at=read_at)) == (False, None)
    newer = one(virtual_machines=[vm(latestRestorePointDate=AFTER)], points=[point(AFTER)], read_at=read_at)
    assert told(newer) == (False, None)


def test_a_machine_added_since_the_list_was_kept_is_newer_than_the_week_and_not_another_s() -> None:
    added = point(AFTER, virtualMachineUid="VM-2")
    facts = read(virtual_machines=[vm()], asked=["vm-1", "vm-2"], points=[added])
    assert [r.name for r in facts.records if isinstance(r, BackupMachine)] == ["srv01"]
    assert facts.rows_read == 1


def test_a_job_s_mapping_goes_before_the_owner_of_its_server() -> None:
    job = {"instanceUid": "j1", "name": "Daily", "organizationUid": OTHER, "mappedOrganizationUid": MINE}
    assert one(jobs=[job], virtual_machines=[vm(organizationUid=OTHER)]).name == "srv01"
    with pytest.raises(ForeignRowError):
        read(jobs=[job | {"mappedOrganizationUid": OTHER}], virtual_machines=[vm()])


@pytest.mark.parametrize(
    "payload",
    [
        {"virtual_machines": [vm(organizationUid=OTHER)]},
        {"agents": [vm(organizationUid=None, jobUid=None)]},
        {"virtual_machines": [vm()], "points": [point(BEFORE, virtualMachineUid="someone")]},
        {
            "sessions": [{"organizationUid": OTHER}],
            "session_jobs": [],
            "servers": [],
            "sessions_from": "2026-11-15T20:00:00Z",
        },
    ],
)
def test_another_company_s_row_refuses_the_snapshot(payload: dict[str, Any]) -> None:
    with pytest.raises(ForeignRowError):
        read(**payload)


INSIDE, OUTSIDE = "2026-11-20T20:00:00Z", "2026-11-23T20:00:00Z"
HISTORY = "2026-11-15T20:00:00Z"
ELSEWHERE = {"instanceUid": "j2", "organizationUid": OTHER, "mappedOrganizationUid": MINE}
JOBS = [
    {"instanceUid": "J1", "name": "Daily", "organizationUid": MINE, "backupServerUid": "S1"},
    {**ELSEWHERE, "name": "Hosted", "backupServerUid": "s2"},
    {"instanceUid": "j3", "name": "Lent", "organizationUid": MINE, "mappedOrganizationUid": OTHER,
     "backupServerUid": "s1"},
]  # fmt: skip
SERVERS = [
    {"instanceUid": "s1", "managementAgentUid": "AG1"},
    {"instanceUid": "s2", "managementAgentUid": "ag2"},
]


def session(job: str = "Daily", agent: str | None = "ag1", owner: str = MINE, **more: Any) -> dict[str, Any]:
    about = {"organizationUid": owner, "managementAgentUid": agent, "jobName": job, "workloadType": "Vm"}
    return {**about, "jobType": "Backup", "result": "Success", "endTime": INSIDE, **more}


def said(*rows: dict[str, Any], **more: Any) -> str:
    payload = {"session_jobs": JOBS, "servers": SERVERS, "sessions_from": HISTORY, **more}
    return " ".join(sentences(read(sessions=list(rows), **payload))[1:])


def test_sessions_are_told_by_job() -> None:
    rows = [
        session(jobType=kind, result=result, endTime=at)
        for kind, result, at in (
            ("Backup", "Success", INSIDE),
            ("Backup", "Warning", INSIDE),
            ("Backup", "Failed", INSIDE),
            ("Backup", "Unknown", INSIDE),
            ("BackupCopy", "Failed", INSIDE),
            ("Backup", "Failed", OUTSIDE),
        )
    ]
    assert "of 3 backup job sessions in the week, 2 succeeded and 1 failed" in said(*rows)
    assert "Runs are not known" in " ".join(sentences(read(sessions=None)))


@pytest.mark.parametrize("owner", [MINE, OTHER])
def test_a_job_mapped_to_this_company_is_its_own_whatever_organization_its_sessions_name(owner: str) -> None:
    told = said(session(), session("Hosted", "ag2", owner))
    assert "of 2 backup job sessions" in told
    assert "not counted" not in told


@pytest.mark.parametrize("owner", [MINE, OTHER])
def test_a_session_of_a_job_that_is_mapped_away_is_another_s(owner: str) -> None:
    with pytest.raises(ForeignRowError):
        said(session("Lent", owner=owner))


def test_a_computer_s_own_agent_cannot_be_mapped() -> None:
    assert "of 1 backup job session in" in said(session("Its own", "other-agent", workloadType="Computer"))


@pytest.mark.parametrize(
    "row",
    [
        session("Gone"),
        session("Daily", None),
        session("Daily", None, OTHER),
        session("Its own", "other-agent"),
        session("Its own", None, workloadType="Computer"),
        session("Twice"),
        session("Serverless", "other-agent", OTHER),
    ],
)
def test_a_session_that_could_be_anyone_s_is_counted_apart(row: dict[str, Any]) -> None:
    twice = [{**job, "name": "Twice"} for job in (JOBS[0], JOBS[2])]
    told = said(session(), row, session_jobs=[*JOBS, *twice, {**ELSEWHERE, "name": "Serverless"}])
    assert "of 1 backup job session in" in told
    assert "lists several of its name: 1." in told


def test_no_sessions_is_not_known_and_not_none() -> None:
    for told in (said(), said(session(result="Unknown")), said(session(endTime=OUTSIDE))):
        assert "Runs are not known" in told
        assert " 0 " not in told


@pytest.mark.parametrize("since", [None, "2026-11-15T23:00:00Z", INSIDE])
def test_sessions_that_do_not_reach_back_to_the_week_s_start_are_not_the_week_s(since: str | None) -> None:
    told = said(session(), sessions_from=since)
    assert "do not reach back to the week's start" in told
    assert "succeeded" not in told


@pytest.mark.parametrize("part", ["jobs", "virtual_machines", "agents", "computers", "points"])
def test_a_missing_part_changes_the_shape(part: str) -> None:
    with pytest.raises(ChangedShapeError):
        read(**{part: None})


@pytest.mark.parametrize(
    "scope", [{}, {"organization_uid": "ACME"}, {"organization_uid": MINE, "rpo_hours": 0}]
)
def test_a_scope_that_names_no_company_is_refused(scope: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        VeeamConsoleScope.model_validate(scope)


def test_seven_fractional_digits_are_read() -> None:
    machine = one(virtual_machines=[vm(latestRestorePointDate="2026-11-22T20:00:00.1234567+00:00")])
    assert machine.last_good_at == datetime(2026, 11, 22, 20, 0, 0, 123456, UTC)
