"""Numbers and dates as the customer reads them: English, in the customer's zone, "not known" for None."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from msp_reports.domain.report import Measure, ReportModel, Unit
from msp_reports.domain.wording import count, percent, points

NOT_KNOWN = "not known"
NO_CHANGE = "no change"
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_MINUTES_PER_HOUR = 60
_HOURS_PER_DAY = 24
_LONG_HOURS = 72
_STEADY = 0.05
_NOUNS = {Unit.HOURS: "hour", Unit.DAYS: "day"}


def whole(number: float | None) -> str:
    """``1,204``."""
    return NOT_KNOWN if number is None else f"{round(number):,}"


def percentage(number: float | None, *, apart_from: float = 100.0) -> str:
    """``99.95 %``, with more places where it would read like `apart_from`."""
    return NOT_KNOWN if number is None else percent(number, apart_from=apart_from)


def minutes(number: float | None) -> str:
    """``45 min``, ``3 h 20 min``, ``5 d 2 h``."""
    if number is None:
        return NOT_KNOWN
    total = round(number)
    hours, rest = divmod(total, _MINUTES_PER_HOUR)
    if hours >= _LONG_HOURS:
        days, hours = divmod(hours, _HOURS_PER_DAY)
        return f"{days:,} d {hours} h" if hours else f"{days:,} d"
    if not hours:
        return f"{total} min"
    return f"{hours} h {rest} min" if rest else f"{hours} h"


def hours_text(number: float | None) -> str:
    """``7 h``, from three days on ``4 d``: completed hours, so that 48.9 is not read as past 48 and 49."""
    if number is None:
        return NOT_KNOWN
    if number >= _LONG_HOURS:
        return f"{int(number // _HOURS_PER_DAY):,} d"
    return f"{int(number)} h"


def amount(number: float | None, unit: Unit, *, apart_from: float = 100.0) -> str:
    """A value with its unit."""
    if number is None:
        return NOT_KNOWN
    if unit is Unit.PERCENT:
        return percent(number, apart_from=apart_from)
    if unit is Unit.POINTS:
        return points(number)
    if unit is Unit.MINUTES:
        return minutes(number)
    return whole(number) if unit is Unit.COUNT else count(round(number), _NOUNS[unit])


def change(measure: Measure) -> str:
    """``+0.3 points``, ``−4``, ``no change``; ``–`` without a comparison."""
    moved = measure.change
    if moved is None:
        return "–"
    if measure.unit in {Unit.PERCENT, Unit.POINTS}:
        size, steady = points(moved), abs(moved) < _STEADY
    else:
        size, steady = amount(abs(moved), measure.unit), round(moved) == 0
    if steady:
        return NO_CHANGE
    return f"{'+' if moved > 0 else '−'}{size}"


def history(measure: Measure) -> str:
    """Text equivalent of a sparkline."""
    known = [number for number in measure.history if number is not None]
    if len(known) < 2:  # noqa: PLR2004
        return "no history yet"
    low, high = amount(min(known), measure.unit), amount(max(known), measure.unit)
    weeks = f"{len(known)} weeks"
    return f"{low} in each of {weeks}" if low == high else f"{low} to {high} in {weeks}"


def day(when: date) -> str:
    """``Tue 18 Nov``."""
    return f"{_DAYS[when.weekday()]} {when.day} {_MONTHS[when.month - 1][:3]}"


def long_date(when: date) -> str:
    """``18 November 2025``."""
    return f"{when.day} {_MONTHS[when.month - 1]} {when.year}"


def span_of_days(first: date, last: date) -> str:
    """``17 to 23 November 2025``, with month and year twice where they differ."""
    if first.year != last.year:
        return f"{long_date(first)} to {long_date(last)}"
    if first.month != last.month:
        return f"{first.day} {_MONTHS[first.month - 1]} to {long_date(last)}"
    return f"{first.day} to {long_date(last)}"


class Clock:
    """Tells moments of the week in the customer's zone."""

    def __init__(self, model: ReportModel) -> None:
        self._zone = ZoneInfo(model.zone)
        self._first = model.week_start.astimezone(self._zone).date()
        self._end = model.week_end.astimezone(self._zone)

    @property
    def days(self) -> tuple[date, ...]:
        return tuple(self._first + timedelta(days=number) for number in range(7))

    @property
    def week(self) -> str:
        return span_of_days(self._first, self.days[-1])

    def moment(self, when: datetime) -> str:
        """``Tue 18 Nov, 14:05``; with the year where it is not the week's."""
        local = when.astimezone(self._zone)
        year = "" if local.year in {self._first.year, self._end.year} else f" {local.year}"
        return f"{day(local)}{year}, {local:%H:%M}"

    def date(self, when: datetime) -> str:
        """``18 Nov 2025``."""
        local = when.astimezone(self._zone)
        return f"{local.day} {_MONTHS[local.month - 1][:3]} {local.year}"
