"""One sentence for many findings of the same rule and kind."""

from __future__ import annotations

from msp_reports.domain.findings.draft import Draft
from msp_reports.domain.report import Rule
from msp_reports.domain.wording import capital, count, plural

_PHRASES = {
    (Rule.SLA_DROP, False): "uptime or the share of devices on target fell for {things}",
    (Rule.SLA_DROP, True): "uptime or the share of devices on target rose for {things}",
    (Rule.BELOW_TARGET, False): "uptime was under the agreed target for {things}",
    (Rule.BELOW_TARGET, True): "uptime is back on target for {things}",
    (Rule.BACKUP_STALE, False): "{things} {have} no good backup within target",
    (Rule.BACKUP_STALE, True): "{things} {have} a good backup within target again",
    (Rule.BACKUP_UNVERIFIED, False): "{things} {have} had no recent proven restore",
    (Rule.BACKUP_UNVERIFIED, True): "{things} {have} a recent proven restore again",
    (Rule.OPEN_INCIDENT, False): "{things} {are} open",
    (Rule.OPEN_INCIDENT, True): "{things} {are} no longer open",
    (Rule.SITE_DOWN, False): "{things} {were} down or under target",
    (Rule.SITE_DOWN, True): "{things} {are} back on target",
    (Rule.CERTIFICATE_EXPIRING, False): "{things} {have} a certificate that expires soon",
    (Rule.CERTIFICATE_EXPIRING, True): "{things} {have} a renewed certificate",
}


def several(example: Draft, number: int, *, more: bool = False) -> str:
    """Say what holds for `number` entities like `example`; `more`: besides those already named."""
    one = number == 1
    noun = example.kind if one else plural(example.kind)
    things = f"{number:,} more {noun}" if more else count(number, example.kind)
    phrase = _PHRASES[example.finding.rule, example.is_good]
    verbs = {"have": "has", "are": "is", "were": "was"}
    agreeing = {many: single if one else many for many, single in verbs.items()}
    filled = phrase.format(things=things, **agreeing)
    return f"{capital(filled)}."
