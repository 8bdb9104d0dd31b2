"""What Cloudflare's request counts say about a site: five minutes of them as one check, and their gaps."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from msp_reports.domain.week import ReportingWeek
from msp_reports.sources.cloudflare_rows import Requests
from msp_reports.sources.probing import Check

STEP = timedelta(minutes=5)
FAILED = frozenset(range(500, 600)) - {501, 505}
"""Edge statuses with which a visitor did not get what the site should have given.

The edge's and not the origin's: what the cache answered for an origin that is down, visitors got. Cloudflare
itself answers 520 to 530 for an origin that it cannot reach. 501 and 505 answer requests of a method or a
version that no site need know.
"""
TELLING_REQUESTS = 10
"""Fewer requests in five minutes cannot tell of an outage. Of a sample only the requests in it count."""
DOWN_SHARE = 0.9
"""From this share of failed requests on, five minutes count as down."""
_HOUR = timedelta(hours=1)


def checks(rows: Sequence[Requests]) -> list[Check]:
    """Take five minutes of one host's requests for one check, oldest first.

    Enough requests: down when nearly all of them failed. Fewer: well as soon as one was answered well, which
    ends an outage; where every one failed, an outage goes on, and none begins. No requests: no check.
    """
    steps: dict[datetime, Counter[int]] = defaultdict(Counter)
    seen: Counter[datetime] = Counter()
    for row in rows:
        at = row.dimensions.at
        steps[at][row.dimensions.status] += row.count
        seen[at] += round(row.count / max(row.avg.sample_interval, 1.0))
    return [_check(at, steps[at], tells=seen[at] >= TELLING_REQUESTS) for at in sorted(steps) if +steps[at]]


def _check(at: datetime, by_status: Counter[int], *, tells: bool) -> Check:
    failed = Counter({status: count for status, count in by_status.items() if status in FAILED})
    is_down = failed.total() >= (DOWN_SHARE if tells else 1) * by_status.total()
    cause = f"http {max(failed, key=lambda status: (failed[status], -status))}" if is_down else ""
    return Check(at=at, ok=not is_down, cause=cause, confirms=tells)


def hours_on_record(rows: Sequence[Requests], week: ReportingWeek) -> tuple[int, int]:
    """Count the hours of the week in which requests came, and all its hours."""
    told = {(row.dimensions.at - week.start_utc) // _HOUR for row in rows if row.count}
    return len(told), -(-week.seconds // 3600)
