"""The languages a report can be written in, read from the catalogues in include/locales.

A catalogue is `<code>.po`, kept by Babel (`make catalogues`) and compiled when it is first needed: no
compiled file can be older than its source.
"""

from __future__ import annotations

from functools import lru_cache
from gettext import GNUTranslations
from io import BytesIO

from msp_reports.assets import locale_dir
from msp_reports.domain.language import ENGLISH, Language


def language_codes() -> tuple[str, ...]:
    """Codes that a customer's file may name."""
    return (ENGLISH.code, *sorted(path.stem for path in locale_dir().glob("*.po")))


@lru_cache(maxsize=8)
def language(code: str) -> Language:
    """Return the language with its sentences and number marks (CLDR, as Babel ships it).

    Raises:
        FileNotFoundError: there is no catalogue for it; `language_codes` tells which there are.
    """
    if code == ENGLISH.code:
        return ENGLISH
    from babel import Locale
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    with (locale_dir() / f"{code}.po").open("rb") as source:
        catalogue = read_po(source, locale=code)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    marks = Locale.parse(code).number_symbols["latn"]
    return Language(
        code=code, decimal=marks["decimal"], group=marks["group"], sentences=GNUTranslations(compiled)
    )
