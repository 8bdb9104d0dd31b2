"""The reporting week: the one window that every system is asked for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Self
from zoneinfo import ZoneInfo

_LABEL = re.compile(r"([0-9]{4})-W([0-9]{2})")
_DAYS = 7


@dataclass(frozen=True, slots=True, order=True)
class ReportingWeek:
    """An ISO 8601 week ``[Monday 00:00, next Monday 00:00)`` in one time zone.

    A week with a change of clocks has 167 or 169 hours; use `seconds`, never 7 * 24 h.
    """

    monday: date
    zone: str

    def __post_init__(self) -> None:
        if self.monday.isoweekday() != 1:
            msg = f"a reporting week begins on a Monday, {self.monday} is not one"
            raise ValueError(msg)

    @classmethod
    def parse(cls, label: str, zone: str) -> Self:
        """Read a label such as ``2026-W47``.

        Raises:
            ValueError: the label is not an ISO week.
        """
        found = _LABEL.fullmatch(label)
        if found is None:
            msg = f"{label!r} is not a week label such as 2026-W47"
            raise ValueError(msg)
        return cls(date.fromisocalendar(int(found[1]), int(found[2]), 1), zone)

    @classmethod
    def ended_before(cls, moment: datetime, zone: str) -> Self:
        """Return the last week that was over in `zone` at `moment` (an aware time)."""
        local = moment.astimezone(ZoneInfo(zone)).date()
        return cls(local - timedelta(days=local.isoweekday() - 1 + _DAYS), zone)

    @property
    def label(self) -> str:
        """``2026-W47``."""
        year, number, _ = self.monday.isocalendar()
        return f"{year}-W{number:02d}"

    @property
    def start(self) -> datetime:
        """First instant of the week, in the week's zone."""
        return self._midnight(0)

    @property
    def end(self) -> datetime:
        """First instant after the week, in the week's zone."""
        return self._midnight(_DAYS)

    @property
    def start_utc(self) -> datetime:
        return _midnight_utc(self.monday, self.zone)

    @property
    def end_utc(self) -> datetime:
        return _midnight_utc(self.monday + timedelta(days=_DAYS), self.zone)

    @property
    def seconds(self) -> int:
        """Real length of the week in seconds."""
        return int((self.end_utc - self.start_utc).total_seconds())

    @property
    def days(self) -> tuple[date, ...]:
        """The seven local dates, Monday first."""
        return tuple(self.monday + timedelta(days=n) for n in range(_DAYS))

    def prior(self, weeks: int = 1) -> Self:
        """Return the week that many weeks earlier, in the same zone."""
        return type(self)(self.monday - timedelta(days=_DAYS * weeks), self.zone)

    def contains(self, moment: datetime) -> bool:
        return self.start_utc <= moment.astimezone(UTC) < self.end_utc

    def clip(self, began: datetime, ended: datetime | None) -> tuple[datetime, datetime] | None:
        """Cut an interval to the week; an open end means the week's end. None: outside."""
        lower = max(began.astimezone(UTC), self.start_utc)
        upper = min((ended or self.end).astimezone(UTC), self.end_utc)
        return (lower, upper) if lower < upper else None

    def _midnight(self, day: int) -> datetime:
        return _midnight(self.monday + timedelta(days=day), self.zone)


def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(zone))


@lru_cache(maxsize=256)
def _midnight_utc(day: date, zone: str) -> datetime:
    """Kept, because every record of a week is held against its two edges."""
    return _midnight(day, zone).astimezone(UTC)
