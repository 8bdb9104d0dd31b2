"""Notes on the numbers: made when a system's answers are read, said when a report is written.

A note is kept for as long as its facts are, and drawn in whichever language its customer reads then. So it is
kept as its English message and what fills it, and made a sentence by `Note.said`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Union

from msp_reports.domain.dates import day
from msp_reports.domain.language import numeral, say, say_as_is, say_of
from msp_reports.domain.wording import duration, listed

_MINUTE = timedelta(minutes=1)

Value = Union[str, int, timedelta, date, "Note", tuple["Value", ...]]
"""A name as it is, a number, a length of time, a day, or several: each is told as its language does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A plain sentence for part 9 of the report: what is an estimate, and why."""

    message: str
    """English, ``{name}`` for a value: the key of the catalogues. Without values it is the whole sentence."""
    many: str | None = None
    """Its form for more than one, where `number` decides."""
    number: int | None = None
    values: tuple[tuple[str, Value], ...] = ()
    """By name, in alphabetical order."""

    def filled(self, **values: Value) -> Note:
        """Return the note with these values too."""
        return replace(self, values=tuple(sorted({**dict(self.values), **values}.items())))

    def said(self) -> str:
        """Return the sentence in the language spoken."""
        told = {name: _told(value) for name, value in self.values}
        if self.number is not None and self.many is not None:
            return say_of(self.number, self.message, self.many, **told)
        return say(self.message, **told) if told else say_as_is(self.message)


def noted(message: str, /, **values: Value) -> Note:
    """Make a note of a message, which stands here in words: catalogues are made from the code."""
    return Note(message=message).filled(**values)


def noted_of(number: int, one: str, many: str, /, **values: Value) -> Note:
    """Make a note of the form that goes with `number`, which is filled in as ``{number}``."""
    return Note(message=one, many=many, number=number).filled(**values)


def first_of(names: Sequence[str], most: int) -> tuple[Value, ...]:
    """The first `most` names, and how many more there are; one more is rather named than counted."""
    hidden = len(names) - most
    if hidden <= 1:
        return tuple(names)
    return (*names[:most], noted_of(hidden, "{number} more", "{number} more"))


def _told(value: Value) -> str:
    match value:
        case Note():
            return value.said()
        case tuple():
            return listed([_told(each) for each in value])
        case timedelta():
            return duration(value // _MINUTE)
        case date():
            return day(value)
        case int():
            return numeral(value)
    return value
