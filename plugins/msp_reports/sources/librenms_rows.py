"""Rows of LibreNMS answers. Older servers write numbers as text (docs.librenms.org/API/Devices)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Self
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, model_validator

from msp_reports.sources.intervals import Interval, clip
from msp_reports.sources.rows import Epoch, MaybeText, VendorRow

_NEVER = frozenset({None, "", "0000-00-00 00:00:00"})


def _as_moment(value: object) -> datetime | None:
    """Read a time of the database, which is the server's local one unless it has an offset."""
    if value in _NEVER:
        return None
    try:
        return datetime.fromisoformat(str(value).strip())
    except ValueError:
        raise ValueError("expected a time such as 2026-11-17 08:50:00") from None


Moment = Annotated[datetime | None, BeforeValidator(_as_moment)]


class Device(VendorRow):
    device_id: int
    hostname: str
    sys_name: Annotated[MaybeText, Field(alias="sysName")] = ""
    display: MaybeText = ""
    type: MaybeText = ""
    os: MaybeText = ""
    purpose: MaybeText = ""
    location: MaybeText = ""
    disabled: bool | None = None
    ignore: bool | None = None
    inserted: Moment = None

    @property
    def name(self) -> str:
        """The display name may be a template, which the API hands over as it is."""
        shown = "" if "{{" in self.display else self.display
        return shown or self.sys_name or self.hostname

    @property
    def counts(self) -> bool:
        return not self.disabled and not self.ignore

    def life(self, window: Interval, zone: ZoneInfo) -> Interval:
        """Return the part of the window since the device was added."""
        return max(window[0], epoch(self.inserted, zone)), window[1]


class Down(VendorRow):
    """An outage in epoch seconds; ``up_again`` is null, or 0, while it lasts."""

    going_down: Annotated[Epoch, Field(gt=0)]
    up_again: Epoch | None
    device_id: int | None = None

    @model_validator(mode="after")
    def _is_in_order(self) -> Self:
        if self.up_again and self.up_again < self.going_down:
            raise ValueError("up_again lies before going_down")
        return self


class Watched(VendorRow):
    """What is recorded of a device. One outage that cannot be read makes the whole unusable."""

    device_id: int
    last_polled: Moment
    outages: tuple[Down, ...]

    def down(self, life: Interval) -> list[Interval]:
        return clip(((one.going_down, one.up_again or life[1]) for one in self.outages), life)

    def was_down_before(self, moment: int) -> bool:
        """Tell whether an outage that lasts at a moment began earlier."""
        return any(one.going_down < moment < (one.up_again or moment + 1) for one in self.outages)

    def seen_until(self, zone: ZoneInfo) -> int:
        """Return until when LibreNMS is known to have looked.

        The time of the last poll stands still while a device is down; that it went down was seen, too.
        """
        edges = [edge for one in self.outages for edge in (one.going_down, one.up_again or 0)]
        return max([epoch(self.last_polled, zone), *edges])


def epoch(moment: datetime | None, zone: ZoneInfo) -> int:
    """Return epoch seconds of a time that is local in `zone` unless it has an offset. None: 0."""
    if moment is None:
        return 0
    return int((moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC).timestamp())
