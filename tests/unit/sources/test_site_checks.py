from __future__ import annotations

import re
from datetime import timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from msp_reports.domain.customer import SourceBinding
from msp_reports.domain.errors import ChangedShapeError
from msp_reports.domain.records import SiteAvailability, SiteOutage
from msp_reports.domain.snapshot import Facts
from msp_reports.domain.week import ReportingWeek
from msp_reports.sources.rows import as_utc
from msp_reports.sources.site_checks import SiteChecksScope, parse
from tests.notes import sentences

WEEK = ReportingWeek.parse("2026-W47", "Europe/Berlin")
SITE = {"id": "shop", "name": "Shop", "url": "https://shop.acme.example/"}
BINDING = SourceBinding(
    system="site_checks", connection=None, scope=SiteChecksScope.model_validate({"sites": [SITE]})
)
SLOT = timedelta(minutes=5)


def slot(number: int, week: ReportingWeek = WEEK) -> str:
    return (week.start_utc + number * SLOT).isoformat()


def good(number: int, ms: int = 100, expires: str | None = None) -> list[Any]:
    return [slot(number), True, 200, None, ms, expires]


def bad(number: int, kind: str = "timeout", status: int | None = None) -> list[Any]:
    return [slot(number), False, status, kind, 9999, None]


def read(rows: list[list[Any]], *, down: tuple[int, ...] = (), week: ReportingWeek = WEEK) -> Facts:
    payload = {
        "interval_seconds": 300,
        "probes": {"shop": rows, "gone": [good(1)]},
        "probe_network_down": [slot(n) for n in down],
    }
    return parse(payload, binding=BINDING, week=week)


def site(facts: Facts) -> SiteAvailability:
    (found,) = [r for r in facts.records if isinstance(r, SiteAvailability)]
    return found


def outages(facts: Facts) -> list[tuple[float, float | None]]:
    def number(moment: Any) -> float | None:
        return None if moment is None else (moment - WEEK.start_utc) / SLOT

    found = [r for r in facts.records if isinstance(r, SiteOutage)]
    return [(number(o.started_at) or 0.0, number(o.ended_at)) for o in found]


def test_probes_are_counted_against_what_was_due() -> None:
    found = site(read([good(0), good(1), bad(2), good(2016), good(-1)]))
    assert (found.probes_due, found.probes_made, found.probes_good) == (2016, 3, 2)


@pytest.mark.parametrize(("label", "due"), [("2026-W13", 2004), ("2026-W43", 2028)])
def test_a_week_with_a_change_of_clocks_has_its_own_count(label: str, due: int) -> None:
    assert site(read([], week=ReportingWeek.parse(label, "Europe/Berlin"))).probes_due == due


def test_a_site_without_probes_has_no_figures() -> None:
    found = site(read([]))
    assert (found.probes_made, found.p95_ms, found.certificate_days) == (0, None, None)


def test_one_failed_probe_is_no_outage_and_two_are() -> None:
    assert outages(read([good(0), bad(1), good(2), bad(3), bad(4), good(5)])) == [(3, 5)]


def test_a_time_without_probes_is_no_downtime() -> None:
    facts = read([bad(0), bad(1), bad(300), bad(301), good(309)])
    assert outages(facts) == [(0, 2), (300, 302)]
    assert sentences(facts) == (
        "Outages of Shop may have lasted longer than is said: nobody looked just before or just after them.",
    )
    assert site(facts).probes_good == 1


def test_failures_on_both_sides_of_a_missing_slot_are_not_in_a_row() -> None:
    assert outages(read([bad(0), bad(2), good(3)])) == []


def test_an_outage_that_was_seen_from_end_to_end_is_not_said_to_be_longer() -> None:
    assert sentences(read([good(0), bad(1), bad(2), good(3)])) == ()


def test_an_outage_at_the_week_s_end_is_still_open() -> None:
    assert outages(read([good(0), bad(2014), bad(2015)])) == [(2014, None)]


def test_slots_in_which_our_own_line_was_down_are_left_out() -> None:
    facts = read([good(0), bad(1), bad(2), good(3)], down=(1, 2))
    assert (site(facts).probes_made, outages(facts)) == (2, [])


def test_how_long_our_own_line_was_down_is_said_once_for_all_sites() -> None:
    (told,) = sentences(read([good(0), bad(1), bad(2), good(3)], down=(1, 2, 2016)))
    assert told == (
        "For 10 minutes of the week none of the sites that we check could be reached: our own line is taken "
        "to have been down, and that time is left out of the figures."
    )
    assert sentences(read([good(0), good(3)], down=(1, 2))) == ()
    two = SiteChecksScope.model_validate({"sites": [SITE, SITE | {"id": "portal"}]})
    payload = {
        "interval_seconds": 300,
        "probes": {"shop": [bad(1), bad(2)], "portal": [bad(1), bad(2)]},
        "probe_network_down": [slot(1), slot(2)],
    }
    binding = SourceBinding(system="site_checks", connection=None, scope=two)
    assert sentences(parse(payload, binding=binding, week=WEEK)) == (told,)


