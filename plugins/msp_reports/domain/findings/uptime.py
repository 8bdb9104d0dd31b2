"""Findings about uptime: a clear fall or rise, and figures under the agreed target, each told once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from msp_reports.domain.customer import Customer
from msp_reports.domain.findings.draft import FIRST, Aspect, Draft, Kind, times, times_allowed
from msp_reports.domain.findings.every_class import every_class
from msp_reports.domain.findings.outage import MainOutage, main_outage
from msp_reports.domain.findings.pair import Pair, told_groups
from msp_reports.domain.findings.uptime_words import UptimeWords
from msp_reports.domain.kpis.uptime import WHOLE, Level, Totals, uptime_totals
from msp_reports.domain.language import numeral, say
from msp_reports.domain.records import Source
from msp_reports.domain.report import Finding, Rule, Severity, Unit
from msp_reports.domain.trends import Weeks
from msp_reports.domain.wording import percent, points

_FAR_BELOW_POINTS = 1.0


def uptime_findings(weeks: Weeks, customer: Customer) -> Iterator[Draft]:
    """Compare the customer, its sites and its classes with last week and with the target."""
    if not weeks.known(Source.UPTIME):
        return
    target = customer.targets.uptime
    now = uptime_totals(weeks.current, target)
    last_week = weeks.last(Source.UPTIME)
    last = uptime_totals(last_week, target) if last_week else {}
    groups, drafts, told = list(told_groups(now)), list[Draft](), set[MainOutage]()
    for group in groups:
        words = UptimeWords(
            pair=Pair(group=group, now=now[group], last=last.get(group)), target=target, week=weeks.week
        )
        outage = main_outage(weeks.current, group, weeks.week) if group[0] is not Level.DEVICE_CLASS else None
        words = replace(words, outage=None if outage in told else outage)
        found = tuple(_told_once(words, customer))
        if words.outage is not None and any(not draft.is_good for draft in found):
            told.add(words.outage)
        alike = sum(level is group[0] for level, _ in groups)
        drafts += (replace(draft, total=alike) for draft in found)
    classes = sum(level is Level.DEVICE_CLASS for level, _ in groups)
    yield from every_class(_without_parts(drafts), classes, target)


def _told_once(words: UptimeWords, customer: Customer) -> Iterator[Draft]:
    """What moved, and what misses its target or meets it again: hidden is what the other one says as well.

    A fall tells that the target is missed, and a rise of uptime that it is met again. That the target is met
    again tells more than that more devices met it; that it is missed tells how far uptime rose.
    """
    moved, against = _moved(words, customer), _against_target(words)
    if moved is None or against is None:
        yield from (draft for draft in (moved, against) if draft is not None)
        return
    of_uptime = moved.aspect is Aspect.UPTIME
    if not moved.is_good:
        yield from (moved, replace(against, hidden=not against.is_good))
    elif against.is_good:
        yield from (replace(moved, hidden=not of_uptime), replace(against, hidden=of_uptime))
    else:
        yield from (replace(moved, hidden=of_uptime), against)


def _without_parts(drafts: Iterable[Draft]) -> list[Draft]:
    """Hide that more devices of a site or class met the target where that is said of all of them."""
    drafts = list(drafts)
    parts = [d for d in drafts if d.is_good and d.aspect is Aspect.SHARE and not d.hidden]
    if not any(d.kind is Kind.CUSTOMER for d in parts):
        return drafts
    return [replace(d, hidden=True) if d in parts and d.kind is not Kind.CUSTOMER else d for d in drafts]


def _moved(words: UptimeWords, customer: Customer) -> Draft | None:
    least = customer.thresholds.sla_drop_points
    changes = (words.pair.uptime_change, words.pair.sla_change)
    for falling in (True, False):
        if any(_beyond(change, least, falling) is not None for change in changes):
            return _move(words, least, falling=falling)
    return None


def _beyond(change: float | None, least: float, falling: bool) -> float | None:
    """The change, if it went that way at least that far."""
    if not change or (change < 0) is not falling:
        return None
    return change if abs(change) >= least else None


def _move(words: UptimeWords, least: float, *, falling: bool) -> Draft:
    pair = words.pair
    uptime, share = (_beyond(change, least, falling) for change in (pair.uptime_change, pair.sla_change))
    last, whole = pair.last or Totals(), pair.group == WHOLE
    bad = Severity.CRITICAL if whole else Severity.WARNING
    words = words if falling else replace(words, outage=None)
    return Draft(
        kind=pair.kind,
        size=FIRST if whole else abs(uptime or share or 0.0),
        weight=times(abs(uptime or share or 0.0), least),
        aspect=Aspect.SHARE if uptime is None else Aspect.UPTIME,
        brief=_brief(words, uptime),
        identity=pair.group[1],
        told_site=_told_site(words),
        finding=Finding(
            rule=Rule.SLA_DROP,
            source=Source.UPTIME,
            entity=pair.entity,
            before=last.sla if uptime is None else last.uptime,
            after=pair.now.sla if uptime is None else pair.now.uptime,
            threshold=least,
            unit=Unit.PERCENT,
            severity=bad if falling else Severity.GOOD,
            sentence=words.moved(uptime, share),
        ),
    )


def _told_site(words: UptimeWords) -> str:
    return words.outage.site if words.outage is not None and not words.outage.device else ""


def _brief(words: UptimeWords, uptime: float | None) -> str:
    now, name = words.pair.now, words.pair.entity
    if uptime is None:
        return say(
            "{name} ({part} of {whole})", name=name, part=numeral(now.on_target), whole=numeral(now.measured)
        )
    after = percent(now.uptime or 0.0, apart_from=words.target)
    return say("{name} by {points} to {after}", name=name, points=points(uptime), after=after)


def _against_target(words: UptimeWords) -> Draft | None:
    pair, target = words.pair, words.target
    after, before = pair.now.uptime, pair.last.uptime if pair.last else None
    if after is None:
        return None
    weight = 1.0
    if after < target:
        gap = round(target - after, 9)
        far = pair.group == WHOLE and gap >= _FAR_BELOW_POINTS
        severity, sentence = Severity.CRITICAL if far else Severity.WARNING, words.missed()
        weight = times_allowed(100.0 - after, target)
    elif before is not None and before < target:
        gap, severity, sentence = round(after - before, 9), Severity.GOOD, words.met_again()
    else:
        return None
    return Draft(
        kind=pair.kind,
        size=FIRST if pair.group == WHOLE else gap,
        weight=weight,
        brief=say("{name} with {figure}", name=pair.entity, figure=percent(after, apart_from=target)),
        is_new=None if before is None else before >= target,
        identity=pair.group[1],
        told_site=_told_site(words) if after < target else "",
        finding=Finding(
            rule=Rule.BELOW_TARGET,
            source=Source.UPTIME,
            entity=pair.entity,
            before=before,
            after=after,
            threshold=target,
            unit=Unit.PERCENT,
            severity=severity,
            sentence=sentence,
        ),
    )
