"""Adaptive Cards for Teams: the customer's weekly card and the internal roll-up.

Vendor text stands in text runs, in which Markdown means nothing:
https://adaptivecards.io/explorer/TextRun.html. A card with everything around it must stay under
28 KB: https://learn.microsoft.com/microsoftteams/platform/bots/how-to/format-your-bot-messages.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from msp_reports.domain.dates import week_name
from msp_reports.domain.language import say, speaking
from msp_reports.domain.report import ReportModel
from msp_reports.domain.wording import counted
from msp_reports.languages import language
from msp_reports.rendering.blocks import Page, Tone
from msp_reports.rendering.correction import told
from msp_reports.rendering.headline import headline_numbers
from msp_reports.rendering.notice import Notice
from msp_reports.rendering.page import build_page
from msp_reports.rendering.text import SENTENCE, plain, unlinked

Card = dict[str, Any]

LARGEST = 20_000
"""Bytes of a card's JSON; the limit of Teams counts what is around it as well."""
_LONGEST_NAME, _LONGEST_LINE, _LONGEST_NOTICE = 80, 300, 1200
_LEFT_OUT_NAMED = 10
_COLOURS = {Tone.GOOD: "Good", Tone.WARNING: "Warning", Tone.CRITICAL: "Attention"}

STATES = {
    "no report": "No report",
    "rejected": "Rejected, nothing sent",
    "draft": "Draft",
    "in_review": "Waits for review",
    "approved": "Approved, being sent",
    "delivered": "Sent",
    "archived": "Sent and archived",
}
"""States of a report in words, the most urgent first."""
_URGENCY = {state: place for place, state in enumerate(STATES)}


@dataclass(frozen=True, slots=True, kw_only=True)
class RollupRow:
    """One customer in the roll-up."""

    code: str
    name: str
    state: str
    """One of `STATES`."""
    risks: tuple[str, ...]
    actions: tuple[str, ...]
    """Required this week."""
    link: str | None
    """Where to act. None: nothing to do there."""
    in_trouble: bool = False
    """Something of it failed or is in doubt."""


def weekly_card(model: ReportModel, *, key: str, by_mail: bool, link: str | None = None) -> Card:
    """Return the customer's card: state, summary, headline numbers, and the delivery's reference.

    Args:
        by_mail: the customer gets the report by mail too. Not that it has come: both are sent at once.
    """
    with speaking(language(model.language)):
        return _weekly_card(model, key=key, by_mail=by_mail, link=link)


def _weekly_card(model: ReportModel, *, key: str, by_mail: bool, link: str | None) -> Card:
    page = build_page(model)
    numbers = [
        {"title": number.label, "value": f"{number.value} ({number.change})"}
        if number.change != say("no comparison")
        else {"title": number.label, "value": number.value}
        for number in headline_numbers(model)
    ]
    body: list[Card] = [
        _text(
            say("{title}: {text}", title=page.customer, text=page.title),
            longest=_LONGEST_NAME + 30,
            size="Large",
            weight="Bolder",
        ),
        _text(f"{page.days}. {page.compared}", isSubtle=True),
        _text(
            f"{page.state.tone.mark} {page.state.text}",
            weight="Bolder",
            color=_COLOURS.get(page.state.tone, "Default"),
        ),
        *(_text(f"• {sentence}") for sentence in model.summary),
        *_correction(page, model),
    ]
    body += [{"type": "FactSet", "facts": numbers}] if numbers else []
    where = say("The full report comes by mail.") + " " if by_mail else ""
    reference = say("Reference {reference}", reference=f"RPT-{key}")
    body.append(_text(f"{where}{reference}", size="Small", isSubtle=True))
    actions = [{"type": "Action.OpenUrl", "title": say("Open the report"), "url": link}] if link else []
    return _card(body, actions)


def _correction(page: Page, model: ReportModel) -> list[Card]:
    if model.correction is None:
        return []
    changes = (_text(f"• {change}", longest=_LONGEST_LINE) for change in told(model.correction))
    return [_text(page.corrected, weight="Bolder"), *changes]