def test_what_failed_around_our_own_line_s_trouble_is_not_in_a_row() -> None:
    assert outages(read([bad(0), bad(1), bad(2), good(3)], down=(1,))) == []


def test_the_95th_percentile_is_one_of_the_good_probes() -> None:
    assert site(read([good(n, ms=n + 1) for n in range(20)] + [bad(20)])).p95_ms == 19
    assert site(read([good(n, ms=n + 1) for n in range(21)])).p95_ms == 20
    assert site(read([good(0, ms=7)])).p95_ms == 7


def test_days_to_expiry_count_from_the_week_s_end() -> None:
    rows = [
        good(0, expires="2026-11-25T00:00:00+00:00"),
        good(1, expires="2026-12-13T22:59:59+00:00"),
        bad(2),
    ]
    assert site(read(rows)).certificate_days == 20
    assert site(read([good(0, expires="2026-11-22T00:00:00Z")])).certificate_days == -1


def test_the_cause_is_that_of_the_first_failure() -> None:
    facts = read([bad(0, "http_status", 503), bad(1, "dns")])
    assert [o.cause for o in facts.records if isinstance(o, SiteOutage)] == ["http 503"]


@given(st.text("gb-", max_size=60), st.randoms(use_true_random=False))
def test_outages_are_exactly_the_runs_of_two_or_more(states: str, random: Any) -> None:
    rows = [good(n) if s == "g" else bad(n) for n, s in enumerate(states) if s != "-"]
    random.shuffle(rows)
    facts = read(rows)
    assert outages(facts) == [run.span() for run in re.finditer("bb+", states)]
    assert site(facts).probes_made == len(rows)


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"interval_seconds": 0, "probes": {}, "probe_network_down": []},
        {"interval_seconds": 300, "probes": [], "probe_network_down": []},
        {"interval_seconds": 300, "probes": {"shop": [[1]]}, "probe_network_down": []},
        {
            "interval_seconds": 300,
            "probes": {"shop": [["x", True, 200, None, 1, None]]},
            "probe_network_down": [],
        },
        {"interval_seconds": 300, "probes": {}, "probe_network_down": [None]},
        {"interval_seconds": 300, "probes": {"shop": [[*good(0)[:5]]]}, "probe_network_down": []},
        {
            "interval_seconds": 300,
            "probes": {"shop": [[slot(0), None, 200, None, 1, None]]},
            "probe_network_down": [],
        },
        {
            "interval_seconds": 300,
            "probes": {"shop": [[slot(0), True, 200, None, "slow", None]]},
            "probe_network_down": [],
        },
        {
            "interval_seconds": 300,
            "probes": {"shop": [[slot(0), True, 200, None, 1, "soon"]]},
            "probe_network_down": [],
        },
    ],
)
def test_rows_that_are_not_probes_change_the_shape(payload: dict[str, Any]) -> None:
    with pytest.raises(ChangedShapeError):
        parse(payload, binding=BINDING, week=WEEK)


def test_the_same_rows_twice_in_another_zone_s_clock_or_with_numbers_as_text_are_the_same() -> None:
    rows = [good(0), bad(1), bad(2), good(3, ms=250)]
    tokyo = [[as_utc(row[0]).astimezone(timezone(timedelta(hours=9))).isoformat(), *row[1:]] for row in rows]
    text = [[*row[:4], str(row[4]), row[5]] for row in rows]
    for same in (rows + rows, tokyo, text, rows[::-1]):
        assert read(same).records == read(rows).records


def test_rows_of_a_site_that_is_not_this_customer_s_are_not_counted() -> None:
    facts = read([good(0)])  # the payload holds a probe of the site "gone" too
    assert [record.site for record in facts.records if isinstance(record, SiteAvailability)] == ["shop"]
    assert site(facts).probes_made == 1


@pytest.mark.parametrize(
    ("expected", "statuses"),
    [(200, {200}), ([200, 301], {200, 301}), ("200..202", {200, 201, 202}), (None, set(range(200, 400)))],
)
def test_expected_statuses_are_one_a_list_or_a_range(expected: object, statuses: set[int]) -> None:
    block = SITE if expected is None else {**SITE, "expect_status": expected}
    assert SiteChecksScope.model_validate({"sites": [block]}).sites[0].expect_status == statuses


@pytest.mark.parametrize(
    "change",
    [
        {"url": "ftp://acme"},
        {"url": "https://user:pw@acme.example"},
        {"url": "https:// acme"},
        {"expect_status": "high"},
        {"expect_status": 99},
        {"expect_status": []},
        {"expect_status": True},
        {"id": "Shop 1"},
        {"target": 101},
        {"extra": 1},
    ],
)
def test_a_site_that_is_written_wrongly_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        SiteChecksScope.model_validate({"sites": [SITE | change]})


def test_two_sites_of_one_id_are_refused() -> None:
    with pytest.raises(ValidationError, match="different id"):
        SiteChecksScope.model_validate({"sites": [SITE, SITE]})
