"""At most five things to do, each tied to a finding."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msp_reports.domain.findings.draft import Draft, Kind
from msp_reports.domain.findings.tickets import ANSWERED_LATE, OPENED, RESOLVED_LATE
from msp_reports.domain.headlines import Sections
from msp_reports.domain.language import numeral, say, say_of
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
    if first.told_site:
        return say("Find the cause of the outage at {site}.", site=first.told_site)
    if first.kind is not Kind.DEVICE_CLASS and outages:
        worst = outages[0]
        return say(
            "Find the cause of the longest outage: {name} was down for {length}.",
            name=worst.name,
            length=duration(worst.minutes),
        )
    if first.kind is Kind.SITE:
        return say(
            "Go through the devices at {site} that missed the uptime target.", site=first.finding.entity
        )
    if first.kind is Kind.DEVICE_CLASS:
        return say(
            "Go through the devices of device class {name} that missed the uptime target.",
            name=first.finding.entity,
        )
    return say("Go through the devices that missed the uptime target.")


def _stale(drafts: Sequence[Draft], _: Sections) -> str:
    name = drafts[0].finding.entity
    if len(drafts) == 1:
        return say("Find out why {name} has no good backup within target, and run one.", name=name)
    machines = count(len(drafts), "machine")
    return say(
        "Find out why {machines} have no good backup within target, beginning with {name}.",
        machines=machines,
        name=name,
    )


def _unverified(drafts: Sequence[Draft], _: Sections) -> str:
    name = drafts[0].finding.entity
    if len(drafts) == 1:
        return say("Test a restore of {name}.", name=name)
    machines = count(len(drafts), "machine")
    return say("Plan restore tests for {machines}, beginning with {name}.", machines=machines, name=name)


def _incident(drafts: Sequence[Draft], _: Sections) -> str | None:
    serious = [draft for draft in drafts if draft.finding.severity is not Severity.NOTICE]
    if not serious:
        return None
    title, open_now = serious[0].finding.entity, numeral(len(drafts))
    if len(drafts) == 1:
        return say("Settle the open security incident: {title}.", title=title)
    if len(serious) == 1:
        return say(
            "Of the {total} open security incidents, settle this one first: {title}.",
            total=open_now,
            title=title,
        )
    if len(serious) == len(drafts):
        return say(
            "Settle the {total} open security incidents, beginning with: {title}.",
            total=open_now,
            title=title,
        )
    return say(
        "Settle {serious} of the {total} open security incidents, beginning with: {title}.",
        serious=numeral(len(serious)),
        total=open_now,
        title=title,
    )


def _posture(_: Sequence[Draft], sections: Sections) -> str:
    lost = [c for c in sections.security.controls if c.after < c.before] if sections.security else []
    if lost:
        return say("Restore the security control that lost most of the score: {title}.", title=lost[0].title)
    return say("Find out which security controls lowered the secure score.")


def _tickets(drafts: Sequence[Draft], sections: Sections) -> str:
    entity, number = drafts[0].finding.entity, drafts[0].finding.after or 0
    if entity == OPENED:
        return say_of(
            number,
            "Look for a common cause of the {number} ticket opened this week.",
            "Look for a common cause of the {number} tickets opened this week.",
        )
    if entity == ANSWERED_LATE:
        return say_of(
            number,
            "Find out why {number} ticket was answered later than agreed.",
            "Find out why {number} tickets were answered later than agreed.",
        )
    if entity == RESOLVED_LATE:
        return say_of(
            number,
            "Find out why {number} ticket was resolved later than agreed.",
            "Find out why {number} tickets were resolved later than agreed.",
        )
    return _open_tickets(number, sections)


def _open_tickets(number: float, sections: Sections) -> str:
    oldest = sections.tickets.oldest_open if sections.tickets else None
    if oldest is None:
        return say_of(
            number,
            "Set time aside for the {number} ticket still open.",
            "Set time aside for the {number} tickets still open.",
        )
    return say_of(
        number,
        "Set time aside for the {number} ticket still open; the oldest has been open for {age}: {title}.",
        "Set time aside for the {number} tickets still open; the oldest has been open for {age}: {title}.",
        age=count(oldest.age_days, "day"),
        title=oldest.title,
    )


def _site(drafts: Sequence[Draft], _: Sections) -> str:
    name = drafts[0].finding.entity
    if len(drafts) == 1:
        return say("Find out why {name} could not always be reached.", name=name)
    sites = count(len(drafts), "public site")
    return say(
        "Find out why {sites} could not always be reached, beginning with {name}.", sites=sites, name=name
    )


def _certificate(drafts: Sequence[Draft], _: Sections) -> str:
    name = drafts[0].finding.entity
    if len(drafts) == 1:
        return say("Renew the certificate of {name}.", name=name)
    return say_of(
        len(drafts),
        "Renew the certificates of {number} public site, beginning with {name}.",
        "Renew the certificates of {number} public sites, beginning with {name}.",
        name=name,
    )


def _fleet(drafts: Sequence[Draft], _: Sections) -> str | None:
    if drafts[0].kind is not Kind.GONE:
        return None
    changes = listed([draft.brief for draft in drafts])
    return say("Confirm that this is intended: {changes}.", changes=changes)


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
