"""Numbers, months and units of time as words, in English, German and French."""

from __future__ import annotations

import re
from collections.abc import Iterator

_UNITS = {
    "en": "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen",
    "de": "null ein zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn "
    "sechzehn siebzehn achtzehn neunzehn",
    "fr": "zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize "
    "dix-sept dix-huit dix-neuf",
}
_TENS = {
    "en": "twenty thirty forty fifty sixty seventy eighty ninety",
    "de": "zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig",
    "fr": "vingt trente quarante cinquante soixante soixante quatre-vingt quatre-vingt",
}
_JOINED = {"en": "{ten}-{unit}", "de": "{unit}und{ten}", "fr": "{ten}-{unit}"}
_ARTICLES = frozenset({"one", "ein", "un", "neuf"})
"""Words that are numbers and something more frequent besides: "neuf" is "new" as well."""


_FOUR_TWENTIES = 8


def _spelled() -> Iterator[tuple[str, int]]:
    for code, words in _UNITS.items():
        units, tens = words.split(), _TENS[code].split()
        yield from ((word, value) for value, word in enumerate(units) if word not in _ARTICLES)
        for place, ten in enumerate(tens, start=2):
            if ten in tens[: place - 2]:
                continue  # soixante-dix is a unit of soixante
            yield ten, 10 * place
            for unit in range(1, 10 * tens.count(ten)):
                yield _JOINED[code].format(ten=ten, unit=units[unit]), 10 * place + unit
                if code == "fr" and unit in {1, 11} and place < _FOUR_TWENTIES:
                    yield f"{ten} et {units[unit]}", 10 * place + unit
    yield from (("zwo", 2), ("dreissig", 30), ("quatre-vingts", 80))


WORDS = dict(_spelled())
"""Up to ninety-nine, without "one", which is an article in two of the languages."""

MONTHS = (
    "jan(?:uary|uar|vier|v)?|jänner", "feb(?:ruary|ruar)?|f[eé]v(?:rier|r)?", "mar(?:ch|s)?|märz",
    "apr(?:il)?|avr(?:il)?", "may|mai", "june?|juni|juin|jun", "july?|juli|juil(?:let)?|jul",
    "aug(?:ust)?|août", "sept?(?:ember|embre)?", "o[ck]t(?:ober|obre)?", "nov(?:ember|embre)?",
    "de[cz](?:ember)?|d[eé]c(?:embre)?",
)  # fmt: skip
"""Patterns, January first."""

SPANS = {
    "ms|milliseconds?|millisekunden?|millisecondes?": 1 / 60_000,
    "s|sec|secs|seconds?|sekunden?|secondes?": 1 / 60,
    "min|mins|minutes?|minuten?": 1.0,
    "h|hrs?|hours?|std|stunden?|heures?": 60.0,
    "d|days?|tagen?|tage?|jours?|j": 1440.0,
    "weeks?|wochen?|semaines?": 10_080.0,
}
"""Patterns of units and their minutes."""


def month_of(name: str) -> int:
    return next(n for n, names in enumerate(MONTHS, start=1) if re.fullmatch(names, name, re.IGNORECASE))


def minutes_of(unit: str) -> float:
    return next(size for names, size in SPANS.items() if re.fullmatch(names, unit, re.IGNORECASE))
