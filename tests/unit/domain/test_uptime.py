from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from msp_reports.domain.customer import Targets, Thresholds
from msp_reports.domain.records import Outage, Source
from msp_reports.domain.report import Rule, Severity, UptimeSection
from msp_reports.domain.snapshot import WeekFacts
from tests.unit.domain.builders import MILLION, WEEK, device, facts, last, of, report


def section(current: WeekFacts) -> UptimeSection:
    filled = report(current).uptime
    assert filled is not None
    return filled


def test_uptime_is_weighted_by_monitored_time() -> None:
    young = device("young", down=50_000, window=100_000)
    assert section(facts(device(), young)).uptime.value == pytest.approx(100 * 1_050_000 / 1_100_000)


def test_maintenance_and_silence_are_not_monitored_time() -> None:
    half = replace(device(down=100_000), planned_seconds=300_000, unknown_seconds=200_000)
    filled = section(facts(half))
    assert filled.uptime.value == 80
    assert (filled.planned_minutes, filled.unknown_minutes) == (5000, 3333)


def test_no_monitored_time_is_not_known() -> None:
    silent = replace(device(), unknown_seconds=MILLION)
    filled = section(facts(silent))
    assert (filled.uptime.value, filled.sla.value, filled.devices) == (None, None, 1)
    assert report(facts(silent)).findings == ()


def test_no_devices_is_not_known() -> None:
    filled = section(facts())
    assert (filled.uptime.value, filled.sla.value, filled.sites) == (None, None, ())


def test_more_downtime_than_monitored_time_is_nothing_up() -> None:
    assert section(facts(replace(device(down=MILLION), planned_seconds=900_000))).uptime.value == 0


def test_sla_is_the_share_of_measured_devices_at_or_above_target() -> None:
    unmeasured = replace(device("c"), unknown_seconds=MILLION)
    assert section(facts(device("a", down=1000), device("b", down=1001), unmeasured)).sla.value == 50


@pytest.mark.parametrize(("down", "fires"), [(999, False), (1000, False), (1001, True)])
def test_below_target_fires_only_under_it(down: int, fires: bool) -> None:
    found = of(report(facts(device(down=down))), Rule.BELOW_TARGET)
    assert bool(found) is fires


def test_a_figure_just_under_target_does_not_read_like_the_target() -> None:
    (found,) = of(report(facts(device(down=1040))), Rule.BELOW_TARGET)
    assert found.sentence == "Uptime was 99.896 %, under the agreed 99.9 %."


@pytest.mark.parametrize(
    ("down", "severity"),
    [(10_999, Severity.WARNING), (11_000, Severity.CRITICAL), (11_001, Severity.CRITICAL)],
)
def test_a_point_under_target_is_critical(down: int, severity: Severity) -> None:
    (found,) = of(report(facts(device(down=down))), Rule.BELOW_TARGET)
    assert found.severity is severity


@pytest.mark.parametrize(("down", "fires"), [(39_999, False), (40_000, True), (40_001, True)])
def test_a_fall_fires_from_the_threshold_on(down: int, fires: bool) -> None:
    model = report(facts(device(down=down)), last(device(down=10_000)), targets=Targets(uptime=90.0))
    assert bool(of(model, Rule.SLA_DROP)) is fires


@pytest.mark.parametrize(("points", "fires"), [(1.9, True), (2.0, True), (2.1, False)])
def test_the_threshold_is_the_customers(points: float, fires: bool) -> None:
    model = report(
        facts(device(down=30_000)),
        last(device(down=10_000)),
        thresholds=Thresholds(sla_drop_points=points),
        targets=Targets(uptime=90.0),
    )
    assert bool(of(model, Rule.SLA_DROP)) is fires


def test_a_fall_reads_as_a_person_would_write_it() -> None:
    model = report(facts(device(down=43_000)), last(device(down=1000)))
    (found,) = of(model, Rule.SLA_DROP)
    assert found.sentence == "Uptime fell by 4.2 points to 95.7 %, under the agreed 99.9 %."
    assert (found.before, found.after, found.severity) == (99.9, 95.7, Severity.CRITICAL)


