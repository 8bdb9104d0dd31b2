"""Numbers in prose: which of those that a person wrote beside the report are not in the report.

A warning, never a block, and worth reading only if it is rarely wrong. So in doubt a number is known:

- It is known when the report holds it as it was rounded: 99.95 %, 99,95 % and 100 % for 99.953; 1,204,
  1.204 and 1 204 for 1204; "twelve", "zwölf" and "douze" for 12. Digits, and words up to twenty.
- The report holds the values of its fields, this week's and earlier ones, the changes between them and the
  remainders to 100 %; how many rows a list has, in all and in one state; the numbers in its findings,
  recommendations, rules and notes; and any number inside a title or a name.
- A length of time is known when it equals one of the report's in minutes, hours or days, rounded or
  completed; up to thirteen weeks can be told. A number without a unit is known if it is a count, a share or a
  length in any of these units.
- A date is known inside the week and the one before it, and where something of the report happened. A time of
  day is known to the minute, or to the half hour where it is written as a round one. A calendar week is known
  among the last thirteen.
- What is to come is not the report's to know: dates after the week, and dates, times and lengths in a
  sentence about the future.
- No numbers at all are names (DC01, KB5031234, #4711, v2.4.1, 10.0.0.1, Windows 11), years, ordinals,
  addresses, telephone numbers, "24/7", and amounts of what no report measures: money, storage, months.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from msp_reports.domain.known_numbers import WEEKS, KnownNumbers, known_numbers
from msp_reports.domain.report import ReportModel
from msp_reports.domain.week import ReportingWeek
from msp_reports.domain.written_numbers import Kind, Reading, Written, written_numbers

_SUMMARY = "summary"
_SENTENCES = re.compile(r"(?<=\D[.!?])\s+|\n+")
_TO_COME = re.compile(
    r"(?i)\b(?:will|won't|shall|plan\w*|next|tomorrow|scheduled|within|until|by|werden?|wird|nächste\w*|"
    r"geplant\w*|morgen|innerhalb|binnen|bis|prochaine?s?|prévue?s?|demain|sera|seront|allons|dans|d'ici)\b|'ll\b"
)
_PAST = re.compile(
    r"(?i)\b(?:was|were|had|went|came|fell|rose|failed|stopped|lasted|war|waren|wurden?|hatten?|gab|fielen|"
    r"stieg(?:en)?|dauerten?|était|étaient|a\s+été|ont\s+été|avait|avaient|a\s+duré)\b"
)
_SURELY_TO_COME = re.compile(
    r"(?i)\b(?:will|won't|shall|tomorrow|werden|wird|morgen|demain|sera|seront)\b|'ll\b"
)
_YEARS = range(1990, 2100)
_SPAN_UNITS = (1.0, 60.0, 1440.0)
_HALF_HOUR = 30
_ROUND = 15
_DAY = 1440
_WEEK = 7.0 * _DAY
_DAYS_AHEAD = 183
_TINY = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownNumber:
    section: str
    """``summary`` or a `Source` value."""
    text: str
    """The number as it was written."""
    sentence: str


def unknown_numbers(model: ReportModel) -> tuple[UnknownNumber, ...]:
    """Return the numbers of the summary and the comments that the report does not hold, in their order."""
    checked = [(_SUMMARY, sentence) for sentence in model.summary]
    checked += [(comment.section, comment.text) for comment in model.comments]
    checker = _Checker(model)
    return tuple(
        UnknownNumber(section=section, text=number.text, sentence=sentence)
        for section, text in checked
        for sentence in sentences(text)
        for number in checker.unknown(sentence)
    )


def sentences(text: str) -> Iterator[str]:
    """Split prose; a full stop behind a digit may be a German ordinal and does not end a sentence."""
    yield from (part.strip() for part in _SENTENCES.split(text) if part.strip())


class _Checker:
    def __init__(self, model: ReportModel) -> None:
        self._known: KnownNumbers = known_numbers(model)
        self._end: date = ReportingWeek.parse(model.week, model.zone).days[-1]

    def unknown(self, sentence: str) -> Iterator[Written]:
        is_to_come = _is_to_come(sentence)
        for number in written_numbers(sentence):
            if number.kind in {Kind.COUNT, Kind.SHARE}:
                is_known = self._is_held(number)
            else:
                is_known = is_to_come or self._is_in_time(number)
            if not is_known:
                yield number

    def _is_held(self, number: Written) -> bool:
        if number.kind is Kind.SHARE:
            return any(_rounds(known, r) for known in self._known.shares for r in number.readings)
        if number.is_after_name or any(not r.places and r.value in _YEARS for r in number.readings):
            return True
        return any(
            _rounds(known, reading)
            for reading in number.readings
            for held in (self._known.counts, self._known.shares)
            for known in held
        ) or any(self._lasts(reading, unit) for reading in number.readings for unit in _SPAN_UNITS)

    def _is_in_time(self, number: Written) -> bool:
        if number.kind is Kind.SPAN:
            return any(self._lasts(reading, number.unit) for reading in number.readings)
        if number.kind is Kind.WEEK:
            return number.number in self._known.weeks
        if number.kind is Kind.TIME:
            return self._happened_at(number.number)
        return self._is_a_day(number.day, number.month, number.year) or self._is_a_day(
            number.month, number.day, number.year
        )

    def _lasts(self, reading: Reading, unit: float) -> bool:
        if unit == _WEEK and reading.value <= WEEKS:
            return True
        return any(
            _rounds(known / unit, reading) or known // unit == reading.value for known in self._known.minutes
        )

    def _happened_at(self, minute: int) -> bool:
        """Tell whether something of the report happened at that minute of a day, or about then."""
        least = _HALF_HOUR if minute % _ROUND == 0 else 0
        moments = {moment.hour * 60 + moment.minute for moment in self._known.moments}
        return any(min((at - minute) % _DAY, (minute - at) % _DAY) <= least for at in moments)

    def _is_a_day(self, day: int, month: int, year: int | None) -> bool:
        """Tell whether the day is one of the report's, or comes within half a year after the week."""
        for meant_year in (year,) if year else (self._end.year, self._end.year + 1):
            try:
                meant = date(meant_year, month, day)
            except ValueError:
                continue
            if 0 < (meant - self._end).days < _DAYS_AHEAD:
                return True
        return any(
            (known.day, known.month) == (day, month) and year in {None, known.year}
            for known in self._known.days
        )


def _is_to_come(sentence: str) -> bool:
    """By and until speak of what is to come, unless the sentence tells what was."""
    if _PAST.search(sentence):
        return _SURELY_TO_COME.search(sentence) is not None
    return _TO_COME.search(sentence) is not None


def _rounds(known: float, reading: Reading) -> bool:
    return abs(known - reading.value) <= 0.5 * 10.0**-reading.places + _TINY
