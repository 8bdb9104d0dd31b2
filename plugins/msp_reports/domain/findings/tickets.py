"""Findings about tickets: a rise or fall that is large and that chance does not explain."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import fmean

from msp_reports.domain.chance import at_least, at_most
from msp_reports.domain.customer import Thresholds
from msp_reports.domain.findings.draft import Draft, Kind, times
from msp_reports.domain.language import numeral, say, say_of
from msp_reports.domain.records import Source
from msp_reports.domain.report import Finding, Measure, Rule, Severity, TicketSection, Unit
from msp_reports.domain.wording import capital

_RUN = 4
"""Weeks that show three changes in a row."""


@dataclass(frozen=True, slots=True)
class _Number:
    """One of the watched ticket numbers and how it is said."""

    entity: str
    named: Callable[[], str]
    told: Callable[[float, str], str]
    """The number, and what it is compared with."""
    at_end: bool = False
    """It is counted at an instant, not over the week."""


OPENED, OPEN_AT_END = "tickets opened", "open tickets"
"""Entity of a finding about how many tickets were opened."""

_WATCHED = {
    "opened": _Number(
        OPENED,
        lambda: say("tickets opened"),
        lambda n, compared: say_of(
            n,
            "{number} ticket was opened, {compared}.",
            "{number} tickets were opened, {compared}.",
            compared=compared,
        ),
    ),
    "open_at_end": _Number(
        OPEN_AT_END,
        lambda: say("open tickets"),
        lambda n, compared: say_of(
            n,
            "{number} ticket is open at the week's end, {compared}.",
            "{number} tickets are open at the week's end, {compared}.",
            compared=compared,
        ),
        at_end=True,
    ),
    "response_breaches": _Number(
        "response breaches",
        lambda: say("response breaches"),
        lambda n, compared: say_of(
            n,
            "{number} ticket was answered later than agreed, {compared}.",
            "{number} tickets were answered later than agreed, {compared}.",
            compared=compared,
        ),
    ),
    "resolution_breaches": _Number(
        "resolution breaches",
        lambda: say("resolution breaches"),
        lambda n, compared: say_of(
            n,
            "{number} ticket was resolved later than agreed, {compared}.",
            "{number} tickets were resolved later than agreed, {compared}.",
            compared=compared,
        ),
    ),
}


def ticket_findings(section: TicketSection | None, thresholds: Thresholds) -> Iterator[Draft]:
    """Judge the ticket numbers of the section."""
    if section is None:
        return
    for name, number in _WATCHED.items():
        measure: Measure = getattr(section, name)
        if measure.change is None:
            continue
        if has_risen(measure, thresholds):
            yield _draft(number, measure, thresholds, Severity.WARNING)
        elif has_fallen(measure, thresholds):
            yield _draft(number, measure, thresholds, Severity.GOOD)


def section_before(section: TicketSection, back: int) -> TicketSection:
    """The section as it stood that many weeks before, of its watched numbers alone."""
    return replace(
        section,
        opened=_before(section.opened, back),
        open_at_end=_before(section.open_at_end, back),
        response_breaches=_before(section.response_breaches, back),
        resolution_breaches=_before(section.resolution_breaches, back),
    )


def _before(measure: Measure, back: int) -> Measure:
    history = measure.history[:-back]
    value, before = (history[-n] if len(history) >= n else None for n in (1, 2))
    return replace(measure, value=value, before=before, history=history)


def tickets_steadied(before: Iterable[Draft], section: TicketSection | None) -> Iterator[Draft]:
    """Close last week's rise of a number that rose no further."""
    for rose in before:
        name, number = next((n, w) for n, w in _WATCHED.items() if w.entity == rose.finding.entity)
        measure: Measure | None = getattr(section, name, None)
        if measure is None or measure.change is None or measure.change > 0:
            continue
        after, was = measure.value or 0.0, measure.before or 0.0
        compared = say("{after} after {before}", after=numeral(after), before=numeral(was))
        finding = replace(
            rose.finding,
            before=was,
            after=after,
            severity=Severity.GOOD,
            sentence=_no_further(number, after, was),
        )
        brief = say("{numbers} rose no further ({compared})", numbers=number.named(), compared=compared)
        yield replace(rose, finding=finding, size=was - after, brief=brief, says_since=False)


