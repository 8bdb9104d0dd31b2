from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from msp_reports.domain.customer import SourceBinding
from msp_reports.domain.errors import ChangedShapeError, ConfigurationError, ForeignRowError
from msp_reports.domain.records import DeviceUptime, Outage
from msp_reports.domain.snapshot import Facts
from msp_reports.domain.week import ReportingWeek
from msp_reports.sources.librenms import LibreNMSScope, parse
from msp_reports.sources.zabbix import ZabbixScope
from tests.notes import sentences

WEEK = ReportingWeek.parse("2026-W47", "Europe/Berlin")
START, END = int(WEEK.start.timestamp()), int(WEEK.end.timestamp())
HOUR, DAY = 3600, 86_400
SCOPE = LibreNMSScope(group="ACME", site_prefix="ACME - ")


def device(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "device_id": number,
        "hostname": f"sw{number}.example",
        "sysName": f"sw{number}",
        "display": f"Switch {number}",
        "type": "network",
        "os": "ios",
        "purpose": "core",
        "location": "ACME - Berlin",
        "disabled": 0,
        "ignore": 0,
        "inserted": "2024-03-01 10:11:12",
        "group_id": 31,
    } | changes


def payload(
    outages: list[tuple[Any, Any]] | None = None, *, zone: str = "Europe/Berlin", **changes: Any
) -> dict[str, Any]:
    """One device, polled since the week was over."""
    rows = [{"going_down": down, "up_again": up} for down, up in outages or []]
    return {
        "zone": zone,
        "group": {"id": 31, "name": "ACME"},
        "members": [17],
        "devices": [device(17, **changes)],
        "watched": [{"device_id": 17, "last_polled": "2026-11-24 06:00:02", "outages": rows}],
    }


def read(answers: dict[str, Any], scope: Any = SCOPE, week: ReportingWeek = WEEK) -> Facts:
    return parse(answers, binding=SourceBinding(system="librenms", connection="l", scope=scope), week=week)


def the_device(facts: Facts) -> DeviceUptime:
    (found,) = [record for record in facts.records if isinstance(record, DeviceUptime)]
    return found


def seconds(facts: Facts) -> tuple[int, int, int]:
    """Length, unknown, down."""
    found = the_device(facts)
    return found.window_seconds, found.unknown_seconds, found.down_seconds


def spans(facts: Facts) -> list[tuple[float, float | None, bool]]:
    """Begin and end of each outage in hours of the week, and whether it began before."""
    return [
        (
            (o.started_at - WEEK.start_utc) / timedelta(hours=1),
            o.ended_at and (o.ended_at - WEEK.start_utc) / timedelta(hours=1),
            o.began_before,
        )
        for o in facts.records
        if isinstance(o, Outage)
    ]


def test_a_device_reads_as_it_is_told() -> None:
    found = the_device(read(payload()))
    assert (found.device_id, found.name, found.site, found.device_class) == (
        "librenms-17",
        "Switch 17",
        "Berlin",
        "network",
    )
    assert seconds(read(payload())) == (168 * HOUR, 0, 0)


@pytest.mark.parametrize(
    ("outages", "down", "expected"),
    [
        ([(START + HOUR, START + 2 * HOUR)], HOUR, [(1, 2, False)]),
        ([(START - DAY, START + HOUR)], HOUR, [(0, 1, True)]),
        ([(START, START + HOUR)], HOUR, [(0, 1, False)]),
        ([(END - HOUR, None)], HOUR, [(167, None, False)]),
        ([(END - HOUR, 0)], HOUR, [(167, None, False)]),
        ([(END - HOUR, END + DAY)], HOUR, [(167, None, False)]),
        ([(START - DAY, None)], 168 * HOUR, [(0, None, True)]),
        ([(START - DAY, START)], 0, []),
        ([(END, None)], 0, []),
        ([(END + HOUR, END + DAY)], 0, []),
        ([(START + HOUR, START + 3 * HOUR), (START + 2 * HOUR, START + 4 * HOUR)], 3 * HOUR, [(1, 4, False)]),
        ([(START - HOUR, START), (START, START + HOUR)], HOUR, [(0, 1, False)]),
        ([(str(START + HOUR), str(START + 2 * HOUR))], HOUR, [(1, 2, False)]),
        ([(START + HOUR, START + HOUR)], 0, []),
    ],
)
def test_outages_are_clipped_to_the_week_and_joined(
    outages: list[tuple[Any, Any]], down: int, expected: list[tuple[float, float | None, bool]]
) -> None:
    facts = read(payload(outages))
    assert seconds(facts) == (168 * HOUR, 0, down)
    assert spans(facts) == expected
    assert facts.rows_read == 2 + len(outages)


