"""Findings about uptime: a clear fall or rise, and figures under the agreed target."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from msp_reports.domain.customer import Customer
from msp_reports.domain.findings.draft import CUSTOMER, FIRST, Draft, Kind
from msp_reports.domain.kpis.uptime import WHOLE, Group, Level, Totals, uptime_totals
from msp_reports.domain.language import say
from msp_reports.domain.records import Source
from msp_reports.domain.report import Finding, Rule, Severity, Unit
from msp_reports.domain.trends import Weeks, change_in_points
from msp_reports.domain.wording import agreed, capital, moved_points, percent, points

KINDS = {Level.CUSTOMER: Kind.CUSTOMER, Level.SITE: Kind.SITE, Level.DEVICE_CLASS: Kind.DEVICE_CLASS}
_FAR_BELOW_POINTS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One group this week and last week."""

    group: Group
    now: Totals
    last: Totals | None

    @property
    def kind(self) -> Kind:
        return KINDS[self.group[0]]

    @property
    def entity(self) -> str:
        return CUSTOMER if self.group == WHOLE else self.group[1]

    @property
    def place(self) -> str:
        """Where, as it follows ``Uptime``."""
        level, name = self.group
        if level is Level.SITE:
            return say(" at {site}", site=name)
        return say(" of device class {name}", name=name) if level is Level.DEVICE_CLASS else ""

    @property
    def uptime_change(self) -> float | None:
        return change_in_points(self.last.uptime if self.last else None, self.now.uptime)

    @property
    def sla_change(self) -> float | None:
        return change_in_points(self.last.sla if self.last else None, self.now.sla)


def uptime_findings(weeks: Weeks, customer: Customer) -> Iterator[Draft]:
    """Compare the customer, its sites and its classes with last week and with the target."""
    if not weeks.known(Source.UPTIME):
        return
    target = customer.targets.uptime
    now = uptime_totals(weeks.current, target)
    last_week = weeks.last(Source.UPTIME)
    last = uptime_totals(last_week, target) if last_week else {}
    for group in told_groups(now):
        pair = Pair(group=group, now=now[group], last=last.get(group))
        moved, missed = _moved(pair, customer), _against_target(pair, target)
        if moved is not None:
            yield replace(moved, hidden=missed is not None and _says_less(moved, missed))
        if missed is not None:
            yield replace(missed, hidden=moved is not None and _says_both(moved, missed))


def _says_both(moved: Draft, missed: Draft) -> bool:
    """A rise of uptime tells that the target is met again, and a site's fall that it is missed. The
    customer's missed target always stands by itself."""
    if moved.finding.after != missed.finding.after or moved.is_good is not missed.is_good:
        return False
    return missed.is_good or missed.kind is not Kind.CUSTOMER


def _says_less(moved: Draft, missed: Draft) -> bool:
    """Where a site or class is back on target, that its share of devices on target rose is no news."""
    both_good = moved.is_good and missed.is_good
    return both_good and missed.kind is not Kind.CUSTOMER and not _says_both(moved, missed)


def told_groups(totals: Mapping[Group, Totals]) -> Iterator[Group]:
    """Groups worth a finding: a site or class that holds every device only repeats the customer."""
    for group in totals:
        if group == WHOLE or totals[group].devices < totals[WHOLE].devices:
            yield group


def _moved(pair: Pair, customer: Customer) -> Draft | None:
    least = customer.thresholds.sla_drop_points
    changes = (pair.uptime_change, pair.sla_change)
    for falling in (True, False):
        if any(_beyond(change, least, falling) is not None for change in changes):
            return _move(pair, customer, falling=falling)
    return None


def _move(pair: Pair, customer: Customer, *, falling: bool) -> Draft:
    least = customer.thresholds.sla_drop_points
    uptime, sla = (_beyond(change, least, falling) for change in (pair.uptime_change, pair.sla_change))
    last = pair.last or Totals()
    told, brief = [], ""
    if sla is not None and pair.now.sla is not None:
        told = [_share_moved(sla, pair.now.sla, "" if uptime else pair.place)]
        brief = say(
            "{name} by {points} to {after} on target",
            name=pair.entity,
            points=points(sla),
            after=percent(pair.now.sla),
        )
    if uptime is not None and pair.now.uptime is not None:
        target = customer.targets.uptime
        told = [_uptime_moved(uptime, pair.now.uptime, pair.place, target), *told]
        after = percent(pair.now.uptime, apart_from=target)
        brief = say("{name} by {points} to {after}", name=pair.entity, points=points(uptime), after=after)
    sentence = told[0] if len(told) == 1 else say("{first}; {second}", first=told[0], second=told[1])
    bad = Severity.CRITICAL if pair.group == WHOLE else Severity.WARNING
    return Draft(
        kind=pair.kind,
        size=FIRST if pair.group == WHOLE else abs(uptime or sla or 0.0),
        brief=brief,
        identity=pair.group[1],
        finding=Finding(
            rule=Rule.SLA_DROP,
            source=Source.UPTIME,
            entity=pair.entity,
            before=last.uptime if uptime is not None else last.sla,
            after=pair.now.uptime if uptime is not None else pair.now.sla,
            threshold=least,
            unit=Unit.PERCENT,
            severity=bad if falling else Severity.GOOD,
            sentence=f"{capital(sentence)}.",
        ),
    )


def _share_moved(change: float, after: float, place: str) -> str:
    told = {"place": place, "points": points(change), "after": percent(after)}
    if change < 0:
        return say("the share of devices on target{place} fell by {points} to {after}", **told)
    return say("the share of devices on target{place} rose by {points} to {after}", **told)


def _uptime_moved(change: float, after: float, place: str, target: float) -> str:
    told = {
        "place": place,
        "points": points(change),
        "after": percent(after, apart_from=target),
        "target": agreed(target),
    }
    if change < 0:
        return say("uptime{place} fell by {points} to {after}, the agreed target is {target}", **told)
    return say("uptime{place} rose by {points} to {after}, the agreed target is {target}", **told)


def _beyond(change: float | None, least: float, falling: bool) -> float | None:
    """The change, if it went that way at least that far."""
    if not change or (change < 0) is not falling:
        return None
    return change if abs(change) >= least else None


def _against_target(pair: Pair, target: float) -> Draft | None:
    after, before = pair.now.uptime, pair.last.uptime if pair.last else None
    if after is None:
        return None
    after_text = percent(after, apart_from=target)
    if after < target:
        gap = round(target - after, 9)
        far = pair.group == WHOLE and gap >= _FAR_BELOW_POINTS
        severity = Severity.CRITICAL if far else Severity.WARNING
        sentence = say(
            "Uptime{place} was {figure}{moved}, under the agreed target of {target}.",
            place=pair.place,
            figure=after_text,
            moved=moved_points(pair.uptime_change),
            target=agreed(target),
        )
    elif before is not None and before < target:
        gap, severity = round(after - before, 9), Severity.GOOD
        was = percent(before, apart_from=target)
        sentence = say(
            "Uptime{place} is back on target: {now} after {was}.", place=pair.place, now=after_text, was=was
        )
    else:
        return None
    return Draft(
        kind=pair.kind,
        size=FIRST if pair.group == WHOLE else gap,
        brief=say("{name} with {figure}", name=pair.entity, figure=after_text),
        is_new=None if before is None else before >= target,
        identity=pair.group[1],
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
