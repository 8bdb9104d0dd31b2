"""Dates in the language spoken. English ones are ours; others are as CLDR has them (https://cldr.unicode.org),
which Babel ships.
"""

from __future__ import annotations

from datetime import date, datetime, tzinfo

from msp_reports.domain.language import ENGLISH, say, spoken

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def _is_english() -> bool:
    return spoken().code == ENGLISH.code


def _by_skeleton(skeleton: str, when: date) -> str:
    """https://unicode.org/reports/tr35/tr35-dates.html#availableFormats_appendItems"""
    from babel.dates import format_skeleton

    return format_skeleton(skeleton, when, locale=spoken().code)


def day(when: date) -> str:
    """``Tue 18 Nov``, ``Di., 18. Nov.``"""
    if _is_english():
        return f"{weekday(when)} {_MONTHS[when.month - 1][:3]}"
    return _by_skeleton("MMMEd", when)


def moment(when: datetime, zone: tzinfo) -> str:
    """``Tue 18 Nov, 14:05``: a moment of the week, in the customer's zone."""
    local = when.astimezone(zone)
    return f"{day(local)}, {local:%H:%M}"


def day_of_year(when: date) -> str:
    """``Tue 18 Nov 2025``."""
    return f"{day(when)} {when.year}" if _is_english() else _by_skeleton("yMMMEd", when)


def weekday(when: date) -> str:
    """``Tue 18``, ``Di., 18.``"""
    return f"{_DAYS[when.weekday()]} {when.day}" if _is_english() else _by_skeleton("Ed", when)


def column_day(when: date) -> str:
    """The head of a narrow column: ``T 18``."""
    if _is_english():
        return f"{_DAYS[when.weekday()][:1]} {when.day}"
    from babel.dates import format_date

    return format_date(when, "EEEEE d", locale=spoken().code)


def short_date(when: date) -> str:
    """``18 Nov 2025``, ``18.11.2025``, ``18/11/2025``."""
    if _is_english():
        return f"{when.day} {_MONTHS[when.month - 1][:3]} {when.year}"
    return _by_skeleton("yMMdd", when)


def long_date(when: date) -> str:
    """``18 November 2025``."""
    if _is_english():
        return f"{when.day} {_MONTHS[when.month - 1]} {when.year}"
    from babel.dates import format_date

    return format_date(when, "long", locale=spoken().code)


def week_name(label: str) -> str:
    """An ISO week by its label, as its language writes it: ``2026-W47``, ``KW 47/2026``."""
    year, week = label.split("-W")
    return say("{year}-W{week}", year=year, week=week)


def span_of_days(first: date, last: date) -> str:
    """``17 to 23 November 2025``, with month and year twice where they differ; ``17.–23. Nov. 2025``."""
    if not _is_english():
        from babel.dates import format_interval

        return format_interval(first, last, "yMMMd", locale=spoken().code)
    if first.year != last.year:
        return f"{long_date(first)} to {long_date(last)}"
    if first.month != last.month:
        return f"{first.day} {_MONTHS[first.month - 1]} to {long_date(last)}"
    return f"{first.day} to {long_date(last)}"
