"""LibreNMS, fed with bad answers. It has no pages: the nearest is a list that names a device twice."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from msp_reports.domain.errors import (
    ChangedShapeError,
    FatalSourceError,
    ForeignRowError,
    PermissionMissingError,
)
from msp_reports.hooks.verdicts import UnexpectedStatusError
from tests.bad_input.table import SAME, SKIPPED, Meddler, Row, answer, common, edit, judge

pytestmark = pytest.mark.airflow

OUTAGES, GROUPS, MEMBERS, DEVICES = (
    r"/devices/400001/outages",
    r"/devicegroups ",
    r"/devicegroups/24 ",
    r"/devices ",
)
"""Of Clearview's first device, whose group has the number 24."""


def on_device(**changes: Any) -> Any:
    return edit(lambda body: body["devices"][0].update(changes))


def on_outage(**changes: Any) -> Any:
    return edit(lambda body: body["outages"][0].update(changes))


def without(name: str, field: str) -> Any:
    return edit(lambda body: body[name][0].pop(field) and None)


def twice(name: str) -> Any:
    return edit(lambda body: body.update({name: body[name] * 2, "count": 2 * body["count"]}))


def another_zone(body: Any) -> None:
    """The same moments, written down in Tokyo with its offset."""
    for row in body["devices"]:
        for field in ("inserted", "last_polled"):
            moment = datetime.fromisoformat(row[field]).replace(tzinfo=ZoneInfo("Europe/Berlin"))
            row[field] = moment.astimezone(timezone(timedelta(hours=9))).isoformat()


def in_milliseconds(body: Any) -> None:
    for row in body["outages"]:
        row |= {field: at and at * 1000 for field, at in row.items()}


def as_text(*fields: str) -> Any:
    def change(body: Any) -> None:
        for rows in (value for value in body.values() if isinstance(value, list)):
            for row in rows:
                row |= {field: str(row[field]) for field in fields if row[field] is not None}

    return edit(change)


def ten_times(body: Any) -> None:
    rows = body["devices"]
    body["devices"] = rows + [
        row | {"device_id": row["device_id"] + n * 10**8} for n in range(1, 10) for row in rows
    ]


def ten_times_outages(body: Any) -> None:
    """Years of outages before the week."""
    body["outages"] += [{"going_down": n * 1000, "up_again": n * 1000 + 9} for n in range(1, 5000)]


def not_one_of_mine(body: Any) -> None:
    body["devices"] = [row for row in body["devices"] if not str(row["sysName"]).startswith("clearview")]


NOT_FOUND = {"status": "error", "message": "Device not found"}
ROWS = [
    *common(OUTAGES),
    *common(DEVICES),
    *common(GROUPS),
    Row("no device groups", GROUPS, answer(404, NOT_FOUND), FatalSourceError),
    Row("an empty group", MEMBERS, answer(404, NOT_FOUND), FatalSourceError),
    Row("a 404 for one device", OUTAGES, answer(404, NOT_FOUND), UnexpectedStatusError),
    Row("an error with 200", OUTAGES, edit(lambda _: NOT_FOUND), ChangedShapeError),
    Row("a wrapped answer", OUTAGES, edit(lambda body: [body]), SAME),
    Row("a wrapped answer", GROUPS, edit(lambda body: [body]), SAME),
    Row("no count", DEVICES, edit(lambda body: body.pop("count") and None), SAME),
    Row("a wrong count", OUTAGES, edit(lambda body: body.update(count=999)), SAME),
    Row("a missing field", OUTAGES, without("outages", "up_again"), SKIPPED),
    Row("a missing field", OUTAGES, without("outages", "going_down"), SKIPPED),
    Row("a missing id", DEVICES, without("devices", "device_id"), ChangedShapeError),
    Row("a wrong type", OUTAGES, on_outage(going_down={"at": 1}), SKIPPED),
    Row("a null where a number stood", OUTAGES, on_outage(going_down=None), SKIPPED),
    Row("an end before its begin", OUTAGES, on_outage(up_again=1), SKIPPED),
    Row(
        "a null where the list stood",
        OUTAGES,
        edit(lambda body: body.update(outages=None)),
        ChangedShapeError,
    ),
    Row("a string number", OUTAGES, as_text("going_down", "up_again"), SAME),
    Row("a string number", DEVICES, as_text("device_id", "disabled", "ignore"), SAME),
    Row("a string number", MEMBERS, as_text("device_id"), SAME),
    Row("a duplicated page", OUTAGES, twice("outages"), SAME),
    Row("a duplicated page", DEVICES, twice("devices"), SAME),
    Row("a duplicated page", MEMBERS, twice("devices"), SAME),
    Row("a duplicated page", GROUPS, twice("groups"), FatalSourceError),
    Row("a row of another tenant", OUTAGES, on_outage(device_id=1_100_001), ForeignRowError),
    Row("only rows of other tenants", DEVICES, edit(not_one_of_mine), PermissionMissingError),
    Row(
        "a device short", DEVICES, edit(lambda body: body["devices"].pop(0) and None), PermissionMissingError
    ),
    Row("a clock in another zone", DEVICES, edit(another_zone), SAME),
    Row("a clock in milliseconds", OUTAGES, edit(in_milliseconds), SKIPPED),
    Row("a date that is none", DEVICES, on_device(inserted="last spring"), SKIPPED),
    Row("a poll that is none", DEVICES, on_device(last_polled="a while ago"), SKIPPED),
    Row("a 10× larger answer", DEVICES, edit(ten_times), SAME),
    Row("a 10× larger answer", OUTAGES, edit(ten_times_outages), SAME),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.name} {row.where}")
def test_no_bad_answer_becomes_a_number(meddled: Meddler, row: Row) -> None:
    judge(meddled, "librenms", "clearview", row)