@pytest.mark.parametrize(
    ("last_polled", "outages", "unknown"),
    [
        ("2026-11-23 00:00:00", [], 0),
        ("2026-11-22 21:00:00", [], 3 * HOUR),
        ("2026-11-22T20:00:00Z", [], 3 * HOUR),
        ("2026-11-01 00:00:00", [], 168 * HOUR),
        (None, [], 168 * HOUR),
        ("0000-00-00 00:00:00", [], 168 * HOUR),
        # A poll is only noted of a device that is up; that it went down was seen all the same.
        ("2026-11-22 21:00:00", [(END - 2 * HOUR, None)], 0),
        ("2026-11-22 21:00:00", [(END - 3 * HOUR, END - 2 * HOUR)], 2 * HOUR),
        ("2026-11-22 21:00:00", [(END - 4 * HOUR, END - 3.5 * HOUR)], 3 * HOUR),
        ("2026-11-22 21:00:00", [(END + HOUR, None)], 0),
    ],
)
def test_time_after_it_was_last_seen_is_not_known(
    last_polled: str | None, outages: list[tuple[int, Any]], unknown: int
) -> None:
    answers = payload([(down, up and int(up)) for down, up in outages])
    answers["watched"][0]["last_polled"] = last_polled
    assert seconds(read(answers))[:2] == (168 * HOUR, unknown)


@pytest.mark.parametrize(
    ("zone", "inserted", "length"),
    [
        ("UTC", "2026-11-20 00:00:00", 3 * DAY - HOUR),
        ("Europe/Berlin", "2026-11-20 00:00:00", 3 * DAY),
        ("Asia/Tokyo", "2026-11-20 00:00:00", 3 * DAY + 8 * HOUR),
        ("Asia/Tokyo", "2026-11-20T00:00:00.000000Z", 3 * DAY - HOUR),
        ("UTC", "2026-11-15 23:00:00", 7 * DAY),
        ("UTC", None, 7 * DAY),
    ],
)
def test_a_young_device_counts_since_it_was_added_by_the_server_s_clock(
    zone: str, inserted: str | None, length: int
) -> None:
    answers = payload([(START, END - DAY)], zone=zone, inserted=inserted)
    assert seconds(read(answers)) == (length, 0, max(0, length - DAY))


def test_without_a_zone_the_server_s_clock_is_utc() -> None:
    answers = payload(inserted="2026-11-20 00:00:00")
    del answers["zone"]
    assert the_device(read(answers)).window_seconds == 3 * DAY - HOUR


@pytest.mark.parametrize(
    "changes",
    [
        {"disabled": 1},
        {"disabled": "1"},
        {"ignore": 1},
        {"ignore": True},
        {"inserted": "2026-11-23 00:00:00"},
        {"inserted": "2026-12-01 00:00:00"},
    ],
)
def test_what_was_not_monitored_is_not_listed(changes: dict[str, Any]) -> None:
    facts = read(payload([(START, END)], **changes))
    assert facts.records == ()
    assert facts.skipped == ()


def test_a_device_that_was_kept_and_is_gone_is_not_known() -> None:
    """No outage is recorded for it any more, which is not to say that it was up."""
    answers = payload()
    answers["devices"].append(device(99, display="Gone"))
    facts = read(answers)
    gone = next(r for r in facts.records if isinstance(r, DeviceUptime) and r.name == "Gone")
    assert (gone.unknown_seconds, gone.monitored_seconds, gone.down_seconds) == (168 * HOUR, 0, 0)
    assert "The week of 1 device that LibreNMS no longer lists for you is not known." in sentences(facts)


