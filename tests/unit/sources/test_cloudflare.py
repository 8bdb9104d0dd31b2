from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
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
from msp_reports.sources.cloudflare import CloudflareScope, parse
from msp_reports.sources.cloudflare_visits import FAILED
from tests.notes import sentences

WEEK = ReportingWeek.parse("2026-W47", "Europe/Berlin")
ZONE, OTHER_ZONE = "0" * 31 + "1", "0" * 31 + "2"
SHOP = {"id": "shop", "name": "Shop", "host": "shop.acme.example", "zone": ZONE}
BLOG = {"id": "blog", "name": "Blog", "host": "acme.example", "zone": ZONE}
STEP = timedelta(minutes=5)


def row(step: int, count: object, status: object = 200, host: str = "shop.acme.example", **more: Any) -> Any:
    at = (WEEK.start_utc + step * STEP).strftime("%Y-%m-%dT%H:%M:%SZ")
    dimensions = {"clientRequestHTTPHost": host, "datetimeFiveMinutes": at, "edgeResponseStatus": status}
    return {"count": count, "avg": {"sampleInterval": 1}, "dimensions": dimensions | more}


def told(
    requests: object = None,
    days: object = None,
    *,
    sites: Sequence[Any] = (SHOP,),
    week: Any = WEEK,
    asked: timedelta = timedelta(hours=6),
) -> Facts:
    zones = {ZONE: {"name": "acme.example", "requests": requests, "days": days}}
    payload = {"zones": zones, "asked_at": (week.end_utc + asked).isoformat()}
    scope = CloudflareScope.model_validate({"sites": sites})
    binding = SourceBinding(system="cloudflare", connection="c", scope=scope)
    return parse(payload, binding=binding, week=week)


def site(facts: Facts, number: int = 0) -> SiteAvailability:
    return [record for record in facts.records if isinstance(record, SiteAvailability)][number]


def outages(facts: Facts) -> list[tuple[float, float | None]]:
    found = [record for record in facts.records if isinstance(record, SiteOutage)]
    return [
        (
            (outage.started_at - WEEK.start_utc) / STEP,
            None if outage.ended_at is None else (outage.ended_at - WEEK.start_utc) / STEP,
        )
        for outage in found
    ]


def day(date: str, **by_status: int) -> dict[str, Any]:
    statuses = [{"edgeResponseStatus": int(s[1:]), "requests": n} for s, n in by_status.items()]
    return {"dimensions": {"date": date}, "sum": {"responseStatusMap": statuses}}


def test_availability_is_the_share_of_requests_that_were_answered_well() -> None:
    found = site(told([row(0, 90), row(0, 5, 404), row(1, 3, 522), row(2, 2, 500)]))
    assert (found.site, found.url, found.basis) == (
        "cloudflare-shop",
        "https://shop.acme.example/",
        Basis.REQUESTS,
    )
    assert (found.probes_due, found.probes_made, found.probes_good) == (None, 100, 95)
    assert (found.p95_ms, found.certificate_days) == (None, None)


@pytest.mark.parametrize(
    ("status", "failed"),
    [(s, True) for s in (500, 502, 503, 504, 508, 509, 520, 521, 522, 523, 524, 525, 526, 527, 529, 530)]
    + [(s, False) for s in (0, 200, 301, 403, 404, 429, 499, 501, 505)],
)
def test_which_statuses_are_failures(status: int, failed: bool) -> None:
    assert site(told([row(0, 1, status)])).probes_good == (0 if failed else 1)


def test_no_requests_are_not_known_and_never_all_good() -> None:
    facts = told([])
    assert (site(facts).probes_made, site(facts).probes_good) == (0, 0)
    assert sentences(facts) == (
        "No visitor reached Shop through Cloudflare this week, so availability is not known.",
    )


def test_the_week_is_half_open() -> None:
    assert site(told([row(-1, 1), row(0, 2), row(2015, 4), row(2016, 8)])).probes_made == 6


@pytest.mark.parametrize(("minutes", "late"), [(0, True), (14, True), (15, False)])
def test_a_week_that_has_only_just_ended_may_lack_its_last_minutes(minutes: int, late: bool) -> None:
    facts = told([row(0, 10)], asked=timedelta(minutes=minutes))
    assert any("last minutes" in sentence for sentence in sentences(facts)) is late


