"""Falls of uptime that went no further."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from msp_reports.domain.customer import Customer
from msp_reports.domain.findings.draft import Draft, Kind
from msp_reports.domain.findings.pair import KINDS, Pair, told_groups
from msp_reports.domain.kpis.uptime import Totals, uptime_totals
from msp_reports.domain.language import say
from msp_reports.domain.records import Source
from msp_reports.domain.report import Rule, Severity
from msp_reports.domain.trends import Weeks
from msp_reports.domain.wording import percent, some

_NAMED = 3


def uptime_steadied(
    before: Iterable[Draft], weeks: Weeks, customer: Customer, now: Iterable[Draft]
) -> Iterator[Draft]:
    """Close last week's falls that went no further: the customer's, else those of its sites or classes.

    Of a group of which this week tells anything else, that is what became of it.
    """
    told = {(draft.kind, draft.finding.entity) for draft in now}
    fell = [d for d in before if d.finding.rule is Rule.SLA_DROP and d.key[2:] not in told]
    last_week = weeks.last(Source.UPTIME)
    if not fell or last_week is None:
        return
    target = customer.targets.uptime
    after, last = (uptime_totals(facts, target) for facts in (weeks.current, last_week))
    pairs = [Pair(group=g, now=after[g], last=last[g]) for g in told_groups(after) if g in last]
    held = {(pair.kind, pair.entity): pair for pair in pairs if _has_held(pair)}
    steady = [d for d in fell if (d.kind, d.finding.entity) in held]
    for kind in KINDS.values():
        of_kind = [d for d in steady if d.kind is kind]
        if of_kind:
            first = of_kind[0]
            yield _steadied(of_kind, held[first.kind, first.finding.entity])
            return


def _has_held(pair: Pair) -> bool:
    changes = [change for change in (pair.uptime_change, pair.sla_change) if change is not None]
    return bool(changes) and min(changes) >= 0


def _steadied(fell: Sequence[Draft], pair: Pair) -> Draft:
    first, last = fell[0], pair.last or Totals()
    whole = first.finding.after == last.uptime
    was, now = (last.uptime, pair.now.uptime) if whole else (last.sla, pair.now.sla)
    told = {"place": pair.place, "now": percent(now or 0.0), "was": percent(was or 0.0)}
    if len(fell) > 1:
        where = some([d.finding.entity for d in fell], most=_NAMED)
        sentence = say("Uptime has not fallen further after last week's fall: {names}.", names=where)
    elif whole:
        sentence = (
            say("After last week's fall uptime{place} held at {now}.", **told)
            if told["now"] == told["was"]
            else say("After last week's fall uptime{place} rose from {was} to {now}.", **told)
        )
    else:
        sentence = (
            say("After last week's fall the share of devices on target{place} held at {now}.", **told)
            if told["now"] == told["was"]
            else say(
                "After last week's fall the share of devices on target{place} rose from {was} to {now}.",
                **told,
            )
        )
    finding = replace(first.finding, before=was, after=now, severity=Severity.GOOD, sentence=sentence)
    kind = first.kind if first.kind is Kind.CUSTOMER else Kind.STEADY
    return replace(first, finding=finding, kind=kind, size=0.0, brief="")