def _no_further(number: _Number, after: float, before: float) -> str:
    told = {"numbers": number.named(), "after": numeral(after), "before": numeral(before)}
    if number.at_end:
        return capital(say("{numbers} rose no further: {after} after {before} a week before.", **told))
    return capital(say("{numbers} rose no further: {after} after {before} last week.", **told))


def has_risen(measure: Measure, thresholds: Thresholds) -> bool:
    """Tell whether a count rose enough, at once or over three weeks, and not by chance."""
    for start in _starts(measure, thresholds, sign=1):
        expected = start or _usual(measure.history[:-1])
        if at_least(round(measure.value or 0), expected) < thresholds.tickets_chance_p:
            return True
    return False


def has_fallen(measure: Measure, thresholds: Thresholds) -> bool:
    """The mirror of `has_risen`."""
    return any(
        at_most(round(measure.value or 0), start) < thresholds.tickets_chance_p
        for start in _starts(measure, thresholds, sign=-1)
        if start > 0
    )


def _starts(measure: Measure, thresholds: Thresholds, *, sign: int) -> Iterator[float]:
    """Counts from which this week's is far enough away: last week's, or that of three weeks ago."""
    after, before = measure.value, measure.before
    if after is None or before is None:
        return
    moved = sign * (after - before)
    if moved >= thresholds.tickets_rise_count and moved * 100 >= thresholds.tickets_rise_percent * before:
        yield before
    run = three_in_a_row(measure.history, sign=sign)
    if run and sign * (run[-1] - run[0]) >= thresholds.tickets_rise_count:
        yield run[0]


def three_in_a_row(history: Sequence[float | None], *, sign: int) -> tuple[float, ...]:
    """The last four counts, if each of the three changes went the way of `sign`; else nothing."""
    run = tuple(value for value in history[-_RUN:] if value is not None)
    if len(run) < _RUN:
        return ()
    return run if all(sign * (b - a) > 0 for a, b in pairwise(run)) else ()


def _usual(history: Sequence[float | None]) -> float:
    """What to expect when the count began at nothing: the mean so far, at least one."""
    known = [value for value in history if value is not None]
    return max(1.0, fmean(known)) if known else 1.0


def _draft(number: _Number, measure: Measure, thresholds: Thresholds, severity: Severity) -> Draft:
    after, before = measure.value or 0.0, measure.before or 0.0
    good = severity is Severity.GOOD
    run = three_in_a_row(measure.history, sign=-1 if good else 1)
    in_a_row = ""
    if run:
        in_a_row = say(", the third fall in a row") if good else say(", the third rise in a row")
    told = {"numbers": number.named(), "before": numeral(before), "after": numeral(after)}
    brief = (
        say("{numbers} fell from {before} to {after}", **told)
        if good
        else say("{numbers} rose from {before} to {after}", **told)
    )
    return Draft(
        kind=Kind.TICKETS,
        size=abs(after - before),
        weight=_weight(abs(after - before), before, thresholds),
        says_since=bool(run),
        brief=brief,
        finding=Finding(
            rule=Rule.TICKETS_WORSE,
            source=Source.TICKETS,
            entity=number.entity,
            before=before,
            after=after,
            threshold=thresholds.tickets_rise_percent,
            unit=Unit.COUNT,
            severity=severity,
            sentence=number.told(after, f"{_compared(number, before, good=good)}{in_a_row}"),
        ),
    )


def _weight(moved: float, before: float, thresholds: Thresholds) -> float:
    """By the threshold that is passed by less: a few more can be many per cent, and many more only a few."""
    by_count = times(moved, thresholds.tickets_rise_count)
    if not before:
        return by_count
    return min(by_count, times(100 * moved / before, thresholds.tickets_rise_percent))


def _compared(number: _Number, before: float, *, good: bool) -> str:
    was = numeral(before)
    if number.at_end:
        return (
            say("down from {before} a week before", before=was)
            if good
            else say("up from {before} a week before", before=was)
        )
    return (
        say("down from {before} last week", before=was)
        if good
        else say("up from {before} last week", before=was)
    )
