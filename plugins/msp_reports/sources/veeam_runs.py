"""What the task sessions of one machine tell: its runs, and which of its restore points were good.

REST 1.2 and 1.3 (helpcenter.veeam.com/docs/backup/vbr_rest, schemas BackupTaskSessionModel and
ObjectRestorePointModel). Times are UTC.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from msp_reports.domain.records import BackupRun
from msp_reports.domain.week import ReportingWeek
from msp_reports.sources.restore_points import SOON, proven
from msp_reports.sources.veeam_rows import RestorePoint, TaskSession

RETRY_WITHIN = timedelta(minutes=20)
"""A job tries a failed machine again after ten minutes (the default): the tries are one run."""

Try = tuple[datetime, TaskSession]
"""A finished task session with the moment it ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LastGood:
    """The newest good restore point before the week's end. None and known: there was none."""

    at: datetime | None
    known: bool
    is_exact: bool
    """False: a later one may have been deleted since; if it is known, the target was met."""


class MachineTasks:
    """The task sessions of one machine, of all jobs."""

    def __init__(self, tasks: Sequence[TaskSession], week: ReportingWeek) -> None:
        self.week = week
        self.tasks = tasks
        self.begun = [task for task in tasks if task.creation_time < week.end_utc]
        self.is_listed = any(task.is_backup for task in self.begun)
        """False: the server lists no run of it at all, so that none in the week says nothing."""
        self.unjudged = [task for task in self.begun if task.is_unjudged]
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
        self,
        points: Sequence[RestorePoint],
        *,
        target: timedelta,
        read_at: datetime,
        history_reaches: bool,
    ) -> LastGood:
        """Tell the newest good restore point before the week's end.

        A point that malware was found in, or of a run that had not ended well by the week's end, does not
        count. What does is exact

        * by a good run where all runs are listed, even when its point is deleted since;
        * by a list of the points that is as it was at the week's end.

        Else the points that are left tell what they prove. They do so too beside sessions of an unknown
        kind: what those made may stand under another name.

        Args:
            points: all of the machine's, those made after the week as well.
            target: the longest time without a restore point that is allowed.
            read_at: when the points were listed.
            history_reaches: sessions are kept since before the week.
        """
        unclean = {point.id for point in points if not point.is_clean}
        ended_well = [task for _, task in self.ended() if task.good]
        ran = [task.creation_time for task in ended_well if task.point_id not in unclean]
        found = [*ran, *self._good_points(points)]
        by_runs = bool(ran) and history_reaches
        if not self.unjudged and (by_runs or self._is_list_of_the_end(points, read_at)):
            return LastGood(at=max(found, default=None), known=True, is_exact=True)
        known, newest = proven(found, self.week, target=target, listed=None)
        return LastGood(at=newest, known=known, is_exact=False)

    def _is_list_of_the_end(self, points: Sequence[RestorePoint], read_at: datetime) -> bool:
        """Tell whether no point can be missing that was there at the week's end.

        A point made since may have pushed out one of the week, while older ones are kept for long.
        """
        end = self.week.end_utc
        is_soon = end <= read_at <= end + SOON
        return is_soon and not any(point.creation_time >= end for point in points)

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
