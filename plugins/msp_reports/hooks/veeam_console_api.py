"""The reads of Veeam Service Provider Console's REST v3, all pages of each."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from msp_reports.domain.errors import ChangedShapeError, IncompletePullError
from msp_reports.domain.week import ReportingWeek
from msp_reports.hooks.pagination import OffsetPaginator, chunks, read_pages
from msp_reports.hooks.rest import RestClient

LABEL = "Veeam Service Provider Console"
PER_PAGE = 500
UIDS_ASKED = 20
"""UIDs of agents whose restore points one call asks for: their filter has to fit into an address."""
MACHINES_ASKED = 100
"""Virtual machines whose points are asked for one by one: the vendor has no list of all. More: not known."""
POINTS_BACK = timedelta(days=35)
_JOB = ("instanceUid", "name", "organizationUid", "mappedOrganizationUid", "backupServerUid")
_VM = ("instanceUid", "organizationUid", "name", "jobUid", "latestRestorePointDate", "malwareState")
_AGENT = (
    "instanceUid",
    "sourceInstanceUid",
    "organizationUid",
    "name",
    "latestRestorePointDate",
    "malwareState",
)
_COMPUTER = ("backupAgentUid", "organizationUid", "name", "latestRestorePointDate")
_POINT = (
    "instanceUid",
    "virtualMachineUid",
    "backupAgentUid",
    "backupCreationTime",
    "creationDate",
    "malwareState",
)

Row = dict[str, Any]


class Company(Protocol):
    """What is read of the scope."""

    @property
    def organization_uid(self) -> object: ...

    def owns(self, row: Row, jobs: Mapping[str, Row]) -> bool: ...

    def ran(self, session: Row, jobs: Collection[Row], servers: Mapping[str, str]) -> bool | None: ...


class Console:
    """The reads of REST v3. What the vendor gives too widely is left out here and checked by the parser."""

    def __init__(self, client: RestClient, url: str) -> None:
        self.client = client
        self.url = url

    def workloads(self, scope: Company) -> dict[str, list[Row]]:
        own = _equals("organizationUid", scope.organization_uid)
        mapped = _equals("mappedOrganizationUid", scope.organization_uid)
        jobs = self.rows("/infrastructure/backupServers/jobs", _JOB, _any([own, mapped]))
        uids = {str(job.get("instanceUid")).lower(): job for job in jobs}
        theirs = [
            _equals("jobUid", job.get("instanceUid")) for job in jobs if job.get("mappedOrganizationUid")
        ]
        workloads = "/protectedWorkloads"
        lists = {
            "virtual_machines": self.rows(f"{workloads}/virtualMachines", _VM, _any([own, *theirs])),
            "agents": self.rows(f"{workloads}/computersManagedByBackupServer", _AGENT, _any([own])),
            "computers": self.rows(f"{workloads}/computersManagedByConsole", _COMPUTER, _any([own])),
        }
        return {
            "jobs": jobs,
            **{name: [row for row in rows if scope.owns(row, uids)] for name, rows in lists.items()},
        }

    def points(self, lists: Mapping[str, list[Row]], machines: Iterable[str], week: ReportingWeek) -> Row:
        """Read the restore points of all agents, and of the virtual machines that are named.

        Returns:
            The points, and ``asked``: whose they were asked for.
        """
        since = (week.end_utc - POINTS_BACK).isoformat()
        found: list[Row] = []
        asked = list(machines)
        for one in asked:
            rows = self.rows(f"/protectedWorkloads/virtualMachines/{one}/backupRestorePoints", _POINT, None)
            found += [row for row in rows if row.get("virtualMachineUid") == one]
        for part, uids, place, at in (
            ("agents", _AGENT[:2], "computersManagedByBackupServer", "backupCreationTime"),
            ("computers", _COMPUTER[:1], "computersManagedByConsole", "creationDate"),
        ):
            mine = list(dict.fromkeys(str(row[uid]) for row in lists[part] for uid in uids if row.get(uid)))
            recent = {"property": at, "operation": "greaterThanOrEqual", "value": since}
            for some in chunks(mine, UIDS_ASKED):
                owners = _any([_equals("backupAgentUid", one) for one in some])
                rule: Row = {"operation": "and", "items": [owners, recent]}
                rows = self.rows(f"/protectedWorkloads/{place}/restorePoints", _POINT, rule)
                found += [row for row in rows if row.get("backupAgentUid") in some]
            asked += mine
        return {"points": found, "asked": asked}

    def rows(self, path: str, names: tuple[str, ...], rule: Row | None) -> list[Row]:
        """Read all pages of a list, and of each row the named fields, of which the first is its identity."""
        query = {"limit": PER_PAGE} | ({"filter": json.dumps([rule], separators=(",", ":"))} if rule else {})
        found: dict[object, Row] = {}
        total = 0
        for answer in read_pages(
            OffsetPaginator(_place, label=LABEL),
            lambda offset: self.client.get(f"{self.url}{path}", params={**query, "offset": offset}),
        ):
            rows = rows_of_body(answer.body, path)
            total = max(total, _total(answer.body, path))
            found |= {row.get(names[0]) or (len(found), n): kept(row, names) for n, row in enumerate(rows)}
        if len(found) < total:
            raise IncompletePullError(
                f"{LABEL}: {len(found)} different rows of {total} in the list {path}: a page came twice. Run "
                "again, and report it to the vendor if it stays."
            )
        return list(found.values())


def later(machines: list[Row], week: ReportingWeek) -> list[str]:
    """Name the machines whose latest point is later than the week's end, and so hides the one before."""
    found = []
    for row in machines:
        latest = moment_of(row.get("latestRestorePointDate"))
        if row.get("instanceUid") and latest and latest >= week.end_utc:
            found.append(str(row["instanceUid"]))
    return found[:MACHINES_ASKED]


def moment_of(told: object) -> datetime | None:
    """Read a time of the vendor's. None: it is missing or cannot be read, which the parser will name."""
    try:
        moment = datetime.fromisoformat(str(told))
    except ValueError:
        return None
    return moment.replace(tzinfo=moment.tzinfo or UTC)


def _place(body: Any) -> tuple[int, int, int | None]:
    about = body["meta"]["pagingInfo"]
    return int(about["total"]), len(body["data"]), int(about["offset"])


def _total(body: Any, what: str) -> int:
    try:
        return _place(body)[0]
    except (KeyError, TypeError, ValueError):
        raise ChangedShapeError(f"{LABEL}: the list {what} does not tell how many rows there are.") from None


def rows_of_body(body: Any, what: str) -> list[Row]:
    rows = body.get("data") if isinstance(body, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ChangedShapeError(f"{LABEL}: the list {what} has no data. Check the connection's host.")
    return rows


def _equals(name: str, value: object) -> Row:
    return {"property": name, "operation": "equals", "value": str(value)}


def _any(items: list[Row]) -> Row:
    return items[0] if len(items) == 1 else {"operation": "or", "items": items}


def kept(row: Row, names: tuple[str, ...]) -> Row:
    return {name: row[name] for name in names if name in row}