def test_a_rise_of_the_share_does_not_hide_that_the_target_is_met_again() -> None:
    now = [device(down=500), device("z", site="Ulm")]
    before = last(*(replace(d, down_seconds=2 * 1000 * bool(d.down_seconds)) for d in now))
    model = report(facts(*now), before, targets=Targets(uptime=99.92))
    assert [(f.entity, f.sentence) for f in model.findings if f.entity in {"customer", "Berlin"}] == [
        ("customer", "Uptime is back on target: 99.97 % after 99.90 %."),
        ("Berlin", "Uptime at Berlin is back on target: 99.95 % after 99.80 %."),
    ]


def test_a_rise_of_the_same_size_is_good() -> None:
    model = report(facts(device(down=2000)), last(device(down=44_000)), targets=Targets(uptime=90.0))
    (found,) = of(model, Rule.SLA_DROP)
    assert found.severity is Severity.GOOD
    assert "rose by 4.2 points" in found.sentence


def test_the_customer_comes_before_its_sites() -> None:
    now = facts(device("a", down=300_000, site="Ulm"), device("b", down=40_000))
    model = report(now, last(device("a", site="Ulm"), device("b")))
    assert [finding.entity for finding in of(model, Rule.SLA_DROP)] == ["customer", "Ulm", "Berlin"]


def test_a_site_that_fell_is_told_once() -> None:
    model = report(
        facts(device("a", down=300_000, site="Ulm"), device("b")), last(device("a", site="Ulm"), device("b"))
    )
    assert of(model, Rule.BELOW_TARGET) == []
    assert [f.sentence for f in of(model, Rule.SLA_DROP)] == [
        "Uptime fell by 15 points to 85.0 %, under the agreed 99.9 %; 1 of 2 devices reached it.",
        "Uptime at Ulm fell by 30 points to 70.0 %, under the agreed 99.9 %.",
    ]


def test_back_on_target_is_good() -> None:
    model = report(
        facts(device(down=500)), last(device(down=2000)), thresholds=Thresholds(sla_drop_points=101)
    )
    (found,) = of(model, Rule.BELOW_TARGET)
    assert found.severity is Severity.GOOD
    assert found.sentence == "Uptime is back on target: 99.95 % after 99.80 %."


def test_without_last_week_there_is_no_change() -> None:
    model = report(facts(device(down=44_000)))
    assert of(model, Rule.SLA_DROP) == []
    assert model.uptime is not None
    assert (model.uptime.uptime.before, model.uptime.uptime.change) == (None, None)


def test_outages_are_clipped_and_the_longest_comes_first() -> None:
    def outage(name: str, began: float, hours: float | None) -> Outage:
        start = WEEK.start_utc + timedelta(hours=began)
        return Outage(
            device_id=name,
            name=name,
            site="Berlin",
            started_at=start,
            ended_at=None if hours is None else start + timedelta(hours=hours),
            began_before=began < 0,
            cause="",
        )

    filled = section(
        facts(
            outage("short", 5, 1), outage("before", -2, 4), outage("open", 160, None), outage("gone", -5, 1)
        )
    )
    assert [(row.name, row.minutes) for row in filled.outages] == [
        ("open", 480),
        ("before", 120),
        ("short", 60),
    ]


def test_fleet_changes_are_told_in_one_sentence_each_way() -> None:
    before = [device(f"old{n}") for n in range(2)]
    after = [device(f"new{n}") for n in range(5)]
    sentences = [f.sentence for f in of(report(facts(*after), last(*before)), Rule.FLEET_CHANGED)]
    assert sentences == [
        "5 devices are new in monitoring: new0, new1, new2 and 2 more.",
        "2 devices are no longer in monitoring: old0 and old1.",
    ]


def test_a_device_monitored_under_a_new_id_is_no_change() -> None:
    renewed = replace(device(), device_id="other")
    assert of(report(facts(renewed), last(device())), Rule.FLEET_CHANGED) == []


def test_another_system_is_no_comparison() -> None:
    before = last(device(), device("gone"), sources=[Source.UPTIME])
    moved = replace(before, snapshots=(replace(before.snapshots[0], system="librenms"),))
    model = report(facts(device(down=90_000), sources=[Source.UPTIME]), moved)
    assert {finding.rule for finding in model.findings} == {Rule.BELOW_TARGET}


def test_what_was_on_target_is_not_back_on_it() -> None:
    assert report(facts(device(down=500)), last(device(down=1000))).findings == ()
