"""The executive summary: three to six sentences, the worst first; a quiet week in one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from msp_reports.domain.findings.draft import Aspect, Draft, Group, Kind
from msp_reports.domain.findings.incident_words import common_grade, titles
from msp_reports.domain.findings.missing import available, not_available
from msp_reports.domain.findings.several import several
from msp_reports.domain.findings.tickets import OPENED
from msp_reports.domain.grounds import ground, ground_of
from msp_reports.domain.headlines import Headline, Sections, headlines
from msp_reports.domain.language import say, say_of
from msp_reports.domain.records import Source
from msp_reports.domain.report import Ground
from msp_reports.domain.week import ReportingWeek
from msp_reports.domain.wording import capital, listed, some

LEAST, MOST = 3, 6
"""Sentences of a week with something to report. Fewer only where more would repeat what is said."""

_NAMED = 2
"""Entities that a sentence about several of them names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    sentence: str
    ground: Ground


def summarise(
    ranked: Sequence[Draft], sections: Sections, *, week: ReportingWeek, is_first: bool = False
) -> tuple[Told, ...]:
    """Compose the summary from all findings, in their order, and from the headline numbers.

    Args:
        is_first: there is no earlier week to compare with.
    """
    told = tuple(headlines(sections))
    is_first = is_first and bool(told)
    if not ranked:
        return tuple(_uneventful(told, week, is_first=is_first))
    topics = _topics(_without_repetition(ranked))
    sentences = [
        Told(sentence=_sentence(topic, topics[:place], told), ground=_ground(topic, told, week))
        for place, topic in enumerate(topics[: MOST - is_first])
    ]
    covered = {members[0].finding.source for members in topics}
    rest = [headline for headline in told if headline.source not in covered]
    filling = [_said(h, h.sentence, week) for h in rest]
    filling += [_said(h, h.second, week) for h in rest if h.second]
    sentences += filling[: max(0, LEAST - is_first - len(sentences))]
    if is_first:
        first = say("This is the first report; the next one will compare with this week.")
        sentences.append(Told(sentence=first, ground=ground((h.source for h in told), week.label)))
    return tuple(sentences)


def _ground(members: Sequence[Draft], told: Iterable[Headline], week: ReportingWeek) -> Ground:
    """The ground of a topic's sentence; that about tickets tells their headline as well."""
    source = members[0].finding.source
    beside = members[0].kind is Kind.TICKETS and any(h.compares for h in told if h.source is source)
    news = len(members) > 1 and bool(_news(members))
    return ground_of((member.finding for member in members), week, compares=beside or news)


def _said(headline: Headline, sentence: str, week: ReportingWeek) -> Told:
    since = week.prior() if headline.compares else week
    return Told(sentence=sentence, ground=ground([headline.source], since.label))


def _uneventful(told: Sequence[Headline], week: ReportingWeek, *, is_first: bool) -> Iterator[Told]:
    """Call the week quiet only for what is known of it, and say of what nothing is."""
    quiet = [headline for headline in told if headline.clause]
    clauses = ", ".join(headline.clause for headline in quiet)
    if quiet:
        sentence = say("A quiet week: {clauses}.", clauses=clauses)
        if is_first:
            sentence = say(
                "A quiet first week, with nothing to compare with yet: {clauses}.", clauses=clauses
            )
        since = week.prior() if any(headline.compares for headline in quiet) else week
        yield Told(sentence=sentence, ground=ground((headline.source for headline in quiet), since.label))
    yield from (_said(headline, headline.sentence, week) for headline in told if not headline.clause)
    if not told:
        yield Told(sentence=say("Nothing is known of this week."), ground=ground((), week.label))


def _without_repetition(ranked: Sequence[Draft]) -> list[Draft]:
    """Leave out what another sentence says as well: of a site what is told of the customer, of a class what
    is told of sites, and of either that it recovered where the customer did.
    """
    of_all = {d.is_good for d in ranked if d.kind is Kind.CUSTOMER and d.finding.source is Source.UPTIME}
    by_site = {(d.finding.rule, d.is_good) for d in ranked if d.kind is Kind.SITE}
    told_sites = {d.told_site for d in ranked if d.kind is Kind.CUSTOMER}

    def is_repeated(draft: Draft) -> bool:
        if draft.kind is Kind.SITE and not draft.is_good:
            return draft.finding.entity in told_sites
        if draft.kind is Kind.EVERY_CLASS:
            return draft.is_good in of_all or (draft.finding.rule, draft.is_good) in by_site
        if draft.kind in {Kind.SITE, Kind.DEVICE_CLASS} and draft.is_good and True in of_all:
            return True
        return draft.kind is Kind.DEVICE_CLASS and (draft.finding.rule, draft.is_good) in by_site

    return [draft for draft in ranked if not is_repeated(draft)]


def _topics(ranked: Iterable[Draft]) -> list[list[Draft]]:
    """Put findings of one group together, where the worst of them stands."""
    topics: dict[Group, list[Draft]] = {}
    for draft in ranked:
        topics.setdefault(draft.group, []).append(draft)
    return list(topics.values())


def _sentence(members: Sequence[Draft], earlier: Iterable[Sequence[Draft]], told: Iterable[Headline]) -> str:
    first = members[0]
    if first.kind is Kind.TICKETS:
        return _tickets(members, told)
    if len(members) == 1:
        return first.finding.sentence
    briefs = [member.brief for member in members]
    if first.kind is Kind.SECTION:
        return (available if first.is_good else not_available)(listed(briefs))
    if first.kind in {Kind.NEW, Kind.GONE}:
        return f"{capital(listed(briefs))}."
    if first.kind is Kind.INCIDENT:
        mixed = not first.is_good and not common_grade(members)
        more = mixed and any(topic[0].aspect is Aspect.GRAVE for topic in earlier)
        holding, names = several(members, more=more), titles(members, most=_NAMED)
    else:
        holding, names = several(members), some(briefs, most=_NAMED)
    return say("{clause}: {names}.", clause=f"{holding.removesuffix('.')}{_news(members)}", names=names)


def _tickets(members: Sequence[Draft], told: Iterable[Headline]) -> str:
    """The numbers that moved and, as a measure of them, how many tickets there were."""
    moved = _moved(members)
    opened = next((headline.sentence for headline in told if headline.source is Source.TICKETS), "")
    if not opened or any(member.finding.entity == OPENED for member in members):
        return moved
    return say("{first}; {second}", first=moved.removesuffix("."), second=opened)


def _moved(members: Sequence[Draft]) -> str:
    if len(members) == 1:
        return members[0].finding.sentence
    numbers = listed([member.brief for member in members])
    if members[0].is_good:
        return f"{capital(numbers)}."
    return say("Ticket numbers rose: {numbers}.", numbers=numbers)


def _news(members: Sequence[Draft]) -> str:
    """How many of them are new, where last week is known for each."""
    if members[0].is_good or any(member.is_new is None for member in members):
        return ""
    new = sum(bool(member.is_new) for member in members)
    if new == len(members):
        return say(", all new this week")
    if not new:
        return say(", none new this week")
    return say_of(new, ", {number} of them new this week", ", {number} of them new this week")
