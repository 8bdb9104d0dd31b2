"""The engineer's comments: bold, italics, lists and http(s) links; all else is plain text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from html import escape as html_escape

from markdown_it import MarkdownIt
from markdown_it.token import Token

from msp_reports.rendering.text import COMMENT, escape, shorten, visible

_HTML_TAGS = {
    "strong": "strong",
    "em": "em",
    "paragraph": "p",
    "bullet_list": "ul",
    "ordered_list": "ol",
    "list_item": "li",
}
_MARKS = {"strong_open": "**", "strong_close": "**", "em_open": "*", "em_close": "*"}


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    parser = MarkdownIt("zero", {"html": False, "linkify": False, "maxNesting": 12})
    parser.enable(["emphasis", "link", "list", "newline", "escape"])
    parser.validateLink = _harmless  # type: ignore[method-assign]
    return parser


def _harmless(url: str) -> bool:
    return url.lower().startswith(("http://", "https://"))


def _tokens(text: str) -> list[Token]:
    return _parser().parse(shorten(visible(text).strip(), COMMENT))


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
        elif name in _HTML_TAGS and not token.hidden:
            yield f"<{'' if side == 'open' else '/'}{_HTML_TAGS[name]}>"
        elif name not in _HTML_TAGS:
            yield html_escape(token.content)


def comment_markdown(text: str) -> str:
    """Return the comment as Markdown again, in which only the allowed marks still do something."""
    lines: list[str] = []
    lists: list[list[int | None]] = []
    fresh = False
    for token in _tokens(text):
        if token.type in {"bullet_list_open", "ordered_list_open"}:
            lists.append([1 if token.type == "ordered_list_open" else None])
        elif token.type in {"bullet_list_close", "ordered_list_close"}:
            lists.pop()
        elif token.type == "list_item_open":
            fresh = True
        elif token.type == "inline":
            lines.extend(_paragraph(_inline(token.children or ()), lists, fresh=fresh, first=not lines))
            fresh = False
    return "\n".join(lines)


def _paragraph(
    text: str, lists: Sequence[list[int | None]], *, fresh: bool, first: bool
) -> Iterable[str]:
    indent = "   " * len(lists)
    if not fresh and not first:
        yield ""
    bullet = indent
    if lists and fresh:
        number = lists[-1][0]
        if len(lists) == 1 and not first and number in {1, None}:
            yield ""
        bullet = f"{indent[3:]}{'-  ' if number is None else f'{number}. '}"
        lists[-1][0] = None if number is None else number + 1
    for place, line in enumerate(text.split("\n")):
        yield f"{bullet if place == 0 else indent}{line}"


def _inline(tokens: Iterable[Token]) -> str:
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


def _with_targets(tokens: Iterable[Token], parts: list[str]) -> list[str]:
    """Put each link's address, which stands on its opening token, where Markdown has it: at the end."""
    target = ""
    for place, token in enumerate(tokens):
        if token.type == "link_open":
            target = str(token.attrGet("href")).replace("<", "%3C").replace(">", "%3E").replace("\\", "%5C")
        elif token.type == "link_close":
            parts[place] = f"](<{target}>)"
    return parts
