"""The reads of one Veeam backup server."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from msp_reports.domain.errors import ChangedShapeError, FatalSourceError, IncompletePullError
from msp_reports.domain.week import ReportingWeek
from msp_reports.hooks.pagination import OffsetPaginator, read_pages
from msp_reports.hooks.rest import RestClient
from msp_reports.hooks.veeam_belongings import Belongings, Row, VeeamJobs
from msp_reports.hooks.veeam_places import Places

LABEL = "Veeam Backup & Replication"
PER_PAGE = 500
LOOKBACK = timedelta(days=35)
"""How long before the week's end runs are read: a machine that failed all week was good some time before."""
RETRIED = timedelta(minutes=30)
"""What failed shortly before the week's end may be tried again after it: that run is next week's."""
LISTED = timedelta(hours=36)
"""Points made so long after the week's end are read as well: where a machine has one, a point of the week may
have been deleted for it."""
LONGEST_SESSION = timedelta(days=2)


class BackupServer:
    """The reads of one backup server."""

    def __init__(self, client: RestClient, url: str) -> None:
        self.client = client
        self.url = url

    def week(self, scope: VeeamJobs, week: ReportingWeek) -> Row:
        since, until = week.end_utc - LOOKBACK, _stamp(week.end_utc + RETRIED)
        clock = self._clock()
        places = Places(
            LABEL,
            self._all("backupInfrastructure/repositories"),
            self._all("backupInfrastructure/scaleOutRepositories"),
        )
        places.require(scope.repositories)
        backups = self._all("backups")
        sessions = self._all(
            "sessions", createdAfterFilter=_stamp(since - LONGEST_SESSION), createdBeforeFilter=until
        )
        # By the time they began: one that still runs has no end, and its restore point must not count.
        tasks = self._all("taskSessions", createdAfterFilter=_stamp(since), createdBeforeFilter=until)
        points = self._all("restorePoints", createdBeforeFilter=_stamp(week.end_utc + LISTED))
        payload = {"server_time": clock, "history_from": self._oldest()}
        payload |= Belongings(places, backups, sessions, clock).of(scope, tasks, points)
        if scope.is_shared and not payload["tasks"] and not payload["points"]:
            raise FatalSourceError(
                f"{LABEL}: none of {len(backups)} backups fits job_prefix and repositories of the customer's "
                "file. Compare them with the names on the server."
            )
        return payload

    def _clock(self) -> str:
        body = self.client.get(f"{self.url}/api/v1/serverTime").body
        told = body.get("serverTime") if isinstance(body, dict) else None
        if not isinstance(told, str):
            raise ChangedShapeError(f"{LABEL}: the server does not tell its time. Check the host.")
        return told

    def _oldest(self) -> str | None:
        """Tell since when sessions are kept: before that, no runs is not the same as no backups."""
        query = {"orderColumn": "CreationTime", "orderAsc": "true", "skip": 0, "limit": 1}
        rows = _rows(self.client.get(f"{self.url}/api/v1/sessions", params=query).body, "sessions")
        return str(rows[0].get("creationTime")) if rows else None

    def _all(self, name: str, **filters: str) -> list[Row]:
        """Read all pages in a fixed order, so that a run that ends meanwhile moves no page."""
        column = "Name" if "repositories" in name.casefold() else "CreationTime"
        query = {**filters, "orderColumn": column, "orderAsc": "true", "limit": PER_PAGE}
        found: dict[object, Row] = {}
        total = 0
        pages = OffsetPaginator(_place, label=LABEL)
        for answer in read_pages(
            pages, lambda skip: self.client.get(f"{self.url}/api/v1/{name}", params={**query, "skip": skip})
        ):
            rows = _rows(answer.body, name)
            total = max(total, _total(answer.body, name))
            found |= {row.get("id") or (len(found), n): row for n, row in enumerate(rows)}
        if len(found) < total:
            raise IncompletePullError(
                f"{LABEL}: {len(found)} different rows of {total} in the list {name}: a page came twice. Run "
                "again, and report it to the vendor if it stays."
            )
        return list(found.values())


def _place(body: Any) -> tuple[int, int, int | None]:
    return int(body["pagination"]["total"]), len(body["data"]), body["pagination"].get("skip")


def _total(body: Any, what: str) -> int:
    try:
        return _place(body)[0]
    except (KeyError, TypeError, ValueError):
        raise ChangedShapeError(f"{LABEL}: the list {what} does not tell how many rows there are.") from None


def _rows(body: Any, what: str) -> list[Row]:
    rows = body.get("data") if isinstance(body, dict) else None
    if (
        not isinstance(rows, list)
        or not all(isinstance(row, dict) for row in rows)
        or "pagination" not in body
    ):
        raise ChangedShapeError(f"{LABEL}: the list {what} has no data. Check the connection's host.")
    return rows


def _stamp(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
