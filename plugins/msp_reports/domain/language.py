"""The language a report is written in: every sentence goes through `say`, every number through `numeral`.

A report is judged and drawn in one language from end to end, so the language is spoken around the work
(`speaking`) and not handed from sentence to sentence. English needs no catalogue: it is what stands in
the code. Where catalogues come from is `msp_reports.languages`'s to know.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from gettext import NullTranslations


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """One language with its sentences and the marks inside its numbers."""

    code: str
    """BCP 47: ``en``, ``de``, ``fr``."""
    decimal: str = "."
    group: str = ","
    sentences: NullTranslations = field(default_factory=NullTranslations)


ENGLISH = Language(code="en")
_SPOKEN: ContextVar[Language] = ContextVar("spoken", default=ENGLISH)


@contextmanager
def speaking(language: Language) -> Iterator[None]:
    """Write what is made inside in `language`."""
    token = _SPOKEN.set(language)
    try:
        yield
    finally:
        _SPOKEN.reset(token)


def spoken() -> Language:
    return _SPOKEN.get()


def say(message: str, /, **values: object) -> str:
    """Return the message in the language spoken, ``{name}`` filled from `values`.

    Only `message` is a pattern; braces in a value, which may be a vendor's text, stay as they are.
    """
    return spoken().sentences.gettext(message).format(**values)


def say_as(context: str, message: str, /, **values: object) -> str:
    """As `say`, of a message that means or fits otherwise in `context` than elsewhere."""
    return spoken().sentences.pgettext(context, message).format(**values)


def say_of(number: float, one: str, many: str, /, **values: object) -> str:
    """Return the form that goes with `number`, which is filled in as ``{number}``."""
    whole = int(number)
    return spoken().sentences.ngettext(one, many, whole).format(number=numeral(whole), **values)


def say_as_is(sentence: str) -> str:
    """Return a whole sentence in the language spoken: no pattern, and one that no catalogue knows stays."""
    return spoken().sentences.gettext(sentence) if sentence else sentence


def numeral(value: float, places: int | None = 0) -> str:
    """``1,204`` or ``99.95`` with the marks of the language spoken; None: as many places as it has."""
    language, text = spoken(), f"{value:g}" if places is None else f"{value:,.{places}f}"
    if language.decimal == "." and language.group == ",":
        return text
    return text.translate({ord("."): language.decimal, ord(","): language.group})
