"""Veeam Service Provider Console answers to the backups of one customer's week.

Read from protected workloads, their restore points and the job-session heatmap, REST v3
(helpcenter.veeam.com/docs/vac/rest). The console keeps no runs per machine: those are not known. Of a
past week it tells what surviving restore points tell, or a standing taken soon after the week's end.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import AliasChoices, BeforeValidator, Field

from msp_reports.domain.customer import SourceBinding
from msp_reports.domain.errors import ConfigurationError, ForeignRowError
from msp_reports.domain.records import BackupMachine
from msp_reports.domain.snapshot import Facts
from msp_reports.domain.week import ReportingWeek
from msp_reports.sources.restore_points import last_good
from msp_reports.sources.rows import CamelRow, MaybeText, RowReader, ScopeModel, Utc, rows_of, unique

_UNCLEAN = frozenset({"infected", "suspicious"})
_GOOD, _OVER = frozenset({"success", "warning"}), frozenset({"success", "warning", "failed"})

Row = Mapping[str, Any]
Uid = Annotated[str, BeforeValidator(lambda value: value.lower() if isinstance(value, str) else value)]


class VeeamConsoleScope(ScopeModel):
    """The company as the console knows it."""

    organization_uid: UUID
    rpo_hours: Annotated[int, Field(gt=0)] = 48

    def identities(self) -> tuple[object, ...]:
        return (self.organization_uid,)

    def owns(self, row: Row, jobs: Mapping[str, Row]) -> bool:
        """Tell whether a workload is this company's: its job's mapping goes before its server's owner."""
        job = jobs.get(str(row.get("jobUid") or "").lower(), {})
        owner = job.get("mappedOrganizationUid") or row.get("organizationUid")
        return str(owner).lower() == str(self.organization_uid)


class _Workload(CamelRow):
    uid: Annotated[Uid, Field(validation_alias=AliasChoices("instanceUid", "backupAgentUid"))]
    name: Annotated[str, Field(min_length=1)]
    job_uid: MaybeText = ""
    latest_restore_point_date: Utc | None = None
    malware_state: MaybeText = ""


class _Point(CamelRow):
    owner: Annotated[Uid, Field(validation_alias=AliasChoices("virtualMachineUid", "backupAgentUid"))]
    created_at: Annotated[
        Utc | None, Field(validation_alias=AliasChoices("backupCreationTime", "creationDate"))
    ] = None
    malware_state: MaybeText = ""


class _JobSession(CamelRow):
    job_type: MaybeText = ""
    result: MaybeText = ""
    end_time: Utc | None = None


def parse(payload: Row, *, binding: SourceBinding, week: ReportingWeek) -> Facts:
    """Read workloads and their restore points (see `contract.Parse`)."""
    scope = binding.scope
    if not isinstance(scope, VeeamConsoleScope):
        raise ConfigurationError("the Veeam console parser was given another system's scope")
    reader = RowReader()
    jobs = {str(row.get("instanceUid")).lower(): row for row in rows_of(payload, "jobs")}
    points = _points(payload, reader)
    asked = {str(uid).lower() for uid in payload.get("asked") or ()}
    read_at = datetime.fromisoformat(payload["read_at"])
    standing_at = datetime.fromisoformat(payload.get("standing_at") or payload["read_at"])
    machines = []
    for part, kind in (("virtual_machines", "vm"), ("agents", "agent"), ("computers", "agent")):
        rows = _own(payload, part, scope, jobs)
        for workload in unique(reader.read(_Workload, rows, part.replace("_", " "), key="name"), _uid_of):
            told = _told(workload, points, asked if kind == "vm" else None, week, (read_at, standing_at))
            job = jobs.get(workload.job_uid.lower(), {}).get("name")
            machines.append(_machine(workload, kind, str(job or "Veeam"), told, scope))
    _check(points, {machine.machine_id for machine in machines}, reader)
    return Facts(
        records=tuple(machines),
        rows_read=reader.rows_read - _later(points, week),
        skipped=tuple(reader.skipped),
        approximations=(
            "The list of machines is that of the time of fetching.",
            _jobs_told(payload, scope, week, reader),
        ),
    )


