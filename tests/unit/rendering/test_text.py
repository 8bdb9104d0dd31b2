from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from msp_reports.rendering.comments import comment_html, comment_markdown
from msp_reports.rendering.text import inert, plain, shorten, visible
from tests.unit.rendering.corpus import HOSTILE

READER = MarkdownIt("gfm-like", {"linkify": False})
"""Markdown as GitHub's flavour reads it: tables, strike-through, HTML."""

ANYTHING = st.one_of(st.sampled_from(HOSTILE), st.text(), st.text("<>[]()!*_`#|~-+.1& \n\\{}:@/\"'"))


def kinds(markdown: str) -> set[str]:
    found = set()
    for token in READER.parse(markdown):
        found.add(token.type)
        found |= {child.type for child in token.children or ()}
    return found


@given(ANYTHING)
def test_vendor_text_is_only_ever_text_in_markdown(text: str) -> None:
    assert kinds(f"{inert(text)}\n") <= {
        "paragraph_open",
        "inline",
        "text",
        "text_special",
        "paragraph_close",
    }


@given(ANYTHING)
def test_vendor_text_reads_the_same_after_markdown(text: str) -> None:
    tokens = [token for token in READER.parse(inert(text)) if token.type == "inline"]
    read = "".join(child.content for token in tokens for child in token.children or ())
    assert read.replace("\u2060", "").split() == plain(text).replace("\u2060", "").split()


@given(ANYTHING)
def test_vendor_text_stays_in_its_table_cell(text: str) -> None:
    table = f"| a | b |\n| --- | --- |\n| {inert(text, 160)} | end |\n"
    rows = [token for token in READER.parse(table) if token.type == "td_open"]
    assert len(rows) == 2


@given(st.text())
def test_nothing_invisible_is_left(text: str) -> None:
    for char in visible(text):
        assert char in "\n\t\u200c\u200d" or unicodedata.category(char) not in {"Cc", "Cf", "Cs"}


def test_a_bidi_override_is_shown_instead_of_obeyed() -> None:
    assert visible("invoice\u202egnp.exe") == "invoice‹U+202E›gnp.exe"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("👩\u200d💻 ❤\ufe0f ©\ufe0f", "👩\u200d💻 ❤\ufe0f ©\ufe0f"),
        ("1\ufe0f\u20e3", "1‹U+FE0F›\u20e3"),
        ("pay\u200dpal", "pay‹U+200D›pal"),
        ("ไ \U0003ffff \ue000", "ไ ‹U+3FFFF› ‹U+E000›"),
        ("a\u034fb s\U000e0100", "a‹U+034F›b s‹U+E0100›"),
    ],
)
def test_a_character_that_would_not_be_seen_is_shown_by_its_number(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_a_mark_is_not_cut_in_half() -> None:
    assert shorten("abc‹U+202E›", 8) == "abc… (shortened)"


def test_what_is_cut_is_marked() -> None:
    assert shorten("a" * 11, 10) == "a" * 10 + "… (shortened)"
    assert shorten("a" * 10, 10) == "a" * 10


def test_a_pile_of_combining_marks_is_cut_off() -> None:
    assert len(visible("Z" + "\u0301" * 200)) < 20


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("**bold** and *more*", "<p><strong>bold</strong> and <em>more</em></p>"),
        ("- one\n- two", "<ul><li>one</li><li>two</li></ul>"),
        ("[plan](https://a.example/x?a=1&b=2)", '<p><a href="https://a.example/x?a=1&amp;b=2">plan</a></p>'),
        (
            '[plan](https://a.example "of *May*\nand <June>")',
            '<p><a href="https://a.example">plan</a> (of *May* and &lt;June&gt;)</p>',
        ),
        ("[plan](javascript:alert(1))", "<p>[plan](javascript:alert(1))</p>"),
        ("[plan](data:text/html,x)", "<p>[plan](data:text/html,x)</p>"),
        ("<b>no</b>", "<p>&lt;b&gt;no&lt;/b&gt;</p>"),
        ("![x](http://a.example/x.png)", '<p>!<a href="http://a.example/x.png">x</a></p>'),
        ("# no heading", "<p># no heading</p>"),
    ],
)
def test_a_comment_keeps_bold_lists_and_links_and_nothing_else(text: str, html: str) -> None:
    assert comment_html(text) == html


@pytest.mark.parametrize(
    "text",
    [
        "**bold** and *more*",
        "- one\n- two",
        "1. one\n2. two",
        "a\nb\n\nc",
        "[plan](https://a.example/x)",
        '[plan](https://a.example "May")',
    ],
)
def test_a_comment_draws_the_same_from_its_own_markdown(text: str) -> None:
    assert comment_html(comment_markdown(text)) == comment_html(text)


@given(ANYTHING)
def test_no_word_of_a_comment_is_lost_in_its_markdown(text: str) -> None:
    again = comment_html(comment_markdown(text).replace("\u2060", ""))
    assert _words(again) == _words(comment_html(text))


def _words(html: str) -> str:
    return "".join(
        re.sub(r"</?(?:p|strong|em|ul|ol|li|a|br)\b[^>]*>", "", html).replace("\u2060", "").split()
    )