def test_every_host_is_told_apart() -> None:
    facts = told([row(0, 10), row(0, 20, host="acme.example")], sites=(SHOP, BLOG))
    assert [site(facts, n).probes_made for n in (0, 1)] == [10, 20]


def test_another_host_refuses_the_snapshot() -> None:
    with pytest.raises(ForeignRowError, match=r"beta\.example"):
        told([row(0, 10, host="beta.example")])


def test_one_count_twice_refuses_the_snapshot() -> None:
    with pytest.raises(ChangedShapeError, match="twice"):
        told([row(0, 10), row(0, 10)])


def test_a_clock_in_another_zone_and_numbers_as_text_are_read() -> None:
    tokyo = {"datetimeFiveMinutes": "2026-11-16T08:00:00+09:00"}
    assert site(told([row(9, "10", "200", **tokyo), row(1, 5)])).probes_made == 15


@pytest.mark.parametrize(
    "change",
    [
        {"count": None},
        {"count": -1},
        {"count": "many"},
        {"avg": None},
        {"avg": {}},
        {"dimensions": {}},
        {"dimensions": None},
    ],
)
def test_one_row_that_cannot_be_read_spoils_the_sum(change: dict[str, Any]) -> None:
    with pytest.raises(ChangedShapeError):
        told([row(0, 10), row(1, 10) | change])


def test_a_sample_is_said_to_be_one() -> None:
    facts = told([row(0, 10) | {"avg": {"sampleInterval": 9.7}}])
    assert "Requests to Shop are estimated from a sample." in sentences(facts)


def test_two_busy_steps_of_failures_are_an_outage_and_one_is_not() -> None:
    rows = [row(0, 10), row(1, 10, 522), row(2, 10), row(3, 10, 522), row(4, 10, 521), row(5, 10)]
    facts = told(rows)
    assert outages(facts) == [(3, 5)]
    assert [record.cause for record in facts.records if isinstance(record, SiteOutage)] == ["http 522"]
    assert sentences(facts)[0].startswith("Outages of Shop are estimates where Cloudflare tells them: times")


@pytest.mark.parametrize(
    ("good", "failed", "is_down"),
    [(1, 9, True), (2, 17, False), (0, 10, True), (0, 9, False), (10, 90, True)],
)
def test_when_five_minutes_count_as_down(good: int, failed: int, is_down: bool) -> None:
    rows = [row(n, count, status) for n in (0, 1) for count, status in ((good, 200), (failed, 503)) if count]
    assert bool(outages(told([*rows, row(2, 10)]))) is is_down


def test_a_quiet_step_with_a_good_answer_ends_an_outage() -> None:
    rows = [row(0, 10, 522), row(1, 10, 522), row(2, 8, 522), row(2, 1), row(3, 10, 522), row(4, 10, 522)]
    assert outages(told([*rows, row(5, 1)])) == [(0, 2), (3, 5)]


def test_in_a_quiet_sample_one_good_answer_outweighs_all_that_failed() -> None:
    few = row(2, 800, 522) | {"avg": {"sampleInterval": 100}}
    assert outages(told([row(0, 10, 522), row(1, 10, 522), few, row(2, 1), row(3, 10)])) == [(0, 2)]


def test_quiet_steps_with_good_answers_between_two_bad_ones_are_no_outage() -> None:
    rows = [row(0, 10, 522), *(row(n, 1) for n in range(1, 100)), row(100, 10, 522), row(101, 10)]
    assert outages(told(rows)) == []


def test_in_a_quiet_step_without_a_good_answer_an_outage_goes_on_and_none_begins() -> None:
    assert outages(told([row(0, 10, 522), row(1, 10, 522), row(2, 1, 522), row(3, 1)])) == [(0, 3)]
    assert outages(told([row(n, 9, 522) for n in range(5)])) == []
    assert outages(told([row(0, 9, 522), row(1, 10, 522), row(2, 10, 522), row(3, 10)])) == [(1, 3)]


def test_steps_without_visitors_are_no_downtime() -> None:
    down = [row(n, 10, 522) for n in (0, 1, 50, 51)]
    facts = told([*down, row(52, 0, 522), row(60, 10)])
    assert outages(facts) == [(0, 2), (50, 52)]
    assert any("may have lasted longer" in said for said in sentences(facts))
    assert outages(told([row(0, 10, 522), row(2, 10, 522), row(3, 10)])) == []


