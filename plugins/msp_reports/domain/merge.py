"""Two systems in one source, without counting anything twice.

The order of precedence comes from outside (the rows of `sources/catalog.py`); this module says what
makes two records the same thing, and what becomes of the later one.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import product

from msp_reports.domain.customer import Thresholds
from msp_reports.domain.records import (
    BackupMachine,
    Basis,
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
"""Per cent of the week from which on what was seen of it stands for it: the leading system's is preferred."""


def merge(
    answers: Answers, precedence: Sequence[str], *, partial: Collection[str] = ()
) -> tuple[Record, ...]:
    """Join what the systems of all sources told; of a thing that two of them know, keep the leading row.

    An incident that was handed on is the one it came from. A device under the same name at the same site is
    the same. Of a device, and of a site by its address, the leading system that has seen enough of the week
    is believed; if none has, the one that has seen most. Requests never stand in for checks that have seen a
    failure: who cannot reach a site makes none. One look is enough for its certificate, whoever looked. A
    machine that two systems back up keeps both rows (see `twins`).

    Args:
        partial: systems that said that something is left out. Of requests nobody knows how many were due, so
            that they are whole is taken from the system's word.
    """
    kept: list[Record] = []
    certificates = _certificates(answers, precedence)
    believed = measured_by(answers, precedence, partial=partial)
    watched = _watched_by(answers, precedence)
    for system in _ordered(answers, precedence):
        repeated = _handed_on(answers[system], kept)
        repeated |= {("site", s.site) for s in _sites(answers[system]) if believed[host_of(s.url)] != system}
        repeated |= {
            ("device", device.device_id)
            for key, device in _single_devices(answers[system]).items()
            if watched[key] != system
        }
        left = (record for record in answers[system] if not _is_dropped(record, repeated))
        kept += [_certified(record, certificates) for record in left]
    return tuple(kept)


def twins(answers: Answers, precedence: Sequence[str]) -> dict[str, str]:
    """Match machines of later backup systems with those of leading ones, by host name.

    A name that may be that of two machines of one system matches nothing: which it is cannot be told.
    """
    found: dict[str, str] = {}
    known: dict[str, list[list[BackupMachine]]] = defaultdict(list)
    for system in _ordered(answers, precedence):
        for label, mine in _by_label(answers[system]).items():
            pairs = _pairs(mine, known[label])
            found |= {machine.machine_id: rows[0].machine_id for machine, rows in pairs}
            for machine, rows in pairs:
                rows.append(machine)
            known[label] += [[machine] for machine in mine if machine.machine_id not in found]
    return found


def _by_label(records: Iterable[Record]) -> dict[str, list[BackupMachine]]:
    """Machines by the first label of their name; those without one match nothing."""
    found: dict[str, list[BackupMachine]] = defaultdict(list)
    for record in records:
        if isinstance(record, BackupMachine) and (label := _first_label(_whole(record.name))):
            found[label].append(record)
    return found


_Pair = tuple[BackupMachine, list[BackupMachine]]


def _pairs(mine: Iterable[BackupMachine], known: Iterable[list[BackupMachine]]) -> list[_Pair]:
    """Each machine with the rows that all bear its name, where it is no other's and they are no other's."""
    alike = [
        (machine, rows)
        for machine, rows in product(mine, known)
        if all(is_one_host(machine.name, row.name) for row in rows)
    ]
    machines = Counter(machine.machine_id for machine, _ in alike)
    others = Counter(rows[0].machine_id for _, rows in alike)
    return [
        (machine, rows)
        for machine, rows in alike
        if machines[machine.machine_id] == 1 and others[rows[0].machine_id] == 1
    ]


def _ordered(answers: Answers, precedence: Sequence[str]) -> list[str]:
    place = {system: n for n, system in enumerate(precedence)}
    return sorted(answers, key=lambda system: (place.get(system, len(place)), system))


