"""Standings: one a day, the one that has seen the week's end is told, old ones are forgotten."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from msp_reports.store.database import transaction
from msp_reports.store.standings import Standing, StandingRepository

pytestmark = [pytest.mark.db, pytest.mark.airflow, pytest.mark.usefixtures("database")]

END = datetime(2026, 11, 22, 23, tzinfo=UTC)
"""A week's end in Berlin."""
NEAR = timedelta(hours=36)


def kept(
    *moments: datetime, customer: str = "acme", system: str = "datto", zone: str = "Europe/Berlin"
) -> None:
    with transaction() as connection:
        for moment in moments:
            standing = Standing(taken_at=moment, payload={"taken": moment.isoformat()})
            StandingRepository(connection).save(customer, system, standing, zone=zone)


def nearest(moment: datetime = END, *, customer: str = "acme", system: str = "datto") -> datetime | None:
    with transaction() as connection:
        found = StandingRepository(connection).nearest(customer, system, moment, within=NEAR)
    if found is None:
        return None
    assert found.payload == {"taken": found.taken_at.isoformat()}
    return found.taken_at


def hours(number: float) -> datetime:
    return END + timedelta(hours=number)


@pytest.mark.parametrize(
    ("taken", "told"),
    [
        ([-30.0, 2.0, 26.0], 2.0),
        ([-3.0, 21.0], 21.0),
        ([-10.0, 10.0], 10.0),
        ([-0.1, 0.0], 0.0),
        ([-30.0, -6.0], -6.0),
        ([-6.0, 37.0], -6.0),
        ([36.0], 36.0),
        ([-36.0], -36.0),
    ],
)
def test_the_first_after_the_end_is_told_else_the_last_before_it(taken: list[float], told: float) -> None:
    kept(*(hours(n) for n in taken))
    assert nearest() == hours(told)


@pytest.mark.parametrize("taken", [36.01, -36.01, 24 * 7.0])
def test_none_near_enough_is_none(taken: float) -> None:
    kept(hours(taken))
    assert nearest() is None


@pytest.mark.parametrize("later_first", [True, False])
def test_of_two_on_one_day_the_earlier_stays(later_first: bool) -> None:
    early, late = hours(1.5), hours(6)
    kept(*((late, early) if later_first else (early, late)))
    assert taken() == [early]


def test_the_day_is_that_of_the_customers_zone() -> None:
    sunday, monday = datetime(2026, 11, 22, 23, 30, tzinfo=UTC), datetime(2026, 11, 23, 5, 30, tzinfo=UTC)
    kept(sunday, monday, zone="America/New_York")
    assert taken() == [sunday, monday], "one day in Berlin, midnight in New York between them"
    late, early = datetime(2026, 11, 24, 0, 30, tzinfo=UTC), datetime(2026, 11, 23, 23, 30, tzinfo=UTC)
    kept(late, early, zone="Europe/Berlin", customer="berlin")
    assert taken("berlin") == [early], "two days of UTC, one in Berlin"


def taken(customer: str = "acme") -> list[datetime]:
    with transaction() as connection, connection.cursor() as cursor:
        cursor.execute("select taken_at from standing where customer = %s order by taken_at", (customer,))
        return [moment for (moment,) in cursor.fetchall()]


def test_another_customers_and_another_systems_are_not_told() -> None:
    kept(END, customer="acme-labs")
    kept(END, system="zabbix")
    assert nearest() is None
    assert nearest(customer="acme-labs") == END


def test_old_ones_are_forgotten() -> None:
    kept(hours(-24), hours(0))
    with transaction() as connection:
        StandingRepository(connection).forget_before(hours(-1))
    assert nearest(hours(-24)) == hours(0), "the older one is gone"
    with transaction() as connection, connection.cursor() as cursor:
        cursor.execute("select count(*) from standing")
        assert cursor.fetchone() == (1,)
