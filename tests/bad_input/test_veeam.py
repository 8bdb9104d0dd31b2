"""Veeam Backup & Replication, fed with bad answers."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from msp_reports.domain.errors import ChangedShapeError, IncompletePullError
from tests.bad_input.table import PARTIAL, SAME, SKIPPED, Meddler, Row, common, edit, judge

pytestmark = pytest.mark.airflow

TOKEN, TASKS, POINTS, SESSIONS = (
    r"/oauth2/token",
    r"/taskSessions\?",
    r"/restorePoints\?",
    r"/v1/sessions\?.*After",
)


def on_task(**changes: Any) -> Any:
    return edit(lambda body: body["data"][-1].update(changes))


def without(field: str) -> Any:
    return edit(lambda body: body["data"][-1].pop(field) and None)


def page_again(body: Any) -> None:
    """A total that was not reached, and the same rows for the next page."""
    body["pagination"] |= {"total": len(body["data"]) * 2}
    body["pagination"].pop("skip")


def another_zone(body: Any) -> None:
    for row in body["data"]:
        moment = datetime.fromisoformat(row["creationTime"])
        row["creationTime"] = moment.astimezone(timezone(timedelta(hours=9))).isoformat()


def ten_times(body: Any) -> None:
    """Other kinds of task session, of which a parser must not make machines."""
    rows = body["data"]
    body["data"] = rows + [
        row | {"type": "Antivirus", "id": f"{row['id']}-{n}", "name": None} for n in range(9) for row in rows
    ]
    body["pagination"] |= {"total": len(body["data"]), "count": len(body["data"])}


def casing(body: Any) -> None:
    """As revision 1.3 and later may write it."""
    for row in body["data"]:
        row["result"]["result"] = row["result"]["result"].lower()
        row["sessionType"] = row["sessionType"].upper()


ROWS = [
    *common(TASKS, token=TOKEN),
    *common(POINTS, token=TOKEN),
    Row("a missing field", TASKS, without("creationTime"), SKIPPED),
    Row("a wrong type", TASKS, on_task(result="Success"), SKIPPED),
    Row("a null where a name stood", TASKS, on_task(name=None), SKIPPED),
    Row(
        "a string number",
        TASKS,
        edit(lambda b: b["pagination"].update(total=str(b["pagination"]["total"]))),
        SAME,
    ),
    Row("a duplicated page", TASKS, edit(page_again), IncompletePullError),
    Row("an offset that repeats", TASKS, edit(lambda b: b["pagination"].update(skip=7)), IncompletePullError),
    Row("no pagination", TASKS, edit(lambda b: {"data": b["data"]}), ChangedShapeError),
    Row(
        "a task of another job", SESSIONS, edit(lambda b: b.update(data=[], pagination={"total": 0})), PARTIAL
    ),
    Row("a clock in another zone", POINTS, edit(another_zone), SAME),
    Row("a 10× larger answer", TASKS, edit(ten_times), SAME),
    Row("other casing of enums", TASKS, edit(casing), SAME),
    Row(
        "every row unreadable",
        TASKS,
        edit(lambda b: [row.pop("creationTime") for row in b["data"]] and None),
        ChangedShapeError,
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.name} {row.where}")
def test_no_bad_answer_becomes_a_number(meddled: Meddler, row: Row) -> None:
    judge(meddled, "veeam", "clearview", row)
