from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from msp_reports.domain.customer import SourceBinding
from msp_reports.domain.errors import ChangedShapeError, ConfigurationError, ForeignRowError
from msp_reports.domain.records import Basis, SiteAvailability, SiteOutage
from msp_reports.domain.snapshot import Facts
from msp_reports.domain.week import ReportingWeek
from msp_reports.sources.blackbox import BlackboxScope, parse
from tests.notes import sentences

WEEK = ReportingWeek.parse("2026-W47", "Europe/Berlin")
URL = "https://shop.acme.example/"
SITE = {"id": "shop", "name": "Shop", "url": URL}
LABELS = {"instance": URL, "job": "blackbox"}
START, MINUTE = WEEK.start_utc.timestamp(), 60
Pairs = list[tuple[float, str]]


def samples(values: str, *, late: float = 3.25) -> Pairs:
    """One sample a minute: ``1``, ``0``, ``n`` (not a number), ``-`` (none)."""
    spelled = {"1": "1", "0": "0", "n": "NaN"}
    return [(START + n * MINUTE + late, spelled[v]) for n, v in enumerate(values) if v in spelled]


def series(pairs: Pairs, name: str = "probe_success", **labels: str) -> dict[str, Any]:
    return {"metric": {"__name__": name, **LABELS, **labels}, "values": [list(pair) for pair in pairs]}


def expiry(value: str, **labels: str) -> dict[str, Any]:
    return {"metric": LABELS | labels, "value": [START, value]}


def told(
    *found: dict[str, Any],
    certificate: tuple[dict[str, Any], ...] = (),
    week: ReportingWeek = WEEK,
    warnings: tuple[str, ...] = (),
    **scope: Any,
) -> Facts:
    payload = {
        "sites": {"shop": {"series": list(found), "certificate": list(certificate)}},
        "warnings": list(warnings),
    }
    asked = BlackboxScope.model_validate({"job": "blackbox", "sites": [SITE], **scope})
    return parse(payload, binding=SourceBinding(system="blackbox", connection="p", scope=asked), week=week)


def site(facts: Facts) -> SiteAvailability:
    (found,) = [record for record in facts.records if isinstance(record, SiteAvailability)]
    return found


def outages(facts: Facts) -> list[tuple[float, float | None]]:
    def minute(moment: Any) -> float:
        since: timedelta = moment - WEEK.start_utc
        return since / timedelta(seconds=MINUTE) - 3.25 / MINUTE

    found = [record for record in facts.records if isinstance(record, SiteOutage)]
    return [
        (round(minute(o.started_at), 6), None if o.ended_at is None else round(minute(o.ended_at), 6))
        for o in found
    ]


def test_samples_are_counted_against_the_scrapes_that_were_due() -> None:
    found = site(told(series(samples("1101"))))
    assert (found.site, found.url, found.basis) == ("blackbox-shop", URL, Basis.CHECKS)
    assert (found.probes_due, found.probes_made, found.probes_good) == (10_080, 4, 3)


@pytest.mark.parametrize(("label", "due"), [("2026-W13", 10_020), ("2026-W43", 10_140)])
def test_a_week_with_a_change_of_clocks_has_its_own_count(label: str, due: int) -> None:
    assert site(told(week=ReportingWeek.parse(label, "Europe/Berlin"))).probes_due == due


def test_no_series_is_not_known() -> None:
    found = site(told())
    assert (found.probes_made, found.p95_ms, found.certificate_days) == (0, None, None)


def test_what_is_not_a_number_is_no_check() -> None:
    found = site(told(series(samples("1nn0"))))
    assert (found.probes_made, found.probes_good) == (2, 1)


@pytest.mark.parametrize("value", ["0.5", "2", "-1", "Inf"])
def test_a_success_that_is_neither_yes_nor_no_is_refused(value: str) -> None:
    with pytest.raises(ChangedShapeError, match="0 or 1"):
        told(series([(START, value)]))


