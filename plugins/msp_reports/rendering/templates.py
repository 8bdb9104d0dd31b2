"""The Jinja environments. What each does with a value is decided here, once, and not in a template.

A provider's own templates come before ours, one by one, and none can reach Python: the environments are
sandboxed (https://jinja.palletsprojects.com/en/stable/sandbox/).

Every expression is vendor text until a filter says otherwise: in Markdown it is made inert, on the
page visible and escaped.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from msp_reports.assets import template_dirs
from msp_reports.domain.language import say
from msp_reports.rendering.comments import comment_html, comment_markdown
from msp_reports.rendering.text import CELL, inert, plain
from msp_reports.rendering.unbroken import unbroken, whole_names


def markdown_templates() -> Environment:
    """For Markdown and plain text: nothing but the templates' own characters has a meaning."""
    return _markdown(template_dirs())


def text_templates() -> Environment:
    """For mail that is nothing but text: nothing to escape, all to be visible."""
    return _text(template_dirs())


def page_templates() -> Environment:
    """For HTML."""
    return _page(template_dirs())


@lru_cache(maxsize=4)
def _markdown(folders: tuple[Path, ...]) -> Environment:
    environment = _environment(
        folders,
        autoescape=False,  # HTML's escaping is not Markdown's: `finalize` does it
        finalize=lambda value: value if isinstance(value, Markup) else inert(str(value)),
    )
    environment.filters |= {
        "as_is": Markup,
        "cell": lambda value: Markup(inert(str(value), CELL)),  # noqa: S704 - inert
        "comment": lambda value: Markup(comment_markdown(value)),  # noqa: S704 - inert but for its marks
        "quoted": _quoted,
    }
    return environment


@lru_cache(maxsize=4)
def _text(folders: tuple[Path, ...]) -> Environment:
    environment = _environment(
        folders,
        autoescape=False,  # plain text knows no markup
        finalize=lambda value: plain(str(value)),
    )
    environment.filters["cell"] = lambda value: plain(str(value), CELL)
    return environment


@lru_cache(maxsize=4)
def _page(folders: tuple[Path, ...]) -> Environment:
    environment = _environment(
        folders,
        autoescape=True,
        finalize=lambda value: value if isinstance(value, Markup) else plain(str(value)),
    )
    environment.filters |= {
        "cell": lambda value: plain(str(value), CELL),
        "comment": lambda value: Markup(comment_html(value)),  # noqa: S704 - escaped but for its marks
        "names": whole_names,
        "prose": lambda value: unbroken(plain(str(value))),
        "drawing": Markup,
    }
    return environment


def _environment(
    folders: tuple[Path, ...], *, autoescape: bool, finalize: Callable[[Any], Any]
) -> Environment:
    environment = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(folders),
        undefined=StrictUndefined,
        autoescape=autoescape,
        finalize=finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["say"] = _say
    return environment


def _say(message: str, **values: object) -> str:
    """`say` for templates. Values are text before they are filled in: a pattern cannot look inside them."""
    return say(message, **{name: str(value) for name, value in values.items()})


def _quoted(text: str) -> Markup:
    return Markup("\n".join(f"> {line}".rstrip() for line in text.split("\n")))  # noqa: S704 - as it came
