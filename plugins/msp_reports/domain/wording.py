"""How numbers and names read inside a sentence of plain English."""

from __future__ import annotations

from collections.abc import Sequence

_ALL = 100.0
_FINE_FROM = 99.0
_MOST_PLACES = 6
_HOURS_UP_TO = 168
_STEADY_POINTS = 0.05


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
