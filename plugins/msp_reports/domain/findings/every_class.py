"""Device classes that moved together are told in one sentence: that is no news about a class."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from msp_reports.domain.findings.draft import Aspect, Draft, Kind
from msp_reports.domain.language import say
from msp_reports.domain.report import Rule
from msp_reports.domain.wording import agreed, percent, points, points_between

_TOGETHER_POINTS = 1.0
"""Figures that are no further apart have moved together."""


def every_class(drafts: Sequence[Draft], classes: int, target: float) -> Iterator[Draft]:
    """Put what is said of each of the customer's `classes` in its place, if they all moved alike."""
    of_class = [
        d for d in drafts if d.kind is Kind.DEVICE_CLASS and d.finding.rule is Rule.SLA_DROP and not d.hidden
    ]
    if len(of_class) < max(2, classes) or not _moved_together(of_class):
        yield from drafts
        return
    for draft in drafts:
        yield replace(draft, hidden=True) if draft in of_class else draft
    first = max(of_class, key=lambda d: (d.size, d.finding.entity))
    yield replace(
        first,
        kind=Kind.EVERY_CLASS,
        identity="",
        brief="",
        finding=replace(
            first.finding, entity=Kind.EVERY_CLASS.value, sentence=_sentence(of_class, agreed(target))
        ),
    )


def _change(draft: Draft) -> float:
    return (draft.finding.after or 0.0) - (draft.finding.before or 0.0)


def _moved_together(drafts: Sequence[Draft]) -> bool:
    if len({(draft.is_good, draft.aspect) for draft in drafts}) > 1:
        return False
    figures = [draft.finding.after or 0.0 for draft in drafts], [_change(draft) for draft in drafts]
    return all(max(of_all) - min(of_all) <= _TOGETHER_POINTS for of_all in figures)


def _sentence(drafts: Sequence[Draft], target: str) -> str:
    after = [draft.finding.after or 0.0 for draft in drafts]
    sizes = [abs(_change(draft)) for draft in drafts]
    low, high = percent(min(after)), percent(max(after))
    told = {
        "points": points(sizes[0])
        if points(min(sizes)) == points(max(sizes))
        else points_between(min(sizes), max(sizes)),
        "after": low if low == high else say("between {low} and {high}", low=low, high=high),
    }
    first = drafts[0]
    if first.aspect is Aspect.UPTIME:
        if first.is_good:
            return say("Uptime rose in every device class, by {points} to {after}.", **told)
        return say("Uptime fell in every device class, by {points} to {after}.", **told)
    if first.is_good:
        return say(
            "More devices of every class reached the agreed uptime of {target}: {after}, "
            "{points} more than last week.",
            target=target,
            **told,
        )
    return say(
        "Fewer devices of every class reached the agreed uptime of {target}: {after}, "
        "{points} less than last week.",
        target=target,
        **told,
    )
