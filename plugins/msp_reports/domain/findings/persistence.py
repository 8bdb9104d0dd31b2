"""Since when a finding has held, and what became of one that holds no more."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from msp_reports.domain.findings.draft import Draft, Key
from msp_reports.domain.report import Rule
from msp_reports.domain.trends import HISTORY_WEEKS
from msp_reports.domain.week import ReportingWeek
from msp_reports.domain.wording import number, ordinal, week_of

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

    A rise that hides that the target is met again tells how long it had been missed.
    """
    before = runs(judge, (draft.key for draft in drafts), week)
    met_again = {
        draft.key[1:]: draft.key
        for draft in drafts
        if draft.is_good and draft.hidden and draft.finding.rule is Rule.BELOW_TARGET
    }
    for draft in drafts:
        key = met_again.get(draft.key[1:], draft.key)
        yield _dated(draft, key[0], before[key], week) if key in before else draft


def _dated(draft: Draft, rule: Rule, run: Run, week: ReportingWeek) -> Draft:
    clause = _ended(rule, run, week) if draft.is_good else _persists(draft, run, week)
    sentence = f"{draft.finding.sentence.removesuffix('.')}{clause}."
    return replace(draft, finding=replace(draft.finding, since=run.first.label, sentence=sentence))


_PERSISTS = {
    Rule.SLA_DROP: "; the {ordinal} fall in a row",
    Rule.POSTURE_DROP: "; the {ordinal} fall in a row",
    Rule.TICKETS_WORSE: ", the {ordinal} rise in a row",
    Rule.BELOW_TARGET: ", {span}",
    Rule.SITE_DOWN: "; it has had trouble {span}",
    Rule.SOURCE_MISSING: "; they have been missing {span}",
}
"""What is added to the sentence. Of the other rules the number itself says it: hours without a backup, days
that an incident has been open, days left of a certificate. A change of the fleet does not persist."""

_ENDED = {
    Rule.SLA_DROP: "; it had fallen {span}",
    Rule.POSTURE_DROP: "; it had fallen {span}",
    Rule.TICKETS_WORSE: "; they had risen {span}",
    Rule.BELOW_TARGET: "; the target had been missed {span}",
    Rule.BACKUP_STALE: "; it had been late {span}",
    Rule.BACKUP_UNVERIFIED: "; the proof had been overdue {span}",
    Rule.SITE_DOWN: "; it had had trouble {span}",
    Rule.SOURCE_MISSING: "; they had been missing {span}",
}


def _persists(draft: Draft, run: Run, week: ReportingWeek) -> str:
    phrase = _PERSISTS.get(draft.finding.rule, "")
    if draft.says_since or ("{ordinal}" in phrase and not (run.is_whole and run.has_begun)):
        return ""
    weeks = run.weeks + 1
    if not run.is_whole:
        span = f"{'' if run.has_begun else 'at least '}since {week_of(run.first, week)}"
    elif run.has_begun:
        span = f"for the {ordinal(weeks)} week in a row"
    else:
        span = f"for at least {number(weeks)} weeks"
    return phrase.format(span=span, ordinal=ordinal(weeks))


def _ended(rule: Rule, run: Run, week: ReportingWeek) -> str:
    """Nothing after a single week: that it is good *again* says it."""
    phrase = _ENDED.get(rule, "")
    if run.weeks == 1:
        return ""
    least = "" if run.has_begun else "at least "
    if run.is_whole:
        return phrase.format(span=f"for {least}{number(run.weeks)} weeks")
    return phrase.format(span=f"{least}since {week_of(run.first, week)}")
