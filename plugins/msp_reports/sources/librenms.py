"""LibreNMS answers to uptime and outages of one customer's week.

Read are a device group, its devices and every outage recorded for each (docs.librenms.org/API/Devices).
Outages of a past week are exact as long as the device is in LibreNMS. The list of devices is that of
the time of fetching, or of the day kept nearest to the week's end. Maintenance, and time in which
LibreNMS itself did not look, it does not tell; it has no service-level objects.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, StringConstraints

from msp_reports.domain.customer import SourceBinding
from msp_reports.domain.errors import ChangedShapeError, ConfigurationError, ForeignRowError
from msp_reports.domain.notes import Note, noted, noted_of
from msp_reports.domain.records import UNASSIGNED, DeviceUptime, Outage, Record
from msp_reports.domain.snapshot import Facts
from msp_reports.domain.week import ReportingWeek
from msp_reports.sources.intervals import Interval, seconds, subtract
from msp_reports.sources.librenms_rows import Device, Watched
from msp_reports.sources.rows import Identity, RowReader, ScopeModel, Unique, rows_of, unique

_APPROXIMATIONS = (
    noted("Devices, sites and classes are those of the time of fetching; LibreNMS keeps no past inventory."),
    noted("LibreNMS does not tell its maintenance windows: downtime within one counts as downtime."),
    noted("LibreNMS notes outages at the interval of its polling, usually 5 minutes."),
    noted("LibreNMS keeps no record of time in which it did not look: such time counts as up."),
)


class LibreNMSScope(ScopeModel):
    """How LibreNMS knows a customer: by a device group. The names of its sites may share a prefix."""

    group: Annotated[
        str,
        StringConstraints(min_length=1, max_length=255, strip_whitespace=True),
        Field(coerce_numbers_to_str=True),
    ]
    site_from: Literal["location", "purpose"] = "location"
    site_prefix: str = ""
    """Left out of a site's name: ``ACME - `` of ``ACME - Berlin``."""
    class_from: Literal["type", "os", "purpose"] = "type"

    def identities(self) -> tuple[Identity, ...]:
        return (Identity(self.group, Unique.ON_ITS_SERVER),)

    def site(self, device: Device) -> str:
        return (
            str(getattr(device, self.site_from)).removeprefix(self.site_prefix.strip()).strip() or UNASSIGNED
        )

    def device_class(self, device: Device) -> str:
        return str(getattr(device, self.class_from)) or UNASSIGNED


def parse(payload: Mapping[str, Any], *, binding: SourceBinding, week: ReportingWeek) -> Facts:
    """Read devices and their outages (see `contract.Parse`)."""
    scope = binding.scope
    if not isinstance(scope, LibreNMSScope):
        raise ConfigurationError("the LibreNMS parser was given another system's scope")
    reader = RowReader()
    devices = _devices(reader, payload, scope)
    members = _members(payload)
    watched = _watched(reader, payload, members)
    window: Interval = (int(week.start.timestamp()), int(week.end.timestamp()))
    zone = ZoneInfo(str(payload.get("zone") or "UTC"))
    records: list[Record] = []
    for device in devices:
        life = device.life(window, zone)
        if life[0] < life[1]:
            records += _device_records(device, scope, watched.get(device.device_id), life, zone)
    return Facts(
        records=tuple(records),
        rows_read=reader.rows_read,
        skipped=tuple(reader.skipped),
        approximations=(*_APPROXIMATIONS, *_gone(devices, members)),
    )


def _devices(reader: RowReader, payload: Mapping[str, Any], scope: LibreNMSScope) -> list[Device]:
    """Read the monitored devices; each was stamped with the group that named it a member."""
    rows, group = rows_of(payload, "devices"), payload.get("group")
    if not isinstance(group, dict) or group.get("name") != scope.group:
        raise ForeignRowError(f"LibreNMS: the answer is not that of the device group {scope.group!r}.")
    for row in rows:
        if row.get("group_id") != group.get("id"):
            raise ForeignRowError(
                f"LibreNMS: device {row.get('device_id')} is not of the device group {scope.group!r}."
            )
    read = unique(reader.read(Device, rows, "device", key="device_id"), lambda one: str(one.device_id))
    return sorted((one for one in read if one.counts), key=lambda one: (one.name, one.device_id))


def _members(payload: Mapping[str, Any]) -> frozenset[int]:
    members = payload.get("members")
    if not isinstance(members, list):
        raise ChangedShapeError("the payload has no list 'members'; fetch the week again")
    return frozenset(members)


def _watched(reader: RowReader, payload: Mapping[str, Any], members: frozenset[int]) -> dict[int, Watched]:
    """Read what is recorded of the devices that the group has today."""
    found = reader.read(Watched, rows_of(payload, "watched"), "outages of device", key="device_id")
    for one in found:
        reader.rows_read += len(one.outages)
        if one.device_id not in members or {row.device_id for row in one.outages} - {None, one.device_id}:
            raise ForeignRowError(f"LibreNMS: outages of device {one.device_id} are those of another.")
    return {one.device_id: one for one in found}


def _device_records(
    device: Device, scope: LibreNMSScope, watched: Watched | None, life: Interval, zone: ZoneInfo
) -> list[Record]:
    """Without what is recorded of it, nothing is known of a device: no outage is not no downtime."""
    down = watched.down(life) if watched else []
    unseen = (max(life[0], watched.seen_until(zone)) if watched else life[0], life[1])
    uptime = DeviceUptime(
        device_id=f"librenms-{device.device_id}",
        name=device.name,
        site=scope.site(device),
        device_class=scope.device_class(device),
        window_seconds=life[1] - life[0],
        planned_seconds=0,
        unknown_seconds=seconds(subtract([unseen], down)),
        down_seconds=seconds(down),
    )
    outages = [
        Outage(
            device_id=uptime.device_id,
            name=uptime.name,
            site=uptime.site,
            started_at=datetime.fromtimestamp(start, UTC),
            ended_at=None if end == life[1] else datetime.fromtimestamp(end, UTC),
            began_before=watched is not None and watched.was_down_before(start),
            cause="",
        )
        for start, end in down
    ]
    return [uptime, *outages]


def _gone(devices: Sequence[Device], members: frozenset[int]) -> tuple[Note, ...]:
    gone = sum(one.device_id not in members for one in devices)
    if not gone:
        return ()
    return (
        noted_of(
            gone,
            "The week of {number} device that LibreNMS no longer lists for you is not known.",
            "The week of {number} devices that LibreNMS no longer lists for you is not known.",
        ),
    )
