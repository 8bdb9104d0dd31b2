"""When a Zabbix maintenance was in force: its time periods unrolled over a week.

Zabbix documentation, manual/api/reference/maintenance/object: type 0 once, 2 daily, 3 weekly, 4
monthly. Days and weeks are counted from the day, or the Monday, of ``active_since``. Clock times are
those of the Zabbix server's own zone.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from msp_reports.sources.intervals import Interval, clip
from msp_reports.sources.rows import VendorRow

_ONCE, _DAILY, _WEEKLY, _MONTHLY = 0, 2, 3, 4
_LAST_OF_MONTH = 5
_DAY = 86_400
_MOST_DAYS = 800


class TimePeriod(VendorRow):
    timeperiod_type: int = _ONCE
    period: int = 3600
    start_date: int = 0
    start_time: int = 0
    every: int = 1
    day: int = 0
    dayofweek: int = 0
    month: int = 0


class Tag(VendorRow):
    tag: str
    value: str = ""


class Maintenance(VendorRow):
    maintenanceid: str
    maintenance_type: int = 0
    active_since: int
    active_till: int
    timeperiods: tuple[TimePeriod, ...]
    tags: tuple[Tag, ...] = ()
    hostids: tuple[str, ...] = ()
    groupids: tuple[str, ...] = ()

    @property
    def collects_data(self) -> bool:
        return self.maintenance_type == 0

    def covers(self, hostid: str, groupids: frozenset[str]) -> bool:
        return hostid in self.hostids or not groupids.isdisjoint(self.groupids)

    def in_force(self, window: Interval, zone: str) -> list[Interval]:
        """Return the parts of the window in which this maintenance was in force."""
        lower, upper = max(window[0], self.active_since), min(window[1], self.active_till)
        if lower >= upper:
            return []
        found = (one for period in self.timeperiods for one in self._occasions(period, (lower, upper), zone))
        return clip(found, (lower, upper))

    def _occasions(self, period: TimePeriod, window: Interval, zone: str) -> Iterator[Interval]:
        if period.timeperiod_type == _ONCE:
            yield period.start_date, period.start_date + period.period
            return
        place = ZoneInfo(zone)
        first = datetime.fromtimestamp(self.active_since, UTC).astimezone(place).date()
        begin = datetime.fromtimestamp(window[0] - period.period, UTC).astimezone(place).date()
        last = datetime.fromtimestamp(window[1], UTC).astimezone(place).date()
        for day in _days(max(first, begin), last):
            if _falls_on(period, day, first):
                midnight = datetime.combine(day, time(), place)
                start = int((midnight + timedelta(seconds=period.start_time)).timestamp())
                yield start, start + period.period


def _days(first: date, last: date) -> Iterator[date]:
    for number in range(min((last - first).days + 1, _MOST_DAYS)):
        yield first + timedelta(days=number)


def _falls_on(period: TimePeriod, day: date, first: date) -> bool:
    every = max(1, period.every)
    if period.timeperiod_type == _DAILY:
        return (day - first).days % every == 0
    weekday = 1 << day.weekday()
    if period.timeperiod_type == _WEEKLY:
        monday = first - timedelta(days=first.weekday())
        return bool(period.dayofweek & weekday) and (day - monday).days // 7 % every == 0
    if period.timeperiod_type != _MONTHLY or not period.month & (1 << (day.month - 1)):
        return False
    if period.day:
        return period.day == day.day
    in_month = (day.day - 1) // 7 + 1
    is_last = (day + timedelta(days=7)).month != day.month
    return bool(period.dayofweek & weekday) and (in_month == every or (every == _LAST_OF_MONTH and is_last))
