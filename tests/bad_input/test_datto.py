"""Datto BCDR, fed with bad answers."""

from __future__ import annotations

from typing import Any

import pytest

from msp_reports.domain.errors import ChangedShapeError, FatalSourceError, IncompletePullError
from tests.bad_input.table import SAME, SKIPPED, Meddler, Row, common, edit, judge

pytestmark = pytest.mark.airflow

DEVICES, ASSETS = r"/bcdr/device\?", r"/asset\?"


def assets_of(body: Any) -> list[dict[str, Any]]:
    """All three shapes that the vendor answers in."""
    if isinstance(body, list):
        return body
    return body["items"] if "items" in body else list(body.values())


def on_asset(**changes: Any) -> Any:
    return edit(lambda body: assets_of(body)[0].update(changes))


def without(field: str) -> Any:
    return edit(lambda body: assets_of(body)[0].pop(field) and None)


def repeat_page(body: Any) -> None:
    body["pagination"] |= {"page": 1, "totalPages": 2}


def repeat_token(body: Any) -> None:
    """The second page says that it is the first once more."""
    body["pagination"] |= {"page": 1, "totalPages": 3}


def with_a_stranger(body: Any) -> None:
    """The provider's list holds everybody's appliances: one more of somebody else changes nothing."""
    stranger = {"serialNumber": "DC99", "organizationId": 1, "clientCompanyName": "Another client"}
    body["items"].append({**body["items"][0], **stranger})


def handed_over(body: Any) -> None:
    """None of the client's appliances is the client's any more."""
    for row in body["items"]:
        row["organizationId"] = 1


def ten_times(body: Any) -> list[dict[str, Any]]:
    rows = assets_of(body)
    return rows + [
        row | {"isArchived": True, "volume": f"{row['volume']}-{n}"} for n in range(9) for row in rows
    ]


def another_zone(body: Any) -> None:
    """The same moments, written down in Tokyo."""
    from datetime import datetime, timedelta, timezone

    for row in assets_of(body):
        for run in row["backups"]:
            moment = datetime.fromisoformat(run["timestamp"])
            run["timestamp"] = moment.astimezone(timezone(timedelta(hours=9))).isoformat()


def as_text(body: Any) -> None:
    for row in assets_of(body):
        row["lastSnapshot"] = str(row["lastSnapshot"])


def all_bare(body: Any) -> list[dict[str, str]]:
    return [{"name": "x"} for _ in assets_of(body)]


REFUSAL = {"code": "not_found", "message": "gone"}
ROWS = [
    *common(ASSETS),
    *common(DEVICES),
    Row("a missing field", ASSETS, without("volume"), SKIPPED),
    Row("a wrong type", ASSETS, on_asset(backups="many"), SKIPPED),
    Row("a null where a number stood", ASSETS, on_asset(volume=None), SKIPPED),
    Row("a string number", ASSETS, edit(as_text), SAME),
    Row("a duplicated page", DEVICES, edit(repeat_page), IncompletePullError),
    Row("a page token that repeats", DEVICES, edit(repeat_token), IncompletePullError),
    Row("a row of another tenant", DEVICES, edit(with_a_stranger), SAME),
    Row("rows of another tenant alone", DEVICES, edit(handed_over), FatalSourceError),
    Row("a clock in another zone", ASSETS, edit(another_zone), SAME),
    Row("a 10× larger answer", ASSETS, edit(ten_times), SAME),
    Row("an error with 200", ASSETS, edit(lambda _: REFUSAL), FatalSourceError),
    Row("every row unreadable", ASSETS, edit(all_bare), ChangedShapeError),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.name} {row.where}")
def test_no_bad_answer_becomes_a_number(meddled: Meddler, row: Row) -> None:
    judge(meddled, "datto", "bergmann", row)
