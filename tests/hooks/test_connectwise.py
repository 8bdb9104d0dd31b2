from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest

from msp_reports.domain.errors import (
    ChangedShapeError,
    ConfigurationError,
    CredentialsRefusedError,
    FatalSourceError,
    IncompletePullError,
    PermissionMissingError,
)
from msp_reports.domain.week import ReportingWeek
from msp_reports.hooks.connectwise import ConnectWiseHook
from msp_reports.sources.connectwise import ConnectWiseScope
from tests.hooks.conftest import Asked, Reply, Vendor

pytestmark = pytest.mark.airflow
SCOPE = ConnectWiseScope(company="ACME")
Define = Callable[..., str]
BASE = "/v4_6_release/apis/3.0/"
SLA = {"id": 4, "name": "Gold", "respondHours": 1, "resolutionHours": 8, "basedOn": "AllHours", "secret": "x"}


def hook(vendor: Vendor, connect: Define, path: str = "", **extra: str) -> ConnectWiseHook:
    conn_id = connect(
        "connectwise",
        f"{vendor.url}{path}",
        login="msp+public",
        extra={"client_id": "11aa-22bb", **extra},
    )
    return ConnectWiseHook(conn_id)


def by_path(rest: dict[str, Any], tickets: list[dict[str, Any]]) -> Callable[[Asked], Reply]:
    def answer(asked: Asked) -> Reply:
        for end, reply in rest.items():
            if asked.path.endswith(end):
                return reply if isinstance(reply, Reply) else Reply(body=reply)
        return Reply(body=tickets)

    return answer


def test_a_usual_pull_takes_five_requests(vendor: Vendor, connect: Define, week: ReportingWeek) -> None:
    vendor.answer = by_path(
        {"/SLAs/4": SLA, "/SLAs/4/priorities": [SLA]}, [{"id": 1, "sla": {"id": 4}}, {"id": 2, "sla": None}]
    )
    pull = hook(vendor, connect, "/connectwise").fetch(SCOPE, week)
    assert pull.requests == len(vendor.asked) == 5
    assert [len(pull.payload[name]) for name in ("opened", "closed", "open_at_end")] == [2, 2, 2]
    assert pull.payload["slas"][0]["priorities"][0]["respondHours"] == 1
    assert "secret" not in pull.payload["slas"][0]
    first = vendor.asked[0]
    assert first.path == f"/connectwise{BASE}service/tickets"
    assert first.headers["clientid"] == "11aa-22bb"
    assert base64.b64decode(first.headers["authorization"].split()[1]) == b"msp+public:s3cret-value"
    assert (first.query["orderBy"], first.query["pageSize"]) == ("id asc", "1000")
    assert {asked.headers["pagination-type"] for asked in vendor.asked} == {"forward-only"}
    wanted = set(first.query["fields"].split(","))
    assert wanted >= {
        "isInSla",
        "respondedSkippedMinutes",
        "resPlanMinutes",
        "minutesWaiting",
        "dateResolved",
    }


def test_the_three_questions_are_asked_in_utc(vendor: Vendor, connect: Define, week: ReportingWeek) -> None:
    vendor.answer = by_path({}, [{"id": 1}])
    hook(vendor, connect).fetch(SCOPE, week)
    mine = 'company/identifier="ACME" and recordType="ServiceTicket"'
    start, end = "[2026-11-15T23:00:00Z]", "[2026-11-22T23:00:00Z]"
    assert [a.query["conditions"] for a in vendor.asked] == [
        f"{mine} and dateEntered>={start} and dateEntered<{end}",
        f"{mine} and closedFlag=true and closedDate>={start} and closedDate<{end}",
        f"{mine} and dateEntered<{end} and (closedFlag=false or closedDate>={end})",
    ]


def test_three_pages_are_read_to_the_last_ticket(
    vendor: Vendor, connect: Define, week: ReportingWeek
) -> None:
    def answer(asked: Asked) -> Reply:
        last = int(asked.query.get("pageId", "0"))
        link = f'<{vendor.url}{asked.path}?pageId={last + 1}>; rel="next"' if last < 2 else ""
        return Reply(body=[{"id": last + 1}], headers={"Link": link})

    vendor.answer = answer
    pull = hook(vendor, connect).fetch(SCOPE, week)
    assert [row["id"] for row in pull.payload["opened"]] == [1, 2, 3]
    assert [a.query.get("pageId") for a in vendor.asked[:3]] == [None, "1", "2"]
    assert pull.requests == 9


def test_a_repeated_page_ends_the_pull(vendor: Vendor, connect: Define, week: ReportingWeek) -> None:
    again = {"Link": f'<{vendor.url}/x?page=2>; rel="next"'}
    vendor.answer = lambda _: Reply(body=[{"id": 1}], headers=again)
    with pytest.raises(IncompletePullError):
        hook(vendor, connect).fetch(SCOPE, week)


def test_a_codebase_that_went_stale_is_looked_up_once(
    vendor: Vendor, connect: Define, week: ReportingWeek
) -> None:
    def answer(asked: Asked) -> Reply:
        if asked.path == "/login/companyinfo/msp":
            return Reply(body={"Codebase": "v2026_1/"})
        return Reply(body=[{"id": 1}]) if asked.path.startswith("/v2026_1/") else Reply(status=404, body={})

    vendor.answer = answer
    assert hook(vendor, connect, codebase="v2025_1/").fetch(SCOPE, week).requests == 5


