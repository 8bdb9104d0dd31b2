"""What is so now is kept by day, told for the week it belongs to, and for no other."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from msp_reports.domain.errors import CredentialsRefusedError, StandingsIncompleteError
from msp_reports.domain.snapshot import Pull
from msp_reports.domain.week import ReportingWeek
from msp_reports.steps import standings
from msp_reports.store.database import transaction
from msp_reports.store.standings import Standing, StandingRepository
from tests.conftest import CUSTOMER

pytestmark = [pytest.mark.airflow, pytest.mark.db, pytest.mark.usefixtures("database", "config")]

WEEK = ReportingWeek.ended_before(datetime.now(UTC), "Europe/Berlin").prior(5)
NOW = {"devices": ["now"], "assets": {"now": []}, "other": [1]}
THEN = {"devices": ["then"], "assets": {"then": []}}


def pull(fetched_at: datetime | None = None, payload: dict[str, Any] | None = None) -> Pull:
    return Pull(
        payload=NOW if payload is None else payload, fetched_at=fetched_at or datetime.now(UTC), requests=3
    )


def kept(taken_at: datetime, payload: dict[str, Any] = THEN, customer: str = "acme") -> None:
    with transaction() as connection:
        StandingRepository(connection).save(
            customer, "datto", Standing(taken_at=taken_at, payload=payload), zone="Europe/Berlin"
        )


def rows() -> dict[tuple[str, str], datetime]:
    with transaction() as connection, connection.cursor() as cursor:
        cursor.execute("select customer, system, taken_at from standing order by taken_at")
        return {(customer, system): at for customer, system, at in cursor.fetchall()}


Take = Callable[[Any], Pull]


@pytest.fixture
def vendors(monkeypatch: pytest.MonkeyPatch) -> dict[str, Take]:
    """What each system answers, by the name of its connection."""
    answers: dict[str, Take] = {}
    monkeypatch.setattr(
        standings, "load", lambda _dotted: lambda conn_id: SimpleNamespace(standing=answers[conn_id])
    )
    return answers


def test_a_past_week_is_told_from_the_standing_near_its_end() -> None:
    taken = WEEK.end_utc + timedelta(hours=1)
    kept(taken)
    told, as_of = standings.told_for("acme", "datto", WEEK, pull())
    assert as_of == taken
    assert told.payload == {**THEN, "other": [1], "standing_at": taken.isoformat()}


@pytest.mark.parametrize("hours", [37, -37, 24 * 7])
def test_without_one_near_enough_the_parser_is_told_that_it_sees_today(hours: int) -> None:
    kept(WEEK.end_utc + timedelta(hours=hours))
    fresh = pull()
    told, as_of = standings.told_for("acme", "datto", WEEK, fresh)
    assert as_of is None
    assert told.payload == {**NOW, "standing_at": fresh.fetched_at.isoformat()}


def in_berlin(week: ReportingWeek, day: int, hour: int, minute: int) -> datetime:
    """A moment of the provider's, `day` days after the Monday on which the week ends."""
    local = datetime.combine(
        week.monday + timedelta(days=7 + day), time(hour, minute), ZoneInfo("Europe/Berlin")
    )
    return local.astimezone(UTC)


@pytest.mark.parametrize("zone", ["America/New_York", "America/Los_Angeles", "Asia/Tokyo", "Europe/Berlin"])
def test_nights_of_a_provider_elsewhere_tell_of_a_week_they_have_seen_whole(
    zone: str, vendors: dict[str, Take], config: Path
) -> None:
    """The night of Monday is not yet the week's end in America: that of Tuesday has seen it."""
    week = ReportingWeek.parse(WEEK.label, zone)
    customer = SimpleNamespace(code="acme", zone=zone)
    binding = SimpleNamespace(system="datto", connection="datto", scope=None)
    nights = [in_berlin(week, day, 0, 30) for day in (-1, 0, 1)]
    for night in nights:
        vendors["datto"] = lambda _, at=night: pull(at, {"devices": [str(at)], "assets": {}})
        standings._take(customer, binding)  # type: ignore[arg-type]
    told, as_of = standings.told_for("acme", "datto", week, pull())
    first = next(night for night in nights if night >= week.end_utc)
    assert (as_of, told.payload["devices"]) == (first, [str(first)])


@pytest.mark.parametrize(
    ("label", "zone", "nights"),
    [
        ("2026-W04", "America/New_York", (-4.5, 19.5)),
        ("2026-W04", "America/Los_Angeles", (-8.5, 15.5)),
        ("2026-W30", "America/Los_Angeles", (-8.5, 15.5)),
    ],
    ids=["provider in London", "provider in Berlin", "provider in Berlin, summer"],
)
@pytest.mark.parametrize("own_first", [True, False])
def test_the_weeks_own_pull_is_kept_beside_the_nights_and_told(
    label: str, zone: str, nights: tuple[float, float], own_first: bool
) -> None:
    """London's winter night and New York's midnight are on one day of UTC: the night must not win."""
    week = ReportingWeek.parse(label, zone)
    before, after = (week.end_utc + timedelta(hours=h) for h in nights)
    own = week.end_utc + timedelta(hours=1)
    for at in (own, before, after) if own_first else (before, after, own):
        standings.keep("acme", "datto", week, pull(at, {"devices": [str(at)], "assets": {}}))
    told, as_of = standings.told_for("acme", "datto", week, pull())
    assert (as_of, told.payload["devices"]) == (own, [str(own)])


def test_a_night_before_the_weeks_end_is_told_with_its_time_where_there_is_no_other() -> None:
    taken = WEEK.end_utc - timedelta(hours=5)
    kept(taken)
    told, as_of = standings.told_for("acme", "datto", WEEK, pull())
    assert (as_of, told.payload["standing_at"]) == (taken, taken.isoformat())