def _uid_of(workload: _Workload) -> str:
    return workload.uid


def _own(payload: Row, part: str, scope: VeeamConsoleScope, jobs: Mapping[str, Row]) -> Sequence[Row]:
    rows = rows_of(payload, part)
    for row in rows:
        if not scope.owns(row, jobs):
            raise ForeignRowError(
                f"Veeam Service Provider Console: {str(row.get('name'))[:60]!r} is another company's."
            )
    return rows


def _points(payload: Row, reader: RowReader) -> dict[str, list[_Point]]:
    found: dict[str, list[_Point]] = defaultdict(list)
    for point in reader.read(_Point, rows_of(payload, "points"), "restore point", key="instanceUid"):
        found[point.owner].append(point)
    return found


def _later(points: Mapping[str, Sequence[_Point]], week: ReportingWeek) -> int:
    """Count points made after the week: they tell nothing of it, and there are more of them every day."""
    return sum(
        point.created_at is not None and point.created_at >= week.end_utc
        for of_one in points.values()
        for point in of_one
    )


def _check(points: Mapping[str, object], machines: set[str], reader: RowReader) -> None:
    """Every point must be of a machine of the customer, or of one whose row could not be read."""
    if not reader.skipped and any(f"vspc-{owner}" not in machines for owner in points):
        raise ForeignRowError(
            "Veeam Service Provider Console: a restore point is of another company's machine."
        )


def _told(
    workload: _Workload,
    points: Mapping[str, Sequence[_Point]],
    asked: set[str] | None,
    week: ReportingWeek,
    clocks: tuple[datetime, datetime],
) -> tuple[bool, datetime | None]:
    """Return whether it can be told, and the newest good restore point before the week's end.

    Args:
        asked: the machines whose points were asked for. None: all.
        clocks: when points were read, and when the list of workloads was.
    """
    read_at, standing_at = clocks
    latest = workload.latest_restore_point_date
    clean = workload.malware_state.casefold() not in _UNCLEAN
    good = [p.created_at for p in points.get(workload.uid, ()) if p.malware_state.casefold() not in _UNCLEAN]
    before = [moment for moment in good if moment is not None and moment < week.end_utc]
    if latest is not None and clean and latest < week.end_utc <= standing_at:
        return True, max((latest, *before))
    if latest is not None and asked is not None and workload.uid not in asked:
        return False, None
    known, newest = last_good(before, week, read_at=read_at)
    began_later = newest is None and latest is not None
    return known and not began_later, newest


def _machine(
    workload: _Workload,
    kind: str,
    appliance: str,
    told: tuple[bool, datetime | None],
    scope: VeeamConsoleScope,
) -> BackupMachine:
    return BackupMachine(
        machine_id=f"vspc-{workload.uid}",
        name=workload.name,
        appliance=appliance,
        kind=kind,
        paused=False,
        last_good_known=told[0],
        last_good_at=told[1],
        rpo_hours=scope.rpo_hours,
        runs_known=False,
        runs_good=None,
        runs_failed=None,
        verified_at=None,
        verification_known=False,
    )


def _jobs_told(payload: Row, scope: VeeamConsoleScope, week: ReportingWeek, reader: RowReader) -> str:
    """Say what the heatmap tells, which counts jobs and not machines."""
    if payload.get("sessions") is None:
        return "Runs are not known: this console does not tell of past job sessions."
    rows = rows_of(payload, "sessions")
    if any(str(row.get("organizationUid")).lower() != str(scope.organization_uid) for row in rows):
        raise ForeignRowError("Veeam Service Provider Console: a job session is another company's.")
    results = [
        session.result.casefold()
        for session in reader.read(_JobSession, rows, "job session", key="sessionUid")
        if session.job_type.casefold() == "backup" and session.end_time and week.contains(session.end_time)
    ]
    good, over = (sum(result in kind for result in results) for kind in (_GOOD, _OVER))
    return (
        f"The console tells runs by job, not by machine: of {over} backup job sessions in the week, {good} "
        f"succeeded and {over - good} failed."
    )
