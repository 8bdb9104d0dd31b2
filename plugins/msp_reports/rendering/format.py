"""Numbers and dates as the customer reads them: in the language spoken and the customer's zone, "not known"
for None.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from msp_reports.domain.dates import day, day_of_year, short_date, span_of_days
from msp_reports.domain.language import numeral, say, say_as, say_of
from msp_reports.domain.report import Measure, ReportModel, Unit
from msp_reports.domain.wording import Noun, count, percent

_MINUTES_PER_HOUR = 60
_HOURS_PER_DAY = 24
_LONG_HOURS = 72
_STEADY = 0.05
_NOUNS: dict[Unit, Noun] = {Unit.HOURS: "hour", Unit.DAYS: "day"}


def not_known() -> str:
    return say("not known")


def no_change() -> str:
    return say("no change")


def whole(number: float | None) -> str:
    """``1,204``."""
    return not_known() if number is None else numeral(round(number))


def percentage(number: float | None, *, apart_from: float = 100.0) -> str:
    """``99.95 %``, with more places where it would read like `apart_from`."""
    return not_known() if number is None else percent(number, apart_from=apart_from)


def minutes(number: float | None) -> str:
    """``45 min``, ``3 h 20 min``, ``5 d 2 h``."""
    if number is None:
        return not_known()
    total = round(number)
    hours, rest = divmod(total, _MINUTES_PER_HOUR)
    if hours >= _LONG_HOURS:
        days, hours = divmod(hours, _HOURS_PER_DAY)
        told = [_days(days), _hours(hours) if hours else ""]
    else:
        told = [_hours(hours) if hours else "", _minutes(rest) if rest or not hours else ""]
    return " ".join(filter(None, told))


def _days(number: float) -> str:
    return say("{number} d", number=numeral(number))


def _hours(number: int) -> str:
    return say("{number} h", number=number)


def _minutes(number: int) -> str:
    return say("{number} min", number=number)


def hours_text(number: float | None) -> str:
    """``7 h``, from three days on ``4 d``: completed hours, so that 48.9 is not read as past 48 and 49."""
    if number is None:
        return not_known()
    if number >= _LONG_HOURS:
        return _days(number // _HOURS_PER_DAY)
    return _hours(int(number))


def _points(number: float) -> str:
    return say_as("table", "{number} points", number=numeral(abs(number), 1))


def amount(number: float | None, unit: Unit, *, apart_from: float = 100.0) -> str:
    """A value with its unit."""
    if number is None:
        return not_known()
    if unit is Unit.PERCENT:
        return percent(number, apart_from=apart_from)
    if unit is Unit.POINTS:
        return _points(number)
    if unit is Unit.MINUTES:
        return minutes(number)
    return whole(number) if unit is Unit.COUNT else count(round(number), _NOUNS[unit])


def change(measure: Measure) -> str:
    """``+0.3 points``, ``−4``, ``no change``; ``–`` without a comparison."""
    moved = measure.change
    if moved is None:
        return "–"
    if measure.unit in {Unit.PERCENT, Unit.POINTS}:
        size, steady = _points(moved), abs(moved) < _STEADY
    else:
        size, steady = amount(abs(moved), measure.unit), round(moved) == 0
    if steady:
        return no_change()
    return f"{'+' if moved > 0 else '−'}{size}"


def history(measure: Measure) -> str:
    """Text equivalent of a sparkline."""
    known = [number for number in measure.history if number is not None]
    if len(known) < 2:  # noqa: PLR2004
        return say("no history yet")
    low, high = amount(min(known), measure.unit), amount(max(known), measure.unit)
    if low == high:
        return say_of(
            len(known), "{low} in each of {number} weeks", "{low} in each of {number} weeks", low=low
        )
    return say_of(
        len(known),
        "{low} to {high} in {number} weeks",
        "{low} to {high} in {number} weeks",
        low=low,
        high=high,
    )


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
        same = local.year in {self._first.year, self._end.year}
        return f"{day(local) if same else day_of_year(local)}, {local:%H:%M}"

    def date(self, when: datetime) -> str:
        """``18 Nov 2025``."""
        return short_date(when.astimezone(self._zone))
