"""Whatever becomes of the tries, and whoever is added or removed between them: one copy each, never two."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from msp_reports.domain.errors import DeliveryError, DeliveryThrottledError
from msp_reports.steps import deliver, packages
from msp_reports.steps.deliveries import decide
from msp_reports.store.database import transaction
from msp_reports.store.deliveries import DeliveryRepository
from msp_reports.store.ledger import Decision, DeliveryState
from tests.steps.post_office import IDA, MIA, REF, UWE, PostOffice, list_recipients, rewrite, standing
from tests.steps.sealed import KEY, a_sealed_report
from tests.steps.test_side_by_side import forget

pytestmark = [pytest.mark.airflow, pytest.mark.db, pytest.mark.usefixtures("database")]

ROUTES = ("gmail: {}", "outlook: {connection: graph_mail, sender: reports@northwind.example}")


class KilledError(BaseException):
    """The worker is gone: nothing is written any more."""


BECOMES: Mapping[str, BaseException] = {"throttled": DeliveryThrottledError("429"), "killed": KilledError()}
addresses = st.sets(st.sampled_from([UWE, MIA, IDA]))


@dataclass(frozen=True)
class Try:
    recipients: set[str]
    refused: set[str]
    lost: set[str]
    trouble: Mapping[str, str]
    is_moved: bool
    """To the other mail system, before it."""
    is_closed: bool
    """At the end of the run, after it: what is in doubt then is decided by a person who looked."""


tries = st.builds(
    Try,
    recipients=addresses.filter(bool),
    refused=addresses,
    lost=addresses,
    trouble=st.dictionaries(st.sampled_from([UWE, MIA, IDA]), st.sampled_from([*BECOMES]), max_size=1),
    is_moved=st.integers(0, 4).map(lambda number: number == 0),
    is_closed=st.booleans(),
)


def close(office: PostOffice) -> None:
    with transaction() as connection:
        DeliveryRepository(connection).close(KEY)
    for line in standing():
        if line.state is DeliveryState.UNKNOWN:
            arrived = office.brought(line.key)
            decide(line.key, Decision.ARRIVED if arrived else Decision.AGAIN, by="jana")


def move(config: Path) -> None:
    text = (config / "customers" / "acme.yaml").read_text("utf-8")
    now, then = ROUTES if ROUTES[0] in text else reversed(ROUTES)
    rewrite(config, now, then)


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(made=st.lists(tries, min_size=1, max_size=5))
def test_nobody_gets_two_and_in_the_end_each_has_one(
    made: list[Try], config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    forget()
    a_sealed_report()
    office = PostOffice()
    monkeypatch.setattr(packages, "load", office)
    for one in made:
        list_recipients(config, sorted(one.recipients))
        office.refused, office.lost = one.refused, one.lost
        office.trouble = {address: BECOMES[what] for address, what in one.trouble.items()}
        if one.is_moved:
            move(config)
        with suppress(DeliveryError, KilledError):
            deliver.email(report=REF)
        if one.is_closed:
            close(office)
    office.refused, office.lost, office.trouble = set(), set(), {}
    close(office)
    deliver.email(report=REF)
    last = made[-1].recipients
    copies = {address: office.copies(address) for address in (UWE, MIA, IDA)}
    assert {address: copies[address] for address in last} == dict.fromkeys(last, 1)
    assert max(copies.values()) == 1
    assert {line.state for line in standing()} == {DeliveryState.SENT}
