"""What the task sessions of one machine tell: its runs, and which of its restore points were good.

REST 1.2 and 1.3 (helpcenter.veeam.com/docs/backup/vbr_rest, schemas BackupTaskSessionModel and
ObjectRestorePointModel). Times are UTC.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from msp_reports.domain.records import BackupRun
from msp_reports.domain.week import ReportingWeek
from msp_reports.sources.restore_points import last_good
from msp_reports.sources.veeam_rows import RestorePoint, TaskSession

RETRY_WITHIN = timedelta(minutes=20)
"""A job tries a failed machine again after ten minutes (the default): the tries are one run."""

Try = tuple[datetime, TaskSession]
"""A finished task session with the moment it ended."""


class MachineTasks:
    """The task sessions of one machine, of all jobs."""

    def __init__(self, tasks: Sequence[TaskSession], week: ReportingWeek) -> None:
        self.week = week
        self.tasks = tasks
        begun = [task for task in tasks if task.creation_time < week.end_utc]
        self.is_listed = any(task.is_backup for task in begun)
        """False: the server lists no run of it at all, so that none in the week says nothing."""
        self.unjudged = [task for task in begun if task.is_unjudged]
        """Sessions of kinds that may be runs, and may not."""

    @property
    def unjudged_in_week(self) -> list[TaskSession]:
        return [t for t in self.unjudged if t.end_time is None or t.end_time >= self.week.start_utc]

    @property
    def runs_known(self) -> bool:
        return self.is_listed and not self.unjudged_in_week

    def ended(self) -> list[Try]:
        """Return the backups that were over at the week's end."""
        return [one for one in self._over() if one[0] < self.week.end_utc]

    def tested(self) -> list[datetime]:
        """Return when test restores succeeded."""
        ends = [task.end_time for task in self.tasks if task.is_test and task.good]
        return [ended for ended in ends if ended is not None and ended < self.week.end_utc]

    def runs(self, machine_id: str) -> list[BackupRun]:
        return [_run(machine_id, tries) for tries in runs_of(self._over())]

    def last_good(
        self, points: Sequence[RestorePoint], *, read_at: datetime, history_reaches: bool
    ) -> tuple[bool, datetime | None]:
        """Return whether it can be told, and the newest good restore point before the week's end.

        A run tells exactly, even when its point is deleted since. A point that malware was found in, or of
        a run that had not ended well by the week's end, does not count.
        """
        unclean = {point.id for point in points if not point.is_clean}
        ended_well = [task for _, task in self.ended() if task.good]
        ran = [task.creation_time for task in ended_well if task.point_id not in unclean]
        surviving = self._good_points(points)
        if ran and history_reaches and not self.unjudged:
            return True, max((*ran, *surviving))
        if self.unjudged and not ran and not surviving:
            return False, None  # what those sessions made may stand under another name
        return last_good((*ran, *surviving), self.week, read_at=read_at)

    def _over(self) -> list[Try]:
        return [(t.end_time, t) for t in self.tasks if t.is_backup and t.is_over and t.end_time is not None]

    def _good_points(self, points: Sequence[RestorePoint]) -> list[datetime]:
        """Leave out the points of runs that had not ended well by the week's end.

        A restore point shows no state, and the session that made it is null in the vendor's own answers.
        A task session names its point; where it does not yet, the point that was made in its time is it.
        """
        end = self.week.end_utc
        bad = [t for t in self.tasks if not t.is_test and not t.was_good_at(end)]
        of_good = {task.point_id for task in self.tasks if task.was_good_at(end)}
        return [
            point.creation_time
            for point in points
            if point.is_clean
            and point.creation_time < end
            and (point.id in of_good or not any(task.may_have_made(point) for task in bad))
        ]


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


def _run(machine_id: str, tries: Sequence[Try]) -> BackupRun:
    ended, last = tries[-1]
    said = last.result.message if last.result and last.outcome != "success" else ""
    return BackupRun(machine_id=machine_id, ended_at=ended, good=last.good, message=said)