def test_a_sample_tells_of_an_outage_by_the_requests_that_are_in_it() -> None:
    def sampled(step: int, count: int) -> Any:
        return row(step, count, 522) | {"avg": {"sampleInterval": 100}}

    assert outages(told([sampled(0, 900), sampled(1, 900), row(2, 10)])) == []
    assert outages(told([sampled(0, 1000), sampled(1, 1000), row(2, 10)])) == [(0, 2)]


@given(
    st.dictionaries(
        st.tuples(st.integers(1980, 2015), st.sampled_from([200, 522])), st.integers(0, 12), max_size=72
    )
)
def test_no_outage_is_told_of_steps_that_nobody_saw_down(counts: dict[tuple[int, int], int]) -> None:
    found = outages(told([row(step, count, status) for (step, status), count in counts.items()]))
    failed_in = {step for (step, status), count in counts.items() if status == 522 and count}
    for begin, end in found:
        for step in range(int(begin), int(end or 2016)):
            good, bad = counts.get((step, 200), 0), counts.get((step, 522), 0)
            assert step in failed_in
            assert good == 0 or (good + bad >= 10 and bad >= 9 * good)
    for step in range(1980, 2015):
        if all(counts.get((n, 522), 0) >= 10 > 9 * counts.get((n, 200), 0) for n in (step, step + 1)):
            assert any(begin <= step and step + 1 < (end or 2016) for begin, end in found)


def test_an_outage_at_the_week_s_end_is_still_open() -> None:
    assert outages(told([row(2014, 10, 522), row(2015, 10, 522)])) == [(2014, None)]


@given(
    st.dictionaries(
        st.tuples(st.integers(-3, 2020), st.sampled_from([200, 404, 500, 522, 530])),
        st.integers(0, 50),
        max_size=60,
    ),
    st.randoms(use_true_random=False),
)
def test_the_sum_is_that_of_the_rows_inside_in_any_order(
    counts: dict[tuple[int, int], int], random: Any
) -> None:
    rows = [row(step, count, status) for (step, status), count in counts.items()]
    facts = told(rows)
    random.shuffle(rows)
    assert told(rows) == facts
    inside = {key: count for key, count in counts.items() if 0 <= key[0] < 2016}
    assert site(facts).probes_made == sum(inside.values())
    assert site(facts).probes_made - site(facts).probes_good == sum(
        count for (_, status), count in inside.items() if status in FAILED
    )
    assert all(begin < (end or 2016) for begin, end in outages(facts))


def test_daily_sums_stand_for_a_site_that_is_alone_in_its_zone_and_say_so() -> None:
    facts = told(None, [day(f"2026-11-{n}", s200=90, s503=10) for n in range(16, 23)])
    assert (site(facts).probes_made, site(facts).probes_good) == (700, 630)
    assert (site(facts).basis, site(facts).recorded_percent) == (Basis.DAYS, 100)
    assert sentences(facts) == (
        (
            "For Shop only daily sums of this week are kept: requests to the whole domain, in days from "
            "midnight to midnight UTC. They may include requests that Cloudflare made itself and that no "
            "visitor met. Outages cannot be told."
        ),
    )


def test_days_without_sums_are_named_and_the_figure_is_of_the_others() -> None:
    days = [day(f"2026-11-{n}", s200=100) for n in (16, 18, 19, 20, 22)]
    facts = told(None, [*days, day("2026-11-21")])
    assert site(facts).recorded_percent == pytest.approx(500 / 7)
    assert sentences(facts)[1:] == (
        (
            "The figure of Shop is of 5 of the week's 7 days: no requests are on record for Tue 17 Nov "
            "and Sat 21 Nov."
        ),
    )


@pytest.mark.parametrize(("hours", "is_over"), [(23, False), (24, False), (24.25, True), (30, True)])
def test_a_last_day_that_was_not_over_is_said_not_to_be(hours: float, is_over: bool) -> None:
    last_midnight = datetime(2026, 11, 22, tzinfo=UTC)
    days = [day(f"2026-11-{n}", s200=100) for n in range(16, 23)]
    facts = told(None, days, asked=last_midnight + timedelta(hours=hours) - WEEK.end_utc)
    assert any("was not over" in said for said in sentences(facts)) is not is_over
    assert not any("last minutes" in said for said in sentences(facts))


