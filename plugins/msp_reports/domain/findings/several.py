"""One sentence for many findings of the same rule and kind."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msp_reports.domain.findings.draft import Aspect, Draft, Kind
from msp_reports.domain.findings.incident_words import common_grade, incidents
from msp_reports.domain.language import numeral, say_of
from msp_reports.domain.report import Rule
from msp_reports.domain.wording import count

_THINGS: dict[Kind, Callable[[int], str]] = {
    Kind.SITE: lambda n: count(n, "site"),
    Kind.DEVICE_CLASS: lambda n: count(n, "device class"),
    Kind.MACHINE: lambda n: count(n, "machine"),
    Kind.INCIDENT: lambda n: count(n, "security incident"),
    Kind.PUBLIC_SITE: lambda n: count(n, "public site"),
}
_MORE_THINGS: dict[Kind, Callable[[int], str]] = {
    Kind.SITE: lambda n: say_of(n, "{number} more site", "{number} more sites"),
    Kind.DEVICE_CLASS: lambda n: say_of(n, "{number} more device class", "{number} more device classes"),
    Kind.MACHINE: lambda n: say_of(n, "{number} more machine", "{number} more machines"),
    Kind.INCIDENT: lambda n: say_of(n, "{number} more security incident", "{number} more security incidents"),
    Kind.PUBLIC_SITE: lambda n: say_of(n, "{number} more public site", "{number} more public sites"),
}

_OF_THINGS: dict[Kind, Callable[[int, str], str]] = {
    Kind.SITE: lambda of, n: say_of(of, "{part} of {number} site", "{part} of {number} sites", part=n),
    Kind.DEVICE_CLASS: lambda of, n: say_of(
        of, "{part} of {number} device class", "{part} of {number} device classes", part=n
    ),
    Kind.MACHINE: lambda of, n: say_of(
        of, "{part} of {number} machine", "{part} of {number} machines", part=n
    ),
    Kind.PUBLIC_SITE: lambda of, n: say_of(
        of, "{part} of {number} public site", "{part} of {number} public sites", part=n
    ),
}

_SHARES: dict[bool, Callable[[int, str], str]] = {
    False: lambda n, things: say_of(
        n,
        "{things} had fewer devices on target than last week.",
        "{things} had fewer devices on target than last week.",
        things=things,
    ),
    True: lambda n, things: say_of(
        n,
        "{things} had more devices on target than last week.",
        "{things} had more devices on target than last week.",
        things=things,
    ),
}
_SENTENCES: dict[tuple[Rule, bool], Callable[[int, str], str]] = {
    (Rule.SLA_DROP, False): lambda n, things: say_of(
        n,
        "{things} had clearly less uptime than last week.",
        "{things} had clearly less uptime than last week.",
        things=things,
    ),
    (Rule.SLA_DROP, True): lambda n, things: say_of(
        n,
        "{things} had clearly more uptime than last week.",
        "{things} had clearly more uptime than last week.",
        things=things,
    ),
    (Rule.BELOW_TARGET, False): lambda n, things: say_of(
        n,
        "{things} missed the agreed uptime.",
        "{things} missed the agreed uptime.",
        things=things,
    ),
    (Rule.BELOW_TARGET, True): lambda n, things: say_of(
        n,
        "{things} reached the agreed uptime again.",
        "{things} reached the agreed uptime again.",
        things=things,
    ),
    (Rule.BACKUP_STALE, False): lambda n, things: say_of(
        n,
        "{things} has no good backup within target.",
        "{things} have no good backup within target.",
        things=things,
    ),
    (Rule.BACKUP_STALE, True): lambda n, things: say_of(
        n,
        "{things} has a good backup within target again.",
        "{things} have a good backup within target again.",
        things=things,
    ),
    (Rule.BACKUP_UNVERIFIED, False): lambda n, things: say_of(
        n,
        "{things} has had no recent proven restore.",
        "{things} have had no recent proven restore.",
        things=things,
    ),
    (Rule.BACKUP_UNVERIFIED, True): lambda n, things: say_of(
        n,
        "{things} has a recent proven restore again.",
        "{things} have a recent proven restore again.",
        things=things,
    ),
    (Rule.OPEN_INCIDENT, False): lambda n, things: say_of(
        n,
        "{things} is open.",
        "{things} are open.",
        things=things,
    ),
    (Rule.OPEN_INCIDENT, True): lambda n, things: say_of(
        n,
        "{things} was closed.",
        "{things} were closed.",
        things=things,
    ),
    (Rule.SITE_DOWN, False): lambda n, things: say_of(
        n,
        "{things} was down or under target.",
        "{things} were down or under target.",
        things=things,
    ),
    (Rule.SITE_DOWN, True): lambda n, things: say_of(
        n,
        "{things} is back on target.",
        "{things} are back on target.",
        things=things,
    ),
    (Rule.CERTIFICATE_EXPIRING, False): lambda n, things: say_of(
        n,
        "{things} has a certificate that expires soon.",
        "{things} have a certificate that expires soon.",
        things=things,
    ),
    (Rule.CERTIFICATE_EXPIRING, True): lambda n, things: say_of(
        n,
        "{things} has a renewed certificate.",
        "{things} have a renewed certificate.",
        things=things,
    ),
}


def several(members: Sequence[Draft], *, more: bool = False) -> str:
    """Say what holds for all of `members`, which are of one group; `more`: besides those already named."""
    example, number = members[0], len(members)
    of_total = _OF_THINGS.get(example.kind)
    grade = common_grade(members)
    if grade:
        things = incidents(number, grade, more=more)
    elif more:
        things = _MORE_THINGS[example.kind](number)
    elif of_total is not None and example.total > number:
        things = of_total(example.total, numeral(number))
    else:
        things = _THINGS[example.kind](number)
    if example.aspect is Aspect.SHARE:
        return _SHARES[example.is_good](number, things)
    return _SENTENCES[example.finding.rule, example.is_good](number, things)
