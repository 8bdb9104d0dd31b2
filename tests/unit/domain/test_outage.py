"""Which outage a low uptime comes from, and what may be said of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from msp_reports.domain.customer import Targets
from msp_reports.domain.findings.outage import main_outage
from msp_reports.domain.kpis.uptime import WHOLE, Group, Level
from msp_reports.domain.records import UNASSIGNED, DeviceUptime, Outage
from msp_reports.domain.report import Rule
from tests.unit.domain.builders import WEEK, device, facts, last, of, outage, report

ULM: Group = (Level.SITE, "Ulm")
HOUR = 3600


def down(name: str, hours: float, *, site: str = "Ulm", later: float = 0.0) -> tuple[DeviceUptime, Outage]:
    """A device with one outage, `later` hours after that of others."""
    told = device(name, down=round(hours * HOUR), site=site)
    began = outage(told, hours=hours)
    shift = timedelta(hours=later)
    assert began.ended_at is not None
    return told, replace(began, started_at=began.started_at + shift, ended_at=began.ended_at + shift)


def told(*pairs: tuple[DeviceUptime, Outage] | DeviceUptime, group: Group = ULM) -> str | None:
    records = [r for pair in pairs for r in (pair if isinstance(pair, tuple) else (pair,))]
    found = main_outage(facts(*records), group, WEEK)
    return None if found is None else found.told(WEEK)


FROM = "from Wed 18 Nov, 03:12"


def test_a_site_was_down_only_when_all_its_devices_were() -> None:
    three = [down(name, 5) for name in "abc"]
    assert told(*three) == f"Ulm was down for 5 hours {FROM} (all 3 devices)"
    assert (
        told(*three, device("d", site="Ulm"))
        == f"3 of 4 devices at Ulm were down together for 5 hours {FROM}"
    )


def test_half_the_devices_are_not_most_of_them() -> None:
    pairs = [down("a", 5), down("b", 5), device("c", site="Ulm"), device("d", site="Ulm")]
    assert told(*pairs) == f"a was down for 5 hours {FROM}"


def test_outages_that_do_not_overlap_are_none_of_the_site() -> None:
    assert told(down("a", 5), down("b", 3, later=24)) == f"a was down for 5 hours {FROM}"
    assert told(*(down(name, 5, later=6 * n) for n, name in enumerate("abc"))) is None


def test_devices_that_are_seen_minutes_apart_were_down_together() -> None:
    pairs = [down("a", 5), down("b", 5, later=0.1), down("c", 5, later=0.2)]
    assert told(*pairs) == "Ulm was down for 4 hours 48 minutes from Wed 18 Nov, 03:24 (all 3 devices)"


def test_a_device_that_came_back_early_is_not_counted() -> None:
    pairs = [down("a", 5), down("b", 5), down("c", 2)]
    assert told(*pairs) == f"2 of 3 devices at Ulm were down together for 5 hours {FROM}"


def test_an_outage_that_explains_little_is_not_told() -> None:
    """All were down for a moment, but most of the time was lost by one device here and there."""
    assert told(down("a", 1), replace(device("b", site="Ulm"), down_seconds=90 * HOUR)) is None
    assert told(replace(down("a", 1)[0], down_seconds=0)) is None


def test_of_the_customer_the_site_is_named_or_all_of_it() -> None:
    ulm, bonn = [down(n, 5) for n in "ab"], [down(n, 5, site="Bonn") for n in "cd"]
    quiet = [device(n, site="Bonn") for n in "cd"]
    assert told(*ulm, *quiet, group=WHOLE) == f"Ulm was down for 5 hours {FROM} (all 2 devices)"
    assert told(*ulm, *bonn, group=WHOLE) == f"all 4 devices were down together for 5 hours {FROM}"


def test_devices_without_a_site_are_at_no_site_of_that_name() -> None:
    pairs = [down(n, 5, site=UNASSIGNED) for n in "ab"]
    assert told(*pairs, group=WHOLE) == f"all 2 devices were down together for 5 hours {FROM}"


@pytest.mark.parametrize(
    ("began", "ended", "when"),
    [
        (-5, 10, "10 hours from the week's start"),
        (20, None, "6 days 4 hours from Mon 16 Nov, 20:00 to the week's end"),
        (-5, None, "7 days from the week's start to its end"),
    ],
)
def test_the_edges_of_the_week_are_named(began: int, ended: int | None, when: str) -> None:
    start = WEEK.start_utc
    known = device("a", down=400_000, site="Ulm")
    end = None if ended is None else start + timedelta(hours=ended)
    record = replace(outage(known, hours=1), started_at=start + timedelta(hours=began), ended_at=end)
    known = replace(known, down_seconds=10 * HOUR)
    assert told((known, record)) == f"a was down for {when}"


def test_what_is_told_twice_of_one_device_counts_once() -> None:
    known, record = down("a", 5)
    records = known, record, replace(record, cause="as another system has it"), device("b", site="Ulm")
    found = main_outage(facts(*records), ULM, WEEK)
    assert found is not None
    assert found.told(WEEK) == f"a was down for 5 hours {FROM}"


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 20), st.integers(1, 30)), min_size=1, max_size=6), st.integers(0, 4))
def test_as_many_as_are_told_were_down_at_every_moment(spans: list[tuple[int, int]], quiet: int) -> None:
    pairs = [down(f"d{n}", hours, later=later) for n, (later, hours) in enumerate(spans)]
    rest = [device(f"q{n}", site="Ulm") for n in range(quiet)]
    records = [r for pair in pairs for r in pair]
    found = main_outage(facts(*records, *rest), ULM, WEEK)
    if found is None:
        return
    middle = found.began + timedelta(minutes=30)
    while middle < found.ended:
        now = sum(o.started_at <= middle < (o.ended_at or WEEK.end_utc) for _, o in pairs)
        assert now >= found.down
        middle += timedelta(hours=1)
    if not found.device:
        assert found.devices == len(pairs) + quiet
        assert found.down * 2 > found.devices


def test_the_fall_of_a_site_is_told_with_its_outage_and_only_there() -> None:
    pairs = [down(n, 48, site="Ulm") for n in "ab"]
    rest = [device(f"q{n}") for n in range(100)]
    now = [r for pair in pairs for r in pair]
    before = last(*(replace(d, down_seconds=0) for d, _ in pairs), *rest)
    model = report(facts(*now, *rest), before, targets=Targets(uptime=99.0))
    (found,) = [f for f in of(model, Rule.SLA_DROP) if f.entity == "Ulm"]
    assert found.sentence == (
        f"Ulm was down for 2 days {FROM} (all 2 devices): "
        "uptime there fell by 17.3 points to 82.7 %, under the agreed 99 %; none of 2 devices reached it."
    )


def test_classes_that_fell_alike_are_told_in_one_sentence() -> None:
    now = [
        device(f"{k}{n}", down=100_000 * (n == 0) + 1000 * k, kind=f"k{k}")
        for k in range(3)
        for n in range(2)
    ]
    found = of(report(facts(*now), last(*(replace(d, down_seconds=0) for d in now))), Rule.SLA_DROP)
    assert [f.sentence for f in found if "class" in f.sentence] == [
        "Uptime fell in every device class, by 5 to 5.2 points to between 94.8 % and 95.0 %."
    ]
    other = [replace(d, down_seconds=3 * d.down_seconds) if d.device_class == "k2" else d for d in now]
    found = of(report(facts(*other), last(*(replace(d, down_seconds=0) for d in now))), Rule.SLA_DROP)
    assert sum("of device class" in f.sentence for f in found) == 3


def test_an_outage_told_of_the_customer_is_not_told_again_of_the_site() -> None:
    pairs = [down("a", 48), device("b", site="Ulm"), device("c", site="Ulm"), device("d")]
    records = [r for pair in pairs for r in (pair if isinstance(pair, tuple) else (pair,))]
    before = last(*(replace(r, down_seconds=0) for r in records if isinstance(r, DeviceUptime)))
    found = of(report(facts(*records), before), Rule.SLA_DROP)
    whole, site = (next(f.sentence for f in found if f.entity == entity) for entity in ("customer", "Ulm"))
    assert whole.startswith(f"A was down for 2 days {FROM}: uptime fell by ")
    assert site.startswith("Uptime at Ulm fell by ")
