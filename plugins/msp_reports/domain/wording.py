"""How numbers and names read inside a sentence."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from msp_reports.domain.language import numeral, say, say_as, say_of
from msp_reports.domain.week import ReportingWeek

_ALL = 100.0
_FINE_FROM = 99.0
_MOST_PLACES = 6
_HOURS_UP_TO = 168
_STEADY_POINTS = 0.05
_HOURS_FROM_DAYS = 48
_PLURAL_FROM = 2
"""French has the singular for a fraction under it, English and German have the plural."""


Noun = Literal[
    "ticket",
    "machine",
    "device",
    "device class",
    "site",
    "public site",
    "security incident",
    "week",
    "day",
    "hour",
    "minute",
]
"""What can be counted by itself; a noun whose case its sentence decides stands in the sentence's message."""

_COUNTED: dict[Noun, Callable[[float], str]] = {
    "ticket": lambda n: say_of(n, "{number} ticket", "{number} tickets"),
    "machine": lambda n: say_of(n, "{number} machine", "{number} machines"),
    "device": lambda n: say_of(n, "{number} device", "{number} devices"),
    "device class": lambda n: say_of(n, "{number} device class", "{number} device classes"),
    "site": lambda n: say_of(n, "{number} site", "{number} sites"),
    "public site": lambda n: say_of(n, "{number} public site", "{number} public sites"),
    "security incident": lambda n: say_of(n, "{number} security incident", "{number} security incidents"),
    "week": lambda n: say_of(n, "{number} week", "{number} weeks"),
    "day": lambda n: say_of(n, "{number} day", "{number} days"),
    "hour": lambda n: say_of(n, "{number} hour", "{number} hours"),
    "minute": lambda n: say_of(n, "{number} minute", "{number} minutes"),
}


def percent(value: float, *, apart_from: float = _ALL) -> str:
    """``95.6 %``, from 99 on ``99.95 %``; more places where it would read like `apart_from`."""
    if value >= _ALL or value == 0:
        return say("{number} %", number="100" if value else "0")
    places = 2 if value >= _FINE_FROM else 1
    while places < _MOST_PLACES and any(
        value < limit and round(value, places) == round(limit, places) for limit in (apart_from, _ALL)
    ):
        places += 1
    return say("{number} %", number=numeral(value, places))


def agreed(value: float) -> str:
    """A target as the contract writes it: ``99.9 %``."""
    return say("{number} %", number=numeral(value, None))


def points(value: float) -> str:
    """Size of a change of a percentage, without its sign: ``4.2 points``, ``1 point``."""
    return exact_points(round(float(abs(value)), 1))


def exact_points(value: float) -> str:
    """The same of a threshold, as the customer's file has it: ``2.5 points``."""
    if float(value).is_integer():
        return say_of(value, "{number} point", "{number} points")
    if value < _PLURAL_FROM:
        return say_as("fraction under two", "{number} points", number=numeral(value, None))
    return say("{number} points", number=numeral(value, None))


def points_between(low: float, high: float) -> str:
    """``5 to 5.1 points``."""
    sizes = [numeral(round(float(abs(value)), 1), None) for value in (low, high)]
    return say("{low} to {high} points", low=sizes[0], high=sizes[1])


def count(number: float, noun: Noun) -> str:
    """``1 ticket``, ``4 tickets``, ``1,204 tickets``."""
    return _COUNTED[noun](number)


def counted(number: int, noun: str) -> str:
    """The same of any noun, for those who run the reports: they are told in English."""
    many = f"{noun}es" if noun.endswith("s") else f"{noun}s"
    return f"{number:,} {noun if number == 1 else many}"


def span(hours: float) -> str:
    """Whole hours, from eight days on whole days: ``73 hours``, ``50 days``; ``less than an hour``."""
    if hours < 1:
        return say("less than an hour")
    if hours > _HOURS_UP_TO:
        return count(hours // 24, "day")
    return count(hours, "hour")


def listed(names: Sequence[str]) -> str:
    """``A``, ``A and B``, ``A, B and C``."""
    if len(names) <= 1:
        return "".join(names)
    return say("{most} and {last}", most=", ".join(names[:-1]), last=names[-1])


def some(names: Sequence[str], *, most: int, stand_for: Sequence[int] = ()) -> str:
    """The first `most` names and how many more there are: ``A, B and 3 more``; a last one is named as well.

    Args:
        stand_for: how many each name stands for, if not for one.
    """
    if len(names) <= most + 1:
        return listed(names)
    hidden = sum(stand_for[most:]) if stand_for else len(names) - most
    return listed([*names[:most], say_of(hidden, "{number} more", "{number} more")])


def moved_points(change: float | None) -> str:
    """An aside about a percentage's change: `` (up 0.3 points)``; empty without comparison."""
    if change is None:
        return ""
    if abs(change) < _STEADY_POINTS:
        return " " + say("(as last week)")
    if change > 0:
        return " " + say("(up {points})", points=points(change))
    return " " + say("(down {points})", points=points(change))


def moved_count(change: float | None) -> str:
    """An aside about a count's change: `` (3 more than last week)``; empty without comparison."""
    if change is None:
        return ""
    if change == 0:
        return " " + say("(as last week)")
    if change > 0:
        return " " + say_of(change, "({number} more than last week)", "({number} more than last week)")
    return " " + say_of(-change, "({number} fewer than last week)", "({number} fewer than last week)")


def capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def ordinal(value: int) -> str:
    """``third``, up to the thirteenth week of a history: a word, where every count is in figures."""
    words = (
        *(say("first"), say("second"), say("third"), say("fourth"), say("fifth"), say("sixth")),
        *(say("seventh"), say("eighth"), say("ninth"), say("tenth"), say("eleventh"), say("twelfth")),
        say("thirteenth"),
    )
    return words[value - 1]


def week_of(week: ReportingWeek, current: ReportingWeek) -> str:
    """``week 44``; ``week 44 of 2025`` where the report's own week is of another ISO year."""
    year, place, _ = week.monday.isocalendar()
    if year == current.monday.isocalendar().year:
        return say("week {week}", week=place)
    return say("week {week} of {year}", week=place, year=year)


def duration(minutes: int) -> str:
    """``45 minutes``, ``17 hours``, ``2 hours 30 minutes``, from two days on ``3 days 4 hours``."""
    hours, rest = divmod(minutes, 60)
    if hours < _HOURS_FROM_DAYS:
        told = [count(hours, "hour") if hours else "", count(rest, "minute") if rest else ""]
    else:
        days, hours = divmod(round(minutes / 60), 24)
        told = [count(days, "day"), count(hours, "hour") if hours else ""]
    return " ".join(filter(None, told)) or say("less than a minute")