@pytest.mark.parametrize("hours", [1.5, 6, 35, 36, 37, 24 * 30])
def test_whenever_a_week_is_asked_for_the_first_standing_after_its_end_tells_it(hours: float) -> None:
    """What a vendor's people paused or deleted on Monday morning is no fact of the week."""
    taken = WEEK.end_utc + timedelta(hours=1)
    kept(taken)
    told, as_of = standings.told_for("acme", "datto", WEEK, pull(WEEK.end_utc + timedelta(hours=hours)))
    assert as_of == taken
    assert told.payload == {**THEN, "other": [1], "standing_at": taken.isoformat()}


@pytest.mark.parametrize("night", [None, -5, -0.1, 6, 20])
def test_what_is_fetched_soon_after_the_week_speaks_for_itself_where_no_standing_is_nearer(
    night: float | None,
) -> None:
    if night is not None:
        kept(WEEK.end_utc + timedelta(hours=night))
    fresh = pull(WEEK.end_utc + timedelta(hours=6))
    told, as_of = standings.told_for("acme", "datto", WEEK, fresh)
    assert as_of is None
    assert told.payload == {**NOW, "standing_at": fresh.fetched_at.isoformat()}


@pytest.mark.parametrize(("hours", "told_from"), [(6, "pull"), (24 * 100, "night")])
def test_a_history_is_told_from_the_night_only_when_the_vendor_may_have_forgotten_it(
    hours: float, told_from: str
) -> None:
    """A score of the week's last day may come after the night; it is in the pull."""
    night = Standing(taken_at=WEEK.end_utc + timedelta(hours=1), payload={"secure_scores": ["night"]})
    with transaction() as connection:
        StandingRepository(connection).save("acme", "defender", night, zone="Europe/Berlin")
    asked = pull(WEEK.end_utc + timedelta(hours=hours), {"secure_scores": ["pull"]})
    told, _ = standings.told_for("acme", "defender", WEEK, asked)
    assert told.payload["secure_scores"] == [told_from]


def test_another_customers_standing_is_not_told() -> None:
    kept(WEEK.end_utc, customer="acme-labs")
    told, as_of = standings.told_for("acme", "datto", WEEK, pull())
    assert (told.payload["devices"], as_of) == (["now"], None)


def test_a_system_that_knows_its_past_is_left_as_it_is() -> None:
    fresh = pull()
    assert standings.told_for("acme", "connectwise", WEEK, fresh) == (fresh, None)


def test_a_weeks_own_pull_is_kept_and_only_the_parts_that_tell_of_now() -> None:
    fresh = pull(WEEK.end_utc + timedelta(hours=6))
    standings.keep("acme", "datto", WEEK, fresh)
    with transaction() as connection:
        found = StandingRepository(connection).nearest(
            "acme", "datto", WEEK.end_utc, within=timedelta(hours=36)
        )
    assert found == Standing(taken_at=fresh.fetched_at, payload={k: NOW[k] for k in THEN})


def test_a_backfill_keeps_nothing_neither_for_the_past_nor_for_today() -> None:
    standings.keep("acme", "datto", WEEK, pull())
    assert rows() == {}


def test_an_answer_without_content_is_no_standing() -> None:
    nothing = pull(WEEK.end_utc, {"secure_scores": [], "control_profiles": []})
    standings.keep("acme", "defender", WEEK, nothing)
    assert rows() == {}


def two_customers(config: Path) -> None:
    labs = CUSTOMER.replace("code: acme", "code: acme-labs").replace("ACME}", "ACME-LABS}")
    labs = labs.replace("19:acme@", "19:acme-labs@").replace("f-1", "f-2").replace("zabbix_eu", "zabbix_labs")
    (config / "customers" / "acme-labs.yaml").write_text(labs, encoding="utf-8")


@pytest.mark.parametrize("trouble", [CredentialsRefusedError("refused"), ValueError("a defect of ours")])
def test_one_customers_trouble_does_not_keep_the_others_from_theirs(
    config: Path, vendors: dict[str, Take], trouble: Exception
) -> None:
    two_customers(config)

    def refuse(_scope: Any) -> Pull:
        raise trouble

    vendors |= {"zabbix_eu": refuse, "zabbix_labs": lambda _: pull(payload={"hosts": [{"hostid": "1"}]})}
    with pytest.raises(StandingsIncompleteError, match=f"acme zabbix: {type(trouble).__name__}") as red:
        standings.keep_standings()
    assert "acme-labs" not in str(red.value)
    assert list(rows()) == [("acme-labs", "zabbix")]


def test_a_customer_whose_file_is_wrong_is_named_as_missing(config: Path, vendors: dict[str, Take]) -> None:
    two_customers(config)
    (config / "customers" / "acme.yaml").write_text("code: acme\n", encoding="utf-8")
    vendors["zabbix_labs"] = lambda _: pull(payload={"hosts": [{"hostid": "1"}]})
    with pytest.raises(StandingsIncompleteError, match=r"acme\.yaml"):
        standings.keep_standings()
    assert list(rows()) == [("acme-labs", "zabbix")]


def test_all_taken_is_a_green_run_and_old_ones_are_forgotten(vendors: dict[str, Take]) -> None:
    kept(datetime.now(UTC) - standings.KEPT - timedelta(days=1))
    vendors["zabbix_eu"] = lambda _: pull(payload={"hosts": [{"hostid": "1"}]})
    assert standings.keep_standings() == {"taken": 1}
    assert list(rows()) == [("acme", "zabbix")]
