"""HaloPSA, fed with bad answers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
import requests

from demo.setting import Setting
from msp_reports.domain.errors import (
    ChangedShapeError,
    CredentialsRefusedError,
    ForeignRowError,
    IncompletePullError,
    PermissionMissingError,
    RetriableSourceError,
)
from msp_reports.hooks.pagination import ListChangedError
from tests.bad_input.table import PARTIAL, SAME, SKIPPED, Meddler, Row, answer, common, edit, html, judge

pytestmark = pytest.mark.airflow

TOKEN, INFO = r"/auth/token", r"/api/authinfo"
TICKETS, OPENED = r"/api/Tickets\?", r"/api/Tickets\?\S*datesearch=dateoccured"
DETAIL, PRIORITY = r"/api/Tickets/\d", r"/api/Priority\?"
DATES = ("dateoccurred", "dateclosed", "respondbydate", "responsedate", "fixbydate")


def on_first(**changes: Any) -> Any:
    return edit(lambda body: body["tickets"][0].update(changes))


def without(field: str) -> Any:
    return edit(lambda body: body["tickets"][0].pop(field) and None)


def another_zone(body: dict[str, Any]) -> None:
    """The same moments, written down in Tokyo; empty times stay empty."""
    for row in body["tickets"]:
        for name in DATES:
            moment = datetime.fromisoformat(row[name]).replace(tzinfo=UTC)
            if moment.year > 1900:
                row[name] = moment.astimezone(timezone(timedelta(hours=9))).isoformat()


def as_text(body: dict[str, Any]) -> None:
    for row in body["tickets"]:
        row |= {name: str(row[name]) for name in ("id", "client_id", "sla_id", "priority_id", "status_id")}


def ten_times(body: dict[str, Any]) -> None:
    """Ticket after ticket that was merged into another: none of them counts."""
    rows = body["tickets"]
    more = [row | {"merged_into_id": 1, "id": row["id"] + 10**7 * n} for n in range(1, 10) for row in rows]
    body |= {"tickets": rows + more, "record_count": body["record_count"] * 10}


def everybodys(body: dict[str, Any]) -> None:
    """What comes where the filter is not understood."""
    body["tickets"].append(body["tickets"][0] | {"id": 1, "client_id": 308})
    body["record_count"] += 1


def first_page_again(body: dict[str, Any]) -> None:
    body |= {"page_no": 1, "record_count": body["record_count"] * 2}


def under_the_next_number(given: Any, call: Any) -> None:
    body = given.json
    page = int(call.path.rpartition("page_no=")[2])
    rows = body["tickets"] if page == 1 else [{"id": None}]
    given.json = body | {"page_no": page, "record_count": body["record_count"] * 2, "tickets": rows * page}


def one_fewer(body: dict[str, Any]) -> None:
    del body["tickets"][-1:]


def bare(body: dict[str, Any]) -> None:
    body["tickets"] = [{"id": row["id"], "client_id": row["client_id"]} for row in body["tickets"]]


def moving(given: Any, call: Any) -> None:
    """Another total on every page."""
    body = given.json
    page = int(call.path.rpartition("page_no=")[2])
    given.json = {"page_no": page, "record_count": 10 + page, "tickets": [{"id": page, "client_id": 305}]}
    assert "tickets" in body


REFUSED = {"ClassName": "Exception", "Message": "no"}
ROWS = [
    *common(TICKETS, token=TOKEN),
    Row("wrong credentials, 400", TOKEN, answer(400, {"error": "invalid_client"}), CredentialsRefusedError),
    Row("no token in the answer", TOKEN, answer(200, {"token_type": "Bearer"}), ChangedShapeError),
    Row("the sign-in throttled once", TOKEN, answer(429, {}), SAME, times=1),
    Row("an instance that does not say where", INFO, html, SAME),
    Row("an instance that is down", INFO, answer(503, b""), RetriableSourceError),
    Row("403 for priorities", PRIORITY, answer(403, REFUSED), PARTIAL),
    Row("priorities as an object", PRIORITY, edit(lambda body: {"priorities": body}), ChangedShapeError),
    Row("403 for a single ticket", DETAIL, answer(403, REFUSED), PermissionMissingError),
    Row("a single ticket that is gone", DETAIL, answer(404, REFUSED), SAME),
    Row(
        "a single ticket of another client", DETAIL, edit(lambda b: b.update(client_id=308)), ForeignRowError
    ),
    Row("a missing field", TICKETS, without("dateoccurred"), SKIPPED),
    Row("a wrong type", TICKETS, on_first(onhold="perhaps"), SKIPPED),
    Row("a null where a number stood", TICKETS, on_first(id=None), SKIPPED),
    Row("a time that is none", TICKETS, on_first(dateclosed="yesterday"), SKIPPED),
    Row("a duplicated page", TICKETS, edit(first_page_again), IncompletePullError),
    Row("a page whose rows repeat", TICKETS, under_the_next_number, IncompletePullError),
    Row("rows that were announced and did not come", TICKETS, edit(one_fewer), IncompletePullError),
    Row("a list that never stands still", TICKETS, moving, ListChangedError),
    Row("a row of another client", TICKETS, edit(everybodys), ForeignRowError),
    Row("a row of no client", OPENED, on_first(client_id=None), ForeignRowError),
    Row("a clock in another zone", TICKETS, edit(another_zone), SAME),
    Row("a string number", TICKETS, edit(as_text), SAME),
    Row("a 10× larger answer", TICKETS, edit(ten_times), SAME),
    Row("an error with 200", TICKETS, edit(lambda _: REFUSED), ChangedShapeError),
    Row("every row unreadable", TICKETS, edit(bare), ChangedShapeError),
]


@pytest.fixture(scope="module", autouse=True)
def warm(estate: Setting) -> None:
    """The estate remembers what happened at the first question, which takes it longer than a test waits."""
    form = {"grant_type": "client_credentials", "client_id": "demo-halo-app", "scope": "all"}
    form["client_secret"] = "demo-halo-secret"
    address = f"{estate.estate_url}/halo"
    token = requests.post(f"{address}/auth/token?tenant=northwind", data=form, timeout=60).json()
    headers = {"Authorization": f"Bearer {token['access_token']}"}
    assert requests.get(f"{address}/api/Tickets?count=1", headers=headers, timeout=60).json()["tickets"]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.name} {row.where}")
def test_no_bad_answer_becomes_a_number(meddled: Meddler, row: Row) -> None:
    judge(meddled, "halo", "delta", row)
