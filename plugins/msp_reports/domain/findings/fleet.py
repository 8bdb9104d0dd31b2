"""What appeared and what vanished since last week: devices, protected machines, public sites."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from operator import eq

from msp_reports.domain.findings.draft import CUSTOMER, Draft, Kind
from msp_reports.domain.kpis.backup import protected
from msp_reports.domain.language import say, say_of
from msp_reports.domain.merge import host_of, is_one_host
from msp_reports.domain.records import DeviceUptime, SiteAvailability, Source
from msp_reports.domain.report import Finding, Rule, Severity, Unit
from msp_reports.domain.snapshot import WeekFacts
from msp_reports.domain.trends import Weeks, is_whole
from msp_reports.domain.wording import some

_NAMED = 3
"""Names that a sentence holds."""


def _machines(facts: WeekFacts) -> Mapping[str, str]:
    """Machines by the id of their leading row."""
    return {rows[0].machine_id: rows[0].name for rows in protected(facts)}


def _sites(facts: WeekFacts) -> Mapping[str, str]:
    """Sites by address: one that another system tells of this week is still there."""
    sites = facts.of(SiteAvailability)
    addresses = [host_of(site.url) for site in sites]
    return {
        address if addresses.count(address) == 1 else site.site: site.name
        for address, site in zip(addresses, sites, strict=True)
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fleet:
    """One kind of thing that a source lists by id."""

    source: Source
    arrived: Callable[[int], str]
    left: Callable[[int], str]
    names: Callable[[WeekFacts], Mapping[str, str]]
    """Id to name."""
    is_same: Callable[[str, str], bool] = eq
    """Whether two names under different ids are of one thing."""


_FLEETS = (
    _Fleet(
        source=Source.UPTIME,
        arrived=lambda n: say_of(
            n, "{number} device is new in monitoring", "{number} devices are new in monitoring"
        ),
        left=lambda n: say_of(
            n, "{number} device is no longer in monitoring", "{number} devices are no longer in monitoring"
        ),
        names=lambda facts: {device.device_id: device.name for device in facts.of(DeviceUptime)},
    ),
    _Fleet(
        source=Source.BACKUP,
        arrived=lambda n: say_of(
            n, "{number} machine is new in the backup", "{number} machines are new in the backup"
        ),
        left=lambda n: say_of(
            n, "{number} machine is no longer in the backup", "{number} machines are no longer in the backup"
        ),
        names=_machines,
        # One that leaves one of two backup systems is still in the backup.
        is_same=is_one_host,
    ),
    _Fleet(
        source=Source.AVAILABILITY,
        arrived=lambda n: say_of(
            n,
            "{number} public site is new in the site checks",
            "{number} public sites are new in the site checks",
        ),
        left=lambda n: say_of(
            n,
            "{number} public site is no longer in the site checks",
            "{number} public sites are no longer in the site checks",
        ),
        names=_sites,
    ),
)


def fleet_findings(weeks: Weeks) -> Iterator[Draft]:
    """Compare what is listed; only lists that are whole can show that something is gone or new."""
    for fleet in _FLEETS:
        last = weeks.last(fleet.source)
        if last is None:
            continue
        before, after = fleet.names(last), fleet.names(weeks.current)
        appeared, vanished = _moves(before, after, fleet.is_same)
        if appeared and is_whole(last, fleet.source):
            yield _draft(fleet, appeared, len(before), len(after), new=True)
        if vanished and is_whole(weeks.current, fleet.source):
            yield _draft(fleet, vanished, len(before), len(after), new=False)


def _moves(
    before: Mapping[str, str], after: Mapping[str, str], is_same: Callable[[str, str], bool]
) -> tuple[list[str], list[str]]:
    """Names that appeared and names that vanished, sorted; a new id under an old name is neither."""
    import pandas as pd

    was = pd.DataFrame({"id": list(before), "was": list(before.values())}, dtype="object")
    now = pd.DataFrame({"id": list(after), "now": list(after.values())}, dtype="object")
    both = was.merge(now, on="id", how="outer", indicator="side")
    appeared = {str(name) for name in both.loc[both["side"] == "right_only", "now"]}
    vanished = {str(name) for name in both.loc[both["side"] == "left_only", "was"]}
    return (
        sorted(name for name in appeared if not any(is_same(name, gone) for gone in vanished)),
        sorted(name for name in vanished if not any(is_same(name, new) for new in appeared)),
    )


def _draft(fleet: _Fleet, names: list[str], before: int, after: int, *, new: bool) -> Draft:
    number = len(names)
    change = fleet.arrived(number) if new else fleet.left(number)
    return Draft(
        kind=Kind.NEW if new else Kind.GONE,
        size=float(number),
        brief=change,
        identity=fleet.source,
        finding=Finding(
            rule=Rule.FLEET_CHANGED,
            source=fleet.source,
            entity=names[0] if number == 1 else CUSTOMER,
            before=before,
            after=after,
            threshold=None,
            unit=Unit.COUNT,
            severity=Severity.NOTICE,
            sentence=say("{clause}: {names}.", clause=change, names=some(names, most=_NAMED)),
        ),
    )
