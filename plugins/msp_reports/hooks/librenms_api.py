"""LibreNMS REST v0 (docs.librenms.org/API): lists that come whole, and what each may not be."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from msp_reports.domain.errors import ChangedShapeError, FatalSourceError, PermissionMissingError
from msp_reports.hooks.rest import RestClient
from msp_reports.hooks.verdicts import UnexpectedStatusError

LABEL = "LibreNMS"
_API = "/api/v0"
_NO_ROUTE = "API route"
"""What a 404 says that is not of an empty list but of a wrong address."""
_OUTAGE = ("device_id", "going_down", "up_again")

Row = dict[str, Any]


class LibreNMSApi:
    """Answers of one server, each checked to be the list that it should be."""

    def __init__(self, client: RestClient, url: str) -> None:
        """Take the server's address, with or without the path of its API."""
        self._client = client
        self._root = url.removesuffix(_API) + _API

    @property
    def requests(self) -> int:
        return self._client.requests

    def groups(self) -> list[Row]:
        return self._rows_or_none("/devicegroups", "groups")

    def group(self, name: str) -> Row:
        """Find the group by name here: in a path, a name of digits is taken for an id."""
        found = [row for row in self.groups() if row.get("name") == name]
        if len(found) != 1:
            raise FatalSourceError(
                f"{LABEL}: {len(found) or 'no'} device groups are named {name!r}. Correct group in the "
                "customer's file, or let the token's user read the group: a missing right looks the same."
            )
        return {"id": _number(found[0], "id"), "name": name}

    def members(self, group: Row) -> list[int]:
        """Return the ids of the group's devices."""
        rows = self._rows_or_none(f"/devicegroups/{group['id']}", "devices")
        if not rows:
            raise FatalSourceError(f"{LABEL}: the device group {group['name']!r} has no devices.")
        return sorted({_number(row, "device_id") for row in rows})

    def devices(self, members: list[int]) -> dict[int, Row]:
        """Return the members among all devices, by id.

        Raises:
            PermissionMissingError: some are not shown: a list without them would pass for the whole.
        """
        everyone = {_number(row, "device_id"): row for row in self.rows("/devices", "devices")}
        mine = {number: everyone[number] for number in members if number in everyone}
        if hidden := len(members) - len(mine):
            raise PermissionMissingError(
                f"{LABEL}: {hidden} of {len(members)} devices of the group are not readable. Give the "
                "token's user global read access; if a device was deleted just now, run again."
            )
        return mine

    def outages(self, number: int) -> list[Row]:
        """Return every outage ever recorded for a device: the vendor takes no window."""
        rows = self.rows(f"/devices/{number}/outages", "outages")
        return [{name: row[name] for name in _OUTAGE if name in row} for row in rows]

    def rows(self, path: str, name: str) -> list[Row]:
        """Read a named list, which older servers wrap into a list of one. Its ``count`` is not reliable."""
        body = self._client.get(self._root + path).body
        if isinstance(body, list) and len(body) == 1:
            body = body[0]
        rows = body.get(name) if isinstance(body, dict) and body.get("status") == "ok" else None
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise ChangedShapeError(
                f"{LABEL}: {path} did not answer with a list of {name}. Check that the connection's host is "
                "the server's address, and compare with the vendor's API documentation."
            )
        return rows

    def _rows_or_none(self, path: str, name: str) -> list[Row]:
        """Read a list that is answered by a 404 where it would be empty."""
        try:
            return self.rows(path, name)
        except UnexpectedStatusError as refused:
            if refused.status != HTTPStatus.NOT_FOUND or _NO_ROUTE in str(refused):
                raise
            return []


def _number(row: Row, name: str) -> int:
    """Read an id, which older servers write as text."""
    try:
        return int(row[name])
    except (KeyError, TypeError, ValueError):
        raise ChangedShapeError(f"{LABEL}: a row of the answer has no {name}.") from None
