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
from msp_reports.sources.cloudflare import FAILED, CloudflareScope, parse

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
    [(s, True) for s in (500, 502, 503, 504, 520, 521, 522, 523, 524, 525, 526, 527, 530)]
    + [(s, False) for s in (0, 200, 301, 403, 404, 429, 499, 501, 505, 519, 528, 529)],
)
def test_which_statuses_are_failures(status: int, failed: bool) -> None:
    assert site(told([row(0, 1, status)])).probes_good == (0 if failed else 1)


def test_no_requests_are_not_known_and_never_all_good() -> None:
    facts = told([])
    assert (site(facts).probes_made, site(facts).probes_good) == (0, 0)
    assert facts.approximations == (
        "No visitor reached Shop through Cloudflare this week, so availability is not known.",
    )


def test_the_week_is_half_open() -> None:
    assert site(told([row(-1, 1), row(0, 2), row(2015, 4), row(2016, 8)])).probes_made == 6


@pytest.mark.parametrize(("minutes", "late"), [(0, True), (14, True), (15, False)])
def test_a_week_that_has_only_just_ended_may_lack_its_last_minutes(minutes: int, late: bool) -> None:
    facts = told([row(0, 10)], asked=timedelta(minutes=minutes))
    assert any("last minutes" in sentence for sentence in facts.approximations) is late


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
    assert "Requests to Shop are estimated from a sample." in facts.approximations


def test_two_busy_steps_of_failures_are_an_outage_and_one_is_not() -> None:
    rows = [row(0, 10), row(1, 10, 522), row(2, 10), row(3, 10, 522), row(4, 10, 521), row(5, 10)]
    facts = told(rows)
    assert outages(facts) == [(3, 5)]
    assert [record.cause for record in facts.records if isinstance(record, SiteOutage)] == ["http 522"]
    (said,) = facts.approximations
    assert said.startswith("Outages of Shop are estimates where Cloudflare tells them: times")


@pytest.mark.parametrize(
    ("good", "failed", "is_down"),
    [(1, 9, True), (2, 17, False), (0, 10, True), (0, 9, False), (10, 90, True)],
)
def test_when_five_minutes_count_as_down(good: int, failed: int, is_down: bool) -> None:
    rows = [row(n, count, status) for n in (0, 1) for count, status in ((good, 200), (failed, 503)) if count]
    assert bool(outages(told([*rows, row(2, 10)]))) is is_down


def test_quiet_steps_neither_prolong_nor_end_an_outage() -> None:
    rows = [row(0, 10, 522), row(1, 9), row(2, 1, 522), row(4, 10, 522), row(7, 10)]
    assert outages(told(rows)) == [(0, 7)]


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
    facts = told(None, [day("2026-11-16", s200=90, s503=10), day("2026-11-22", s200=100)])
    assert (site(facts).probes_made, site(facts).probes_good) == (200, 190)
    assert facts.approximations == (
        (
            "For Shop only daily sums of this week are kept: requests to the whole domain, in days from "
            "midnight to midnight UTC. Outages cannot be told."
        ),
    )


def test_daily_sums_without_requests_are_not_known() -> None:
    facts = told(None, [])
    assert site(facts).probes_made == 0
    assert "No visitor" in facts.approximations[0]


def test_daily_sums_are_no_figure_of_one_site_among_several() -> None:
    facts = told(None, [day("2026-11-16", s200=90)], sites=(SHOP, BLOG))
    assert [site(facts, n).probes_made for n in (0, 1)] == [0, 0]
    (said,) = facts.approximations
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
    assert "no longer keeps" in facts.approximations[0]


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