def test_a_device_that_came_after_the_kept_day_is_not_told() -> None:
    answers = payload()
    answers["members"].append(18)
    answers["watched"].append(answers["watched"][0] | {"device_id": 18})
    assert the_device(read(answers)).name == "Switch 17"


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        ({"group": "ACME"}, ("ACME - Berlin", "network")),
        ({"group": "ACME", "site_prefix": "ACME -"}, ("Berlin", "network")),
        ({"group": "ACME", "site_prefix": "BETA - "}, ("ACME - Berlin", "network")),
        ({"group": "ACME", "site_from": "purpose", "class_from": "os"}, ("core", "ios")),
        ({"group": "ACME", "class_from": "purpose"}, ("ACME - Berlin", "core")),
    ],
)
def test_site_and_class_come_from_where_the_file_says(
    scope: dict[str, Any], expected: tuple[str, str]
) -> None:
    found = the_device(read(payload(), LibreNMSScope.model_validate(scope)))
    assert (found.site, found.device_class) == expected


@pytest.mark.parametrize(
    ("changes", "name", "site"),
    [
        ({"location": None, "display": None}, "sw17", "unassigned"),
        ({"location": "ACME - ", "display": "{{ $sysName }}"}, "sw17", "unassigned"),
        ({"display": "", "sysName": None}, "sw17.example", "Berlin"),
    ],
)
def test_what_a_device_lacks_has_a_stand_in(changes: dict[str, Any], name: str, site: str) -> None:
    found = the_device(read(payload(**changes, type="")))
    assert (found.name, found.site, found.device_class) == (name, site, "unassigned")