def test_the_week_is_half_open() -> None:
    edges = [(START - 0.001, "1"), (START, "1"), (WEEK.end_utc.timestamp(), "1")]
    assert site(told(series([*edges, (WEEK.end_utc.timestamp() - 0.001, "0")]))).probes_made == 2


def test_two_failures_in_a_row_are_an_outage_and_one_is_not() -> None:
    assert outages(told(series(samples("10100111")))) == [(3, 5)]


def test_a_time_without_samples_is_no_downtime() -> None:
    facts = told(series(samples("100---------00n1")))
    assert outages(facts) == [(1, 3), (12, 14)]
    assert sentences(facts) == (
        "Outages of Shop may have lasted longer than is said: nobody looked just before or just after them.",
    )
    assert not facts.incomplete
    assert sentences(told(series(samples("1001")))) == ()


@given(st.text("10n-", max_size=60), st.randoms(use_true_random=False))
def test_outages_are_exactly_the_runs_of_two_or_more(values: str, random: Any) -> None:
    pairs = samples(values)
    random.shuffle(pairs)
    facts = told(series(pairs))
    assert outages(facts) == [run.span() for run in re.finditer("00+", values)]
    made = [value for value in values if value in "10"]
    assert (site(facts).probes_made, site(facts).probes_good) == (len(made), made.count("1"))


def test_the_95th_percentile_is_one_of_the_good_checks() -> None:
    good = samples("1" * 20 + "0")
    times = [(at, f"{(n + 1) / 100:.2f}") for n, (at, _) in enumerate(good)]
    assert site(told(series(good), series(times, "probe_duration_seconds"))).p95_ms == 190
    not_timed = series([(good[0][0], "NaN")], "probe_duration_seconds")
    assert site(told(series(good), not_timed)).p95_ms is None


@pytest.mark.parametrize(
    ("seconds", "days"), [(0, 0), (-1, -1), (86_399, 0), (86_400, 1), (20.5 * 86_400, 20), (-86_401, -2)]
)
def test_days_to_expiry_count_from_the_week_s_end(seconds: float, days: int) -> None:
    moment = f"{WEEK.end_utc.timestamp() + seconds:.3f}"
    assert site(told(certificate=(expiry(moment),))).certificate_days == days


@pytest.mark.parametrize("value", ["NaN", "+Inf", "-62135596800", "0"])
def test_an_expiry_that_is_none_is_not_known(value: str) -> None:
    assert site(told(certificate=(expiry(value),))).certificate_days is None


def test_of_two_certificates_none_is_believed() -> None:
    assert site(told(certificate=(expiry("1.8e9"), expiry("1.9e9")))).certificate_days is None


@pytest.mark.parametrize("change", [{"instance": "https://beta.example/"}, {"job": "other"}])
def test_another_target_refuses_the_snapshot(change: dict[str, str]) -> None:
    with pytest.raises(ForeignRowError):
        told(series(samples("1"), **change))
    with pytest.raises(ForeignRowError):
        told(series(samples("1")), certificate=(expiry("1.8e9", **change),))


def test_without_a_job_any_job_is_the_site_s() -> None:
    assert site(told(series(samples("1"), job="other"), job=None)).probes_made == 1


def test_two_series_of_one_site_are_not_added_up() -> None:
    facts = told(series(samples("1")), series(samples("0"), job="other"), job=None)
    assert site(facts).probes_made == 0
    assert "2 series" in facts.incomplete[0]


def test_a_sample_that_comes_twice_is_counted_once() -> None:
    assert site(told(series([*samples("11"), *samples("11")]))).probes_made == 2


def every(seconds: int, values: str) -> Pairs:
    return [(START + n * seconds, value) for n, value in enumerate(values) if value in "10"]


