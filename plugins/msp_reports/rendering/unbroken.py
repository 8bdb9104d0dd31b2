"""What a reader takes in at once stays on one line: a number and its unit, a date, a device's name.

For sentences of ours on the page. Markdown and mails are broken into lines by whoever shows them.
"""

from __future__ import annotations

import re

from markupsafe import Markup

from msp_reports.domain.spelled_numbers import MONTHS, WORDS

_NO_BREAK = "\u00a0"
_HIGHEST_SPELLED = 12
_SPELLED = "|".join(sorted(word for word, value in WORDS.items() if value <= _HIGHEST_SPELLED))
_NUMBER = r"(?<!\w)[+−-]?\d(?:[\d.,\u00a0\u202f]*\d)?"
_BEFORE_A_NUMBER = (
    r"weeks?|KW|Wochen?|semaines?|Sem\.|priority|Priorität|priorité|revision|révision|status|statut"
)
_LINKING = (
    r"(?!(?:of|to|and|or|in|at|by|from|on|than|with|was|were|is|are|has|had"
    r"|von|bis|und|am|im|auf|um|mit|war|ist|hat|sur|et|ou|à|en|avec|que)\b)"
)
"""Not these: a line may end between "from 3" and "to 12"."""
_TOGETHER = re.compile(
    rf"{_NUMBER} (?:of|von|sur) \d"
    rf"|(?i:\b(?:{_BEFORE_A_NUMBER})) \d"
    rf"|(?<!\w)\d\d?\. (?=(?i:{'|'.join(MONTHS)})\b)"
    rf"|{_NUMBER} {_LINKING}(?=%|[^\W\d_])"
    rf"|(?i:\b(?:{_SPELLED})) {_LINKING}(?=[^\W\d_])"
)
"""No match ends where the next one could begin, so that never more than three words hang together."""
_LONGEST_NAME = 28
_NAME = re.compile(r"(?<![\w-])(?=[\w-]*\d|\w+-\w+-)\w+(?:-\w+)+(?![\w-])")


def unbroken(text: str) -> Markup:
    """Return one line of text, made visible before, as HTML that breaks where a person would break it."""
    return whole_names(_TOGETHER.sub(lambda found: found[0].replace(" ", _NO_BREAK), text))


def whole_names(text: str) -> Markup:
    """Return text as HTML that is not broken at a name's hyphens, unless the name is long."""
    return Markup(_NAME.sub(_whole, str(Markup.escape(text))))  # noqa: S704 - escaped


def _whole(found: re.Match[str]) -> str:
    name = found[0]
    return name if len(name) > _LONGEST_NAME else f'<span class="name">{name}</span>'
