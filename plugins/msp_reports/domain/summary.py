"""The executive summary: three to six sentences, the worst first; a quiet week in one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msp_reports.domain.findings.draft import Draft, Kind
from msp_reports.domain.findings.several import several
from msp_reports.domain.headlines import Headline, Sections, headlines
from msp_reports.domain.language import say, say_of
from msp_reports.domain.report import Rule
from msp_reports.domain.wording import capital, listed, some

LEAST, MOST = 3, 6
"""Sentences of a week with something to report. Fewer only where more would repeat what is said."""

_NAMED = 2
"""Entities that a sentence about several of them names."""

Topic = tuple[Rule, Kind, bool]


def summarise(ranked: Sequence[Draft], sections: Sections) -> tuple[str, ...]:
    """Compose the summary from all findings, in their order, and from the headline numbers."""
    told = tuple(headlines(sections))
    if not ranked:
        return (_quiet(told),)
    topics = _topics(_without_repetition(ranked))
    sentences = [_sentence(members) for members in topics[:MOST]]
    covered = {members[0].finding.source for members in topics}
    rest = [headline for headline in told if headline.source not in covered]
    filling = [*(h.sentence for h in rest), *(h.second for h in rest if h.second)]
    return (*sentences, *filling[: max(0, LEAST - len(sentences))])


def _quiet(told: Iterable[Headline]) -> str:
    clauses = ", ".join(headline.clause for headline in told)
    return say("A quiet week: {clauses}.", clauses=clauses or say("nothing to report"))


def _without_repetition(ranked: Sequence[Draft]) -> list[Draft]:
    """Leave out what another sentence says as well: the target after the fall, the class after the site."""
    fell = {(d.kind, d.finding.entity) for d in ranked if d.finding.rule is Rule.SLA_DROP and not d.is_good}
    by_site = {(d.finding.rule, d.is_good) for d in ranked if d.kind is Kind.SITE}
    return [
        d
        for d in ranked
        if not (d.finding.rule is Rule.BELOW_TARGET and (d.kind, d.finding.entity) in fell)
        and not (d.kind is Kind.DEVICE_CLASS and (d.finding.rule, d.is_good) in by_site)
    ]


def _topics(ranked: Iterable[Draft]) -> list[list[Draft]]:
    """Put findings of one rule and kind together, where the worst of them stands."""
    topics: dict[Topic, list[Draft]] = {}
    for draft in ranked:
        topics.setdefault((draft.finding.rule, draft.kind, draft.is_good), []).append(draft)
    return list(topics.values())


def _sentence(members: Sequence[Draft]) -> str:
    first = members[0]
    if len(members) == 1:
        return first.finding.sentence
    briefs = [member.brief for member in members]
    if first.kind is Kind.SECTION:
        names = listed(briefs)
        if first.is_good:
            return capital(say("{names} figures are available again.", names=names))
        return capital(say("{names} figures are not available this week.", names=names))
    if first.kind in {Kind.TICKETS, Kind.NEW, Kind.GONE}:
        return f"{capital(listed(briefs))}."
    holding = several(first, len(members)).removesuffix(".")
    return say("{clause}: {names}.", clause=f"{holding}{_news(members)}", names=some(briefs, most=_NAMED))


def _news(members: Sequence[Draft]) -> str:
    """How many of them are new, where last week is known for each."""
    if members[0].is_good or any(member.is_new is None for member in members):
        return ""
    new = sum(bool(member.is_new) for member in members)
    if new == len(members):
        return say(", all new this week")
    if not new:
        return say(", none of them new this week")
    return say_of(new, ", {number} of them new this week", ", {number} of them new this week")