@pytest.mark.parametrize("seconds", [30, 55])
def test_a_shorter_interval_than_the_file_says_is_named_and_is_what_was_due(seconds: int) -> None:
    half = "1" * (WEEK.seconds // seconds // 2)
    facts = told(series(every(seconds, half)))
    (named,) = facts.incomplete
    assert f"checks come {seconds} seconds apart where 60 are said; correct interval_seconds" in named
    assert site(facts).probes_due == WEEK.seconds // seconds
    assert site(facts).coverage == pytest.approx(50, abs=0.1)


def test_checks_that_became_more_frequent_within_the_week_hide_no_outage_of_before() -> None:
    later = [(START + 600 + n * 15, "1") for n in range(200)]
    facts = told(series(samples("1110011111") + later))
    assert "checks come 15 seconds apart where 60 are said" in facts.incomplete[0]
    assert outages(facts) == [(3, 5)]


def test_checks_that_come_a_moment_early_are_of_the_interval_that_the_file_says() -> None:
    early = [(at - 0.4 * (n % 2), value) for n, (at, value) in enumerate(samples("1" * 60))]
    assert told(series(early)).incomplete == ()
    assert told(series([(START, "1")])).incomplete == told().incomplete == ()


def test_more_checks_than_were_due_are_named_though_most_are_as_far_apart_as_said() -> None:
    often = [(START + n, "1") for n in range(60)]
    hourly = [(START + n * 3600, "1") for n in range(1, 168)]
    facts = told(series(often + hourly), interval_seconds=3600)
    assert "227 checks were made where 168 were due; correct" in facts.incomplete[0]
    assert site(facts).probes_due == 227


def test_a_longer_interval_than_the_file_says_is_named_for_it_hides_outages() -> None:
    facts = told(series(samples("10000000")), interval_seconds=15)
    assert "checks come 60 seconds apart where 15 are said" in facts.incomplete[0]
    assert not told(series(samples("10000000")), interval_seconds=60).incomplete


def test_a_warning_makes_the_week_incomplete() -> None:
    assert told(warnings=("store down",)).incomplete == ("Prometheus warned: store down",)


@pytest.mark.parametrize(
    "row",
    [
        {"values": []},
        {"metric": LABELS},
        {"metric": LABELS, "values": [[START]]},
        {"metric": LABELS, "values": [[START, None]]},
        {"metric": LABELS, "values": [[START, "up"]]},
        {"metric": LABELS, "values": "1"},
        {"metric": LABELS, "histograms": []},
    ],
)
def test_one_series_that_cannot_be_read_refuses_the_snapshot(row: dict[str, Any]) -> None:
    with pytest.raises(ChangedShapeError):
        told(series(samples("1")), row)


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"sites": {}, "warnings": []},
        {"sites": {"shop": {"series": [], "certificate": []}}},
        {"sites": {"shop": []}, "warnings": []},
        {"sites": {"shop": {"series": None, "certificate": []}}, "warnings": []},
    ],
)
def test_a_payload_that_is_none_changes_the_shape(payload: dict[str, Any]) -> None:
    scope = BlackboxScope.model_validate({"sites": [SITE]})
    with pytest.raises(ChangedShapeError):
        parse(payload, binding=SourceBinding(system="blackbox", connection="p", scope=scope), week=WEEK)


def test_another_system_s_scope_is_a_mistake() -> None:
    with pytest.raises(ConfigurationError):
        parse({}, binding=SourceBinding(system="blackbox", connection="p", scope=None), week=WEEK)


@pytest.mark.parametrize(
    "scope",
    [
        {"sites": []},
        {"sites": [SITE, SITE]},
        {"sites": [SITE], "interval_seconds": 0},
        {"sites": [SITE | {"url": "shop.acme.example"}]},
        {"sites": [SITE | {"instance": ""}]},
        {"sites": [SITE], "jobs": "blackbox"},
    ],
)
def test_a_scope_that_is_written_wrongly_is_refused(scope: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        BlackboxScope.model_validate(scope)
