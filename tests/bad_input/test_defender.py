"""Microsoft Defender, fed with bad answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from msp_reports.domain.errors import (
    ChangedShapeError,
    ForeignRowError,
    IncompletePullError,
    PermissionMissingError,
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

INCIDENTS, ALERTS = r"/security/incidents\?", r"/security/alerts_v2\?"
SCORES, TITLES = r"/security/secureScores\?", r"/security/secureScoreControlProfiles"
TOKEN = r"/oauth2/v2\.0/token"
STORY = "Ransomware activity on one endpoint"
OTHER = "99999999-2222-3333-4444-555555555555"
Rows = list[dict[str, Any]]


def on_rows(change: Callable[[Rows], Rows | None]) -> Any:
    def do(body: Any) -> None:
        body["value"] = change(body["value"]) or body["value"]

    return edit(do)


def on_story(*without: str, **changes: Any) -> Any:
    """Change the open incident of the story, in whichever list it stands.

    A merged one, which counts nowhere, stands beside it: it is never the only row of its list.
    """

    def do(rows: Rows) -> Rows:
        beside = [row | {"id": f"{row['id']}0", "status": "redirected"} for row in rows]
        for row in [row for row in rows if row["displayName"] == STORY]:
            row.update(changes)
            for name in without:
                del row[name]
        return rows + beside

    return on_rows(do)


def on_all(**changes: Any) -> Any:
    def do(rows: Rows) -> None:
        for row in rows:
            row.update(changes)

    return on_rows(do)


def with_one_more(**changes: Any) -> Any:
    """Add an alert like those of the vendor, of somebody else."""
    alert = {"id": "da1", "incidentId": "1", "status": "resolved", "resolvedDateTime": None}
    return on_rows(lambda rows: [*rows, alert | changes])


def another_zone(rows: Rows) -> None:
    """The same moments, written down in Tokyo."""
    for row in rows:
        for name in [name for name in row if name.endswith("DateTime") and row[name] is not None]:
            there = datetime.fromisoformat(row[name]).astimezone(timezone(timedelta(hours=9)))
            row[name] = there.isoformat()


def ten_times(rows: Rows) -> Rows:
    """Ten times as many incidents, all of them merged into others."""
    return rows + [row | {"id": f"{row['id']}0{n}", "status": "redirected"} for n in range(9) for row in rows]


def as_text(rows: Rows) -> None:
    for row in rows:
        row |= {"currentScore": str(row["currentScore"]), "maxScore": str(row["maxScore"])}


def nulls(rows: Rows) -> None:
    """Of the ten newest days, so that both the day before the week's end and today have none."""
    for row in rows[:10]:
        row["currentScore"] = None


def partial(given: Given, _: Call) -> None:
    given.status, given.headers["Warning"] = 206, '199 - "Microsoft/MDATP/504/10000"'


def common_but(verdict: Any, data: str) -> list[Row]:
    """The common rows, where a missing permission costs the scores and not the incidents."""
    return [
        replace(row, verdict=verdict) if row.verdict is PermissionMissingError else row
        for row in common(data, token=TOKEN)
    ]


ROWS = [
    *common(INCIDENTS, token=TOKEN),
    *common(ALERTS, token=TOKEN),
    *common_but(PARTIAL, SCORES),
    *common_but(PARTIAL, TITLES),
    *(Row("206 with a warning", data, partial, PARTIAL) for data in (INCIDENTS, ALERTS, SCORES)),
    Row("a missing field", INCIDENTS, on_story("createdDateTime"), SKIPPED),
    Row("a null where a status stood", INCIDENTS, on_story(status=None), SKIPPED),
    Row("a wrong type", INCIDENTS, on_story(createdDateTime={"at": 1}), SKIPPED),
    Row("a null where a time stood", INCIDENTS, on_story(lastUpdateDateTime=None), SKIPPED),
    Row("a null where a score stood", SCORES, on_rows(nulls), SKIPPED),
    Row("no score has a number", SCORES, on_all(currentScore=None), ChangedShapeError),
    Row("a string number", SCORES, on_rows(as_text), SAME),
    Row("every row twice", INCIDENTS, on_rows(lambda rows: rows + rows), SAME),
    Row("every alert twice", ALERTS, on_rows(lambda rows: rows + rows), SAME),
    Row("a clock in another zone", INCIDENTS, on_rows(another_zone), SAME),
    Row("alerts in another zone", ALERTS, on_rows(another_zone), SAME),
    Row("a 10× larger answer", INCIDENTS, on_rows(ten_times), SAME),
    Row("a status of the future", INCIDENTS, on_story(status="awaitingAction"), SAME),
    Row("a row of another tenant", INCIDENTS, on_story(tenantId=OTHER), ForeignRowError),
    Row("an alert of another tenant", ALERTS, with_one_more(tenantId=OTHER), ForeignRowError),
    Row("a score of another tenant", SCORES, on_all(azureTenantId=OTHER), ForeignRowError),
    Row("an error with 200", INCIDENTS, answer(200, {"error": {"code": "x"}}), ChangedShapeError),
    Row("every row unreadable", INCIDENTS, on_all(status=None), ChangedShapeError),
    Row("a list that is none", SCORES, edit(lambda body: body.update(value={})), ChangedShapeError),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.name} {row.where}")
def test_no_bad_answer_becomes_a_number(meddled: Meddler, row: Row) -> None:
    judge(meddled, "defender", "clearview", row)


@pytest.mark.parametrize("data", [INCIDENTS, ALERTS], ids=["incidents", "alerts"])
@pytest.mark.parametrize(
    ("query", "verdict"), [("", IncompletePullError), ("&$skiptoken=0", SAME)], ids=["repeats", "duplicated"]
)
def test_pages(meddled: Meddler, query: str, verdict: Any, data: str) -> None:
    """A link back to the page itself ends the pull; the same rows under another token count once."""

    def link(given: Given, call: Call) -> None:
        address = f"http://127.0.0.1:{meddled.port}{call.path}"
        if query not in call.path or not query:
            given.json = given.json | {"@odata.nextLink": f"{address}{query}"}

    judge(meddled, "defender", "clearview", Row("a page again", data, link, verdict))
