"""Numbers as people write them in English, German and French: what stands in a sentence, and how exactly."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from msp_reports.domain.numbered_names import counts_a_thing, is_calendar_week, is_of_a_name
from msp_reports.domain.spelled_numbers import MONTHS, SPANS, WORDS, minutes_of, month_of


class Kind(StrEnum):
    """What a written number claims to be."""

    COUNT = "count"
    SHARE = "share"
    """Per cent, or points."""
    SPAN = "span"
    """A length of time."""
    DATE = "date"
    TIME = "time"
    """Of day."""
    WEEK = "week"
    """A calendar week."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One way to understand a number: 1.204 is a count in German and a length in English."""

    value: float
    places: int = 0
    """Decimals that were written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    text: str
    kind: Kind
    readings: tuple[Reading, ...] = ()
    """Of a count, a share or a span, in `unit`; of a time such as 3 h 20, which may be a length."""
    unit: float = 1.0
    """Of a span: minutes in what was written."""
    day: int = 0
    month: int = 0
    year: int | None = None
    may_be_month_first: bool = False
    """Of a date: 11/12/2026 is of November in America."""
    number: int = 0
    """Minute of the day, or calendar week."""
    counts: bool = False
    """What it counts stands after it."""


_MONTH = "|".join(MONTHS)
_DIGITS = r"\d{1,3}(?:[.,'’ \u00a0\u202f]\d{3})+(?!\d)(?:[.,]\d+)?|\d+(?:[.,]\d+)?"
_SPELLED = "|".join(sorted(WORDS, key=len, reverse=True))
_NUMBER = rf"(?:{_DIGITS}|(?:{_SPELLED})(?![^\W\d_]))"
_UNIT = "|".join(SPANS)
_GAP = r"[\s\u00a0\u202f-]?"
_SCAN = re.compile(
    rf"""
      (?P<skip>https?://\S+ | www\.\S+ | \S+@\S+ | \b24\s?[/x]\s?7\b | \+\d[\d\s()/-]{{6,}}
        | \(?\b0\d{{1,5}}\)?(?:[\s/-]\d{{2,}}){{1,5}}\b | \bCVSS(?:\W+[^\W\d]+){{0,5}}\W+\d+(?:[.,]\d)?
        | \b(?:der|die|das|den|dem|des|am|zum|beim|vom|im|jede[nmrs]?)\s\d\d?\.\s(?!(?:{_MONTH})\b)(?=[^\W\d])
        | \b\d\d?\.\s?[–/-]\s?(?=\d\d?\.\s?(?:\d\d?\.|(?:{_MONTH})\b))
        | \b\d+(?:st|nd|rd|th|e|er|ère|ème|ter|te|ten)\b(?!\s(?:{_MONTH})\b) )
    | (?P<week>\b(?:\d{{4}}-W|(?P<named>week|kw|w|kalenderwoche|woche|semaine){_GAP})(?P<w>\d{{1,2}})\b)
    | (?P<date>\b\d{{4}}-(?P<m1>\d\d)-(?P<d1>\d\d)\b
        | \b(?P<d2>\d\d?)(?P<dot>[./])\s?(?P<m2>\d\d?)(?P=dot)\s?(?:\d{{4}}|\d\d)\b
        | \b(?P<d3>[0-3]\d)\.(?P<m3>[01]\d)\.(?!\d)
        | \b(?:(?P<d0>\d\d?)(?:st|nd|rd|th|er|\.)?\s?(?:[/–&-]|und|and|et|to|bis|au)\s?)?
          (?P<d4>\d\d?)(?:st|nd|rd|th|er|\.)?\s(?:of\s)?(?P<m4>{_MONTH})\b(?:\.?,?\s\d{{4}}\b)?
        | \b(?P<m5>{_MONTH})\.?\s(?P<d5>\d\d?)(?:st|nd|rd|th)?\b(?:,?\s\d{{4}}\b)?
        | \b(?:{_MONTH})\s\d{{4}}\b)
    | (?P<long>\b(?:\d+{_GAP}(?:{_UNIT})\b\.?\s?(?:and\s|und\s|et\s)?){{2,}})
    | (?P<time>\b(?P<h1>[0-2]?\d):(?P<n1>[0-5]\d)(?::[0-5]\d)?(?:\s?(?P<half1>[ap])\.?m\b)?
        | \b(?P<h2>[0-2]?\d)\s?h\s?(?P<n2>[0-5]\d)\b(?!\s?min)
        | \b(?P<h3>[0-2]?\d)\s?(?:uhr|(?P<half3>[ap])\.?m\b)(?:\s(?P<n3>[0-5]\d)\b)?)
    | (?<![\w.,-])(?P<share>{_NUMBER}){_GAP}(?:%|per\s?cent\b|percent\b|prozent|pour\scent|points?\b|punkte?)
    | (?<![\w.,-])(?P<span>{_NUMBER}){_GAP}(?P<unit>{_UNIT})\b
    | (?P<other>(?:[€$£]\s?(?:{_DIGITS})) | (?<![\w.,-])(?:{_NUMBER}){_GAP}
        (?:[kmgtp]i?b(?:it)?(?:/s|ps)?|[kmg]?hz|k?w|v|a|°c?|€|eur|euros?|usd|chf|\$|£|months?|monaten?|mois
        |years?|jahren?|ans?|v?cpus?|cores?|kernen?|cœurs?|licen[cs]es?|lizenzen)(?!\w))
    | (?P<name>[#§v]\d[\w.]* | \d+(?:\.\d+){{2,}}(?:/\d+)? | [^\W\d]+[-_.]?\d[\w.-]* | \d+[-_]?[^\W\d][\w-]*)
    | (?<![\w.,-])(?P<count>{_NUMBER})(?![\w-])
    """,
    re.IGNORECASE | re.VERBOSE,
)
_PART = re.compile(rf"(\d+){_GAP}({_UNIT})\b", re.IGNORECASE)
_RANGE = re.compile(rf"(?<![\w.,/:–-])(?!0)({_DIGITS})[-–](?!0)(?={_DIGITS}(?![\d./:–-]*\d|[/–-]))")
_NOON, _HOUR = 12, 60


def written_numbers(sentence: str) -> Iterator[Written]:
    """Find the numbers of a sentence. What is a name, an address or a unit the report has not is left out."""
    sentence = _RANGE.sub(r"\1 – ", sentence)
    for found in _scanned(sentence):
        kind = found.lastgroup and next(name for name, text in found.groupdict().items() if text is not None)
        text = found[0].strip()
        before, after = sentence[: found.start()], sentence[found.end() :]
        if kind == "week":
            yield Written(text=text, kind=Kind.WEEK, number=int(found["w"]))
        elif kind == "date":
            yield from _dates(found, text)
        elif kind == "time":
            yield _time(found, text)
        elif kind == "long":
            minutes = sum(float(number) * minutes_of(unit) for number, unit in _PART.findall(text))
            yield Written(text=text, kind=Kind.SPAN, readings=(Reading(value=minutes),))
        elif kind == "span":
            unit = minutes_of(found["unit"])
            yield Written(text=text, kind=Kind.SPAN, readings=_readings(found["span"]), unit=unit)
        elif kind == "share":
            yield Written(text=text, kind=Kind.SHARE, readings=_readings(found["share"]))
        elif kind == "count" and not is_of_a_name(before, after):
            counts = counts_a_thing(after)
            yield Written(text=text, kind=Kind.COUNT, readings=_readings(text), counts=counts)


def _scanned(sentence: str) -> Iterator[re.Match[str]]:
    """Go from match to match; a number after "week" that is no calendar week is looked at by itself."""
    at = 0
    while found := _SCAN.search(sentence, at):
        before, after = sentence[: found.start()], sentence[found.end() :]
        if found["named"] and not is_calendar_week(int(found["w"]), found["named"], before, after):
            at = found.start("w")
            continue
        at = max(found.end(), at + 1)
        yield found


def _dates(found: re.Match[str], text: str) -> Iterator[Written]:
    day = next((found[f"d{place}"] for place in range(1, 6) if found[f"d{place}"]), None)
    month = next((found[f"m{place}"] for place in range(1, 6) if found[f"m{place}"]), None)
    if not day or not month:
        return
    number = int(month) if month.isdigit() else month_of(month)
    year = re.search(r"\b\d{4}\b", text)
    first = found["d0"]
    if first:
        text = text[found.start("d4") - found.start() :]
        yield Written(text=first, kind=Kind.DATE, day=int(first), month=number)
    yield Written(
        text=text,
        kind=Kind.DATE,
        day=int(day),
        month=number,
        year=int(year[0]) if year else None,
        may_be_month_first=found["dot"] == "/",
    )


def _time(found: re.Match[str], text: str) -> Written:
    hour = int(found["h1"] or found["h2"] or found["h3"])
    minute = int(found["n1"] or found["n2"] or found["n3"] or 0)
    half = (found["half1"] or found["half3"] or "").lower()
    if half:
        hour = hour % _NOON + (_NOON if half == "p" else 0)
    length = (Reading(value=hour * _HOUR + minute),) if found["h2"] else ()
    return Written(text=text, kind=Kind.TIME, number=hour * _HOUR + minute, readings=length)


def _readings(text: str) -> tuple[Reading, ...]:
    """Every number that the marks in it allow."""
    if text.lower() in WORDS:
        return (Reading(value=WORDS[text.lower()]),)
    bare = re.sub(r"['’\s\u00a0\u202f]", "", text)
    whole, mark, decimals = re.fullmatch(r"(.*?)(?:([.,])(\d+))?", bare).groups()  # type: ignore[union-attr]
    digits = re.sub(r"[.,]", "", whole)
    if mark is None:
        return (Reading(value=float(digits)),)
    exact = Reading(value=float(f"{digits}.{decimals}"), places=len(decimals))
    if len(decimals) != 3:  # noqa: PLR2004 - digits of a group
        return (exact,)
    grouped = Reading(value=float(f"{digits}{decimals}"))
    return (grouped,) if re.search(r"[.,]", whole) and mark in whole else (grouped, exact)
