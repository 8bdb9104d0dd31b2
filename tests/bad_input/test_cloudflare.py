"""Cloudflare, fed with bad answers. It has no pages and no page tokens: windows of a day stand for them."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from msp_reports.domain.errors import (
    ChangedShapeError,
    ConfigurationError,
    ForeignRowError,
    IncompletePullError,
    PermissionMissingError,
    RetriableSourceError,
)
from tests.bad_input.table import SAME, Call, Given, Meddler, Row, answer, common, edit, judge

pytestmark = pytest.mark.airflow

ZONE, QUESTION, ROWS = r"/zones/", r"/graphql .*", r"/graphql .*datetimeFiveMinutes"
DATASET = "httpRequestsAdaptiveGroups"


def rows_of(body: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = body["data"]["viewer"]["zones"][0][DATASET]
    return rows


def on_row(change: Any) -> Any:
    return edit(lambda body: change(rows_of(body)[5]) and None)


def on_dimension(**changes: Any) -> Any:
    return on_row(lambda row: row["dimensions"].update(changes))


def every_row(change: Any) -> Any:
    return edit(lambda body: [change(row) for row in rows_of(body)] and None)


def in_tokyo(row: dict[str, Any]) -> None:
    moment = datetime.fromisoformat(row["dimensions"]["datetimeFiveMinutes"])
    tokyo = moment.astimezone(timezone(timedelta(hours=9)))
    row["dimensions"]["datetimeFiveMinutes"] = tokyo.isoformat()


def as_text(row: dict[str, Any]) -> None:
    row["count"] = str(row["count"])
    row["dimensions"]["edgeResponseStatus"] = str(row["dimensions"]["edgeResponseStatus"])


def twice(body: Any) -> None:
    rows = rows_of(body)
    rows += rows


def ten_times(body: Any) -> None:
    """More rows than one answer may hold: it cannot be whole, and is asked for in halves."""
    rows = rows_of(body)
    rows += rows * 9


def full(given: Given, call: Call) -> None:
    """As many rows as the limit allows: whether some were cut off cannot be told."""
    limit = int(json.loads(call.body)["query"].split("limit: ")[1].split(",")[0])
    body = given.json
    rows = rows_of(body)
    rows[:] = (rows * (limit // len(rows) + 1))[:limit]
    given.json = body


def first_window(given: Given, call: Call) -> None:
    """Every answer is that of a day before."""
    body = given.json
    for row in rows_of(body):
        moment = datetime.fromisoformat(row["dimensions"]["datetimeFiveMinutes"]) - timedelta(days=1)
        row["dimensions"]["datetimeFiveMinutes"] = moment.isoformat()
    given.json = body


def errors(message: str) -> Any:
    return answer(200, {"data": None, "errors": [{"message": message, "path": ["viewer"]}]})


def other_zone(body: Any) -> None:
    body["data"]["viewer"]["zones"][0]["zoneTag"] = "f" * 32


def partial(body: Any) -> None:
    """Some data and an error beside it, as GraphQL allows."""
    body["errors"] = [{"message": "unable to execute query, please try again later"}]


TABLE = [
    *common(ROWS),
    *common(ZONE),
    Row("a missing field", ROWS, on_row(lambda row: row.pop("count")), ChangedShapeError),
    Row("a missing time", ROWS, on_row(lambda row: row["dimensions"].clear()), ChangedShapeError),
    Row("a wrong type", ROWS, on_row(lambda row: row.update(count="many")), ChangedShapeError),
    Row("a null where a number stood", ROWS, on_row(lambda row: row.update(count=None)), ChangedShapeError),
    Row("a negative count", ROWS, on_row(lambda row: row.update(count=-1)), ChangedShapeError),
    Row("a duplicated window", ROWS, first_window, IncompletePullError),
    Row("a window that repeats once", ROWS, first_window, IncompletePullError, times=1),
    Row("rows twice in one answer", ROWS, edit(twice), ChangedShapeError, times=1),
    Row("a 10× larger answer", ROWS, edit(ten_times), SAME, times=1),
    Row("an answer as large as the limit, once", ROWS, full, SAME, times=1),
    Row("an answer as large as the limit, always", ROWS, full, IncompletePullError),
    Row(
        "a row of another host",
        ROWS,
        on_dimension(clientRequestHTTPHost="shop.enoteca.example"),
        ForeignRowError,
    ),
    Row("a zone that is another's", QUESTION, edit(other_zone), ForeignRowError),
    Row("a clock in another zone", ROWS, every_row(in_tokyo), SAME),
    Row("a string number", ROWS, every_row(as_text), SAME),
    Row("null where a list stood", ROWS, edit(lambda _: {"data": None, "errors": None}), ChangedShapeError),
    Row("an error beside data", ROWS, edit(partial), RetriableSourceError),
    Row("budget spent with 200", QUESTION, errors("rate limiter budget depleted"), RetriableSourceError),
    Row("no access with 200", QUESTION, errors("does not have access to the path"), PermissionMissingError),
    Row("an unknown error with 200", QUESTION, errors("oh"), ChangedShapeError),
    Row(
        "a zone of another name",
        ZONE,
        edit(lambda body: body["result"].update(name="enoteca.example")),
        ConfigurationError,
    ),
]


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.name} {row.where}")
def test_no_bad_answer_becomes_a_number(meddled: Meddler, row: Row) -> None:
    judge(meddled, "cloudflare", "olympia", row)