def is_one_host(one: str, other: str) -> bool:
    """Tell whether two names are of one machine: ``SRV01`` and ``srv01.acme.local`` are, without regard to
    case; of two names with a domain the domains must agree too. An IP address is nothing but itself.
    """
    names = {_whole(one), _whole(other)}
    labels = {_first_label(name) for name in names}
    return len(names) == 1 or (len(labels) == 1 and not labels.isdisjoint(names))


def _whole(name: str) -> str:
    return name.strip().casefold().rstrip(".")


def _first_label(whole: str) -> str:
    """An IP address has no first label that would tell it from another."""
    return whole if whole.replace(".", "").isdecimal() else whole.partition(".")[0]


def host_of(url: str) -> str:
    """Host and path of an address without scheme and query: where two systems mean the same site."""
    host, _, path = url.partition("?")[0].partition("://")[2].partition("/")
    return f"{host.casefold()}/{path}".rstrip("/")


def measured_by(
    answers: Answers, precedence: Sequence[str], *, partial: Collection[str] = ()
) -> dict[str, str]:
    """Tell which system is believed of each site, by the site's address (`host_of`); see `merge`."""
    seen: dict[str, dict[str, tuple[float, bool]]] = defaultdict(dict)
    failed = _failed_checks(answers)
    for system in _ordered(answers, precedence):
        for site in _sites(answers[system]):
            host = host_of(site.url)
            if host in failed and site.basis != Basis.CHECKS:
                continue
            so_far = seen[host].get(system, (0.0, False))
            seen[host][system] = max(so_far, _seen(site, whole=system not in partial))
    return {
        host: next((s for s in of_site if of_site[s][0] >= _ENOUGH), max(of_site, key=of_site.__getitem__))
        for host, of_site in seen.items()
    }


def _failed_checks(answers: Answers) -> frozenset[str]:
    """Addresses of the sites of which a check failed."""
    return frozenset(
        host_of(site.url)
        for records in answers.values()
        for site in _sites(records)
        if site.basis == Basis.CHECKS and site.probes_good < site.probes_made
    )


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


def _handed_on(records: Iterable[Record], kept: Iterable[Record]) -> set[tuple[str, str]]:
    """Kind and id of the incidents that a leading system has told already."""
    told = {r.incident_id for r in kept if isinstance(r, Incident)}
    return {("incident", r.incident_id) for r in records if isinstance(r, Incident) and r.same_as in told}


_Key = tuple[str, str]


def _watched_by(answers: Answers, precedence: Sequence[str]) -> dict[_Key, str]:
    """Tell which system is believed of each device, by its name and site.

    Planned maintenance counts as seen. A device that one system has known for a part of the week only has
    been seen by it for no more than that, if another has known it for longer.
    """
    of_devices: dict[_Key, dict[str, DeviceUptime]] = defaultdict(dict)
    for system in _ordered(answers, precedence):
        for key, device in _single_devices(answers[system]).items():
            of_devices[key][system] = device
    found = {}
    for key, devices in of_devices.items():
        enough = max(device.window_seconds for device in devices.values()) * _ENOUGH / 100
        seen = {system: device.window_seconds - device.unknown_seconds for system, device in devices.items()}
        found[key] = next((s for s in seen if seen[s] >= enough), max(seen, key=seen.__getitem__))
    return found


def _single_devices(records: Iterable[Record]) -> dict[_Key, DeviceUptime]:
    """Devices by name and site, if they bear them alone: of two, which is meant cannot be told."""
    devices = [(_key(r), r) for r in records if isinstance(r, DeviceUptime)]
    times = Counter(key for key, _ in devices)
    return {key: device for key, device in devices if times[key] == 1}


def _key(device: DeviceUptime) -> _Key:
    return device.name.casefold(), device.site.casefold()


def _is_dropped(record: Record, repeated: Collection[tuple[str, str]]) -> bool:
    match record:
        case Incident():
            return ("incident", record.incident_id) in repeated
        case DeviceUptime() | Outage():
            return ("device", record.device_id) in repeated
        case SiteAvailability() | SiteOutage():
            return ("site", record.site) in repeated
        case _:
            return False
