"""Veeam Backup & Replication answers to the backups of one customer's week.

Read from task sessions (one machine in one run) and surviving restore points, REST 1.2
(helpcenter.veeam.com/docs/backup/vbr_rest). A past week is exact as far back as the server keeps its
history of sessions (53 weeks unless changed), for machines whose sessions it lists and are of a kind
known here; else runs are not known, and restore points tell what they prove.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from msp_reports.domain.customer import SourceBinding
from msp_reports.domain.errors import ConfigurationError, ForeignRowError
from msp_reports.domain.notes import Note, Value, first_of, noted
from msp_reports.domain.records import BackupMachine, BackupRun, Record
from msp_reports.domain.runs import week_runs
from msp_reports.domain.snapshot import Facts
from msp_reports.domain.week import ReportingWeek
from msp_reports.sources.restore_points import newest_left
from msp_reports.sources.rows import RowReader, rows_of
from msp_reports.sources.veeam_rows import RestorePoint, TaskSession, VeeamScope, moment_of, with_offset
from msp_reports.sources.veeam_runs import LastGood, MachineTasks

_NAMED = 3
_BY_NAME = noted(
    "Veeam tells machines apart by name, and reports test restores only of some kinds of job: where none "
    "is shown, it is not known whether there was one."
)
_WARNED = noted("Backups that ended with a warning count as good: they left a restore point.")

RowT = TypeVar("RowT", TaskSession, RestorePoint)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """What the server knows, by the name of the machine."""

    tasks: Mapping[str, MachineTasks]
    points: Mapping[str, list[RestorePoint]]
    read_at: datetime
    history_reaches: bool
    """Sessions are kept since before the week: none in it are none."""


@dataclass(frozen=True, slots=True)
class _Machine:
    """A machine, and by what it is told."""

    record: BackupMachine
    runs: tuple[BackupRun, ...]
    tasks: MachineTasks
    last_good: LastGood


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
    by_name = _by_name(tasks)
    points_by_name = _by_name(points)
    told = _Told(
        tasks={name: MachineTasks(by_name[name], week) for name in {*by_name, *points_by_name}},
        points=points_by_name,
        read_at=moment_of(payload, "server_time"),
        history_reaches=_reaches(payload, week),
    )
    names = sorted(told.tasks)
    machines = [one for name in names if (one := _machine(name, told, scope, week)) is not None]
    records: list[Record] = []
    for one in machines:
        records += [one.record, *one.runs]
    later = sum(point.creation_time >= week.end_utc for point in points)  # they are no records of the week
    warned = any(t.outcome == "warning" and t.end_time and week.contains(t.end_time) for t in tasks)
    return Facts(
        records=tuple(records),
        rows_read=reader.rows_read - later,
        skipped=tuple(reader.skipped),
        approximations=(
            _BY_NAME,
            *([_WARNED] if warned else []),
            *_points_told(machines),
            *(_runs_not_known(machines) if told.history_reaches else []),
        ),
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


def _reaches(payload: Mapping[str, Any], week: ReportingWeek) -> bool:
    """Tell whether the oldest session kept is from before the week."""
    return bool(payload.get("history_from")) and moment_of(payload, "history_from") <= week.start_utc


def _machine(key: str, told: _Told, scope: VeeamScope, week: ReportingWeek) -> _Machine | None:
    """Tell of one machine. None: it was backed up only after the week."""
    tasks, points = told.tasks[key], told.points.get(key, [])
    before = [point for point in points if point.creation_time < week.end_utc]
    if not tasks.ended() and not tasks.unjudged and not before:
        return None
    machine_id = f"veeam-{key}"
    runs = week_runs(tasks.runs(machine_id), week, known=told.history_reaches and tasks.runs_known)
    last_good = tasks.last_good(
        points,
        target=timedelta(hours=scope.rpo_hours),
        read_at=told.read_at,
        history_reaches=told.history_reaches,
    )
    tests = tasks.tested()
    seen = [(task.creation_time, task.name, task.job) for task in tasks.begun]
    _, name, job = max(seen + [(point.creation_time, point.name, point.job) for point in before])
    record = BackupMachine(
        machine_id=machine_id,
        name=name,
        appliance=job or "Veeam",
        kind="vm",
        paused=False,
        last_good_known=last_good.known,
        last_good_at=last_good.at,
        rpo_hours=scope.rpo_hours,
        runs_known=runs.known,
        runs_good=runs.good,
        runs_failed=runs.failed,
        verified_at=max(tests, default=None),
        verification_known=bool(tests),
    )
    return _Machine(record, runs.runs, tasks, last_good)


def _points_told(machines: Iterable[_Machine]) -> list[Note]:
    left = sum(one.last_good.known and not one.last_good.is_exact for one in machines)
    return [newest_left(left)] if left else []


def _runs_not_known(machines: Sequence[_Machine]) -> list[Note]:
    """Say of which machines the runs are not known though the history of sessions reaches back."""
    lines = []
    odd = [one for one in machines if one.tasks.unjudged_in_week]
    if odd:
        sessions = [task for one in odd for task in one.tasks.unjudged_in_week]
        lines.append(
            noted(
                "Backup sessions of a kind that is not known here ({kinds}): {sessions}. The runs of their "
                "machines are not known: {machines}.",
                kinds=tuple(sorted({task.session_type for task in sessions})),
                sessions=len(sessions),
                machines=_named(odd),
            )
        )
    unseen = [one for one in machines if not one.tasks.is_listed and not one.tasks.unjudged_in_week]
    if unseen:
        lines.append(
            noted(
                "Machines whose runs are not known, as Veeam lists none in the 5 weeks before the week's "
                "end: {count} ({machines}).",
                count=len(unseen),
                machines=_named(unseen),
            )
        )
    return lines


def _named(machines: Iterable[_Machine]) -> tuple[Value, ...]:
    return first_of(sorted(one.record.name for one in machines), _NAMED)
