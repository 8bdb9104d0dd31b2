"""Posts that are kept and edited, and messages that are pinned: one of each place, the newest week's."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from msp_reports.store.queries import run
from msp_reports.store.reports import ReportKey

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingPost:
    customer: str
    place: str
    """Thread id of the channel or chat."""
    remote_ids: Mapping[str, str]
    week: str
    revision: int
    """What it shows."""
    confirmed_by: str | None = None
    """Who says that it is pinned; Teams lets no program see a channel's pins."""
    confirmed_at: datetime | None = None

    def is_later_than(self, report: ReportKey) -> bool:
        """Tell whether it stays as it is: a backfilled week does not push out a later one."""
        return (self.week, self.revision) > (report.week, report.revision)


class StandingPostRepository:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def load(self, customer: str, place: str) -> StandingPost | None:
        rows = run(self._connection, "load_standing_post", {"customer": customer, "place": place})
        return StandingPost(**rows[0]) if rows else None

    def keep(self, report: ReportKey, place: str, remote_ids: Mapping[str, str]) -> None:
        """Enter what a place shows by now."""
        row = {"customer": report.customer, "place": place, "remote_ids": json.dumps(dict(remote_ids))}
        run(
            self._connection, "upsert_standing_post", row | {"week": report.week, "revision": report.revision}
        )

    def confirm(self, customer: str, place: str, by: str) -> StandingPost | None:
        """Enter that somebody has pinned the post of a place. None: there is none."""
        row = {"customer": customer, "place": place, "confirmed_by": by}
        rows = run(self._connection, "confirm_standing_post", row)
        return StandingPost(**rows[0]) if rows else None
