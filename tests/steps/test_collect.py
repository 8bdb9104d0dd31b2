"""A source's trouble is stored with its reason; only what must be corrected by hand fails the task."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from msp_reports.customer_files import read_customer
from msp_reports.domain.errors import ConfigurationError, CredentialsRefusedError, RetriableSourceError
from msp_reports.domain.snapshot import Facts, Pull, Snapshot, SnapshotStatus
from msp_reports.domain.week import ReportingWeek
from msp_reports.steps import collect
from msp_reports.store.database import transaction
from msp_reports.store.snapshots import SnapshotRepository

pytestmark = [pytest.mark.airflow, pytest.mark.db, pytest.mark.usefixtures("database", "config")]

WEEK = ReportingWeek.parse("2026-W47", "Europe/Berlin")
Answer = Callable[[], Facts]


@pytest.fixture
def system(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let the customer's system answer, and its parser read, as the test says."""

    def behave(*, fetch: Exception | None = None, parse: Exception | None = None) -> None:
        class Hook:
            def __init__(self, conn_id: str) -> None:
                pass

            def fetch(self, scope: object, week: ReportingWeek) -> Pull:
                if fetch is not None:
                    raise fetch
                return Pull(payload={}, fetched_at=datetime.now(UTC), requests=1)

        def read(payload: object, **_: object) -> Facts:
            if parse is not None:
                raise parse
            return Facts(records=(), rows_read=3)

        monkeypatch.setattr(collect, "load", lambda dotted: read if dotted.endswith(":parse") else Hook)

    behave()
    return behave


def collected(*, last_try: bool = True) -> Snapshot:
    customer = read_customer("acme")
    binding = customer.binding("connectwise")
    assert binding is not None
    return collect.collect_week(customer, binding, WEEK, last_try=last_try)


def stored() -> dict[str, Any]:
    with transaction() as connection:
        found = SnapshotRepository(connection).load_weeks("acme", [WEEK.label])
    return {s.system: (s.status, s.reason) for facts in found for s in facts.snapshots}


def test_what_was_told_is_stored(system: Callable[..., None]) -> None:
    assert collected().status is SnapshotStatus.OK
    assert stored() == {"connectwise": (SnapshotStatus.OK, None)}


def test_a_refusal_is_stored_as_missing_with_its_reason(system: Callable[..., None]) -> None:
    system(fetch=CredentialsRefusedError("ConnectWise PSA: credentials refused"))
    assert collected(last_try=False).status is SnapshotStatus.MISSING
    reason = "CredentialsRefusedError: ConnectWise PSA: credentials refused"
    assert stored() == {"connectwise": (SnapshotStatus.MISSING, reason)}


def test_what_may_pass_is_tried_again_before_it_is_missing(system: Callable[..., None]) -> None:
    system(fetch=RetriableSourceError("in trouble"))
    with pytest.raises(RetriableSourceError):
        collected(last_try=False)
    assert stored() == {}
    assert collected(last_try=True).status is SnapshotStatus.MISSING


@pytest.mark.parametrize(
    "fault", [IndexError("list index"), TypeError("int"), OverflowError("date"), OSError("x")]
)
def test_an_answer_that_the_parser_stumbles_over_is_missing_and_says_so(
    system: Callable[..., None], fault: Exception
) -> None:
    system(parse=fault)
    snapshot = collected()
    assert snapshot.status is SnapshotStatus.MISSING
    assert "ChangedShapeError: ConnectWise PSA: the answer has something in it that nobody foresaw" in str(
        snapshot.reason
    )
    assert type(fault).__name__ in str(snapshot.reason)


def test_an_answer_that_the_hook_stumbles_over_is_missing_too(system: Callable[..., None]) -> None:
    system(fetch=AttributeError("'str' object has no attribute 'get'"))
    assert "nobody foresaw" in str(collected().reason)


def test_numbers_of_an_earlier_run_do_not_pass_for_those_of_a_run_that_failed(
    system: Callable[..., None],
) -> None:
    collected()
    system(fetch=ConfigurationError("connection 'connectwise' is not defined"))
    with pytest.raises(ConfigurationError):
        collected()
    assert stored() == {}