def card_summary(model: ReportModel) -> str:
    """What a notification of the card says."""
    with speaking(language(model.language)):
        if model.correction is not None:
            return say("Weekly report {week}, corrected", week=week_name(model.week))
        return say("Weekly report {week}", week=week_name(model.week))


def rollup_card(
    rows: Sequence[RollupRow],
    *,
    week: str,
    provider: str,
    left_out: Sequence[str],
    review_url: str,
    reference: str = "",
) -> Card:
    """Return the internal roll-up: worst first, what does not fit counted.

    Args:
        left_out: why a customer's file could not be used, one line each.
        review_url: page where drafts wait for their engineer.
        reference: delivery key by which the post is found again.
    """
    ranked = sorted(rows, key=_rank)
    states = Counter(row.state for row in ranked)
    totals = ", ".join(f"{number} {_state(state).lower()}" for state, number in states.items())
    body: list[Card] = [
        _text(f"Weekly reports {week}", size="Large", weight="Bolder"),
        _text(f"{provider}. {counted(len(ranked), 'customer')}: {totals or 'none'}.", isSubtle=True),
    ]
    body += [_text(f"✕ Left out: {line}", color="Attention") for line in left_out[:_LEFT_OUT_NAMED]]
    if left_out[_LEFT_OUT_NAMED:]:
        unnamed = counted(len(left_out) - _LEFT_OUT_NAMED, "more customer")
        body.append(_text(f"✕ Left out: {unnamed}; see list_customers", color="Attention"))
    actions = [{"type": "Action.OpenUrl", "title": "Open the reviews", "url": review_url}]
    last = [_text(f"Reference RPT-{reference}", size="Small", isSubtle=True)] if reference else []
    room = LARGEST - sum(map(_size, last)) - _size(_card(body, actions)) - _size(_more(len(ranked)))
    for place, row in enumerate(ranked):
        drawn = _row(row)
        room -= _size(drawn) + 2
        if room < 0:
            body.append(_more(len(ranked) - place))
            break
        body.append(drawn)
    return _card([*body, *last], actions)


def notice_card(notice: Notice, *, reference: str) -> Card:
    """Return the internal channel's card of what did not arrive."""
    body = [
        _text(notice.subject, size="Large", weight="Bolder", color="Attention"),
        *(_text(line, longest=_LONGEST_NOTICE) for line in notice.lines),
        _text(f"Reference RPT-{reference}", size="Small", isSubtle=True),
    ]
    return _card(body, [])


def _rank(row: RollupRow) -> tuple[bool, int, int, str]:
    return not row.in_trouble, _URGENCY.get(row.state, -1), -len(row.risks), row.code


def _row(row: RollupRow) -> Card:
    name: Card = {
        "type": "TextRun",
        "text": _safe(f"{row.name} ({row.code})", _LONGEST_NAME),
        "weight": "Bolder",
    }
    if row.link:
        name["selectAction"] = {"type": "Action.OpenUrl", "url": row.link}
    state: Card = {"type": "TextRun", "text": f"  {_state(row.state)}", "isSubtle": True}
    items: list[Card] = [{"type": "RichTextBlock", "inlines": [name, state]}]
    items += [_text(f"⚠ {risk}", longest=_LONGEST_LINE, spacing="None") for risk in row.risks]
    items += [_text(f"→ {action}", longest=_LONGEST_LINE, spacing="None") for action in row.actions]
    return {"type": "Container", "separator": True, "items": items}


def _state(state: str) -> str:
    return STATES.get(state, state)


def _more(number: int) -> Card:
    return _text(f"and {number:,} more customers; see the reviews", isSubtle=True)


def _text(text: str, *, longest: int = SENTENCE, spacing: str = "Small", **look: Any) -> Card:
    run = {"type": "TextRun", "text": _safe(text, longest), **look}
    return {"type": "RichTextBlock", "spacing": spacing, "inlines": [run]}


def _safe(text: str, longest: int) -> str:
    return unlinked(plain(text, longest))


def _card(body: Sequence[Card], actions: Sequence[Card]) -> Card:
    return {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.5",
        "msteams": {"width": "Full"},
        "body": list(body),
        "actions": list(actions),
    }


def _size(card: Mapping[str, Any]) -> int:
    return len(json.dumps(card, ensure_ascii=False).encode())
