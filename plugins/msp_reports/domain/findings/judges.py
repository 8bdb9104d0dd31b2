"""All rules, source by source: what they find this week, and what they would have found before."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from msp_reports.domain.customer import Customer
from msp_reports.domain.findings.availability import availability_findings
from msp_reports.domain.findings.backup import backup_findings
from msp_reports.domain.findings.draft import Draft
from msp_reports.domain.findings.fleet import fleet_findings
from msp_reports.domain.findings.missing import available_again, missing_findings
from msp_reports.domain.findings.persistence import Judge, dated, ended
from msp_reports.domain.findings.security import score_steadied, security_findings
from msp_reports.domain.findings.steadied import uptime_steadied
from msp_reports.domain.findings.tickets import section_before, ticket_findings, tickets_steadied
from msp_reports.domain.findings.uptime import uptime_findings
from msp_reports.domain.headlines import Sections
from msp_reports.domain.records import Source
from msp_reports.domain.trends import Weeks


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judged:
    """The findings of one source: this week's, the judge of its earlier weeks, and what ends in words."""

    now: tuple[Draft, ...]
    before: Judge
    close: Callable[[tuple[Draft, ...]], Iterable[Draft]]
    """Closing words for last week's findings that have none yet."""


def all_findings(weeks: Weeks, sections: Sections, customer: Customer) -> Iterator[Draft]:
    """Judge the week, say since when each finding holds, and close those that ended with last week.

    What ended is closed only if that can be told: not where the source or the entity is unknown this week,
    paused or gone (which is a change of the fleet), nor where a fall or rise goes on under its threshold.
    """
    for judged in _judged(weeks, sections, customer):
        closed = judged.close(tuple(ended(judged.before, judged.now)))
        yield from (d for d in dated([*judged.now, *closed], judged.before, weeks.week) if not d.hidden)
    yield from fleet_findings(weeks)


def _judged(weeks: Weeks, sections: Sections, customer: Customer) -> Iterator[_Judged]:
    limits, tickets = customer.thresholds, sections.tickets

    def by_facts(source: Source, rule: Callable[[Weeks], Iterable[Draft]]) -> tuple[tuple[Draft, ...], Judge]:
        def before(back: int) -> Iterable[Draft] | None:
            earlier = weeks.comparable(back, source)
            return None if earlier is None else rule(earlier)

        return tuple(rule(weeks)), before

    def tickets_before(back: int) -> Iterable[Draft] | None:
        if tickets is None or weeks.comparable(back, Source.TICKETS) is None:
            return None
        return ticket_findings(section_before(tickets, back), limits)

    def missing_before(back: int) -> Iterable[Draft] | None:
        earlier = weeks.back(back)
        return None if earlier is None else missing_findings(earlier)

    now, before = by_facts(Source.UPTIME, lambda w: uptime_findings(w, customer))
    yield _Judged(now=now, before=before, close=lambda fell: uptime_steadied(fell, weeks, customer, now))
    now_backup, before = by_facts(Source.BACKUP, lambda w: backup_findings(w, limits))
    yield _Judged(now=now_backup, before=before, close=_says_itself)
    security, before = by_facts(Source.SECURITY, lambda w: security_findings(w, limits))
    yield _Judged(now=security, before=before, close=lambda fell: score_steadied(fell, weeks.current))
    numbers = tuple(ticket_findings(tickets, limits))
    yield _Judged(now=numbers, before=tickets_before, close=lambda rose: tickets_steadied(rose, tickets))
    sites, before = by_facts(Source.AVAILABILITY, lambda w: availability_findings(w, customer))
    yield _Judged(now=sites, before=before, close=_says_itself)
    absent = tuple(missing_findings(weeks))
    yield _Judged(now=absent, before=missing_before, close=lambda gone: available_again(gone, weeks.current))


def _says_itself(_: Iterable[Draft]) -> Iterable[Draft]:
    """These rules close by themselves what can be told to have ended."""
    return ()
