"""The Jinja environments. What each does with a value is decided here, once, and not in a template.

Every expression is vendor text until a filter says otherwise: in Markdown it is made inert, on the
page visible and escaped.
"""

from __future__ import annotations

from functools import lru_cache

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from msp_reports.assets import template_dir
from msp_reports.rendering.comments import comment_html, comment_markdown
from msp_reports.rendering.text import CELL, inert, plain


@lru_cache(maxsize=1)
def markdown_templates() -> Environment:
    """For Markdown and plain text: nothing but the templates' own characters has a meaning."""
    environment = Environment(
        loader=FileSystemLoader(template_dir()),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 - HTML's escaping is not Markdown's: `finalize` does it
        finalize=lambda value: value if isinstance(value, Markup) else inert(str(value)),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "as_is": Markup,
        "cell": lambda value: Markup(inert(str(value), CELL)),  # noqa: S704 - inert
        "comment": lambda value: Markup(comment_markdown(value)),  # noqa: S704 - inert but for its marks
        "quoted": _quoted,
    }
    return environment


@lru_cache(maxsize=1)
def text_templates() -> Environment:
    """For mail that is nothing but text: nothing to escape, all to be visible."""
    environment = Environment(
        loader=FileSystemLoader(template_dir()),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 - plain text knows no markup
        finalize=lambda value: plain(str(value)),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["cell"] = lambda value: plain(str(value), CELL)
    return environment


@lru_cache(maxsize=1)
def page_templates() -> Environment:
    """For HTML."""
    environment = Environment(
        loader=FileSystemLoader(template_dir()),
        undefined=StrictUndefined,
        autoescape=select_autoescape(default=True, default_for_string=True),
        finalize=lambda value: value if isinstance(value, Markup) else plain(str(value)),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "cell": lambda value: plain(str(value), CELL),
        "comment": lambda value: Markup(comment_html(value)),  # noqa: S704 - escaped but for its marks
        "drawing": Markup,
    }
    return environment


def _quoted(text: str) -> Markup:
    return Markup("\n".join(f"> {line}".rstrip() for line in text.split("\n")))  # noqa: S704 - as it came
