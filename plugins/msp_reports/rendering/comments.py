"""The engineer's comments: bold, italics, lists and http(s) links; all else is plain text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from html import escape as html_escape

from markdown_it import MarkdownIt
from markdown_it.token import Token

from msp_reports.rendering.text import COMMENT, escape, plain, shorten, unlisted, visible

_HTML_TAGS = {
    "strong": "strong",
    "em": "em",
    "paragraph": "p",
    "bullet_list": "ul",
    "ordered_list": "ol",
    "list_item": "li",
}
_DEEPEST = 8
_OBEYED = re.compile(r"([\\*_\[\]])")
"""What the parser below looks for inside of a line."""
_MARKS = {"strong_open": "**", "strong_close": "**", "em_open": "*", "em_close": "*"}


@lru_cache(maxsize=2)
def _parser(*, lists: bool) -> MarkdownIt:
    parser = MarkdownIt("zero", {"html": False, "linkify": False})
    parser.enable(["emphasis", "link", "newline", "escape", *(["list"] if lists else [])])
    parser.validateLink = _harmless  # type: ignore[method-assign]
    return parser


def _harmless(url: str) -> bool:
    return url.lower().startswith(("http://", "https://"))


def _tokens(text: str) -> list[Token]:
    shown = shorten(visible(text).strip(), COMMENT)
    tokens = _parser(lists=True).parse(shown)
    # The parser drops what is nested too deep: such lists are shown as they were typed.
    if any(token.level > _DEEPEST for token in tokens):
        tokens = _parser(lists=False).parse(shown)
    for token in tokens:
        token.children = token.children and [*_with_titles(token.children)]
    return tokens


def _with_titles(tokens: Iterable[Token]) -> Iterable[Token]:
    """A link's title would be seen by nobody who does not point at it: it is told behind the link."""
    title = ""
    for token in tokens:
        yield token
        if token.type == "link_open":
            title = " ".join(str(token.attrGet("title") or "").split())
        elif token.type == "link_close" and title:
            yield Token("text", "", 0, content=f" ({title})")


def as_text(text: str) -> str:
    """Return a line that stands in a comment as the text it is, whatever is written around it."""
    return unlisted(_OBEYED.sub(r"\\\1", plain(text)))


def comment_html(text: str) -> str:
    """Return the comment as HTML with nothing but p, strong, em, ul, ol, li, a and br."""
    return "".join(_html(_tokens(text)))


def _html(tokens: Iterable[Token]) -> Iterable[str]:
    for token in tokens:
        name, _, side = token.type.rpartition("_")
        if token.type == "inline":
            yield from _html(token.children or ())
        elif token.type in {"softbreak", "hardbreak"}:
            yield "<br>"
        elif token.type == "link_open":
            yield f'<a href="{html_escape(str(token.attrGet("href")))}">'
        elif token.type == "link_close":
            yield "</a>"
        elif token.type == "ordered_list_open":
            yield f'<ol start="{_start(token)}">'
        elif name in _HTML_TAGS and not token.hidden:
            yield f"<{'' if side == 'open' else '/'}{_HTML_TAGS[name]}>"
        elif name not in _HTML_TAGS:
            yield html_escape(token.content)


def _start(token: Token) -> int:
    start = token.attrGet("start")
    return 1 if start is None else int(start)


def comment_markdown(text: str) -> str:
    """Return the comment as Markdown again, in which only the allowed marks still do something."""
    lines: list[str] = []
    numbers: list[int | None] = []
    bullet = ""
    for token in _tokens(text):
        if token.type in {"bullet_list_open", "ordered_list_open"}:
            lines += [""] if lines and not numbers else []
            numbers.append(_start(token) if token.type == "ordered_list_open" else None)
        elif token.type in {"bullet_list_close", "ordered_list_close"}:
            numbers.pop()
        elif token.type == "list_item_open":
            bullet, numbers[-1] = _bullet(numbers[-1])
        elif token.type == "list_item_close" and bullet:
            lines.append(f"{'   ' * (len(numbers) - 1)}{bullet}".rstrip())  # an empty point
            bullet = ""
        elif token.type == "inline":
            lines += [""] if lines and not bullet else []
            lines += _indented(_inline(token.children or ()), bullet, len(numbers))
            bullet = ""
    return "\n".join(lines)


def _bullet(number: int | None) -> tuple[str, int | None]:
    return ("-  ", None) if number is None else (f"{number}. ", number + 1)


def _indented(text: str, bullet: str, depth: int) -> list[str]:
    first, *rest = text.split("\n")
    indent = "   " * depth
    lead = f"{indent[3:]}{bullet}" if bullet else indent
    return [f"{lead}{first}", *(f"{indent}{line}" for line in rest)]


def _inline(tokens: Sequence[Token]) -> str:
    parts: list[str] = []
    for token in tokens:
        if token.type in {"softbreak", "hardbreak"}:
            parts.append("\\\n")
        elif token.type == "link_open":
            parts.append("[")
        elif token.type == "link_close":
            parts.append("](<>)")
        else:
            parts.append(_MARKS.get(token.type) or escape(token.content))
    return "".join(_with_targets(tokens, parts))


def _with_targets(tokens: Sequence[Token], parts: list[str]) -> list[str]:
    """Put each link's address, which stands on its opening token, where Markdown has it: at the end."""
    target = ""
    for place, token in enumerate(tokens):
        if token.type == "link_open":
            target = str(token.attrGet("href")).replace("<", "%3C").replace(">", "%3E").replace("\\", "%5C")
        elif token.type == "link_close":
            parts[place] = f"](<{target}>)"
    return parts
