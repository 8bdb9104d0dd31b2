"""LibreNMS: one device group's devices and every outage recorded for them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, ClassVar, Protocol

from msp_reports.domain.errors import ChangedShapeError, FatalSourceError, PermissionMissingError
from msp_reports.domain.snapshot import Pull
from msp_reports.domain.week import ReportingWeek
from msp_reports.hooks.rest import HeaderAuth, RestClient
from msp_reports.hooks.vendor import VendorHook
from msp_reports.hooks.verdicts import UnexpectedStatusError

LABEL = "LibreNMS"
_API = "/api/v0"
_NO_ROUTE = "API route"
"""What a 404 says that is not of an empty list but of a wrong address."""
_DEVICE = (
    "device_id",
    "hostname",
    "sysName",
    "display",
    "type",
    "os",
    "purpose",
    "location",
    "disabled",
    "ignore",
    "inserted",
)
"""What is kept of a device: the vendor's rows also hold SNMP communities and passwords."""
_OUTAGE = ("device_id", "going_down", "up_again")

Row = dict[str, Any]


class LibreNMSCustomer(Protocol):
    """What is read of the scope."""

    @property
    def group(self) -> str: ...


class LibreNMSHook(VendorHook):
    """Reads with the API token of a user with global read; host is the server's address.

    A pull needs three requests (groups, the group's members, all devices, as the list cannot be narrowed
    to a group) and one per device of the group: the vendor has no call for the outages of several
    (docs.librenms.org/API/Devices). They are asked one after another over one connection. There is no
    paging anywhere: every list comes whole.
    """

    conn_type = "librenms"
    hook_name = "LibreNMS"
    default_conn_name = "librenms_default"
    needs_login = False
    field_labels: ClassVar = {"host": "Address of the server", "password": "API token"}
    field_examples: ClassVar = {"host": "https://librenms.example.net"}

    def greet(self) -> str:
        with self._conversation() as api:
            version = next(iter(api.rows("/system", "system")), {}).get("local_ver")
            return f"{LABEL} {version}: {len(api.groups())} device groups readable"

    def fetch(self, scope: LibreNMSCustomer, week: ReportingWeek) -> Pull:
        """Read the outages first and the devices last.

        For a device that does not exist the vendor answers with no outages instead of an error: one that
        was deleted in between must be gone from the list, not up all week.
        """
        with self._conversation() as api:
            group = api.group(scope.group)
            members = api.members(group)
            outages = {number: api.outages(number) for number in members}
            devices = api.devices(members)
            payload = {
                "zone": self.endpoint.zone or "UTC",
                "group": group,
                "members": members,
                "devices": _listed(devices, group),
                "watched": [
                    {
                        "device_id": number,
                        "last_polled": devices[number].get("last_polled"),
                        "outages": outages[number],
                    }
                    for number in members
                ],
            }
            return Pull(payload=payload, fetched_at=datetime.now(UTC), requests=api.requests)

    def standing(self, scope: LibreNMSCustomer) -> Pull:
        """Read the group's devices as they are now: 3 requests."""
        with self._conversation() as api:
            group = api.group(scope.group)
            payload = {"devices": _listed(api.devices(api.members(group)), group)}
            return Pull(payload=payload, fetched_at=datetime.now(UTC), requests=api.requests)

    @contextmanager
    def _conversation(self) -> Iterator[_Api]:
        endpoint = self.endpoint
        with RestClient(
            label=LABEL,
            auth=HeaderAuth(endpoint.password, header="X-Auth-Token"),
            secrets=[endpoint.password],
            ca_bundle=endpoint.extra.get("ca_bundle"),
        ) as client:
            yield _Api(client, endpoint.url.removesuffix(_API) + _API)


class _Api:
    """Answers of one server, each checked to be the list that it should be."""

    def __init__(self, client: RestClient, root: str) -> None:
        self._client = client
        self._root = root

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


def _listed(devices: dict[int, Row], group: Row) -> list[Row]:
    """Keep what is read, and of which group a device was: a later week is told from this list."""
    return [{name: row.get(name) for name in _DEVICE} | {"group_id": group["id"]} for row in devices.values()]
