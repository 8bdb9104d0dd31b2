"""What surviving restore points tell about the end of a past week."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from msp_reports.domain.week import ReportingWeek

FRESH = timedelta(days=7)
"""So soon after the week's end, retention has not yet deleted the points that were newest then."""
DENSE = timedelta(hours=24)
"""A surviving point so close to the week's end had no successor in the week."""
SOON = timedelta(hours=36)
"""A list of machines so near after the week's end still names every machine's newest point of then."""


def last_good(
    points: Iterable[datetime], week: ReportingWeek, *, read_at: datetime
) -> tuple[bool, datetime | None]:
    """Return whether it can be told, and the newest restore point before the week's end.

    Points are deleted as they age, and what is kept for months is thinned out. Long after the week an
    old point may therefore not have been the newest one then, and no point is not the same as never.
    """
    newest = max((point for point in points if point < week.end_utc), default=None)
    is_fresh = read_at - week.end_utc <= FRESH
    if is_fresh or (newest is not None and week.end_utc - newest <= DENSE):
        return True, newest
    return False, None


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
