"""Two systems in one source, without counting anything twice.

The order of precedence comes from outside (the rows of `sources/catalog.py`); this module says what
makes two records the same thing, and what becomes of the later one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from msp_reports.domain.customer import Thresholds
from msp_reports.domain.records import (
    BackupMachine,
    DeviceUptime,
    Incident,
    Outage,
    Record,
    SiteAvailability,
    SiteOutage,
)

Answers = Mapping[str, Sequence[Record]]
"""What each system told, by its slug."""

_ENOUGH = Thresholds().site_coverage_percent
"""Coverage from which on a site's figure stands for the week: the leading system's is preferred."""


def merge(
    answers: Answers, precedence: Sequence[str], *, partial: Collection[str] = ()
) -> tuple[Record, ...]:
    """Join what the systems of all sources told; of a thing that two of them know, keep the leading row.

    An incident that was handed on is the one it came from. A device under the same name at the same site is
    the same, if the leading system has seen anything of it. Of a site, by its address, the leading system
    that has seen enough of the week is believed; if none has, the one that has seen most. One look is enough
    for its certificate, whoever looked. A machine that two systems back up keeps both rows (see `twins`).

    Args:
        partial: systems that said that something is left out. Of requests nobody knows how many were due, so
            that they are whole is taken from the system's word.
    """
    kept: list[Record] = []
    certificates = _certificates(answers, precedence)
    believed = measured_by(answers, precedence, partial=partial)
    for system in _ordered(answers, precedence):
        repeated = _repeated(answers[system], kept) | {
            ("site", site.site) for site in _sites(answers[system]) if believed[host_of(site.url)] != system
        }
        left = (record for record in answers[system] if not _is_dropped(record, repeated))
        kept += [_certified(record, certificates) for record in left]
    return tuple(kept)


def twins(answers: Answers, precedence: Sequence[str]) -> dict[str, str]:
    """Match machines of later backup systems with those of leading ones, by host name.

    A name that one system has twice matches nothing: which of the two it is cannot be told.
    """
    leading: dict[str, str] = {}
    found: dict[str, str] = {}
    for system in _ordered(answers, precedence):
        mine = _names(answers[system])
        found |= {number: leading[name] for name, number in mine.items() if name in leading}
        leading = mine | leading
    return found


def _ordered(answers: Answers, precedence: Sequence[str]) -> list[str]:
    place = {system: n for n, system in enumerate(precedence)}
    return sorted(answers, key=lambda system: (place.get(system, len(place)), system))


def _names(records: Iterable[Record]) -> dict[str, str]:
    machines = [(host_name(r.name), r.machine_id) for r in records if isinstance(r, BackupMachine)]
    names = [name for name, _ in machines]
    return {name: number for name, number in machines if name and names.count(name) == 1}


def host_name(name: str) -> str:
    """The first label of a machine's name, without regard to case: ``SRV01.acme.local`` is ``srv01``.

    An IP address has no first label that would tell it from another.
    """
    whole = name.strip().casefold()
    return whole if whole.replace(".", "").isdecimal() else whole.split(".", 1)[0]


def host_of(url: str) -> str:
    """Host and path of an address without scheme and query: where two systems mean the same site."""
    host, _, path = url.partition("?")[0].partition("://")[2].partition("/")
    return f"{host.casefold()}/{path}".rstrip("/")


def measured_by(
    answers: Answers, precedence: Sequence[str], *, partial: Collection[str] = ()
) -> dict[str, str]:
    """Tell which system is believed of each site, by the site's address (`host_of`); see `merge`."""
    seen: dict[str, dict[str, tuple[float, bool]]] = {}
    for system in _ordered(answers, precedence):
        for site in _sites(answers[system]):
            of_site = seen.setdefault(host_of(site.url), {})
            of_site[system] = max(of_site.get(system, (0.0, False)), _seen(site, whole=system not in partial))
    return {
        host: next((s for s in of_site if of_site[s][0] >= _ENOUGH), max(of_site, key=of_site.__getitem__))
        for host, of_site in seen.items()
    }


def _sites(records: Iterable[Record]) -> list[SiteAvailability]:
    return [record for record in records if isinstance(record, SiteAvailability)]


def _certificates(answers: Answers, precedence: Sequence[str]) -> dict[str, int]:
    """Days to the certificate's expiry by the site's address, as the leading system that looked has them."""
    found: dict[str, int] = {}
    for system in _ordered(answers, precedence):
        for site in _sites(answers[system]):
            if site.certificate_days is not None:
                found.setdefault(host_of(site.url), site.certificate_days)
    return found


def _certified(record: Record, certificates: Mapping[str, int]) -> Record:
    if not isinstance(record, SiteAvailability) or record.certificate_days is not None:
        return record
    return replace(record, certificate_days=certificates.get(host_of(record.url)))


def _seen(site: SiteAvailability, *, whole: bool) -> tuple[float, bool]:
    """Per cent of the week that was seen, as far as it can be told, and whether anything was."""
    anything = site.probes_made > 0
    if site.coverage is None:
        on_record = 100.0 if site.recorded_percent is None else site.recorded_percent
        return (on_record if anything and whole else 0.0), anything
    return site.coverage, anything


def _repeated(records: Iterable[Record], kept: Sequence[Record]) -> frozenset[tuple[str, str]]:
    """Kind and id of the records that a leading system has told already."""
    incidents = {r.incident_id for r in kept if isinstance(r, Incident)}
    devices = _single(r for r in kept if isinstance(r, DeviceUptime) and r.monitored_seconds)
    own = _single(r for r in records if isinstance(r, DeviceUptime))
    found: set[tuple[str, str]] = set()
    for record in records:
        match record:
            case Incident(same_as=origin) if origin is not None and origin in incidents:
                found.add(("incident", record.incident_id))
            case DeviceUptime() if _key(record) in devices & own:
                found.add(("device", record.device_id))
            case _:
                pass
    return frozenset(found)


def _key(device: DeviceUptime) -> tuple[str, str]:
    return device.name.casefold(), device.site.casefold()


def _single(devices: Iterable[DeviceUptime]) -> set[tuple[str, str]]:
    """Name and site of the devices that bear them alone: of two, which is meant cannot be told."""
    keys = [_key(device) for device in devices]
    return {key for key in keys if keys.count(key) == 1}


def _is_dropped(record: Record, repeated: frozenset[tuple[str, str]]) -> bool:
    match record:
        case Incident():
            return ("incident", record.incident_id) in repeated
        case DeviceUptime() | Outage():
            return ("device", record.device_id) in repeated
        case SiteAvailability() | SiteOutage():
            return ("site", record.site) in repeated
        case _:
            return False
