"""Rows of Zabbix answers. All scalars come as strings (zabbix.com/documentation, manual/api)."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator

from msp_reports.sources.maintenance import Tag
from msp_reports.sources.rows import Epoch, MaybeText, VendorRow


def _as_object(value: object) -> object:
    """Inventory is an empty list where it is switched off."""
    return value or {}


class Inventory(VendorRow):
    site_city: MaybeText = ""
    location: MaybeText = ""
    type: MaybeText = ""


class Group(VendorRow):
    groupid: str


class Host(VendorRow):
    hostid: str
    host: str
    name: MaybeText = ""
    tags: tuple[Tag, ...]
    inventory: Annotated[Inventory, BeforeValidator(_as_object)] = Inventory()
    hostgroups: tuple[Group, ...] = ()
    groups: tuple[Group, ...] = ()

    @property
    def groupids(self) -> frozenset[str]:
        return frozenset(group.groupid for group in (*self.hostgroups, *self.groups))

    def values(self, tag: str) -> list[str]:
        return [one.value for one in self.tags if one.tag == tag]


class Item(VendorRow):
    itemid: str
    hostid: str
    key_: str
    delay: MaybeText = ""


class Trend(VendorRow):
    itemid: str
    clock: Epoch
    num: int
    value_max: float | None = None

    @property
    def is_silent(self) -> bool:
        """Samples were taken, and none of them was an answer."""
        return self.num > 0 and self.value_max == 0


class HostId(VendorRow):
    hostid: str


class Event(VendorRow):
    eventid: str
    clock: Epoch
    r_eventid: str = "0"
    name: MaybeText = ""
    suppressed: int = 0
    hosts: tuple[HostId, ...]


class Recovery(VendorRow):
    eventid: str
    clock: Epoch
