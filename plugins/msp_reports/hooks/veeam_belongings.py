"""Whose the runs and restore points of a Veeam backup server are: what joins them to job and repository."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from msp_reports.hooks.veeam_places import Places

_NO_RUNS = frozenset({
    *("copybackup", "backupcopyjob", "backupcopyjobparent", "unstructureddatabackupcopy", "pervmcopybackup"),
    *("sqllogbackup", "oraclelogbackup", "postgresqllogbackup", "configurationbackup", "pervmmovebackup"),
    *("archivebackup", "archivecopy", "archivesync", "archivefreezing", "filebackuphealthcheck"),
    *("deletebackup", "retention", "repositorymaintenance", "repositoryevacuate", "checkpointremoval"),
})
"""Work on backups that were made, or beside them. What is not named here may be a machine's run."""
_TASK = ("id", "name", "sessionType", "creationTime", "endTime", "result", "restorePointId")
_POINT = ("id", "name", "creationTime", "malwareStatus")

Row = dict[str, Any]


class VeeamJobs(Protocol):
    """What is read of the scope."""

    @property
    def is_shared(self) -> bool: ...

    @property
    def repositories(self) -> tuple[str, ...]: ...

    def owns(self, job: str, repository: str) -> bool: ...


class Belongings:
    """Job and repository of each row of one server."""

    def __init__(self, places: Places, backups: Sequence[Row], sessions: Sequence[Row], clock: str) -> None:
        self._places = places
        self._clock = clock
        self._sessions = {session.get("id"): session for session in sessions}
        self._backups = {backup.get("id"): backup for backup in backups}
        self._jobs = {job: backup for backup in backups if _is_real(job := backup.get("jobId"))}

    def of(self, scope: VeeamJobs, tasks: Iterable[Row], points: Iterable[Row]) -> Row:
        """Return the customer's ``tasks`` and ``points``, and ``warnings`` of what may be theirs as well."""
        runs = [self._task(row) for row in tasks if _may_be_backup(row)]
        kept = [self._point(row) for row in points]
        return {
            "tasks": [row for row in runs if row["job"] and _is_mine(row, scope)],
            "points": [row for row in kept if _is_mine(row, scope)],
            "warnings": _unsure(runs, kept, scope),
        }

    def _task(self, row: Row) -> Row:
        """Say of a task session also on which clock it was written, by when its session began."""
        session = self._sessions.get(row.get("sessionId"), {})
        backup = self._jobs.get(session.get("jobId"), {})
        job = backup.get("name") or session.get("name") or ""
        placed = self._placed(row.get("repositoryId"), backup.get("repositoryId"))
        written = session.get("creationTime") or self._clock
        return {**_kept(row, _TASK), "job": job, **placed, "clock": written}

    def _point(self, row: Row) -> Row:
        backup = self._backups.get(row.get("backupId"), {})
        placed = self._placed(backup.get("repositoryId"))
        return {**_kept(row, _POINT), "job": backup.get("name") or "", **placed}

    def _placed(self, *uids: object) -> Row:
        return {"repository": self._places.name(*uids), "repositoryId": next(filter(_is_real, uids), None)}


def _may_be_backup(task: Row) -> bool:
    kind, session = str(task.get("type")).casefold(), str(task.get("sessionType")).casefold()
    return _is_test(task) or (kind == "backup" and session not in _NO_RUNS)


def _is_test(task: Row) -> bool:
    return str(task.get("sessionType")).casefold() == "surebackup"


def _is_real(uid: object) -> bool:
    """An id may be missing or of zeros, as an imported backup's job is: nothing is looked up by that."""
    return isinstance(uid, str) and bool(uid.strip("0-"))


def _is_mine(row: Row, scope: VeeamJobs) -> bool:
    return scope.owns(row["job"], row["repository"])


def _unsure(tasks: Sequence[Row], points: Sequence[Row], scope: VeeamJobs) -> list[str]:
    """Count what may be the customer's and cannot be told, and name where it is."""
    lines = []
    lost = sum(row["job"] == "" for row in tasks)
    if lost:
        lines.append(f"{lost} task sessions belong to no session that could be read")
    orphans = sum(row["job"] == "" for row in points) if scope.is_shared else 0
    if orphans:
        lines.append(f"{orphans} restore points belong to no backup that could be read")
    nowhere = [row for row in (*tasks, *points) if row["job"] and _may_be_mine(row, scope)]
    if nowhere:
        where = ", ".join(sorted({str(row["repositoryId"] or "without an id") for row in nowhere}))
        lines.append(
            f"{len(nowhere)} task sessions and restore points are on a repository that the server does not "
            f"list: {where}"
        )
    return lines


def _may_be_mine(row: Row, scope: VeeamJobs) -> bool:
    """Tell whether only the name of its repository is missing to tell whose a row is.

    A test restore writes to no repository, so it lacks none. One that cannot be told to be the customer's
    takes nothing from a figure: where no test is shown, the report says that it is not known.
    """
    if row["repository"] or _is_test(row):
        return False
    return any(scope.owns(row["job"], name) for name in scope.repositories)


def _kept(row: Row, names: tuple[str, ...]) -> Row:
    return {name: row.get(name) for name in names}
