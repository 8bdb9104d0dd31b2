"""LibreNMS: one device group's devices and every outage recorded for them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import ClassVar, Protocol

from msp_reports.domain.snapshot import Pull
from msp_reports.domain.week import ReportingWeek
from msp_reports.hooks.librenms_api import LABEL, LibreNMSApi, Row
from msp_reports.hooks.rest import HeaderAuth, RestClient
from msp_reports.hooks.vendor import VendorHook

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


class LibreNMSCustomer(Protocol):
    """What is read of the scope."""

    @property
    def group(self) -> str: ...


class LibreNMSHook(VendorHook):
    """Reads with the API token of a user with global read; host is the server's address.

    Of its extra, ``timezone`` is the server's, by whose clock devices were added and polled (default: UTC),
    and ``ca_bundle`` a file of authorities that the server's certificate is from.

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
    def _conversation(self) -> Iterator[LibreNMSApi]:
        endpoint = self.endpoint
        with RestClient(
            label=LABEL,
            auth=HeaderAuth(endpoint.password, header="X-Auth-Token"),
            secrets=[endpoint.password],
            ca_bundle=endpoint.extra.get("ca_bundle"),
        ) as client:
            yield LibreNMSApi(client, endpoint.url)


def _listed(devices: dict[int, Row], group: Row) -> list[Row]:
    """Keep what is read, and of which group a device was: a later week is told from this list."""
    return [{name: row.get(name) for name in _DEVICE} | {"group_id": group["id"]} for row in devices.values()]
