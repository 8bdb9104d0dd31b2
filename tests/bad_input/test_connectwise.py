"""ConnectWise PSA, fed with bad answers."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
import requests

from demo.setting import Setting
from msp_reports.domain.errors import ChangedShapeError, ForeignRowError, IncompletePullError
from tests.bad_input.table import (
    PARTIAL,
    SAME,
    SKIPPED,
    Call,
    Given,
    Meddler,
    Row,
    answer,
    common,
    edit,
    judge,
)

pytestmark = pytest.mark.airflow

TICKETS, OPENED = r"/service/tickets\?", r"/service/tickets\?\S*dateEntered%3E%3D"
SLA, TARGETS = r"/service/SLAs/4 ", r"/service/SLAs/4/priorities"


def on_first(**changes: Any) -> Any:
    return edit(lambda rows: rows[0].update(changes))


def without(field: str) -> Any:
    return edit(lambda rows: rows[0].pop(field) and None)


def another_zone(rows: list[dict[str, Any]]) -> None:
    """The same moments, written down in Tokyo."""

    def there(told: str) -> str:
        return datetime.fromisoformat(told).astimezone(timezone(timedelta(hours=9))).isoformat()

    for row in rows:
        row["_info"]["dateEntered"] = there(row["_info"]["dateEntered"])
        for name in ("closedDate", "dateResponded", "dateResolved"):
            row[name] = there(row[name]) if row[name] else None


def as_text(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        row |= {name: str(row[name]) for name in ("id", "respondMinutes", "resolveMinutes", "resPlanMinutes")}


def ten_times(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Ticket after ticket that was merged into another: none of them counts."""
    merged = {"mergedParentTicket": {"id": 1}}
    return rows + [row | merged | {"id": row["id"] + 10**8 * n} for n in range(1, 10) for row in rows]


def link_elsewhere(given: Given, _: Call) -> None:
    given.headers["Link"] = '<https://elsewhere.example/service/tickets?pageId=5>; rel="next"'


def twice(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return rows + rows


def bare(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"id": row["id"], "company": row["company"]} for row in rows]


def foreign(rows: list[dict[str, Any]]) -> None:
    rows[-1]["company"] = {"id": 202, "identifier": "BERGMANN-2"}


ROWS = [
    *common(TICKETS),
    Row("403 for the targets", TARGETS, answer(403, {"message": "no"}), PARTIAL),
    Row("404 for the targets", SLA, answer(404, {"code": "NotFound"}), PARTIAL),
    Row("500 for the targets, once", TARGETS, answer(500, b"oops"), SAME, times=1),
    Row("a missing field", TICKETS, without("_info"), SKIPPED),
    Row("a wrong type", TICKETS, on_first(closedFlag="perhaps"), SKIPPED),
    Row("a null where a number stood", TICKETS, on_first(id=None), SKIPPED),
    Row("a time that is none", TICKETS, on_first(closedDate="yesterday"), SKIPPED),
    Row("every row twice", TICKETS, edit(twice), SAME),
    Row("a next page on another server", TICKETS, link_elsewhere, ChangedShapeError),
    Row("a row of another company", TICKETS, edit(foreign), ForeignRowError),
    Row("a row of no company", OPENED, on_first(company=None), ForeignRowError),
    Row("a clock in another zone", TICKETS, edit(another_zone), SAME),
    Row("a string number", TICKETS, edit(as_text), SAME),
    Row("a 10× larger answer", TICKETS, edit(ten_times), SAME),
    Row("an object instead of a list", TICKETS, edit(lambda _: {"code": "x"}), ChangedShapeError),
    Row("every row unreadable", TICKETS, edit(bare), ChangedShapeError),
]


@pytest.fixture(scope="module", autouse=True)
def warm(estate: Setting) -> None:
    """The estate remembers what happened at the first question, which takes it longer than a test waits."""
    told = requests.get(
        f"{estate.estate_url}/connectwise/v4_6_release/apis/3.0/service/tickets",
        params={"pageSize": "1"},
        auth=("northwind+demo-public", "demo-private-key"),
        headers={"clientId": "demo-client-id"},
        timeout=60,
    )
    assert told.json()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.name} {row.where}")
def test_no_bad_answer_becomes_a_number(meddled: Meddler, row: Row) -> None:
    judge(meddled, "connectwise", "bergmann", row)


def test_a_page_token_that_repeats_ends_the_pull(meddled: Meddler) -> None:
    def to_itself(given: Given, call: Call) -> None:
        given.headers["Link"] = f'<http://127.0.0.1:{meddled.port}{call.path}>; rel="next"'

    judge(
        meddled,
        "connectwise",
        "bergmann",
        Row("a page token that repeats", TICKETS, to_itself, IncompletePullError),
    )


def test_a_page_that_comes_again_under_another_token_counts_once(meddled: Meddler) -> None:
    def again(given: Given, call: Call) -> None:
        if "pageId" not in call.path:
            given.headers["Link"] = f'<http://127.0.0.1:{meddled.port}{call.path}&pageId=0>; rel="next"'

    judge(meddled, "connectwise", "bergmann", Row("a duplicated page", TICKETS, again, SAME))
