"""Veeam Service Provider Console, fed with bad answers."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from msp_reports.domain.errors import ChangedShapeError, IncompletePullError, RetriableSourceError
from tests.bad_input.table import SAME, SKIPPED, Meddler, Row, answer, common, edit, judge

pytestmark = pytest.mark.airflow

AGENTS, POINTS = r"ManagedByBackupServer\?", r"ByBackupServer/restorePoints"
FOREIGN = "99999999-0000-0000-0000-000000000000"
SLOW = {"errors": [{"type": "transport", "code": 429, "retryAfter": 25}]}


def page_again(body: Any) -> None:
    body["meta"]["pagingInfo"]["total"] = len(body["data"]) * 2


def foreign_rows(body: Any) -> None:
    """What a console that ignores the filter would give besides."""
    body["data"] += [
        row | {"instanceUid": f"f-{n}", "organizationUid": FOREIGN} for n, row in enumerate(body["data"])
    ]
    body["meta"]["pagingInfo"]["total"] = len(body["data"])


def ten_times(body: Any) -> None:
    rows = body["data"]
    body["data"] = rows + [
        row | {"instanceUid": f"{n}-{row['instanceUid']}", "backupAgentUid": FOREIGN}
        for n in range(9)
        for row in rows
    ]
    body["meta"]["pagingInfo"]["total"] = len(body["data"])


def another_zone(body: Any) -> None:
    for row in body["data"]:
        moment = datetime.fromisoformat(row["backupCreationTime"])
        row["backupCreationTime"] = moment.astimezone(timezone(timedelta(hours=9))).isoformat()


def on_first(**changes: Any) -> Any:
    return edit(lambda body: body["data"][0].update(changes))


def as_text(body: Any) -> None:
    body["meta"]["pagingInfo"] = {name: str(value) for name, value in body["meta"]["pagingInfo"].items()}


ROWS = [
    *common(AGENTS),
    *common(POINTS),
    Row("429 with the wait in the body", POINTS, answer(429, SLOW), SAME, times=1),
    Row("520, the vendor's own server error", POINTS, answer(520, {"errors": []}), RetriableSourceError),
    Row("202, the answer is still being made", AGENTS, answer(202, b""), SAME, times=1),
    Row("202 for ever", AGENTS, answer(202, b""), RetriableSourceError),
    Row("a missing field", AGENTS, edit(lambda body: body["data"][0].pop("name") and None), SKIPPED),
    Row("a wrong type", AGENTS, on_first(latestRestorePointDate="lately"), SKIPPED),
    Row("a null where a name stood", AGENTS, on_first(name=None), SKIPPED),
    Row("a string number", AGENTS, edit(as_text), SAME),
    Row("a duplicated page", AGENTS, edit(page_again), IncompletePullError),
    Row(
        "an offset that is ignored",
        AGENTS,
        edit(lambda b: b["meta"]["pagingInfo"].update(offset=7)),
        IncompletePullError,
    ),
    Row("no paging", AGENTS, edit(lambda body: {"data": body["data"]}), ChangedShapeError),
    Row("rows of another tenant", AGENTS, edit(foreign_rows), SAME),
    Row("a clock in another zone", POINTS, edit(another_zone), SAME),
    Row("a 10× larger answer", POINTS, edit(ten_times), SAME),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.name} {row.where}")
def test_no_bad_answer_becomes_a_number(meddled: Meddler, row: Row) -> None:
    judge(meddled, "veeam_console", "obrien", row)


def test_a_console_without_the_preview_tells_everything_else(meddled: Meddler) -> None:
    judge(meddled, "veeam_console", "obrien", Row("404", "Heatmap", answer(404, {}), SAME))
