"""Vendor text made harmless: what cannot be seen is shown, what is too long is cut with a mark."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from msp_reports.domain.language import say

CELL, SENTENCE, COMMENT = 160, 600, 4000
"""Longest text in a table cell, in a sentence and in a comment."""

_EMOJI_STYLE = "\ufe0f"
_JOINERS = {"\u200c", "\u200d", _EMOJI_STYLE}
_JOINED_FROM = "\u0600"
"""Scripts that join letters, and emoji, come after this; nothing before it has use for a joiner."""
_SIGNS = "©®"
_SEQUENCE = {"\u200d", "\u20e3"}
"""After an emoji's style these make a glyph of several characters, which a PDF's text then lacks."""
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_GRAPHEME_JOINER = "\u034f"
"""A mark by its category, and never drawn although a font has a glyph for it."""
_SELECTORS = re.compile(r"[\u180b-\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")
"""They choose between shapes of a letter and are marks by their category; a hiding place for text."""
_MOST_MARKS = 6
_SPACE = re.compile(r"[\s\x1c-\x1f\x85\u2028\u2029]+")
_NO_BREAK = {"\u00a0", "\u202f"}
_LINES = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_ODD = re.compile(r"[^\x20-\x7e]")
_MARK = r"[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]"
_PILED = re.compile(rf"({_MARK}{{{_MOST_MARKS}}}){_MARK}+")
_BROKEN_MARK = re.compile(r"‹(?:U(?:\+[0-9A-F]*)?)?$")
_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~$^!]|&(?=#?\w*(?:;|$)))")
"""An ampersand only where a reader might take it for the beginning of ``&amp;``."""
_LEADING = re.compile(r"^([-=:]|\+(?=\s|$)|\d{1,9}(?=[.)](?:\s|$)))")
_ENDING = (
    r"(?:[a-z]{2}|aero|asia|biz|com|coop|edu|gov|info|museum|name|net|org|pro|shop|web|xxx|рф|xn--[\w-]+)"
)
"""Of a bare name that readers take for a public address (linkify's list)."""
_LINKISH = re.compile(
    rf"(?i)(?=//)|(?<=www)(?=\.)|(?<=\w\.)(?={_ENDING}(?!\w))|(?<=@)|(?<=mailto)(?=:)|(?<=xmpp)(?=:)"
)
_WORD_JOINER = "\u2060"


def visible(text: str) -> str:
    """Keep line breaks; show as ``‹U+202E›`` every other character that would be unseen or misread.

    That is a control, format, bidi, private, unassigned or broken character, and a joiner where there is
    nothing to join. What no font of the page can draw is shown so on the page alone (`Coverage`): a mail or a
    card is read with the reader's own fonts.
    """
    shown = _ODD.sub(_shown, _LINES.sub("\n", text))
    return _PILED.sub(r"\1‹…›", shown)


def _shown(found: re.Match[str]) -> str:
    char = found[0]
    if char in _JOINERS:
        start, end = found.span()
        before, after = found.string[max(0, start - 1) : start], found.string[end : end + 1]
        return char if _joins(char, before, after) else _mark(char)
    return char if _is_seen(char) else _mark(char)


def _mark(char: str) -> str:
    return f"‹U+{ord(char):04X}›"


def _joins(joiner: str, before: str, after: str) -> bool:
    if joiner == _EMOJI_STYLE:
        is_emoji = before in _SIGNS or (before >= _JOINED_FROM and _is_seen(before))
        return before != "" and is_emoji and after not in _SEQUENCE
    return all(side >= _JOINED_FROM and _is_seen(side) for side in (before, after))


@lru_cache(maxsize=4096)
def _is_seen(char: str) -> bool:
    if char == _GRAPHEME_JOINER or _SELECTORS.match(char):
        return False
    return char in "\n\t" or (unicodedata.category(char) not in _HIDDEN)


def shorten(text: str, most: int) -> str:
    """Cut after `most` characters, and say so."""
    if len(text) <= most:
        return text
    return _BROKEN_MARK.sub("", text[:most]).rstrip() + say("… (shortened)")


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
    return unlinked(unlisted(_MARKUP.sub(r"\\\1", text)))


def unlisted(text: str) -> str:
    """Keep the beginning of a line from making it an item of a list, a rule or a heading."""
    return _LEADING.sub(_leading, text)


def unlinked(text: str) -> str:
    """Break up what a reader would turn into a link by itself; it still reads the same."""
    return _LINKISH.sub(_WORD_JOINER, text)


def _leading(found: re.Match[str]) -> str:
    return f"{found[0]}\\" if found[0].isdigit() else f"\\{found[0]}"


def inert(text: str, most: int = SENTENCE) -> str:
    """Plain text as Markdown that reads the same and does nothing."""
    return escape(plain(text, most))
