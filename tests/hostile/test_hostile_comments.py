"""A comment may use bold, italics, lists and links to http or https, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from msp_reports.domain.report import Comment
from msp_reports.rendering.comments import comment_html, comment_markdown
from msp_reports.rendering.markdown import render_markdown
from tests.hostile.positions import everything
from tests.hostile.reading import Piece, html_pieces
from tests.hostile.strings import STRINGS

ALLOWED = frozenset({"p", "strong", "em", "ul", "ol", "li", "a", "br"})
BLOCKS = frozenset({
    "paragraph_open", "paragraph_close", "inline", "bullet_list_open", "bullet_list_close",
    "ordered_list_open", "ordered_list_close", "list_item_open", "list_item_close",
})  # fmt: skip
INLINE = frozenset({
    "text", "text_special", "softbreak", "hardbreak", "strong_open", "strong_close", "em_open", "em_close",
    "link_open", "link_close",
})  # fmt: skip
READER = MarkdownIt("gfm-like", {"html": True, "linkify": True})
MARKS = st.text("<>[]()!*_`#|~-+.19& \n\\{}:@/\"'ahtps\u202e\u200b\x00\ud800", max_size=60)
ANY = st.one_of(st.sampled_from(STRINGS), MARKS, st.text(max_size=200))
ENOUGH = 1500


def pieces(text: str) -> Sequence[tuple[Piece, str]]:
    return html_pieces(comment_html(text))


def marks(text: str) -> list[Piece]:
    return [piece for piece, _ in pieces(text) if piece != ("text",)]


def is_harmless(text: str) -> bool:
    return all(
        rest[0] in ALLOWED if name == "end" else name in ALLOWED and all(_is_allowed(name, a) for a in rest)
        for name, *rest in marks(text)
    )


def _is_allowed(name: str, attribute: str) -> bool:
    pattern = {"a": r"(?i)href=https?://[^\s<>\"]*", "ol": r"start=\d+"}.get(name)
    return pattern is not None and re.fullmatch(pattern, attribute) is not None


def is_balanced(text: str) -> bool:
    """Whatever is opened is closed, so that nothing reaches beyond the comment."""
    stack = []
    for name, *rest in marks(text):
        if name == "end":
            if not stack or stack.pop() != rest[0]:
                return False
        elif name != "br":
            stack.append(name)
    return not stack


@given(ANY)
def test_on_the_page_it_has_no_other_marks(text: str) -> None:
    assert is_harmless(text[:ENOUGH])
    assert is_balanced(text[:ENOUGH])


@given(ANY)
def test_in_markdown_it_has_no_other_marks(text: str) -> None:
    for token in READER.parse(comment_markdown(text[:ENOUGH])):
        assert token.type in BLOCKS
        for child in token.children or ():
            assert child.type in INLINE
            if child.type == "link_open":
                assert str(child.attrs["href"]).lower().startswith(("http://", "https://"))
                assert child.markup != "linkify", "a bare address is no link"


@pytest.mark.parametrize("text", STRINGS, ids=range(len(STRINGS)))
def test_each_hostile_string_is_harmless_as_a_comment(text: str) -> None:
    assert is_harmless(text)
    assert is_balanced(text)


def test_no_comment_reaches_beyond_its_quote_in_the_markdown() -> None:
    model = everything(1)

    def around(text: str) -> list[str]:
        comments = (Comment(section="tickets", text=text, author="Jana"),)
        parsed = READER.parse(render_markdown(replace(model, comments=comments)))
        inside = 0
        kept = []
        for token in parsed:
            inside += token.nesting if token.type.startswith("blockquote") else 0
            kept += [] if inside else [token.type]
        return kept

    plain = around("word")
    for text in STRINGS[::5]:
        if text.strip():
            assert around(text) == plain, text
