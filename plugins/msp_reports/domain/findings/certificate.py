"""A finding about a public site's certificate: near its end, or renewed in time."""

from __future__ import annotations

from msp_reports.domain.findings.draft import Draft, Kind
from msp_reports.domain.language import say, say_of
from msp_reports.domain.records import SiteAvailability, Source
from msp_reports.domain.report import Finding, Rule, Severity, Unit


def certificate_finding(
    site: SiteAvailability, before: SiteAvailability | None, *, limit: int
) -> Draft | None:
    """Judge the days that the certificate has left at the week's end, and had left a week before."""
    days, days_before = site.certificate_days, before.certificate_days if before else None
    was_near = None if days_before is None else days_before <= limit
    if days is None:
        return None
    if days <= limit:
        severity, sentence = Severity.WARNING, _near(site.name, days)
    elif was_near:
        severity, sentence = Severity.GOOD, _renewed(site.name, days)
    else:
        return None
    return Draft(
        kind=Kind.PUBLIC_SITE,
        identity=site.site,
        size=float(limit - days),
        weight=limit / max(days, 1),
        is_new=None if was_near is None else not was_near,
        brief=_brief(site.name, days),
        finding=Finding(
            rule=Rule.CERTIFICATE_EXPIRING,
            source=Source.AVAILABILITY,
            entity=site.name,
            before=days_before,
            after=days,
            threshold=limit,
            unit=Unit.DAYS,
            severity=severity,
            sentence=sentence,
        ),
    )


def _near(name: str, days: int) -> str:
    if days < 0:
        return say_of(
            -days,
            "The certificate of {name} had expired {number} day before the week's end.",
            "The certificate of {name} had expired {number} days before the week's end.",
            name=name,
        )
    if days == 0:
        return say("The certificate of {name} expires on the day after the week's end.", name=name)
    return say_of(
        days,
        "The certificate of {name} expires {number} day after the week's end.",
        "The certificate of {name} expires {number} days after the week's end.",
        name=name,
    )


def _renewed(name: str, days: int) -> str:
    return say_of(
        days,
        "The certificate of {name} has been renewed; it is good for {number} day.",
        "The certificate of {name} has been renewed; it is good for {number} days.",
        name=name,
    )


def _brief(name: str, days: int) -> str:
    if days < 0:
        return say("{name} (expired)", name=name)
    if days == 0:
        return say("{name} (the day after the week)", name=name)
    return say_of(days, "{name} in {number} day", "{name} in {number} days", name=name)
