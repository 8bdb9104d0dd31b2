"""Rows of Veeam Backup & Replication, and whose they are (REST 1.2 and 1.3, OpenAPI of the vendor)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, ClassVar, Self

from pydantic import Field, StringConstraints

from msp_reports.domain.errors import ChangedShapeError
from msp_reports.sources.rows import CamelRow, MaybeText, ScopeModel, Utc

Name = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]
_GOOD, _OVER = frozenset({"success", "warning"}), frozenset({"success", "warning", "failed"})
_UNCLEAN = frozenset({"suspicious", "infected"})
_RUNS = frozenset({"job", "backupjob", "agentbackup"})
_TEST = "surebackup"


class VeeamScope(ScopeModel):
    """A server of the customer's own needs no more; on a shared one, names tell whose a job is."""

    job_prefix: Annotated[str, StringConstraints(max_length=200)] = ""
    """What the names of the customer's jobs begin with."""
    repositories: tuple[Name, ...] = ()
    """Names of the repositories that hold nobody else's backups: of a scale-out one, not of its extents."""
    rpo_hours: Annotated[int, Field(gt=0)] = 48

    kept_apart_by: ClassVar[str] = (
        "give each a job_prefix that the other's does not begin with, or repositories of its own"
    )

    @property
    def is_shared(self) -> bool:
        return bool(self.job_prefix or self.repositories)

    def overlaps(self, other: Self) -> bool:
        """Two customers of one server are apart by prefixes, or by repositories that both name."""
        mine, theirs = self.job_prefix.casefold(), other.job_prefix.casefold()
        if not mine.startswith(theirs) and not theirs.startswith(mine):
            return False
        here, there = ({name.casefold() for name in scope.repositories} for scope in (self, other))
        return not (here and there) or bool(here & there)

    def owns(self, job: str, repository: str) -> bool:
        """Tell whether a job's backups are this customer's: what the file names must all fit."""
        if not job.casefold().startswith(self.job_prefix.casefold()):
            return False
        return not self.repositories or repository.casefold() in {r.casefold() for r in self.repositories}


class Result(CamelRow):
    result: str
    message: MaybeText = ""


class TaskSession(CamelRow):
    """One machine in one run of a job."""

    name: Name
    job: MaybeText
    session_type: str
    creation_time: Utc
    end_time: Utc | None = None
    clock: Utc
    """When its session began, else a time of the server's."""
    result: Result | None = None
    restore_point_id: MaybeText = ""

    @property
    def point_id(self) -> str:
        """The restore point it made; empty while there is none: an id of zeros is none."""
        return self.restore_point_id if self.restore_point_id.strip("0-") else ""

    @property
    def outcome(self) -> str:
        return self.result.result.casefold() if self.result else "none"

    @property
    def good(self) -> bool:
        """A warning leaves a restore point as well."""
        return self.outcome in _GOOD

    @property
    def is_over(self) -> bool:
        return self.end_time is not None and self.outcome in _OVER

    @property
    def is_test(self) -> bool:
        return self.session_type.casefold() == _TEST

    @property
    def is_backup(self) -> bool:
        return self.session_type.casefold() in _RUNS

    @property
    def is_unjudged(self) -> bool:
        """It backs something up in a way that is not known here: it may be a run, or not."""
        return not self.is_test and not self.is_backup

    def was_good_at(self, moment: datetime) -> bool:
        return self.good and self.end_time is not None and self.end_time < moment

    def may_have_made(self, point: RestorePoint) -> bool:
        """Tell whether a point is this task's: by its id, else as it was made in the task's time."""
        if self.point_id:
            return self.point_id == point.id
        began = min(self.clock, self.creation_time)
        return began <= point.creation_time and (
            self.end_time is None or point.creation_time <= self.end_time
        )


class RestorePoint(CamelRow):
    id: str
    name: Name
    job: MaybeText
    creation_time: Utc
    malware_status: MaybeText = ""

    @property
    def is_clean(self) -> bool:
        """A point that malware was found in is not one to go back to."""
        return self.malware_status.casefold() not in _UNCLEAN


def with_offset(row: Mapping[str, Any]) -> dict[str, Any]:
    """Give a task's times the offset of its session: the vendor writes them on the server's own clock.

    Raises:
        ChangedShapeError: the payload does not tell that clock.
    """
    clock = moment_of(row, "clock")
    placed = dict(row)
    for field in ("creationTime", "endTime"):
        try:
            moment = datetime.fromisoformat(str(row.get(field)))
        except ValueError:
            continue  # the row's own check names it
        if moment.tzinfo is None:
            placed[field] = moment.replace(tzinfo=clock.tzinfo).isoformat()
    return placed


def moment_of(payload: Mapping[str, Any], name: str) -> datetime:
    """Read a time with its offset.

    Raises:
        ChangedShapeError: there is none.
    """
    try:
        moment = datetime.fromisoformat(str(payload.get(name)))
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise ChangedShapeError(f"the payload has no time {name!r} with an offset; fetch the week again")
    return moment
