"""The bundled fonts in the order in which they are tried, and the CSS that loads those a report needs.

WeasyPrint copies every font that is declared: https://doc.courtbouillon.org/weasyprint/stable/api_reference.html#fonts
"""

from __future__ import annotations

from collections.abc import Collection

LETTERS = "Report"
_LETTERS_FILES = {"NotoSans-Regular.ttf": 400, "NotoSans-Bold.ttf": 700}
_FALLBACKS = {
    "NotoSansSymbols2-Regular.ttf": "ReportSymbols",
    "NotoSansMath-Regular.ttf": "ReportMath",
    "NotoSansArabic-Regular.ttf": "ReportArabic",
    "NotoSansHebrew-Regular.ttf": "ReportHebrew",
    "NotoSansThai-Regular.ttf": "ReportThai",
    "NotoSansDevanagari-Regular.ttf": "ReportDevanagari",
    "NotoSansKR-Hangul.ttf": "ReportHangul",
    "DroidSansFallback.ttf": "ReportHan",
    "NotoEmoji-Regular.ttf": "ReportEmoji",
}
STACK = (*_LETTERS_FILES, *_FALLBACKS)
"""File names, the first tried first."""
_ON_PAGES = ("html", "@page { @top-left", "@page { @bottom-right")
"""Margin boxes do not inherit from the document: each is told by itself."""


def typefaces_css(files: Collection[str], *, first: str | None = None) -> str:
    """Declare the fonts of these files and set them for the text, the running head and the foot.

    Args:
        files: names of files of `STACK`; the fonts for letters are always there.
        first: a family that is tried before them, declared elsewhere: the brand's.
    """
    fallbacks = {file: family for file, family in _FALLBACKS.items() if file in files}
    faces = [_face(LETTERS, file, weight) for file, weight in _LETTERS_FILES.items()]
    faces += [_face(family, file, 400) for file, family in fallbacks.items()]
    families = ", ".join(([first] if first else []) + [LETTERS, *fallbacks.values()])
    rules = [f"{place} {{ font-family: {families} }}{' }' * place.count('{')}" for place in _ON_PAGES]
    return "\n".join((*faces, *rules))


def _face(family: str, file: str, weight: int) -> str:
    return f"@font-face {{ font-family: {family}; src: url(bundled:{file}); font-weight: {weight} }}"
