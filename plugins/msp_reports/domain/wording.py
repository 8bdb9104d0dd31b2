"""How numbers and names read inside a sentence of plain English."""

from __future__ import annotations

from collections.abc import Sequence

from msp_reports.domain.week import ReportingWeek

_ALL = 100.0
_FINE_FROM = 99.0
_MOST_PLACES = 6
_HOURS_UP_TO = 168
_STEADY_POINTS = 0.05
_HOURS_FROM_DAYS = 48


def percent(value: float, *, apart_from: float = _ALL) -> str:
    """``95.6 %``, from 99 on ``99.95 %``; more places where it would read like `apart_from`."""
    if value >= _ALL:
        return "100 %"
    places = 2 if value >= _FINE_FROM else 1
    while places < _MOST_PLACES and any(
        value < limit and round(value, places) == round(limit, places) for limit in (apart_from, _ALL)
    ):
        places += 1
    return f"{value:.{places}f} %"


def agreed(value: float) -> str:
    """A target as the contract writes it: ``99.9 %``."""
    return f"{value:g} %"


def points(value: float) -> str:
    """Size of a change of a percentage, without its sign: ``4.2 points``."""
    return f"{abs(value):.1f} points"


def count(number: float, noun: str) -> str:
    """``1 ticket``, ``4 tickets``, ``1,204 tickets``."""
    return f"{int(number):,} {noun if int(number) == 1 else plural(noun)}"


def plural(noun: str) -> str:
    return f"{noun}es" if noun.endswith("s") else f"{noun}s"


def span(hours: float) -> str:
    """Whole hours, from eight days on whole days: ``73 hours``, ``50 days``."""
    if hours > _HOURS_UP_TO:
        return count(hours // 24, "day")
    return count(hours, "hour")


def listed(names: Sequence[str]) -> str:
    """``A``, ``A and B``, ``A, B and C``."""
    if len(names) <= 1:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def some(names: Sequence[str], *, most: int, total: int | None = None) -> str:
    """The first `most` names and how many more there are: ``A, B and 3 more``."""
    shown = list(names[:most])
    hidden = (len(names) if total is None else total) - len(shown)
    return listed([*shown, f"{hidden:,} more"]) if hidden > 0 else listed(shown)


def moved_points(change: float | None) -> str:
    """An aside about a percentage's change: `` (up 0.3 points)``; empty without comparison."""
    if change is None:
        return ""
    if abs(change) < _STEADY_POINTS:
        return " (as last week)"
    return f" ({'up' if change > 0 else 'down'} {points(change)})"


def moved_count(change: float | None) -> str:
    """An aside about a count's change: `` (3 more than last week)``; empty without comparison."""
    if change is None:
        return ""
    if change == 0:
        return " (as last week)"
    return f" ({abs(int(change)):,} {'more' if change > 0 else 'fewer'} than last week)"


def capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


_NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_ORDINALS = (
    *("first", "second", "third", "fourth", "fifth", "sixth", "seventh"),
    *("eighth", "ninth", "tenth", "eleventh", "twelfth", "thirteenth"),
)


def number(value: int) -> str:
    """A small number as a word: ``three``; from thirteen on in figures."""
    return _NUMBERS[value - 1] if 0 < value <= len(_NUMBERS) else f"{value:,}"


def ordinal(value: int) -> str:
    """``third``, up to the thirteenth week of a history."""
    return _ORDINALS[value - 1]


def week_of(week: ReportingWeek, current: ReportingWeek) -> str:
    """``week 44``; ``week 44 of 2025`` where the report's own week is of another ISO year."""
    year, place, _ = week.monday.isocalendar()
    return f"week {place}" if year == current.monday.isocalendar().year else f"week {place} of {year}"


def duration(minutes: int) -> str:
    """``45 minutes``, ``17 hours``, ``2 hours 30 minutes``, from two days on ``3 days 4 hours``."""
    hours, rest = divmod(minutes, 60)
    if hours < _HOURS_FROM_DAYS:
        large, small = (hours, "hour"), (rest, "minute")
    else:
        days, hours = divmod(round(minutes / 60), 24)
        large, small = (days, "day"), (hours, "hour")
    told = [count(number, noun) for number, noun in (large, small) if number]
    return " ".join(told) or count(0, "minute")
