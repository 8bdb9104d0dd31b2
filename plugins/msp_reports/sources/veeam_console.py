"""Veeam Service Provider Console answers to the backups of one customer's week.

Read from protected workloads, their restore points and the job-session heatmap, REST v3
(helpcenter.veeam.com/docs/vac/rest). The console keeps no runs per machine: those are not known. Of a
past week it tells what surviving restore points prove, or a standing taken soon after the week's end.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from msp_reports.domain.customer import SourceBinding
from msp_reports.domain.errors import ConfigurationError, ForeignRowError
from msp_reports.domain.notes import Note, first_of, noted
from msp_reports.domain.records import BackupMachine
from msp_reports.domain.snapshot import Facts
from msp_reports.domain.week import ReportingWeek
from msp_reports.sources.restore_points import SOON, newest_left, proven
from msp_reports.sources.rows import RowReader, as_utc, rows_of, unique
from msp_reports.sources.veeam_console_rows import Point, Row, VeeamConsoleScope, Workload
from msp_reports.sources.veeam_console_sessions import sessions_told

_NAMED = 3
_KINDS = (("virtual_machines", "vm"), ("agents", "agent"), ("computers", "agent"))


def parse(payload: Row, *, binding: SourceBinding, week: ReportingWeek) -> Facts:
    """Read workloads and their restore points (see `contract.Parse`)."""
    scope = binding.scope
    if not isinstance(scope, VeeamConsoleScope):
        raise ConfigurationError("the Veeam console parser was given another system's scope")
    reader = RowReader()
    jobs = {str(row.get("instanceUid")).lower(): row for row in rows_of(payload, "jobs")}
    asked = frozenset(str(uid).lower() for uid in payload.get("asked") or ())
    points = _points(payload, asked, reader)
    standing_at = as_utc(payload.get("standing_at") or payload["read_at"])
    told = [
        _tell(workload, kind, jobs, points, (scope, week, standing_at))
        for part, kind in _KINDS
        for workload in _workloads(payload, part, scope, jobs, reader)
    ]
    return Facts(
        records=tuple(one.machine for one in told),
        rows_read=reader.rows_read - _later(points, week),
        skipped=tuple(reader.skipped),
        approximations=(
            noted("The list of machines is that of the time of fetching."),
            *_points_told(told, asked),
            *sessions_told(payload, scope, week, reader),
        ),
    )


@dataclass(frozen=True, slots=True)
class _Told:
    """A machine, and how its last good restore point was found."""

    machine: BackupMachine
    workload: Workload
    has_points: bool
    is_listed: bool
    """A list made at the week's end names its newest restore point: nothing was deleted before."""


def _workloads(
    payload: Row, part: str, scope: VeeamConsoleScope, jobs: Mapping[str, Row], reader: RowReader
) -> list[Workload]:
    rows = rows_of(payload, part)
    for row in rows:
        if not scope.owns(row, jobs):
            raise ForeignRowError(
                f"Veeam Service Provider Console: {str(row.get('name'))[:60]!r} is another company's."
            )
    return unique(reader.read(Workload, rows, part.replace("_", " "), key="name"), _uid_of)


def _uid_of(workload: Workload) -> str:
    return workload.uid


def _points(payload: Row, asked: frozenset[str], reader: RowReader) -> dict[str, list[Point]]:
    """Group the points by machine. Each must be of one that was asked for: the list of machines may be older.

    A machine that was asked for and is not in an older list was added since; its points tell nothing.
    """
    found: dict[str, list[Point]] = defaultdict(list)
    for point in reader.read(Point, rows_of(payload, "points"), "restore point", key="instanceUid"):
        if point.owner not in asked:
            raise ForeignRowError(
                "Veeam Service Provider Console: a restore point is of another company's machine."
            )
        found[point.owner].append(point)
    return found


def _later(points: Mapping[str, Sequence[Point]], week: ReportingWeek) -> int:
    """Count points made after the week: they tell nothing of it, and there are more of them every day."""
    return sum(
        point.created_at is not None and point.created_at >= week.end_utc
        for of_one in points.values()
        for point in of_one
    )


def _tell(
    workload: Workload,
    kind: str,
    jobs: Mapping[str, Row],
    points: Mapping[str, Sequence[Point]],
    about: tuple[VeeamConsoleScope, ReportingWeek, datetime],
) -> _Told:
    """Tell a machine's last good restore point by `proven`.

    Args:
        about: the scope, the week, and when the list of workloads was made.
    """
    scope, week, standing_at = about
    mine = [point for uid in sorted(workload.uids) for point in points.get(uid, ())]
    good = [point.created_at for point in mine if point.is_clean and point.created_at is not None]
    latest = workload.latest_restore_point_date if workload.is_clean else None
    if latest is not None:
        good.append(latest)
    is_listed = latest is not None and latest < week.end_utc <= standing_at <= week.end_utc + SOON
    known, newest = proven(
        good, week, target=timedelta(hours=scope.rpo_hours), listed=latest if is_listed else None
    )
    machine = BackupMachine(
        machine_id=f"vspc-{workload.uid}",
        name=workload.name,
        appliance=str(jobs.get(workload.job_uid, {}).get("name") or "Veeam"),
        kind=kind,
        paused=False,
        last_good_known=known,
        last_good_at=newest,
        rpo_hours=scope.rpo_hours,
        runs_known=False,
        runs_good=None,
        runs_failed=None,
        verified_at=None,
        verification_known=False,
    )
    return _Told(machine, workload, bool(mine), is_listed)


def _points_told(told: Sequence[_Told], asked: frozenset[str]) -> list[Note]:
    """Say which last good restore points are the newest left, and which machines' points were not found."""
    lines = []
    left = sum(one.machine.last_good_known and not one.is_listed for one in told)
    if left:
        lines.append(newest_left(left))
    missing = [
        one.machine.name
        for one in told
        if not one.machine.last_good_known
        and not one.has_points
        and one.workload.latest_restore_point_date is not None
        and one.workload.uids & asked
    ]
    if missing:
        lines.append(
            noted(
                "Machines with a backup of which the console names no restore point: {count} ({machines}).",
                count=len(missing),
                machines=first_of(sorted(missing), _NAMED),
            )
        )
    return lines
