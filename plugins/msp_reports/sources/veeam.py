"""Veeam Backup & Replication answers to the backups of one customer's week.

Read from task sessions (one machine in one run) and surviving restore points, REST 1.2
(helpcenter.veeam.com/docs/backup/vbr_rest). A past week is exact as far back as the server keeps its
history of sessions (53 weeks unless changed); before that, runs are not known.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from msp_reports.domain.customer import SourceBinding
from msp_reports.domain.errors import ConfigurationError, ForeignRowError
from msp_reports.domain.language import stored
from msp_reports.domain.records import BackupMachine, Record
from msp_reports.domain.runs import week_runs
from msp_reports.domain.snapshot import Facts
from msp_reports.domain.week import ReportingWeek
from msp_reports.sources.rows import RowReader, rows_of
from msp_reports.sources.veeam_rows import RestorePoint, TaskSession, VeeamScope, moment_of, with_offset
from msp_reports.sources.veeam_runs import MachineTasks

_NAMED = 3
_BY_NAME = stored(
    "Veeam tells machines apart by name, and reports test restores only of some kinds of job: where none "
    "is shown, it is not known whether there was one."
)
_WARNED = stored("Backups that ended with a warning count as good: they left a restore point.")

RowT = TypeVar("RowT", TaskSession, RestorePoint)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """What the server knows, by the name of the machine."""

    tasks: Mapping[str, MachineTasks]
    points: Mapping[str, list[RestorePoint]]
    read_at: datetime
    history_reaches: bool
    """Sessions are kept since before the week: none in it are none."""


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
    records: list[Record] = []
    for name in sorted(told.tasks):
        records += _machine_records(name, told, scope, week)
    warned = any(t.outcome == "warning" and t.end_time and week.contains(t.end_time) for t in tasks)
    return Facts(
        records=tuple(records),
        rows_read=reader.rows_read,
        skipped=tuple(reader.skipped),
        approximations=(_BY_NAME, *([_WARNED] if warned else []), *_not_known(records, told)),
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


def _machine_records(key: str, told: _Told, scope: VeeamScope, week: ReportingWeek) -> list[Record]:
    tasks, points = told.tasks[key], told.points.get(key, [])
    if (
        not tasks.ended()
        and not tasks.unjudged
        and not any(point.creation_time < week.end_utc for point in points)
    ):
        return []
    machine_id = _id_of(key)
    runs = week_runs(tasks.runs(machine_id), week, known=told.history_reaches and tasks.runs_known)
    known, good_at = tasks.last_good(points, read_at=told.read_at, history_reaches=told.history_reaches)
    tests = tasks.tested()
    seen = [(task.creation_time, task.name, task.job) for task in tasks.tasks]
    _, name, job = max(seen + [(point.creation_time, point.name, point.job) for point in points])
    machine = BackupMachine(
        machine_id=machine_id,
        name=name,
        appliance=job or "Veeam",
        kind="vm",
        paused=False,
        last_good_known=known,
        last_good_at=good_at,
        rpo_hours=scope.rpo_hours,
        runs_known=runs.known,
        runs_good=runs.good,
        runs_failed=runs.failed,
        verified_at=max(tests, default=None),
        verification_known=bool(tests),
    )
    return [machine, *runs.runs]


def _id_of(key: str) -> str:
    return f"veeam-{key}"


def _not_known(records: Iterable[Record], told: _Told) -> list[str]:
    """Say of which machines the runs are not known though the history of sessions reaches back."""
    if not told.history_reaches:
        return []
    names = {record.machine_id: record.name for record in records if isinstance(record, BackupMachine)}
    mine = {names[_id_of(key)]: tasks for key, tasks in told.tasks.items() if _id_of(key) in names}
    lines = []
    odd = [task for tasks in mine.values() for task in tasks.unjudged_in_week]
    if odd:
        kinds = ", ".join(sorted({task.session_type for task in odd}))
        theirs = _listed(name for name, tasks in mine.items() if tasks.unjudged_in_week)
        lines.append(
            f"Backup sessions of a kind that is not known here ({kinds}): {len(odd)}. The runs of their "
            f"machines are not known: {theirs}."
        )
    unseen = [name for name, tasks in mine.items() if not tasks.is_listed and not tasks.unjudged_in_week]
    if unseen:
        lines.append(
            f"Machines whose runs are not known, as Veeam lists none in the five weeks before the week's "
            f"end: {len(unseen)} ({_listed(unseen)})."
        )
    return lines


def _listed(names: Iterable[str]) -> str:
    ordered = sorted(names)
    return ", ".join(ordered[:_NAMED]) + (" and others" if len(ordered) > _NAMED else "")
