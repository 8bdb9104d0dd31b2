"""At most five things to do, each tied to a finding."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msp_reports.domain.findings.draft import Draft, Kind
from msp_reports.domain.headlines import Sections
from msp_reports.domain.report import OutageRow, Recommendation, Rule, Severity
from msp_reports.domain.wording import count, duration, listed

MOST = 5

Advice = Callable[[Sequence[Draft], Sections], str | None]


def recommend(ranked: Sequence[Draft], sections: Sections) -> tuple[Recommendation, ...]:
    """Recommend one step per rule that fired, in the order of the findings. None fired: nothing."""
    fired: dict[str, list[Draft]] = {}
    for draft in ranked:
        if not draft.is_good:
            fired.setdefault(_topic(draft), []).append(draft)
    advised = []
    for drafts in fired.values():
        finding = drafts[0].finding
        text = _ADVICE[finding.rule](drafts, sections)
        if text is not None:
            advised.append(Recommendation(text=text, rule=finding.rule, entity=finding.entity))
    return tuple(advised[:MOST])


def _topic(draft: Draft) -> str:
    """What one step covers: a fall and a missed target ask for the same, each ticket number for its own."""
    rule = draft.finding.rule
    if rule is Rule.TICKETS_WORSE:
        return draft.finding.entity
    if rule is Rule.FLEET_CHANGED:
        return draft.kind
    return "uptime" if rule in {Rule.SLA_DROP, Rule.BELOW_TARGET} else rule


def _uptime(drafts: Sequence[Draft], sections: Sections) -> str | None:
    first = drafts[0]
    outages: Sequence[OutageRow] = sections.uptime.outages if sections.uptime else ()
    if first.kind is Kind.SITE:
        outages = [outage for outage in outages if outage.site == first.finding.entity]
    if first.kind is not Kind.DEVICE_CLASS and outages:
        worst = outages[0]
        length = duration(worst.minutes)
        return f"Find the cause of the longest outage: {worst.name} was down for {length}."
    where = {Kind.SITE: " at ", Kind.DEVICE_CLASS: " of device class "}.get(first.kind)
    place = f"{where}{first.finding.entity}" if where else ""
    return f"Go through the devices{place} that missed the uptime target."


def _stale(drafts: Sequence[Draft], _: Sections) -> str:
    name = drafts[0].finding.entity
    if len(drafts) == 1:
        return f"Find out why {name} has no good backup within target, and run one."
    machines = count(len(drafts), "machine")
    return f"Find out why {machines} have no good backup within target, beginning with {name}."


def _unverified(drafts: Sequence[Draft], _: Sections) -> str:
    name = drafts[0].finding.entity
    if len(drafts) == 1:
        return f"Test a restore of {name}."
    return f"Plan restore tests for {count(len(drafts), 'machine')}, beginning with {name}."


def _incident(drafts: Sequence[Draft], _: Sections) -> str | None:
    serious = [draft for draft in drafts if draft.finding.severity is not Severity.NOTICE]
    if not serious:
        return None
    title = serious[0].finding.entity
    if len(drafts) == 1:
        return f"Settle the open security incident: {title}."
    if len(serious) == 1:
        return f"Of the {len(drafts):,} open security incidents, settle this one first: {title}."
    of_all = "the" if len(serious) == len(drafts) else f"{len(serious):,} of the"
    return f"Settle {of_all} {len(drafts):,} open security incidents, beginning with: {title}."


def _posture(_: Sequence[Draft], sections: Sections) -> str:
    lost = [c for c in sections.security.controls if c.after < c.before] if sections.security else []
    if lost:
        return f"Restore the security control that lost most of the score: {lost[0].title}."
    return "Find out which security controls lowered the secure score."


def _tickets(drafts: Sequence[Draft], sections: Sections) -> str:
    finding = drafts[0].finding
    number = count(finding.after or 0, "ticket")
    if finding.entity == "tickets opened":
        return f"Look for a common cause of the {number} opened this week."
    oldest = sections.tickets.oldest_open if sections.tickets else None
    if finding.entity != "open tickets":
        late = "answered" if finding.entity == "response breaches" else "resolved"
        return f"Find out why {number} {'was' if finding.after == 1 else 'were'} {late} later than agreed."
    if oldest is None:
        return f"Set time aside for the {number} still open."
    age = count(oldest.age_days, "day")
    return f"Set time aside for the {number} still open; the oldest has been open for {age}: {oldest.title}."


def _site(drafts: Sequence[Draft], _: Sections) -> str:
    name = drafts[0].finding.entity
    if len(drafts) == 1:
        return f"Find out why {name} could not always be reached."
    sites = count(len(drafts), "public site")
    return f"Find out why {sites} could not always be reached, beginning with {name}."


def _certificate(drafts: Sequence[Draft], _: Sections) -> str:
    name = drafts[0].finding.entity
    if len(drafts) == 1:
        return f"Renew the certificate of {name}."
    return f"Renew the certificates of {count(len(drafts), 'public site')}, beginning with {name}."


def _fleet(drafts: Sequence[Draft], _: Sections) -> str | None:
    if drafts[0].kind is not Kind.GONE:
        return None
    return f"Confirm that this is intended: {listed([draft.brief for draft in drafts])}."


def _nothing(_drafts: Sequence[Draft], _sections: Sections) -> None:
    """A gap in the figures is the provider's to close, not the customer's."""


_ADVICE: dict[Rule, Advice] = {
    Rule.SLA_DROP: _uptime,
    Rule.BELOW_TARGET: _uptime,
    Rule.BACKUP_STALE: _stale,
    Rule.BACKUP_UNVERIFIED: _unverified,
    Rule.OPEN_INCIDENT: _incident,
    Rule.POSTURE_DROP: _posture,
    Rule.TICKETS_WORSE: _tickets,
    Rule.SITE_DOWN: _site,
    Rule.CERTIFICATE_EXPIRING: _certificate,
    Rule.FLEET_CHANGED: _fleet,
    Rule.SOURCE_MISSING: _nothing,
}