@pytest.mark.parametrize(
    ("info", "error"), [(None, ConfigurationError), ({"Codebase": "v1/"}, FatalSourceError)]
)
def test_a_codebase_that_nobody_knows_ends_the_pull(
    vendor: Vendor, connect: Define, week: ReportingWeek, info: Any, error: type[Exception]
) -> None:
    vendor.answer = lambda a: Reply(body=info) if "companyinfo" in a.path else Reply(status=404, body={})
    with pytest.raises(error):
        hook(vendor, connect).fetch(SCOPE, week)
    assert len(vendor.asked) <= 3


def test_a_quiet_week_is_told_from_an_unknown_company(
    vendor: Vendor, connect: Define, week: ReportingWeek
) -> None:
    vendor.answer = by_path({"/companies": [{"id": 250, "identifier": "ACME"}]}, [])
    assert hook(vendor, connect).fetch(SCOPE, week).requests == 4
    vendor.answer = by_path({"/companies": []}, [])
    with pytest.raises(FatalSourceError, match="no company with the identifier 'ACME'"):
        hook(vendor, connect).fetch(SCOPE, week)


@pytest.mark.parametrize("refusal", [Reply(status=403, body={}), Reply(status=404, body={})])
def test_slas_that_may_not_be_read_leave_the_tickets(
    vendor: Vendor, connect: Define, week: ReportingWeek, refusal: Reply
) -> None:
    vendor.answer = by_path({"/priorities": refusal}, [{"id": 1, "sla": {"id": 4}}])
    payload = hook(vendor, connect).fetch(SCOPE, week).payload
    assert (len(payload["opened"]), payload["slas"]) == (1, [])
    assert "SLAs/4/priorities" in payload["slas_refused"]


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (
            Reply(status=401, body={"code": "ConnectWiseApi", "message": "UserNotAuthenticated"}),
            CredentialsRefusedError,
        ),
        (Reply(status=403, body={"code": "Forbidden"}), PermissionMissingError),
        (Reply(raw=b"<html>maintenance"), ChangedShapeError),
        (Reply(body={"code": "x"}), ChangedShapeError),
        (Reply(body=[1]), ChangedShapeError),
        (Reply(raw=b""), ChangedShapeError),
    ],
)
def test_trouble_has_a_name(
    vendor: Vendor, connect: Define, week: ReportingWeek, reply: Reply, error: type[Exception]
) -> None:
    vendor.answer = lambda _: reply
    with pytest.raises(error) as caught:
        hook(vendor, connect).fetch(SCOPE, week)
    assert "s3cret" not in str(caught.value)


def test_the_connection_test_asks_once(vendor: Vendor, connect: Define) -> None:
    vendor.answer = lambda _: Reply(body=[{"id": 1}], headers={"Link": f'<{vendor.url}/2>; rel="next"'})
    assert hook(vendor, connect).test_connection()[0] is True
    assert len(vendor.asked) == 1


def test_a_missing_client_id_is_named(vendor: Vendor, connect: Define) -> None:
    conn_id = connect("connectwise", vendor.url, login="msp+public")
    assert ConnectWiseHook(conn_id).test_connection() == (
        False,
        "connection 'connectwise_test': extra.client_id is missing; set it to a text",
    )


def test_a_server_that_refuses_or_is_asked_for_each_half(
    vendor: Vendor, connect: Define, week: ReportingWeek
) -> None:
    def answer(asked: Asked) -> Reply:
        if " or " in asked.query["conditions"]:
            return Reply(status=400, body={"code": "InvalidCondition"})
        return Reply(body=[{"id": len(vendor.asked)}])

    vendor.answer = answer
    pull = hook(vendor, connect).fetch(SCOPE, week)
    assert [row["id"] for row in pull.payload["open_at_end"]] == [4, 5]
    ends = [asked.query["conditions"].rpartition(" and ")[2] for asked in vendor.asked[3:]]
    assert ends == ["closedFlag=false", "closedDate>=[2026-11-22T23:00:00Z]"]


@pytest.mark.parametrize(
    ("extra", "rules"),
    [
        ({}, {"stages": True, "waiting_included": False}),
        ({"sla_minutes": "totals"}, {"stages": False, "waiting_included": False}),
        (
            {"sla_minutes": "stages", "sla_waiting": "included"},
            {"stages": True, "waiting_included": True},
        ),
    ],
)
def test_how_an_installation_counts_minutes_is_said_in_its_connection(
    vendor: Vendor, connect: Define, week: ReportingWeek, extra: dict[str, str], rules: dict[str, bool]
) -> None:
    vendor.answer = by_path({}, [{"id": 1}])
    assert hook(vendor, connect, **extra).fetch(SCOPE, week).payload["minutes"] == rules


@pytest.mark.parametrize("extra", [{"sla_minutes": "hours"}, {"sla_waiting": "yes"}])
def test_another_way_of_counting_is_refused_before_anything_is_asked(
    vendor: Vendor, connect: Define, week: ReportingWeek, extra: dict[str, str]
) -> None:
    with pytest.raises(ConfigurationError, match=next(iter(extra))):
        hook(vendor, connect, **extra).fetch(SCOPE, week)
    assert vendor.asked == []
