"""Killed anywhere, or overtaken by another worker: nobody gets the report twice, and nobody goes without."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest

from msp_reports.domain.errors import DeliveryThrottledError
from msp_reports.steps import packages
from msp_reports.steps.ledger import deliver
from msp_reports.store.ledger import DeliveryState
from tests.steps.post_office import (
    BOTH,
    IDA,
    MIA,
    UWE,
    PostOffice,
    Stop,
    email,
    leave,
    list_recipients,
    states,
    tried,
)
from tests.steps.sealed import KEY

pytestmark = [pytest.mark.airflow, pytest.mark.db]


def refuse_once(office: PostOffice, *refused: str) -> None:
    """Let the mail to all be refused for one of its addresses, which is well afterwards."""
    office.refused = {*refused}
    office.trouble = dict.fromkeys((UWE, MIA), DeliveryThrottledError("429"))
    tried()
    office.refused, office.trouble = set(), {}


@contextmanager
def a_slower_worker(office: PostOffice, *, stops: Stop) -> Iterator[None]:
    """It began before, and goes on after; but it does not wait for ever for one who waits for it."""
    has_stopped, goes_on = Event(), Event()

    def hold() -> None:
        has_stopped.set()
        goes_on.wait(timeout=1)

    office.holds[stops] = hold
    worker = Thread(target=tried)
    worker.start()
    assert has_stopped.wait(timeout=30)
    yield
    goes_on.set()
    worker.join()


@pytest.mark.parametrize("stops", Stop)
def test_two_workers_write_to_nobody_twice(office: PostOffice, stops: Stop) -> None:
    """The slower looked when nobody was written to yet; then the faster wrote to each alone."""
    office.refused = {UWE}
    with a_slower_worker(office, stops=stops):
        tried()
        office.refused = set()
    email()
    assert {address: office.copies(address) for address in (UWE, MIA)} == {UWE: 1, MIA: 1}


@pytest.mark.parametrize("stops", Stop)
def test_two_workers_write_to_nobody_twice_if_somebody_is_added_meanwhile(
    office: PostOffice, config: Path, stops: Stop
) -> None:
    with a_slower_worker(office, stops=stops):
        list_recipients(config, [UWE, MIA, IDA])
        tried()
    email()
    assert {address: office.copies(address) for address in (UWE, MIA, IDA)} == {UWE: 1, MIA: 1, IDA: 1}


def test_killed_after_the_refusal_it_begins_anew(office: PostOffice) -> None:
    leave(BOTH, DeliveryState.FAILED)
    office.refused = {UWE}
    tried()
    assert states() == {MIA: "sent", UWE: "failed"}


@pytest.mark.parametrize("where", [DeliveryState.PREPARED, DeliveryState.SENDING, DeliveryState.SENT])
def test_killed_among_the_mails_to_each_there_is_none_to_all_any_more(
    office: PostOffice, where: DeliveryState
) -> None:
    refuse_once(office, UWE)
    office.trouble = {UWE: DeliveryThrottledError("429")}
    if where is not DeliveryState.PREPARED:
        tried()
    leave(MIA, where)
    office.trouble = {}
    assert email()["state"] == "sent"
    assert sorted(office.inboxes) == [(MIA,), (UWE,)]


def test_the_mail_to_all_is_not_sent_by_any_path_once_others_stand_in_its_place(office: PostOffice) -> None:
    refuse_once(office, UWE)
    with pytest.raises(DeliveryThrottledError, match="others stand in its place"):
        deliver(KEY, "gmail", packages.mail_package)
    assert office.inboxes == []
