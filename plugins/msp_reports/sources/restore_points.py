"""What surviving restore points tell about the end of a past week."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from msp_reports.domain.notes import Note, noted
from msp_reports.domain.week import ReportingWeek

SOON = timedelta(hours=36)
"""A list of machines so near after the week's end still names every machine's newest point of then."""


def proven(
    points: Iterable[datetime], week: ReportingWeek, *, target: timedelta, listed: datetime | None
) -> tuple[bool, datetime | None]:
    """Return whether the target can be judged, and the newest restore point before the week's end.

    Retention deletes points as they age and thins out what it keeps for long, after any number of days.
    A point that survives therefore proves that the last one was made then *or later*, and a point that
    is missing proves nothing. Hence:

    * a surviving point within the target proves the target met, whatever was deleted since;
    * an older one proves a miss only together with `listed`, for then there was none after it;
    * without any point nothing is known: not "never".

    Args:
        points: moments of the good points that were found; later ones than the week's end do not count.
        target: the longest time without a restore point that is allowed, not negative.
        listed: the machine's newest point, from a list made at the week's end or up to `SOON` after it,
            if that point was good and made before the end. None: no such list.
    """
    found = (*points, *([listed] if listed else []))
    newest = max((point for point in found if point < week.end_utc), default=None)
    if newest is None or (listed is None and week.end_utc - newest > target):
        return False, None
    return True, newest


def newest_left(machines: int) -> Note:
    """Say of how many machines a point is told that is the newest left, and may not have been the last."""
    return noted(
        "Machines whose last good restore point is the newest that still exists: {machines}. One made later "
        "in the week may have been deleted since; that the target was met is certain.",
        machines=machines,
    )
