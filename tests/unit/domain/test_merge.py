"""Two systems in one source: each thing is counted once, and the leading system is believed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msp_reports.domain.customer import Thresholds
from msp_reports.domain.findings.backup import backup_findings
from msp_reports.domain.headlines import Sections, headlines
from msp_reports.domain.kpis.backup import backup_section, freshest_of, is_within_target
from msp_reports.domain.merge import measured_by, merge, twins
from msp_reports.domain.records import (
    BackupMachine,
    Basis,
    DeviceUptime,
    Incident,
    Outage,
    Record,
    SiteAvailability,
    SiteOutage,
    Source,
)
from msp_reports.domain.report import Rule
from msp_reports.domain.snapshot import WeekFacts
from msp_reports.domain.trends import Weeks
from tests.unit.domain.builders import WEEK, customer, snapshot

ORDER = (
    "zabbix",
    "librenms",
    "datto",
    "veeam",
    "defender",
    "sentinel",
    "site_checks",
    "blackbox",
    "cloudflare",
)
OPENED = datetime(2026, 11, 18, 9, tzinfo=UTC)


def incident(number: str, *, same_as: str | None = None) -> Incident:
    return Incident(
        incident_id=number,
        title=f"Incident {number}",
        severity="high",
        opened_at=OPENED,
        closed_at=None,
        closed_is_estimate=False,
        same_as=same_as,
    )


def machine(name: str, number: str, *, good_hours_ago: float | None, paused: bool = False) -> BackupMachine:
    good = None if good_hours_ago is None else WEEK.end_utc - timedelta(hours=good_hours_ago)
    return BackupMachine(
        machine_id=number,
        name=name,
        appliance="a",
        kind="agent",
        paused=paused,
        last_good_known=True,
        last_good_at=good,
        rpo_hours=48,
        runs_known=True,
        runs_good=7,
        runs_failed=0,
        verified_at=WEEK.end_utc - timedelta(days=1),
        verification_known=True,
    )


def device(name: str, number: str) -> DeviceUptime:
    return DeviceUptime(
        device_id=number,
        name=name,
        site="Berlin",
        device_class="server",
        window_seconds=WEEK.seconds,
        planned_seconds=0,
        unknown_seconds=0,
        down_seconds=0,
    )


def outage(number: str) -> Outage:
    return Outage(
        device_id=number,
        name="x",
        site="Berlin",
        started_at=OPENED,
        ended_at=None,
        began_before=False,
        cause="",
    )


def site(number: str, url: str, *, made: int = 10, basis: str = Basis.CHECKS) -> SiteAvailability:
    return SiteAvailability(
        site=number,
        name=number,
        url=url,
        probes_due=None if basis == Basis.REQUESTS else 10,
        probes_made=made,
        probes_good=made,
        p95_ms=None,
        certificate_days=None,
        basis=basis,
    )


def test_an_incident_that_sentinel_has_from_defender_is_one() -> None:
    told: dict[str, list[Record]] = {
        "sentinel": [incident("s-1", same_as="88"), incident("s-2")],
        "defender": [incident("88")],
    }
    assert [r.incident_id for r in merge(told, ORDER) if isinstance(r, Incident)] == ["88", "s-2"]


def test_an_incident_that_defender_could_not_tell_stays_sentinels() -> None:
    handed_on = incident("s-1", same_as="88")
    assert merge({"defender": [], "sentinel": [handed_on]}, ORDER) == (handed_on,)


def test_a_device_in_both_monitorings_is_the_leading_ones_with_its_outages() -> None:
    told: dict[str, list[Record]] = {
        "librenms": [device("FW-1", "librenms-1"), outage("librenms-1"), device("fw-2", "librenms-2")],
        "zabbix": [device("fw-1", "1")],
    }
    kept = merge(told, ORDER)
    assert [r.device_id for r in kept if isinstance(r, DeviceUptime)] == ["1", "librenms-2"]
    assert not [r for r in kept if isinstance(r, Outage)]


@pytest.mark.parametrize(
    ("probed", "by_blackbox", "partial", "kept"),
    [
        (10, 10, (), "shop"),
        (9, 10, (), "shop"),
        (8, 10, (), "blackbox"),
        (8, 9, (), "blackbox"),
        (8, 1, (), "www"),
        (8, 1, ("cloudflare",), "shop"),
        (1, 8, ("cloudflare",), "blackbox"),
        (0, 0, (), "www"),
        (0, 0, ("cloudflare",), "www"),
    ],
)
def test_a_site_is_told_by_the_leading_system_that_has_seen_enough_of_the_week(
    probed: int, by_blackbox: int, partial: tuple[str, ...], kept: str
) -> None:
    told: dict[str, list[Record]] = {
        "site_checks": [site("shop", "https://Shop.acme.example/", made=probed)],
        "blackbox": [site("blackbox", "https://shop.acme.example/", made=by_blackbox)],
        "cloudflare": [
            site("www", "https://shop.acme.example", basis=Basis.REQUESTS),
            SiteOutage(site="www", name="www", started_at=OPENED, ended_at=None, cause=""),
        ],
    }
    found = merge(told, ORDER, partial=partial)
    assert [r.site for r in found if isinstance(r, SiteAvailability)] == [kept]
    assert bool([r for r in found if isinstance(r, SiteOutage)]) is (kept == "www")
    source = {"shop": "site_checks", "blackbox": "blackbox", "www": "cloudflare"}[kept]
    assert measured_by(told, ORDER, partial=partial) == {"shop.acme.example": source}


@pytest.mark.parametrize("partial", [(), ("cloudflare",)])
@pytest.mark.parametrize("made", [1, 8])
def test_requests_do_not_hide_a_failure_that_checks_have_seen(made: int, partial: tuple[str, ...]) -> None:
    url = "https://shop.acme.example/"
    own = replace(site("shop", url, made=made), probes_good=made - 1)
    down = SiteOutage(site="shop", name="shop", started_at=OPENED, ended_at=None, cause="dns")
    told: dict[str, list[Record]] = {
        "site_checks": [own, down],
        "blackbox": [site("blackbox", url, made=0)],
        "cloudflare": [site("www", url, basis=Basis.REQUESTS)],
    }
    assert merge(told, ORDER, partial=partial) == (own, down)
    assert measured_by(told, ORDER, partial=partial) == {"shop.acme.example": "site_checks"}


def test_a_site_that_nobody_has_seen_is_the_leading_systems_and_not_known() -> None:
    told: dict[str, list[Record]] = {
        "cloudflare": [site("www", "https://a.example", made=0, basis=Basis.REQUESTS)],
        "site_checks": [site("shop", "https://a.example", made=0)],
    }
    assert merge(told, ORDER) == tuple(told["site_checks"])


def test_one_look_is_enough_for_a_certificate_whoever_is_believed_of_the_week() -> None:
    looked = replace(site("shop", "https://a.example", made=1), certificate_days=5)
    visits = site("www", "https://a.example/", basis=Basis.REQUESTS)
    told: dict[str, list[Record]] = {"site_checks": [looked], "cloudflare": [visits]}
    assert merge(told, ORDER) == (replace(visits, certificate_days=5),)


@pytest.mark.parametrize(
    ("url", "is_it"),
    [
        ("http://Shop.example/de/", True),
        ("https://shop.example/de?next=https://other.example/x", True),
        ("https://shop.example/DE", False),
        ("https://shop.example/", False),
        ("https://shop.example:8443/de", False),
    ],
)
def test_sites_are_matched_by_host_and_path(url: str, is_it: bool) -> None:
    told: dict[str, list[Record]] = {
        "site_checks": [site("shop", "https://shop.example/de")],
        "cloudflare": [site("www", url, basis=Basis.REQUESTS)],
    }
    assert len(merge(told, ORDER)) == (1 if is_it else 2)


def test_other_sites_of_a_system_that_is_not_believed_of_one_are_kept() -> None:
    told: dict[str, list[Record]] = {
        "site_checks": [site("a", "https://a.example", made=1), site("b", "https://b.example")],
        "cloudflare": [
            site("a2", "https://a.example", basis=Basis.REQUESTS),
            site("b2", "https://b.example", basis=Basis.REQUESTS),
        ],
    }
    assert [r.site for r in merge(told, ORDER) if isinstance(r, SiteAvailability)] == ["b", "a2"]


def backed_up(*told: tuple[str, BackupMachine]) -> WeekFacts:
    answers: dict[str, list[Record]] = {}
    for system, row in told:
        answers.setdefault(system, []).append(row)
    return WeekFacts(
        week=WEEK.label,
        snapshots=tuple(snapshot(Source.BACKUP, system=system) for system in answers),
        records=merge(answers, ORDER),
        twins=twins(answers, ORDER),
    )


def test_a_row_that_is_not_known_is_no_unknown_machine() -> None:
    unknown = replace(machine("srv01", "v-1", good_hours_ago=None), last_good_known=False)
    rows = (
        ("datto", machine("srv01", "d-1", good_hours_ago=5)),
        ("datto", machine("srv02", "d-2", good_hours_ago=90)),
    )
    assert headline(backed_up(*rows, ("veeam", unknown))) == headline(backed_up(*rows))
    alone = replace(unknown, name="srv03")
    assert headline(backed_up(*rows, ("veeam", alone))) == "1 of 3 backups within target, 1 not known"


def headline(facts: WeekFacts) -> str:
    section = backup_section(Weeks.line_up(WEEK, facts, ()), customer())
    sections = Sections(uptime=None, tickets=None, backup=section, security=None, availability=None)
    return next(headlines(sections)).clause


def judged(facts: WeekFacts) -> tuple[float | None, float | None, int, list[str]]:
    weeks = Weeks.line_up(WEEK, facts, ())
    section = backup_section(weeks, customer())
    assert section is not None
    stale = [
        d.finding.entity for d in backup_findings(weeks, Thresholds()) if d.finding.rule is Rule.BACKUP_STALE
    ]
    return section.met.value, section.machines.value, len(section.rows), stale


def test_a_machine_backed_up_by_both_has_both_rows_and_is_met_if_one_is_met() -> None:
    late = machine("SRV01", "d-1", good_hours_ago=90)
    fresh = machine("srv01.acme.local", "v-1", good_hours_ago=5)
    assert judged(backed_up(("datto", late), ("veeam", fresh))) == (1, 1, 2, [])
    assert judged(backed_up(("datto", late))) == (0, 1, 1, ["SRV01"])


def test_a_machine_that_neither_backs_up_in_time_is_one_finding() -> None:
    rows = (
        ("datto", machine("srv01", "d-1", good_hours_ago=90)),
        ("veeam", machine("srv01", "v-1", good_hours_ago=70)),
    )
    assert judged(backed_up(*rows)) == (0, 1, 2, ["srv01"])


@pytest.mark.parametrize(
    ("hours", "met", "state"), [(5, 1, True), (70, None, None)], ids=["met by the other", "not known"]
)
@pytest.mark.parametrize("unknown_leads", [True, False])
def test_a_machine_that_one_system_may_have_in_time_is_not_late(
    hours: float, met: float | None, state: bool | None, unknown_leads: bool
) -> None:
    unknown = replace(machine("srv01", "u-1", good_hours_ago=None), last_good_known=False)
    known = machine("srv01", "k-1", good_hours_ago=hours)
    rows = (("datto", unknown), ("veeam", known)) if unknown_leads else (("datto", known), ("veeam", unknown))
    assert judged(backed_up(*rows)) == (met, 1, 2, [])
    assert is_within_target(freshest_of((unknown, known), WEEK, Thresholds()), WEEK, Thresholds()) is state


def test_one_that_is_paused_and_not_known_in_one_system_is_judged_by_the_other() -> None:
    paused = replace(machine("srv01", "d-1", good_hours_ago=None, paused=True), last_good_known=False)
    late = machine("srv01", "v-1", good_hours_ago=70)
    assert judged(backed_up(("datto", paused), ("veeam", late))) == (0, 1, 2, ["srv01"])


def test_one_that_is_paused_in_one_system_is_judged_by_the_other() -> None:
    rows = (
        ("datto", machine("srv01", "d-1", good_hours_ago=400, paused=True)),
        ("veeam", machine("srv01", "v-1", good_hours_ago=70)),
    )
    assert judged(backed_up(*rows)) == (0, 1, 2, ["srv01"])


@pytest.mark.parametrize(
    ("one", "other", "machines"),
    [
        ("SRV01", "srv01.acme.local", 1),
        ("srv01.acme.local", "SRV01", 1),
        ("srv01.acme.local", "SRV01.Acme.local.", 1),
        ("srv01.berlin.local", "srv01.hamburg.local", 2),
        ("App.v1", "App.v2", 2),
        ("srv01", "srv02.srv01", 2),
        ("", "", 2),
    ],
)
def test_two_names_are_one_machine_if_nothing_in_them_disagrees(one: str, other: str, machines: int) -> None:
    rows = (
        ("datto", machine(one, "d-1", good_hours_ago=200)),
        ("veeam", machine(other, "v-1", good_hours_ago=3)),
    )
    assert judged(backed_up(*rows)) == (1, machines, 2, [] if machines == 1 else [one])


def test_machines_of_one_label_are_told_apart_by_their_domains() -> None:
    rows = [
        (system, machine(f"srv01.{where}.local", f"{system}-{where}", good_hours_ago=5))
        for system in ("datto", "veeam")
        for where in ("berlin", "hamburg")
    ]
    assert backed_up(*rows).twins == {"veeam-berlin": "datto-berlin", "veeam-hamburg": "datto-hamburg"}


def test_a_short_name_joins_no_two_domains() -> None:
    rows = (
        ("datto", machine("srv01", "d-1", good_hours_ago=5)),
        ("veeam", machine("srv01.berlin.local", "v-1", good_hours_ago=5)),
        ("veeam_console", machine("srv01.hamburg.local", "c-1", good_hours_ago=200)),
    )
    assert judged(backed_up(*rows)) == (1, 2, 3, ["srv01.hamburg.local"])


def test_a_name_that_one_system_has_twice_matches_nothing() -> None:
    rows = (
        ("datto", machine("srv01", "d-1", good_hours_ago=90)),
        ("datto", machine("SRV01", "d-2", good_hours_ago=5)),
        ("veeam", machine("srv01", "v-1", good_hours_ago=5)),
    )
    assert judged(backed_up(*rows)) == (2, 3, 3, ["srv01"])


@given(st.permutations(["zabbix", "librenms", "defender", "sentinel"]))
def test_the_order_in_which_systems_answer_changes_nothing(order: list[str]) -> None:
    told: dict[str, list[Record]] = {
        "zabbix": [device("fw-1", "1")],
        "librenms": [device("FW-1", "librenms-1")],
        "defender": [incident("88")],
        "sentinel": [incident("s-1", same_as="88")],
    }
    assert merge({system: told[system] for system in order}, ORDER) == merge(told, ORDER)


def test_one_system_alone_loses_nothing() -> None:
    records: list[Record] = [device("a", "1"), replace(device("a", "2")), incident("1"), outage("1")]
    assert merge({"zabbix": records}, ORDER) == tuple(records)


def test_an_outage_is_not_hidden_by_a_system_that_has_seen_nothing_of_the_device() -> None:
    blind = replace(device("fw-1", "1"), unknown_seconds=WEEK.seconds)
    seen = replace(device("fw-1", "librenms-1"), down_seconds=3600)
    assert seen in merge({"zabbix": [blind], "librenms": [seen]}, ORDER)


HOUR = 3600
HUNDREDTH = WEEK.seconds // 100


@pytest.mark.parametrize(
    ("zabbix_unknown", "planned", "librenms_unknown", "kept"),
    [
        (10 * HUNDREDTH, 0, 0, "zabbix"),
        (11 * HUNDREDTH, 0, 0, "librenms"),
        (11 * HUNDREDTH, 0, 12 * HUNDREDTH, "zabbix"),
        (WEEK.seconds - HOUR, 0, 0, "librenms"),
        (WEEK.seconds, 0, 0, "librenms"),
        (WEEK.seconds, 0, WEEK.seconds, "zabbix"),
        (0, WEEK.seconds, 0, "zabbix"),
    ],
)
def test_a_device_is_told_by_the_leading_system_that_has_seen_enough_of_the_week(
    zabbix_unknown: int, planned: int, librenms_unknown: int, kept: str
) -> None:
    zabbix = replace(device("fw-1", "zabbix"), unknown_seconds=zabbix_unknown, planned_seconds=planned)
    librenms = replace(device("fw-1", "librenms"), unknown_seconds=librenms_unknown, down_seconds=10 * HOUR)
    told: dict[str, list[Record]] = {"zabbix": [zabbix], "librenms": [librenms, outage("librenms")]}
    found = merge(told, ORDER)
    assert [r.device_id for r in found if isinstance(r, DeviceUptime)] == [kept]
    assert bool([r for r in found if isinstance(r, Outage)]) is (kept == "librenms")


def test_a_device_that_the_leading_system_knows_since_yesterday_is_told_by_the_one_that_knew_it() -> None:
    late = replace(device("fw-1", "1"), window_seconds=24 * HOUR)
    whole = replace(device("fw-1", "librenms-1"), down_seconds=10 * HOUR)
    assert merge({"zabbix": [late], "librenms": [whole]}, ORDER) == (whole,)


def test_devices_of_one_name_at_two_sites_are_two() -> None:
    here, there = device("switch01", "1"), replace(device("switch01", "librenms-1"), site="Munich")
    assert merge({"zabbix": [here], "librenms": [there]}, ORDER) == (here, there)


def test_a_device_name_that_one_system_has_twice_matches_nothing() -> None:
    twice: list[Record] = [device("switch01", "librenms-1"), device("switch01", "librenms-2")]
    assert len(merge({"zabbix": [device("switch01", "1")], "librenms": twice}, ORDER)) == 3


def test_addresses_are_not_host_names() -> None:
    rows = (
        ("datto", machine("192.168.1.10", "d-1", good_hours_ago=None)),
        ("veeam", machine("192.168.1.20", "v-1", good_hours_ago=5)),
    )
    assert judged(backed_up(*rows)) == (1, 2, 2, ["192.168.1.10"])
