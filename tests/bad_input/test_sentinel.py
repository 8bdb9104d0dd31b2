"""Microsoft Sentinel, fed with bad answers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from msp_reports.domain.errors import (
    ChangedShapeError,
    ConfigurationError,
    ForeignRowError,
    IncompletePullError,
    NoLongerKnownError,
)
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

STATES, BEGIN = r"/query .*arg_max", r"/query .*min\(TimeGenerated\)"
LIST, RECORD, TABLE = r"SecurityInsights/incidents\?", r"/law-delta\?", r"/tables/SecurityIncident"
TOKEN = r"/oauth2/v2\.0/token"
Rows = list[dict[str, Any]]


def on_rows(change: Callable[[Rows], Rows | None]) -> Any:
    """Change the rows of the log as objects, whatever the order of their columns."""

    def do(body: Any) -> None:
        table = body["tables"][0]
        names = [column["name"] for column in table["columns"]]
        rows = [dict(zip(names, row, strict=True)) for row in table["rows"]]
        rows = change(rows) or rows
        table["rows"] = [[row[name] for name in names] for row in rows]

    return edit(do)


def told(rows: Rows) -> dict[str, Any]:
    """A row that stands in the report whatever the week: an open incident of Sentinel's own."""
    return next(r for r in rows if r["Status"] != "Closed" and r["ProviderName"] == "Azure Sentinel")


def on_row(**changes: Any) -> Any:
    return on_rows(lambda rows: told(rows).update(changes))


def without_column(name: str) -> Any:
    def do(body: Any) -> None:
        table = body["tables"][0]
        place = [column["name"] for column in table["columns"]].index(name)
        for row in (table["columns"], *table["rows"]):
            del row[place]

    return edit(do)


def columns_turned_round(body: Any) -> None:
    table = body["tables"][0]
    table["columns"].reverse()
    for row in table["rows"]:
        row.reverse()


def another_zone(rows: Rows) -> None:
    """The same moments, written down in Tokyo."""
    for row in rows:
        for name in ("CreatedTime", "ClosedTime", "LastModifiedTime"):
            if row[name] is not None:
                there = datetime.fromisoformat(row[name]).astimezone(timezone(timedelta(hours=9)))
                row[name] = there.isoformat()


def ten_times(rows: Rows) -> Rows:
    """Ten times as many incidents, all of them closed long before the week."""
    past = {"CreatedTime": "2020-01-01T00:00:00Z", "ClosedTime": "2020-01-02T00:00:00Z", "Status": "Closed"}
    return rows + [r | past | {"IncidentName": f"{r['IncidentName']}-{n}"} for n in range(9) for r in rows]


def numbers(rows: Rows) -> None:
    for row in rows:
        row["ProviderIncidentId"] = int(row["ProviderIncidentId"])


def all_bare(rows: Rows) -> None:
    for row in rows:
        row["CreatedTime"] = None


def listed(**changes: Any) -> Any:
    return edit(lambda body: body["value"][0].update(changes))


def property_of(**changes: Any) -> Any:
    """Of the incident that the log does not know: the oldest."""
    return edit(lambda body: body["value"][-1]["properties"].update(changes))


def begins_late(body: Any) -> None:
    if "tables" in body:
        body["tables"][0]["rows"] = [[None]]
    else:
        body["properties"]["retentionInDays"] = 1


ELSEWHERE = "99999999-3333-4444-5555-666666666666"


def another_log(body: Any) -> None:
    body["properties"]["customerId"] = ELSEWHERE


PARTLY = {"code": "PartialError", "message": "There were some errors when processing your query."}
ROWS = [
    *common(STATES, token=TOKEN),
    *common(LIST, token=TOKEN),
    *common(RECORD, token=TOKEN),
    Row("a missing column", STATES, without_column("ClosedTime"), ChangedShapeError),
    Row("columns in another order", STATES, edit(columns_turned_round), SAME),
    Row("a wrong type", STATES, on_row(CreatedTime={"at": 1}), SKIPPED),
    Row("a null where a time stood", STATES, on_row(LastModifiedTime=None), SKIPPED),
    Row("a missing property", LIST, property_of(createdTimeUtc=None), SKIPPED),
    Row("a number for a string", STATES, on_rows(numbers), SAME),
    Row("every row twice", STATES, on_rows(lambda rows: rows + rows), SAME),
    Row("a clock in another zone", STATES, on_rows(another_zone), SAME),
    Row("a 10× larger answer", STATES, on_rows(ten_times), SAME),
    Row("every row unreadable", STATES, on_rows(all_bare), ChangedShapeError),
    Row("a row of another workspace", STATES, on_row(TenantId=ELSEWHERE), ForeignRowError),
    Row("a listed row of another workspace", LIST, listed(id="/subscriptions/x/law-acme"), ForeignRowError),
    Row("a workspace with another log", RECORD, edit(another_log), ConfigurationError),
    Row("an error beside the tables", STATES, edit(lambda body: body.update(error=PARTLY)), PARTIAL),
    Row("an error beside the log's begin", BEGIN, edit(lambda body: body.update(error=PARTLY)), PARTIAL),
    Row("an error with 200", STATES, answer(200, {"error": PARTLY}), ChangedShapeError),
    Row("a log that begins after the week", f"{BEGIN}|{TABLE}", edit(begins_late), NoLongerKnownError),
    Row("a state that nobody knows", STATES, on_row(Status="OnHold"), SAME),
]  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.name} {row.where}")
def test_no_bad_answer_becomes_a_number(meddled: Meddler, row: Row) -> None:
    judge(meddled, "sentinel", "delta", row)


@pytest.mark.parametrize(
    ("query", "verdict"), [("", IncompletePullError), ("&$skipToken=0", SAME)], ids=["repeats", "duplicated"]
)
def test_pages_of_the_list(meddled: Meddler, query: str, verdict: Any) -> None:
    """A link back to the page itself ends the pull; the same rows under another token count once."""

    def link(given: Given, call: Call) -> None:
        address = f"http://127.0.0.1:{meddled.port}{call.path}"
        if query not in call.path or not query:
            given.json = given.json | {"nextLink": f"{address}{query}"}

    judge(meddled, "sentinel", "delta", Row("a page again", LIST, link, verdict))