@pytest.mark.parametrize(
    "block",
    [{}, {"group": ""}, {"group": "  "}, {"group": "A", "tag": "x"}, {"group": "A", "site_from": "ip"}],
)
def test_a_scope_that_says_too_little_or_too_much_is_refused(block: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        LibreNMSScope.model_validate(block)


def test_a_group_named_by_a_number_is_a_name() -> None:
    assert LibreNMSScope.model_validate({"group": 2024}).group == "2024"


def another_group(answers: dict[str, Any]) -> None:
    answers["group"]["name"] = "ACME-LABS"


def no_group(answers: dict[str, Any]) -> None:
    del answers["group"]


def kept_for_another_group(answers: dict[str, Any]) -> None:
    answers["devices"][0]["group_id"] = 32


def no_member(answers: dict[str, Any]) -> None:
    answers["watched"].append(answers["watched"][0] | {"device_id": 99})


def outages_of_another(answers: dict[str, Any]) -> None:
    answers["watched"][0]["outages"] = [{"going_down": START, "up_again": None, "device_id": 18}]


@pytest.mark.parametrize(
    "spoil", [another_group, no_group, kept_for_another_group, no_member, outages_of_another]
)
def test_a_row_of_another_group_refuses_the_snapshot(spoil: Any) -> None:
    answers = payload()
    spoil(answers)
    with pytest.raises(ForeignRowError):
        read(answers)


@pytest.mark.parametrize(
    ("going_down", "up_again"),
    [(None, START), ("soon", START), (0, START), (START, "later"), (START, START - 1), (START, -1)],
)
def test_an_outage_that_cannot_be_read_makes_its_device_unknown_and_no_other(
    going_down: Any, up_again: Any
) -> None:
    """Leaving the outage out would make the device look better than it was."""
    answers = payload()
    answers["members"].append(18)
    answers["devices"].append(device(18))
    broken = {"going_down": going_down, "up_again": up_again}
    good = {"going_down": START, "up_again": START + HOUR}
    answers["watched"].append(answers["watched"][0] | {"device_id": 18, "outages": [good, broken]})
    facts = read(answers)
    unknown = {r.device_id: r.unknown_seconds for r in facts.records if isinstance(r, DeviceUptime)}
    assert unknown == {"librenms-17": 0, "librenms-18": 168 * HOUR}
    assert [line.startswith("outages of device 18: outages.1") for line in facts.skipped] == [True]
    assert spans(facts) == []


def test_an_outage_without_the_field_of_its_end_cannot_be_read() -> None:
    """A field that is missing is not a null: whether it still lasts is not said."""
    answers = payload()
    answers["watched"][0]["outages"] = [{"going_down": START}]
    with pytest.raises(ChangedShapeError, match="up_again"):
        read(answers)


@pytest.mark.parametrize("name", ["devices", "watched", "members"])
@pytest.mark.parametrize("value", [None, {}, "x"])
def test_a_list_that_is_none_changes_the_shape(name: str, value: Any) -> None:
    with pytest.raises(ChangedShapeError):
        read(payload() | {name: value})


def test_another_system_s_scope_is_a_programming_error() -> None:
    with pytest.raises(ConfigurationError):
        read(payload(), ZabbixScope(customer="ACME"))


def test_it_says_what_it_cannot_tell_and_shows_no_service_levels() -> None:
    facts = read(payload())
    assert sum("maintenance" in line for line in sentences(facts)) == 1
    assert sum("did not look" in line for line in sentences(facts)) == 1
    assert {type(record) for record in facts.records} == {DeviceUptime}


def test_the_order_of_the_answers_changes_nothing() -> None:
    answers = payload([(START, START + HOUR), (START + 5 * HOUR, START + 6 * HOUR)])
    answers["members"].append(18)
    answers["devices"].append(device(18, display="A"))
    answers["watched"].append({"device_id": 18, "last_polled": "2026-11-23 06:00:00", "outages": []})
    turned = {key: value[::-1] if isinstance(value, list) else value for key, value in answers.items()}
    turned["watched"][1] = turned["watched"][1] | {"outages": answers["watched"][0]["outages"][::-1]}
    assert read(answers).records == read(turned).records


moments = st.integers(START - 3 * DAY, END + 3 * DAY)
outage_lists = st.lists(
    st.tuples(moments, st.none() | st.integers(0, 5 * DAY)).map(
        lambda pair: (pair[0], pair[1] and pair[0] + pair[1])
    ),
    max_size=6,
)


@given(outages=outage_lists, polled=moments, added=moments, away=st.sampled_from([-8, 0, 1, 9]))
def test_down_and_unknown_never_overlap_and_never_exceed_the_device_s_time(
    outages: list[tuple[int, int | None]], polled: int, added: int, away: int
) -> None:
    answers = payload(outages)
    zone = timezone(timedelta(hours=away))
    answers["devices"][0]["inserted"] = datetime.fromtimestamp(added, zone).isoformat()
    answers["watched"][0]["last_polled"] = datetime.fromtimestamp(polled, zone).isoformat()
    facts = read(answers)
    born = max(START, added)
    if born >= END:
        assert facts.records == ()
        return
    length, unknown, down = seconds(facts)
    assert length == END - born
    assert 0 <= down <= length - unknown
    told = [(o.started_at, o.ended_at or WEEK.end_utc) for o in facts.records if isinstance(o, Outage)]
    assert sum((end - start).total_seconds() for start, end in told) == down
    assert all(WEEK.start_utc <= start < end <= WEEK.end_utc for start, end in told)
    is_touched = any(max(begin, born) < min(end or END, END) for begin, end in outages)
    assert (down > 0) == is_touched


@given(local=st.datetimes(datetime(2026, 10, 24), datetime(2026, 10, 27)))  # noqa: DTZ001 - the server's clock
def test_an_hour_that_comes_twice_is_the_earlier_one(local: datetime) -> None:
    """Polled at 02:30 of a night when clocks go back: what may not have been seen is not known."""
    week = ReportingWeek.parse("2026-W43", "Europe/Berlin")
    answers = payload()
    answers["watched"][0]["last_polled"] = local.strftime("%Y-%m-%d %H:%M:%S")
    seen = int(
        local.replace(tzinfo=ZoneInfo("Europe/Berlin"), fold=0, microsecond=0).astimezone(UTC).timestamp()
    )
    unknown = the_device(read(answers, week=week)).unknown_seconds
    assert unknown == max(0, int(week.end.timestamp()) - seen)
