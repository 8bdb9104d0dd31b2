"""Numbers as people write them in English, German and French: what stands in a sentence, and how exactly."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


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
    """Of a count, a share or a span, in `unit`."""
    unit: float = 1.0
    """Of a span: minutes in what was written."""
    day: int = 0
    month: int = 0
    year: int | None = None
    number: int = 0
    """Minute of the day, or calendar week."""
    is_after_name: bool = False
    """It follows a name, as in Windows 11."""


_MONTHS = (
    "jan(?:uary|uar|vier|v)?|jänner", "feb(?:ruary|ruar)?|f[eé]v(?:rier|r)?", "mar(?:ch|s)?|märz",
    "apr(?:il)?|avr(?:il)?", "may|mai", "june?|juni|juin|jun", "july?|juli|juil(?:let)?|jul",
    "aug(?:ust)?|août", "sept?(?:ember|embre)?", "o[ck]t(?:ober|obre)?", "nov(?:ember|embre)?",
    "de[cz](?:ember)?|d[eé]c(?:embre)?",
)  # fmt: skip
_MONTH = "|".join(_MONTHS)
_WORDS = {
    word: value
    for value, words in enumerate(
        (
            "zero null zéro", "", "two zwei zwo deux", "three drei trois", "four vier quatre",
            "five fünf cinq", "six sechs", "seven sieben sept", "eight acht huit", "nine neun",
            "ten zehn dix", "eleven elf onze",
            "twelve zwölf douze", "thirteen dreizehn treize", "fourteen vierzehn quatorze",
            "fifteen fünfzehn quinze", "sixteen sechzehn seize", "seventeen siebzehn", "eighteen achtzehn",
            "nineteen neunzehn", "twenty zwanzig vingt",
        )
    )
    for word in words.split()
}  # fmt: skip
"""Without "one", which is an article in two of the languages, and without "neuf", which is also "new"."""
_SPANS = {
    "ms|milliseconds?|millisekunden?|millisecondes?": 1 / 60_000,
    "s|sec|secs|seconds?|sekunden?|secondes?": 1 / 60,
    "min|mins|minutes?|minuten?": 1.0,
    "h|hrs?|hours?|std|stunden?|heures?": 60.0,
    "d|days?|tagen?|tage?|jours?|j": 1440.0,
    "weeks?|wochen?|semaines?": 10_080.0,
}
_DIGITS = r"\d{1,3}(?:[.,'’ \u00a0\u202f]\d{3})+(?!\d)(?:[.,]\d+)?|\d+(?:[.,]\d+)?"
_NUMBER = rf"(?:{_DIGITS}|(?:{'|'.join(_WORDS)}))"
_UNIT = "|".join(_SPANS)
_GAP = r"[\s\u00a0\u202f-]?"
_SCAN = re.compile(
    rf"""
      (?P<skip>https?://\S+ | www\.\S+ | \S+@\S+ | \b24\s?[/x]\s?7\b | \+\d[\d\s()/-]{{6,}}
        | \b\d+(?:st|nd|rd|th|e|er|ère|ème|ter|te|ten)\b )
    | (?P<week>\b(?:\d{{4}}-W|(?:week|kw|w|kalenderwoche|woche|semaine){_GAP})(?P<w>\d{{1,2}})\b)
    | (?P<date>\b\d{{4}}-(?P<m1>\d\d)-(?P<d1>\d\d)\b
        | \b(?P<d2>\d\d?)(?P<dot>[./])\s?(?P<m2>\d\d?)(?P=dot)\s?(?:\d{{4}}|\d\d)\b
        | \b(?P<d3>[0-3]\d)\.(?P<m3>[01]\d)\.(?!\d)
        | \b(?:\d\d?\./)?(?P<d4>\d\d?)(?:st|nd|rd|th|er|\.)?\s(?:of\s)?(?P<m4>{_MONTH})\b(?:\.?,?\s\d{{4}}\b)?
        | \b(?P<m5>{_MONTH})\.?\s(?P<d5>\d\d?)(?:st|nd|rd|th)?\b(?:,?\s\d{{4}}\b)?
        | \b(?:{_MONTH})\s\d{{4}}\b)
    | (?P<long>\b(?:\d+{_GAP}(?:{_UNIT})\b\.?\s?(?:and\s|und\s|et\s)?){{2,}})
    | (?P<time>\b(?P<h1>[0-2]?\d):(?P<n1>[0-5]\d)(?::[0-5]\d)?(?:\s?(?P<half1>[ap])\.?m\b)?
        | \b(?P<h2>[0-2]?\d)\s?h\s?(?P<n2>[0-5]\d)\b(?!\s?min)
        | \b(?P<h3>[0-2]?\d)\s?(?:uhr|(?P<half3>[ap])\.?m\b)(?:\s(?P<n3>[0-5]\d)\b)?)
    | (?<![\w.,-])(?P<share>{_NUMBER}){_GAP}(?:%|per\s?cent\b|percent\b|prozent|pour\scent|points?\b|punkte?)
    | (?<![\w.,-])(?P<span>{_NUMBER}){_GAP}(?P<unit>{_UNIT})\b
    | (?P<other>(?:[€$£]\s?(?:{_DIGITS})) | (?<![\w.,-])(?:{_NUMBER}){_GAP}
        (?:[kmgtp]i?b(?:it)?(?:/s|ps)?|[kmg]?hz|k?w|v|a|°c?|€|eur|euros?|usd|chf|\$|£|months?|monaten?|mois|years?|jahren?|ans?)(?!\w))
    | (?<![\w.,/-])(?P<low>\d{{1,4}})[-–](?P<high>\d{{1,4}})(?![\w./–-])
    | (?P<name>[#§v]\d[\w.]* | \d+(?:\.\d+){{2,}}(?:/\d+)? | [^\W\d]+[-_.]?\d[\w.-]* | \d+[-_]?[^\W\d][\w-]*)
    | (?<![\w.,-])(?P<count>{_NUMBER})(?![\w-])
    """,
    re.IGNORECASE | re.VERBOSE,
)
_PART = re.compile(rf"(\d+){_GAP}({_UNIT})\b", re.IGNORECASE)
_AFTER_NAME = re.compile(
    r"(?:\w\s+[A-ZÄÖÜ][\w-]*|\b(?:[Vv]ersion|port|step|phase|level|room|floor|line|rule|part|Teil|Stufe|étape|"
    r"[Pp]ort|[Tt]icket|[Cc]ase|[Ff]all|[Ii]ncident|CVSS|VLAN|[Vv]ersions?))\s$"
)
_BEFORE_A_SPAN = re.compile(
    r"(?i)\b(?:this|last|next|past|previous|per|each|every|the|that|der|die|dieser?|diese|letzten?|letzter|"
    r"vergangenen?|vorigen?|nächsten?|pro|cette|la|dernière|prochaine|chaque|par)\s$"
)
_A_THING = re.compile(r"\s+(?!(?:and|to|was|were|is|had|und|bis|war|ist|et|au|à|était)\b)[^\W\d_]{2,}")
_A_NOUN = re.compile(r"\s+[A-ZÄÖÜ][a-zäöüß]")
_COUNTED = re.compile(
    r"(?i)\s+(?:[^\W\d_]+\s+)?(?:tickets?|devices?|outages?|incidents?|machines?|backups?|sites?|servers?|"
    r"runs?|failures?|errors?|users?|calls?|alerts?|geräten?|ausfälle|ausfällen|vorfälle|vorfällen|fehlern?|sicherungen|systemen?|"
    r"störungen|meldungen|läufen?|läufe|appareils?|pannes?|sauvegardes?|alertes?|erreurs?|machines?)\b"
)
_DAY_NAME = re.compile(
    r"(?i)\b(?:mon|tues|wednes|thurs|fri|satur|sun)days?\s$|\b(?:montag|dienstag|mittwoch|donnerstag|freitag|"
    r"samstag|sonnabend|sonntag|wochenende|week-?end|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche)s?\s$"
)
_NOON, _HOUR = 12, 60


def written_numbers(sentence: str) -> Iterator[Written]:
    """Find the numbers of a sentence. What is a name, an address or a unit the report has not is left out."""
    for found in _scanned(sentence):
        kind = found.lastgroup and next(name for name, text in found.groupdict().items() if text is not None)
        text = found[0].strip()
        if kind == "week":
            yield Written(text=text, kind=Kind.WEEK, number=int(found["w"]))
        elif kind == "date":
            yield from _date(found, text)
        elif kind == "time":
            yield _time(found, text)
        elif kind == "long":
            minutes = sum(float(number) * _minutes(unit) for number, unit in _PART.findall(text))
            yield Written(text=text, kind=Kind.SPAN, readings=(Reading(value=minutes),))
        elif kind == "span":
            unit = _minutes(found["unit"])
            yield Written(text=text, kind=Kind.SPAN, readings=_readings(found["span"]), unit=unit)
        elif kind == "share":
            yield Written(text=text, kind=Kind.SHARE, readings=_readings(found["share"]))
        else:
            yield from _counts(sentence, found, kind)


def _counts(sentence: str, found: re.Match[str], kind: str | None) -> Iterator[Written]:
    if kind == "low":
        for end in (found["low"], found["high"]):
            yield Written(text=end, kind=Kind.COUNT, readings=_readings(end))
    if kind == "count":
        named, text = _is_of_a_name(sentence, found), found[0].strip()
        yield Written(text=text, kind=Kind.COUNT, readings=_readings(text), is_after_name=named)


def _scanned(sentence: str) -> Iterator[re.Match[str]]:
    at = 0
    while found := _SCAN.search(sentence, at):
        if found["week"] and not _is_calendar_week(sentence, found):
            at = found.start("w")
            continue
        at = max(found.end(), at + 1)
        yield found


def _is_calendar_week(sentence: str, found: re.Match[str]) -> bool:
    """Week 47 is one; "this week 1,204 tickets" and "in der Woche 2 Geräte" are not."""
    after = sentence[found.end() :]
    if re.match(r"[.,]\d|[\s\u00a0\u202f]\d", after) or _COUNTED.match(after):
        return False
    if _BEFORE_A_SPAN.search(sentence[: found.start()]) and _A_THING.match(after):
        return False
    return not (found[0].startswith("Woche") and _A_NOUN.match(after))


def _is_of_a_name(sentence: str, found: re.Match[str]) -> bool:
    """Windows 11, SRV 12; but not 88 tickets, whatever stands before, nor what comes after a day's name."""
    before, after = sentence[: found.start()], sentence[found.end() :]
    if _DAY_NAME.search(before) or _COUNTED.match(after):
        return False
    return _AFTER_NAME.search(before) is not None


def _date(found: re.Match[str], text: str) -> Iterator[Written]:
    day = next((found[f"d{place}"] for place in range(1, 6) if found[f"d{place}"]), None)
    month = next((found[f"m{place}"] for place in range(1, 6) if found[f"m{place}"]), None)
    if day and month:
        number = int(month) if month.isdigit() else _month(month)
        year = re.search(r"\b\d{4}\b", text)
        yield Written(
            text=text, kind=Kind.DATE, day=int(day), month=number, year=int(year[0]) if year else None
        )


def _month(name: str) -> int:
    return next(
        place for place, names in enumerate(_MONTHS, start=1) if re.fullmatch(names, name, re.IGNORECASE)
    )


def _time(found: re.Match[str], text: str) -> Written:
    hour = int(found["h1"] or found["h2"] or found["h3"])
    minute = int(found["n1"] or found["n2"] or found["n3"] or 0)
    half = (found["half1"] or found["half3"] or "").lower()
    if half:
        hour = hour % _NOON + (_NOON if half == "p" else 0)
    return Written(text=text, kind=Kind.TIME, number=hour * _HOUR + minute)


def _minutes(unit: str) -> float:
    return next(size for names, size in _SPANS.items() if re.fullmatch(names, unit, re.IGNORECASE))


def _readings(text: str) -> tuple[Reading, ...]:
    """Every number that the marks in it allow."""
    if text.lower() in _WORDS:
        return (Reading(value=_WORDS[text.lower()]),)
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
