"""How a reader sees a document: what is markup in it, what is text, and whether a text is all there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html.parser import HTMLParser
from itertools import zip_longest
from typing import Any
from unicodedata import combining

import tinyhtml5
from markdown_it import MarkdownIt
from markdown_it.token import Token

HARMLESS = re.compile(r"w(\d+)w")
"""A harmless word says which position it stands in."""

WHOLE_NAME = re.compile(r'<span class="name">([\w-]+)</span>')
"""The one mark that the page sets around words by itself: they are kept on one line."""

LEAST_SHOWN = 30
"""Characters of the document's text that are shown before anything is cut off."""
_SPACE = re.compile(r"[^\S\x1c-\x1f]+")
JOINER = "\u2060"
"""Keeps bare addresses from being links, and is not to be seen."""
HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2061-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\ue000-\uf8ff\ufdd0-\ufdef\ufffe\uffff\U000e0000-\U0010ffff]"
)
_PILE, _CUT = "‹…›", "…(shortened)"
_MARKS = r"[\u0300-\u034e\u0350-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]+"
_TEXTUAL = frozenset({"content", "alt", "title", "aria-label", "desc"})
_PLAIN = frozenset({"text", "text_special"})
_MARKDOWN = MarkdownIt("gfm-like", {"html": True, "linkify": True})

Piece = tuple[str, ...]
_TEXT: Piece = ("text",)


def harmless(positions: int) -> Iterator[str]:
    yield from (f"w{place}w" for place in range(positions))


class _Tags(HTMLParser):
    """Markup and text in the order they come."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[tuple[Piece, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._add(tag, *sorted(f"{key}={value}" for key, value in attrs if key not in _TEXTUAL))
        for key, value in attrs:
            if key in _TEXTUAL:
                self._add("attribute", key, content=value or "")

    def handle_endtag(self, tag: str) -> None:
        self._add("end", tag)

    def handle_data(self, data: str) -> None:
        _, before = self.pieces.pop() if self.pieces else (_TEXT, "")
        self.pieces.append((_TEXT, before + data))

    def handle_comment(self, data: str) -> None:
        self._add("comment", content=data)

    def handle_decl(self, decl: str) -> None:
        self._add("declaration", content=decl)

    def handle_pi(self, data: str) -> None:
        self._add("instruction", content=data)

    def unknown_decl(self, data: str) -> None:
        self._add("unknown declaration", content=data)

    def _add(self, *piece: str, content: str = "") -> None:
        self.pieces += [(piece, content), (_TEXT, "")]


def html_pieces(html: str) -> Sequence[tuple[Piece, str]]:
    """Walk a page tag by tag: each piece of markup, each text between."""
    parser = _Tags()
    parser.feed(WHOLE_NAME.sub(r"\1", html))
    parser.close()
    return parser.pieces


def tree_pieces(html: str) -> Iterator[tuple[Piece, str]]:
    """Walk a page as the renderer's own parser, the one of the HTML standard, understands it."""
    yield from _tree(tinyhtml5.parse(WHOLE_NAME.sub(r"\1", html), namespace_html_elements=False))


def _tree(node: Any) -> Iterator[tuple[Piece, str]]:
    name = node.tag if isinstance(node.tag, str) else "comment"
    attributes = sorted(node.attrib.items())
    yield (name, *(f"{key}={value}" for key, value in attributes if key not in _TEXTUAL)), ""
    yield from ((("attribute", key), value) for key, value in attributes if key in _TEXTUAL)
    yield _TEXT, node.text or ""
    for child in node:
        yield from _tree(child)
        yield _TEXT, child.tail or ""


def markdown_pieces(markdown: str) -> Iterator[tuple[Piece, str]]:
    """Walk Markdown as GitHub's flavour reads it, bare addresses as links."""
    yield from _markdown(_MARKDOWN.parse(markdown))


def _markdown(tokens: list[Token]) -> Iterator[tuple[Piece, str]]:
    text = ""
    for token in tokens:
        if token.type in _PLAIN:
            text += token.content
            continue
        yield _TEXT, text
        text = ""
        if token.type == "inline":
            yield from _markdown(token.children or [])
        else:
            attributes = sorted(f"{key}={value}" for key, value in token.attrs.items())
            yield (token.type, token.tag, *attributes), token.content
    yield _TEXT, text


def card_pieces(card: Any) -> Iterator[tuple[Piece, str]]:
    """Walk a card: every key is structure, every string a text."""
    if isinstance(card, Mapping):
        for key, value in card.items():
            yield ("key", str(key)), ""
            yield from card_pieces(value)
    elif isinstance(card, list):
        yield ("list", str(len(card))), ""
        for value in card:
            yield from card_pieces(value)
    else:
        yield (type(card).__name__,), str(card)


def differences(
    ours: Iterable[tuple[Piece, str]], meant: Sequence[tuple[Piece, str]], words: Sequence[str]
) -> Iterator[str]:
    """Compare with the same document of harmless words: what took effect, and what was lost."""
    for found, expected in zip_longest(ours, meant, fillvalue=(("end",), "")):
        (piece, text), (meant_piece, meant_text) = found, expected
        if piece != meant_piece:
            yield f"{piece} stands where {meant_piece} should, text {text[:80]!r}"
            return
        if not HARMLESS.search(meant_text):
            if text != meant_text:
                yield f"{text[:80]!r} stands where {meant_text[:80]!r} should"
            continue
        if hidden := HIDDEN.search(text):
            yield f"{hidden[0]!r} is there and cannot be seen in {text[:80]!r}"
        parts = [words[int(part)] if odd % 2 else part for odd, part in enumerate(HARMLESS.split(meant_text))]
        if not is_shown(parts, text):
            yield f"{parts} is not all of it in {text[:80]!r}"


def is_shown(parts: Sequence[str], shown: str) -> bool:
    """Tell whether each character of the `parts` is in `shown`, in order, itself or as ``‹U+XXXX›``.

    White space may differ, a pile of combining marks may end in ``‹…›``, and a part, or all from there
    on, may end in "… (shortened)" after enough of it.
    """
    rest, place = _squeezed(shown).replace(JOINER, ""), 0
    for part in map(_squeezed, parts):
        start, place, is_whole = place, *_follow(part, rest, place)
        if is_whole:
            continue
        if not rest.startswith(_CUT, place):
            return False
        is_last = place + len(_CUT) == len(rest)
        if place - (0 if is_last else start) < LEAST_SHOWN:
            return False
        if is_last:
            return True
        place += len(_CUT)
    return place == len(rest)


def _follow(part: str, rest: str, place: int) -> tuple[int, bool]:
    """Read `part` in `rest` from `place`: where it ends there, and whether that is all of it."""
    at = 0
    while at < len(part):
        mark = f"‹U+{ord(part[at]):04X}›"
        if rest.startswith(mark, place):
            place += len(mark)
        elif rest.startswith(part[at], place):
            place += 1
        elif combining(part[at]) and rest.startswith(_PILE, place):
            at += len(re.match(_MARKS, part[at:])[0]) - 1  # type: ignore[index]
            place += len(_PILE)
        else:
            return place, False
        at += 1
    return place, True


def _squeezed(text: str) -> str:
    """Without white space."""
    return _SPACE.sub("", text)