@pytest.mark.parametrize("hours", [168, 167, 100, 1])
def test_of_how_much_of_the_week_requests_are_on_record_is_told(hours: int) -> None:
    facts = told([row(12 * hour, 1) for hour in range(hours)] + [row(12 * 167, 0, 404)])
    assert site(facts).recorded_percent == pytest.approx(100 * hours / 168)
    said = f"Requests to Shop are on record in {hours} of the week's 168 hours."
    assert any(sentence.startswith(said) for sentence in sentences(facts)) is (hours < 168)


def test_daily_sums_without_requests_are_not_known() -> None:
    facts = told(None, [])
    assert (site(facts).probes_made, site(facts).recorded_percent) == (0, None)
    assert "No visitor" in sentences(facts)[0]


def test_daily_sums_are_no_figure_of_one_site_among_several() -> None:
    facts = told(None, [day("2026-11-16", s200=90)], sites=(SHOP, BLOG))
    assert [site(facts, n).probes_made for n in (0, 1)] == [0, 0]
    (said,) = sentences(facts)
    assert said.startswith("Cloudflare no longer keeps the requests to Shop and Blog of this week")


@pytest.mark.parametrize(
    "days",
    [
        [day("2026-11-15", s200=1)],
        [day("2026-11-23", s200=1)],
        [day("2026-11-16", s200=1)] * 2,
        [{"dimensions": {"date": "2026-11-16"}, "sum": None}],
        [day("2026-11-16", s200=-1)],
    ],
)
def test_days_that_are_not_those_of_the_week_are_refused(days: list[Any]) -> None:
    with pytest.raises(ChangedShapeError):
        told(None, days)


def test_what_is_not_kept_at_all_is_not_known() -> None:
    facts = told()
    assert site(facts).probes_made == 0
    assert "no longer keeps" in sentences(facts)[0]


@pytest.mark.parametrize("payload", [{}, {"zones": []}, {"zones": {}}, {"zones": {ZONE: {"requests": {}}}}])
@pytest.mark.parametrize("asked", [{}, {"asked_at": "2026-11-23T05:00:00Z"}])
def test_a_payload_that_is_none_changes_the_shape(payload: dict[str, Any], asked: dict[str, str]) -> None:
    payload |= asked
    scope = CloudflareScope.model_validate({"sites": [SHOP]})
    with pytest.raises(ChangedShapeError):
        parse(payload, binding=SourceBinding(system="cloudflare", connection="c", scope=scope), week=WEEK)


def test_another_system_s_scope_is_a_mistake() -> None:
    with pytest.raises(ConfigurationError):
        parse({}, binding=SourceBinding(system="cloudflare", connection="c", scope=None), week=WEEK)


def test_an_address_known_elsewhere_stands_in_for_the_host_s_own() -> None:
    found = site(told([row(0, 1)], sites=[SHOP | {"url": "https://shop.acme.example/start"}]))
    assert found.url == "https://shop.acme.example/start"


@pytest.mark.parametrize(
    "sites",
    [
        [],
        [SHOP, SHOP],
        [SHOP, BLOG | {"host": "Shop.ACME.example"}],
        [SHOP | {"zone": "acme.example"}],
        [SHOP | {"host": "https://shop.acme.example"}],
        [SHOP | {"host": "localhost"}],
        [SHOP | {"hosts": []}],
    ],
)
def test_sites_that_are_written_wrongly_are_refused(sites: list[Any]) -> None:
    with pytest.raises(ValidationError):
        CloudflareScope.model_validate({"sites": sites})


def test_sites_are_asked_for_zone_by_zone() -> None:
    third = {"id": "c", "name": "C", "host": "WWW.other.example", "zone": OTHER_ZONE}
    scope = CloudflareScope.model_validate({"sites": [SHOP, third, BLOG]})
    assert scope.hosts_by_zone == {
        ZONE: ["shop.acme.example", "acme.example"],
        OTHER_ZONE: ["www.other.example"],
    }


def test_a_week_with_a_change_of_clocks_is_as_long_as_it_is() -> None:
    week = ReportingWeek.parse("2026-W43", "Europe/Berlin")
    last = week.end_utc - STEP
    at = {"datetimeFiveMinutes": last.isoformat()}
    assert site(told([row(0, 10, **at)], week=week)).probes_made == 10
    assert last - week.start_utc == timedelta(hours=169) - STEP
    assert datetime.fromisoformat(at["datetimeFiveMinutes"]).tzinfo is UTC
