"""Veeam Backup & Replication answers to the backups of one customer's week.

Read from task sessions (one machine in one run) and surviving restore points, REST 1.2
(helpcenter.veeam.com/docs/backup/vbr_rest). A past week is exact as far back as the server keeps its
history of sessions (53 weeks unless changed); before that, runs are not known.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from msp_reports.domain.customer import SourceBinding
from msp_reports.domain.errors import ConfigurationError, ForeignRowError
from msp_reports.domain.records import BackupMachine, BackupRun, Record
from msp_reports.domain.snapshot import Facts
from msp_reports.domain.week import ReportingWeek
from msp_reports.sources.restore_points import last_good
from msp_reports.sources.rows import RowReader, rows_of
from msp_reports.sources.veeam_rows import RestorePoint, TaskSession, VeeamScope, moment_of, with_offset

RETRY_WITHIN = timedelta(minutes=20)
"""A job tries a failed machine again after ten minutes (the default): the tries are one run."""

_BY_NAME = (
    "Veeam tells machines apart by name, and reports test restores only of some kinds of job: where none "
    "is shown, it is not known whether there was one."
)
_WARNED = "Backups that ended with a warning count as good: they left a restore point."

RowT = TypeVar("RowT", TaskSession, RestorePoint)
Try = tuple[datetime, TaskSession]
"""A finished task session with the moment it ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """What the server knows, by the name of the machine."""

    tasks: Mapping[str, list[TaskSession]]
    points: Mapping[str, list[RestorePoint]]
    read_at: datetime
    history_from: datetime | None
    """The oldest session kept. None: there is none."""


def parse(payload: Mapping[str, Any], *, binding: SourceBinding, week: ReportingWeek) -> Facts:
    """Read task sessions and restore points (see `contract.Parse`)."""
    scope = binding.scope
    if not isinstance(scope, VeeamScope):
        raise ConfigurationError("the Veeam parser was given another system's scope")
    reader = RowReader()
    tasks = reader.read(
        TaskSession, [with_offset(row) for row in _own(payload, "tasks", scope)], "task session"
    )
    points = reader.read(RestorePoint, _own(payload, "points", scope), "restore point")
    told = _Told(
        tasks=_by_name(tasks),
        points=_by_name(points),
        read_at=moment_of(payload, "server_time"),
        history_from=moment_of(payload, "history_from") if payload.get("history_from") else None,
    )
    records: list[Record] = []
    for name in sorted({*told.tasks, *told.points}):
        records += _machine_records(name, told, scope, week)
    warned = any(task.outcome == "warning" for task in tasks if week.contains(task.creation_time))
    return Facts(
        records=tuple(records),
        rows_read=reader.rows_read,
        skipped=tuple(reader.skipped),
        approximations=(_BY_NAME, _WARNED) if warned else (_BY_NAME,),
        incomplete=tuple(map(str, payload.get("warnings") or ())),
    )


def _own(payload: Mapping[str, Any], name: str, scope: VeeamScope) -> Sequence[Mapping[str, Any]]:
    rows = rows_of(payload, name)
    for row in rows:
        if not scope.owns(str(row.get("job") or ""), str(row.get("repository") or "")):
            raise ForeignRowError(
                f"Veeam Backup & Replication: job {str(row.get('job'))[:60]!r} is another customer's."
            )
    return rows


def _by_name(rows: Iterable[RowT]) -> dict[str, list[RowT]]:
    found: dict[str, list[RowT]] = defaultdict(list)
    for row in rows:
        found[row.name.casefold()].append(row)
    return found


def _machine_records(key: str, told: _Told, scope: VeeamScope, week: ReportingWeek) -> list[Record]:
    tasks, points = told.tasks.get(key, []), told.points.get(key, [])
    over = [(task.end_time, task) for task in tasks if task.end_time is not None and task.is_over]
    past = [(ended, task) for ended, task in over if ended < week.end_utc]
    backups = [(ended, task) for ended, task in past if not task.is_test]
    if not backups and not any(point.creation_time < week.end_utc for point in points):
        return []
    runs = [run for run in runs_of([t for t in over if not t[1].is_test]) if week.contains(run[-1][0])]
    runs_known = told.history_from is not None and told.history_from <= week.start_utc
    known, good_at = _last_good(tasks, backups, points, told, week)
    tests = [ended for ended, task in past if task.is_test and task.good]
    seen = [(task.creation_time, task.name, task.job) for task in tasks]
    _, name, job = max(seen + [(point.creation_time, point.name, point.job) for point in points])
    machine = BackupMachine(
        machine_id=f"veeam-{key}",
        name=name,
        appliance=job or "Veeam",
        kind="vm",
        paused=False,
        last_good_known=known,
        last_good_at=good_at,
        rpo_hours=scope.rpo_hours,
        runs_known=runs_known,
        runs_good=sum(run[-1][1].good for run in runs) if runs_known else None,
        runs_failed=sum(not run[-1][1].good for run in runs) if runs_known else None,
        verified_at=max(tests, default=None),
        verification_known=bool(tests),
    )
    return [machine, *(_run(machine.machine_id, run) for run in runs)]


def runs_of(backups: Sequence[Try]) -> list[list[Try]]:
    """Group finished task sessions of one machine into runs: a failure and what tried it again is one."""
    runs: list[list[Try]] = []
    latest: dict[str, list[Try]] = {}
    for ended, task in sorted(backups, key=lambda one: (one[1].creation_time, one[0])):
        run = latest.get(task.job)
        if run is not None and not run[-1][1].good and task.creation_time - run[-1][0] <= RETRY_WITHIN:
            run.append((ended, task))
        else:
            latest[task.job] = run = [(ended, task)]
            runs.append(run)
    return runs


def _run(machine_id: str, run: Sequence[Try]) -> BackupRun:
    last = run[-1][1]
    said = last.result.message if last.result and last.outcome != "success" else ""
    return BackupRun(machine_id=machine_id, started_at=run[0][1].creation_time, good=last.good, message=said)


def _last_good(
    tasks: Sequence[TaskSession],
    backups: Sequence[Try],
    points: Sequence[RestorePoint],
    told: _Told,
    week: ReportingWeek,
) -> tuple[bool, datetime | None]:
    """Return whether it can be told, and the newest good restore point before the week's end.

    A run tells exactly, even when its point is deleted since. A point of a run that ended after the
    week, or that malware was found in, does not count.
    """
    unclean = {point.id for point in points if not point.is_clean}
    unfinished = {task.restore_point_id for task in tasks} - {
        task.restore_point_id for _, task in backups if task.good
    }
    ran = [task.creation_time for _, task in backups if task.good and task.restore_point_id not in unclean]
    kept = [p.creation_time for p in points if p.is_clean and p.id not in unfinished]
    surviving = [at for at in kept if at < week.end_utc]
    if ran and told.history_from is not None and told.history_from <= week.start_utc:
        return True, max((*ran, *surviving))
    return last_good((*ran, *surviving), week, read_at=told.read_at)
