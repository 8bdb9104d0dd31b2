"""Vendor text made harmless: what cannot be seen is shown, what is too long is cut with a mark."""

from __future__ import annotations

import re
import unicodedata

from msp_reports.domain.language import say

CELL, SENTENCE, COMMENT = 160, 600, 4000
"""Longest text in a table cell, in a sentence and in a comment."""

_JOINERS = {"\u200c", "\u200d"}
_NON_CHARACTERS = range(0xFDD0, 0xFDF0)
_LAST_OF_PLANE = 0xFFFE
_MOST_MARKS = 6
_SPACE = re.compile(r"[\s\x1c-\x1f\x85\u2028\u2029]+")
_NO_BREAK = {"\u00a0", "\u202f"}
_LINES = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_ODD = re.compile(r"[^\x20-\x7e]")
_MARK = r"[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]"
_PILED = re.compile(rf"({_MARK}{{{_MOST_MARKS}}}){_MARK}+")
_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~&$^!])")
_LEADING = re.compile(r"^([-=:]|\+(?=\s|$)|\d{1,9}(?=[.)](?:\s|$)))")
_LINKISH = re.compile(r"(?i)(?<=:)(?=//)|(?<=www)(?=\.)|(?<=@)|(?<=mailto)(?=:)|(?<=xmpp)(?=:)")
_WORD_JOINER = "\u2060"


def visible(text: str) -> str:
    """Keep line breaks; show every other control, format, bidi or broken character as ``‹U+202E›``."""
    shown = _ODD.sub(lambda found: _shown(found[0]), _LINES.sub("\n", text))
    return _PILED.sub(r"\1‹…›", shown)


def _shown(char: str) -> str:
    if char in "\n\t" or char in _JOINERS:
        return char
    point = ord(char)
    if (
        point & _LAST_OF_PLANE == _LAST_OF_PLANE
        or unicodedata.category(char) in {"Cc", "Cf", "Cs"}
        or point in _NON_CHARACTERS
    ):
        return f"‹U+{point:04X}›"
    return char


def shorten(text: str, most: int) -> str:
    """Cut after `most` characters, and say so."""
    return text if len(text) <= most else text[:most].rstrip() + say("… (shortened)")


def plain(text: str, most: int = SENTENCE) -> str:
    """One visible line of at most `most` characters: what a person may be shown."""
    return shorten(_SPACE.sub(_one_space, visible(text)).strip(), most)


def _one_space(found: re.Match[str]) -> str:
    """A no-break space stays one: it stands before ``%`` in German, before ``:`` in French."""
    return found[0] if found[0] in _NO_BREAK else " "


def escape(text: str) -> str:
    """Take every meaning from Markdown and HTML characters of one line, in CommonMark, GFM and Teams.

    GFM turns bare addresses into links after unescaping, so a word joiner breaks them up.
    """
    return unlinked(_LEADING.sub(_leading, _MARKUP.sub(r"\\\1", text)))


def unlinked(text: str) -> str:
    """Break up what a reader would turn into a link by itself; it still reads the same."""
    return _LINKISH.sub(_WORD_JOINER, text)


def _leading(found: re.Match[str]) -> str:
    return f"{found[0]}\\" if found[0].isdigit() else f"\\{found[0]}"


def inert(text: str, most: int = SENTENCE) -> str:
    """Plain text as Markdown that reads the same and does nothing."""
    return escape(plain(text, most))
