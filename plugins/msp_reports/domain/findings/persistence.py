"""Since when a finding has held, and what became of one that holds no more."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from msp_reports.domain.findings.draft import Draft, Key
from msp_reports.domain.language import say
from msp_reports.domain.report import Rule
from msp_reports.domain.trends import HISTORY_WEEKS
from msp_reports.domain.week import ReportingWeek
from msp_reports.domain.wording import count, ordinal, week_of

Judge = Callable[[int], Iterable[Draft] | None]
"""What one source's rules find in the week that many weeks before, from that week's facts alone.
None: the week cannot be told, nothing is known of it or other systems answered for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Weeks in a row, up to last week, in which a finding held.

    A week that cannot be told neither continues nor ends a run.
    """

    first: ReportingWeek
    weeks: int
    """Weeks in which it is known to have held; this week is not among them."""
    is_whole: bool
    """No week between the first of them and this week is unknown."""
    has_begun: bool
    """It is known not to have held before. False: the weeks at hand do not reach further back."""


def runs(judge: Judge, keys: Iterable[Key], week: ReportingWeek) -> dict[Key, Run]:
    """Follow findings back from `week`; no earlier week is judged than the first in which none held."""
    asked, found, gap = frozenset(keys), dict[Key, Run](), False
    for back in range(1, HISTORY_WEEKS):
        drafts = judge(back) if asked else ()
        if drafts is None:
            gap = True
            continue
        held = {draft.key for draft in drafts if not draft.is_good}
        found |= {key: replace(found[key], has_begun=True) for key in asked - held if key in found}
        asked &= held
        for key in asked:
            weeks = found[key].weeks + 1 if key in found else 1
            found[key] = Run(first=week.prior(back), weeks=weeks, is_whole=not gap, has_begun=False)
    return found


def ended(judge: Judge, drafts: Sequence[Draft]) -> Iterator[Draft]:
    """Last week's bad findings of which this week's say nothing, neither again nor that they ended."""
    told = {draft.key for draft in drafts}
    for before in judge(1) or ():
        if not before.is_good and before.key not in told:
            yield before


def dated(drafts: Sequence[Draft], judge: Judge, week: ReportingWeek) -> Iterator[Draft]:
    """Say of each draft since when it has held or, of an improvement, how long the trouble had.

    A rise that hides that the target is met again tells how long it had been missed, and a new fall that
    hides that it is missed tells how long it has been.
    """
    before = runs(judge, (draft.key for draft in drafts), week)
    hidden = {
        (draft.key[1:], draft.is_good): draft.key
        for draft in drafts
        if draft.hidden and draft.finding.rule is Rule.BELOW_TARGET
    }
    for draft in drafts:
        target = hidden.get((draft.key[1:], draft.is_good), draft.key)
        key = target if draft.is_good else draft.key
        if key in before:
            run = before[key]
            clause = _ended(key[0], run, week) if draft.is_good else _persists(draft, run, week)
            told = _with(draft, clause)
            yield replace(told, finding=replace(told.finding, since=run.first.label))
        elif target in before:
            run = before[target]
            span = _span(run, run.weeks + 1, week)
            yield _with(draft, say("; the target has been missed {span}", span=span))
        else:
            yield draft


def _with(draft: Draft, clause: str) -> Draft:
    sentence = f"{draft.finding.sentence.removesuffix('.')}{clause}."
    return replace(draft, finding=replace(draft.finding, sentence=sentence))


_AGAIN: dict[Rule, Callable[[str], str]] = {
    Rule.SLA_DROP: lambda nth: say("; the {ordinal} fall in a row", ordinal=nth),
    Rule.POSTURE_DROP: lambda nth: say("; the {ordinal} fall in a row", ordinal=nth),
    Rule.TICKETS_WORSE: lambda nth: say(", the {ordinal} rise in a row", ordinal=nth),
}
"""What happens anew each week: it is counted, where no week between is unknown."""

_GOES_ON: dict[Rule, Callable[[str], str]] = {
    Rule.BELOW_TARGET: lambda span: f", {span}",
    Rule.SITE_DOWN: lambda span: say("; it has had trouble {span}", span=span),
    Rule.SOURCE_MISSING: lambda span: say("; they have been missing {span}", span=span),
}


def _persists(draft: Draft, run: Run, week: ReportingWeek) -> str:
    """What is added to the sentence.

    Of the other rules the number itself says it: hours without a backup, days that an incident has been
    open, days left of a certificate. A change of the fleet does not persist.
    """
    rule = draft.finding.rule
    if draft.says_since:
        return ""
    if rule in _AGAIN:
        return _AGAIN[rule](ordinal(run.weeks + 1)) if run.is_whole and run.has_begun else ""
    return _GOES_ON[rule](_span(run, run.weeks + 1, week)) if rule in _GOES_ON else ""


def _span(run: Run, weeks: int, week: ReportingWeek) -> str:
    if not run.is_whole:
        return _since(run, week)
    if run.has_begun:
        return say("for the {ordinal} week in a row", ordinal=ordinal(weeks))
    return say("for at least {weeks}", weeks=count(weeks, "week"))


def _since(run: Run, week: ReportingWeek) -> str:
    first = week_of(run.first, week)
    return say("since {week}", week=first) if run.has_begun else say("at least since {week}", week=first)


_ENDED: dict[Rule, Callable[[str], str]] = {
    Rule.SLA_DROP: lambda span: say("; it had fallen {span}", span=span),
    Rule.POSTURE_DROP: lambda span: say("; it had fallen {span}", span=span),
    Rule.TICKETS_WORSE: lambda span: say("; they had risen {span}", span=span),
    Rule.BELOW_TARGET: lambda span: say("; the target had been missed {span}", span=span),
    Rule.BACKUP_STALE: lambda span: say("; it had been late {span}", span=span),
    Rule.BACKUP_UNVERIFIED: lambda span: say("; the proof had been overdue {span}", span=span),
    Rule.SITE_DOWN: lambda span: say("; it had had trouble {span}", span=span),
    Rule.SOURCE_MISSING: lambda span: say("; they had been missing {span}", span=span),
}


def _ended(rule: Rule, run: Run, week: ReportingWeek) -> str:
    """Nothing after a single week: that it is good *again* says it."""
    if run.weeks == 1 or rule not in _ENDED:
        return ""
    if not run.is_whole:
        return _ENDED[rule](_since(run, week))
    weeks = count(run.weeks, "week")
    if run.has_begun:
        return _ENDED[rule](say("for {weeks}", weeks=weeks))
    return _ENDED[rule](say("for at least {weeks}", weeks=weeks))
