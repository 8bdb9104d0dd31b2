"""Zabbix, fed with bad answers. Its errors come with HTTP 200, and it has no pages and no page tokens.

Clocks are seconds since 1970 and have no zone: the nearest to another zone is another unit.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from msp_reports.domain.errors import (
    ChangedShapeError,
    CredentialsRefusedError,
    FatalSourceError,
    ForeignRowError,
    PermissionMissingError,
)
from tests.bad_input.table import PARTIAL, SAME, SKIPPED, Meddler, Row, common, edit, judge

pytestmark = pytest.mark.airflow


def asking(method: str) -> str:
    return f'"method": "{method}"'


VERSION, HOSTS, ITEMS, TRENDS = (
    asking(name) for name in ("apiinfo.version", "host.get", "item.get", "trend.get")
)
PROBLEMS, RECOVERIES = f"{asking('event.get')}.*problem_time_from", f"{asking('event.get')}.*eventids"
MAINTENANCES, SERVICES, SLAS = asking("maintenance.get"), asking("service.get"), asking("sla.get\\b")
INDICATORS = asking("sla.getsli")


def on_row(change: Callable[[Any], Any]) -> Any:
    return edit(lambda body: change(body["result"][0]) and None)


def setting(**changes: Any) -> Any:
    return on_row(lambda row: row.update(changes))


def sli(change: Callable[[dict[str, Any]], Any]) -> Any:
    return edit(lambda body: change(body["result"]) and None)


def without(field: str) -> Any:
    return on_row(lambda row: row.pop(field) and None)


def refusing(data: str, code: int = -32602, message: str = "Invalid params.") -> Any:
    error = {"code": code, "message": message, "data": data}
    return edit(lambda body: {"jsonrpc": "2.0", "error": error, "id": body["id"]})


def result(value: Any) -> Any:
    return edit(lambda body: body.update(result=value))


def all_rows(change: Callable[[dict[str, Any]], Any]) -> Any:
    return edit(lambda body: [change(row) for row in body["result"]] and None)


def in_milliseconds(row: dict[str, Any]) -> None:
    row["clock"] = f"{row['clock']}000"


def numbers(*fields: str) -> Any:
    """What is text everywhere in this API, as numbers."""
    return all_rows(lambda row: row.update({field: int(row[field]) for field in fields}))


def twice(body: Any) -> None:
    body["result"] *= 2


def ten_times(body: Any) -> None:
    """Hours of the ten weeks before."""
    body["result"] += [
        row | {"clock": str(int(row["clock"]) - n * 7 * 86_400)}
        for n in range(1, 11)
        for row in body["result"]
    ]


ROWS = [
    *common(HOSTS),
    *common(PROBLEMS),
    *common(TRENDS),
    Row("a wrong token", HOSTS, refusing("Not authorised."), CredentialsRefusedError),
    Row("a wrong token", HOSTS, refusing("Not authorized."), CredentialsRefusedError),
    Row("an expired token in mid-pull", TRENDS, refusing("API token expired."), CredentialsRefusedError),
    Row(
        "a session that ended",
        PROBLEMS,
        refusing("Session terminated, re-login, please."),
        CredentialsRefusedError,
    ),
    Row(
        "no right to a method",
        TRENDS,
        refusing('No permissions to call "trend.get".', -32500),
        PermissionMissingError,
    ),
    Row("no right to service levels", SERVICES, refusing('No permissions to call "service.get".'), PARTIAL),
    Row(
        "a parameter that is gone",
        HOSTS,
        refusing('unexpected parameter "selectHostGroups".'),
        FatalSourceError,
    ),
    Row(
        "an error without words",
        ITEMS,
        edit(lambda body: {"error": None, "id": body["id"]}),
        FatalSourceError,
    ),
    Row("another call's answer", TRENDS, edit(lambda body: body.update(id=999)), ChangedShapeError),
    Row("a version that is none", VERSION, result("devel"), ChangedShapeError),
    Row("an object where a list stood", PROBLEMS, result({"1": {}}), ChangedShapeError),
    Row("a null where a list stood", MAINTENANCES, result(None), ChangedShapeError),
    Row("no hosts: a right that is missing", HOSTS, result([]), FatalSourceError),
    Row("a missing id", TRENDS, without("itemid"), ChangedShapeError),
    Row("a missing field", PROBLEMS, without("clock"), SKIPPED),
    Row("a missing field", RECOVERIES, without("clock"), SKIPPED),
    Row("a missing field", ITEMS, without("hostid"), SKIPPED),
    Row("a missing field", HOSTS, without("tags"), ForeignRowError),
    Row("no host in an event", PROBLEMS, without("hosts"), ChangedShapeError),
    Row("a wrong type", TRENDS, setting(num=["many"]), SKIPPED),
    Row("a wrong type", PROBLEMS, setting(suppressed="perhaps"), SKIPPED),
    Row("a null where a number stood", PROBLEMS, setting(clock=None), SKIPPED),
    Row("a null where a number stood", TRENDS, setting(num=None), SKIPPED),
    Row("a number where text stood", PROBLEMS, numbers("eventid", "clock", "r_eventid"), SAME),
    Row("a number where text stood", TRENDS, numbers("itemid", "clock", "num"), SAME),
    Row("a number where text stood", HOSTS, numbers("hostid"), SAME),
    Row("a duplicated page", HOSTS, edit(twice), SAME),
    Row("a duplicated page", ITEMS, edit(twice), SAME),
    Row("a duplicated page", PROBLEMS, edit(twice), SAME),
    Row("a duplicated page", RECOVERIES, edit(twice), SAME),
    Row("a duplicated page", TRENDS, edit(twice), SAME),
    Row("a duplicated page", MAINTENANCES, edit(twice), SAME),
    Row("a duplicated page", SLAS, edit(twice), SAME),
    Row(
        "a row of another tenant",
        HOSTS,
        setting(tags=[{"tag": "customer", "value": "ACME-LABS"}]),
        ForeignRowError,
    ),
    Row(
        "a row of two tenants",
        HOSTS,
        on_row(lambda row: row["tags"].append({"tag": "customer", "value": "X"})),
        ForeignRowError,
    ),
    Row("a row of another tenant", PROBLEMS, setting(hosts=[{"hostid": "200001"}]), ForeignRowError),
    Row("a row of another tenant", ITEMS, setting(hostid="200001"), ForeignRowError),
    Row("a row of another tenant", TRENDS, setting(itemid="5200001"), ForeignRowError),
    Row("a clock in milliseconds", PROBLEMS, on_row(in_milliseconds), SKIPPED),
    Row("all clocks in milliseconds", PROBLEMS, all_rows(in_milliseconds), ChangedShapeError),
    Row("all clocks in milliseconds", TRENDS, all_rows(in_milliseconds), ChangedShapeError),
    Row("an end that is gone", RECOVERIES, edit(lambda body: body["result"].pop() and None), SKIPPED),
    Row(
        "a service of another tenant",
        INDICATORS,
        sli(lambda found: found.update(serviceids=[2])),
        ForeignRowError,
    ),
    Row(
        "a null where a number stood",
        INDICATORS,
        sli(lambda found: found["sli"][0][0].update(sli=None)),
        ChangedShapeError,
    ),
    Row("a 10× larger answer", TRENDS, edit(ten_times), SAME),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.name} {row.where}")
def test_no_bad_answer_becomes_a_number(meddled: Meddler, row: Row) -> None:
    judge(meddled, "zabbix", "acme", row)
