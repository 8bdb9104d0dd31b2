"""What surviving restore points tell about the end of a past week."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from msp_reports.domain.week import ReportingWeek

FRESH = timedelta(days=7)
"""So soon after the week's end, retention has not yet deleted the points that were newest then."""
DENSE = timedelta(hours=24)
"""A surviving point so close to the week's end had no successor in the week."""


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
