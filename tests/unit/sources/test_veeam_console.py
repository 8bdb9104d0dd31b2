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
        "asked": [],
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


@pytest.mark.parametrize(
    ("standing_at", "known"), [("2026-11-22T23:00:00+00:00", True), ("2026-11-22T22:59:59+00:00", False)]
)
def test_a_standing_from_before_the_end_does_not_tell_of_it(standing_at: str, known: bool) -> None:
    late = "2027-02-01T05:00:00+00:00"
    assert one(virtual_machines=[vm()], standing_at=standing_at, read_at=late).last_good_known is known


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
    records = read(agents=[agent], computers=[computer], points=points).records
    assert [told(r) for r in records if isinstance(r, BackupMachine)] == [
        (True, "2026-11-21T20:00:00+00:00"),
        (True, "2026-11-20T20:00:00+00:00"),
    ]


def test_never_is_said_only_of_a_machine_without_any_point() -> None:
    assert told(one(virtual_machines=[vm(latestRestorePointDate=None)])) == (True, None)
    late = "2027-02-01T05:00:00+00:00"
    assert told(one(virtual_machines=[vm(latestRestorePointDate=None)], read_at=late)) == (False, None)
    newer = one(virtual_machines=[vm(latestRestorePointDate=AFTER)], asked=["vm-1"], points=[point(AFTER)])
    assert told(newer) == (False, None)


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
        {"sessions": [{"organizationUid": OTHER}]},
    ],
)
def test_another_company_s_row_refuses_the_snapshot(payload: dict[str, Any]) -> None:
    with pytest.raises(ForeignRowError):
        read(**payload)


def test_sessions_are_told_by_job() -> None:
    inside, outside = "2026-11-20T20:00:00Z", "2026-11-23T20:00:00Z"
    rows = [
        {"organizationUid": MINE, "jobType": kind, "result": result, "endTime": at}
        for kind, result, at in (
            ("Backup", "Success", inside),
            ("Backup", "Warning", inside),
            ("Backup", "Failed", inside),
            ("Backup", "Unknown", inside),
            ("BackupCopy", "Failed", inside),
            ("Backup", "Failed", outside),
        )
    ]
    assert any("of 3 backup job sessions in the week, 2 succeeded and 1 failed" in line
               for line in read(sessions=rows).approximations)  # fmt: skip
    assert any("Runs are not known" in line for line in read(sessions=None).approximations)


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
