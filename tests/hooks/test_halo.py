from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from msp_reports.domain.errors import (
    ChangedShapeError,
    ConfigurationError,
    CredentialsRefusedError,
    FatalSourceError,
    IncompletePullError,
    PermissionMissingError,
    RetriableSourceError,
)
from msp_reports.domain.week import ReportingWeek
from msp_reports.hooks.halo import HaloHook
from msp_reports.hooks.pagination import ListChangedError
from msp_reports.sources.halo import HaloScope
from tests.hooks.conftest import Asked, Reply, Vendor

pytestmark = pytest.mark.airflow
SCOPE = HaloScope(client_id=12)  # type: ignore[arg-type]
Define = Callable[..., str]
Rows = list[dict[str, Any]]
EMPTY = "1900-01-01T00:00:00"


def row(number: int, **change: Any) -> dict[str, Any]:
    usual = {
        "id": number,
        "client_id": 12,
        "sla_id": 1,
        "dateoccurred": "2026-11-17T08:50:00",
        "dateclosed": EMPTY,
        "fixbydate": "2026-11-18T08:50:00",
        "details": "a text that no report needs",
    }
    return usual | change


CLOSED = {"dateclosed": "2026-11-17T09:50:00"}
LATE = {"dateclosed": "2026-11-19T09:50:00"}


@dataclass
class Instance:
    """A Halo that pages and answers as the vendor does; a test changes what it needs to."""

    url: str = ""
    rows: Rows = field(default_factory=lambda: [row(1), row(2, **CLOSED)])
    told: dict[str, Reply] = field(default_factory=dict)
    finds_by_date: bool = True
    page: int = 100

    def __call__(self, asked: Asked) -> Reply:
        for end, reply in self.told.items():
            if asked.path.endswith(end):
                return reply
        if asked.path.endswith("/authinfo"):
            return Reply(body={"auth_url": f"{self.url}/auth", "tenant_id": "acme"})
        if asked.path.endswith("/token"):
            return Reply(body={"access_token": "tok-very-secret", "token_type": "Bearer", "expires_in": 3600})
        if asked.path.endswith("/Tickets"):
            return self._list(asked.query)
        return Reply(body=[{"slaid": 1, "priorityid": 2, "name": "High", "colour": "#fff"}])

    def _list(self, query: dict[str, str]) -> Reply:
        column = {"dateoccured": "dateoccurred", "datecleared": "dateclosed"}.get(query.get("datesearch", ""))
        rows = [r for r in self.rows if query.get("open_only") != "true" or r["dateclosed"] == EMPTY]
        if column is not None:
            start, end = query["startdate"], query["enddate"]
            rows = [r for r in rows if self.finds_by_date and start <= f"{r[column]}Z" <= end]
        rows.sort(key=lambda r: int(r["id"]), reverse=query.get("orderdesc") == "true")
        number = int(query["page_no"])
        chosen = rows[(number - 1) * self.page : number * self.page]
        return Reply(body={"page_no": number, "page_size": 100, "record_count": len(rows), "tickets": chosen})


@pytest.fixture
def instance(vendor: Vendor) -> Instance:
    made = Instance(url=vendor.url)
    vendor.answer = made
    return made


def hook(vendor: Vendor, connect: Define, path: str = "", **extra: str) -> HaloHook:
    return HaloHook(connect("halo", f"{vendor.url}{path}", login="app-id", extra=extra))


def lists(vendor: Vendor) -> list[dict[str, str]]:
    return [asked.query for asked in vendor.asked if asked.path.endswith("/Tickets")]


def test_a_usual_pull_takes_six_requests(
    vendor: Vendor, instance: Instance, connect: Define, week: ReportingWeek
) -> None:
    pull = hook(vendor, connect).fetch(SCOPE, week)
    assert pull.requests == len(vendor.asked) == 6
    assert [a.path for a in vendor.asked[:2]] == ["/api/authinfo", "/auth/token"]
    assert [[r["id"] for r in pull.payload[n]] for n in ("open_now", "closed", "opened")] == [
        [1],
        [2],
        [1, 2],
    ]
    assert pull.payload["priorities"] == [{"slaid": 1, "priorityid": 2, "name": "High"}]
    assert pull.payload["details"] == []
    assert "details" not in pull.payload["opened"][0]
    assert vendor.asked[2].headers["authorization"] == "Bearer tok-very-secret"


def test_the_three_questions_are_spelled_as_the_vendor_does_a_day_wider_than_the_week(
    vendor: Vendor, instance: Instance, connect: Define, week: ReportingWeek
) -> None:
    hook(vendor, connect).fetch(SCOPE, week)
    for query in lists(vendor):
        assert query["client_id"] == "12"
        assert (query["pageinate"], query["page_size"], query["page_no"]) == ("true", "100", "1")
    told = [
        (q.get("open_only"), q.get("datesearch"), q.get("startdate"), q.get("enddate")) for q in lists(vendor)
    ]
    assert told[0] == ("true", None, None, None)
    assert told[1][1:3] == ("datecleared", "2026-11-14T23:00:00Z")
    assert told[2] == (None, "dateoccured", "2026-11-14T23:00:00Z", "2026-11-23T23:00:00Z")


def test_three_pages_are_read_to_the_last_ticket_however_small_they_are(
    vendor: Vendor, instance: Instance, connect: Define, week: ReportingWeek
) -> None:
    instance.rows, instance.page = [row(n, **CLOSED) for n in range(1, 8)], 3
    pull = hook(vendor, connect).fetch(SCOPE, week)
    assert [r["id"] for r in pull.payload["opened"]] == [1, 2, 3, 4, 5, 6, 7]
    asked = [q["page_no"] for q in lists(vendor) if q.get("datesearch") == "dateoccured"]
    assert asked == ["1", "2", "3"]


def test_several_clients_are_asked_for_one_after_another(
    vendor: Vendor, instance: Instance, connect: Define, week: ReportingWeek
) -> None:
    hook(vendor, connect).fetch(HaloScope(client_id=[12, 13]), week)  # type: ignore[arg-type]
    assert [q["client_id"] for q in lists(vendor)] == ["12"] * 3 + ["13"] * 3


def test_only_a_ticket_that_was_closed_late_is_asked_about_alone(
    vendor: Vendor, instance: Instance, connect: Define, week: ReportingWeek
) -> None:
    instance.rows += [row(3, **LATE), row(4, **LATE, excludefromsla=True), row(5, **LATE, slastate="I")]
    instance.rows += [
        row(6, **LATE, fixbydate="1899-12-30T00:00:00"),
        row(7, dateclosed="2026-11-23T09:00:00"),
    ]
    instance.told["/Tickets/3"] = Reply(body={"id": 3, "client_id": 12, "slastate": "O", "details": "x"})
    pull = hook(vendor, connect).fetch(SCOPE, week)
    assert pull.payload["details"] == [{"id": 3, "client_id": 12, "slastate": "O"}]
    assert pull.requests == 7


def test_a_ticket_that_is_gone_meanwhile_is_judged_by_its_dates(
    vendor: Vendor, instance: Instance, connect: Define, week: ReportingWeek
) -> None:
    instance.rows.append(row(3, **LATE))
    instance.told["/Tickets/3"] = Reply(status=404, body={"Message": "not found"})
    assert hook(vendor, connect).fetch(SCOPE, week).payload["details"] == []


def test_an_instance_that_finds_nothing_by_date_is_read_whole(
    vendor: Vendor, instance: Instance, connect: Define, week: ReportingWeek
) -> None:
    instance.finds_by_date = False
    instance.rows = [row(n, **(CLOSED if n % 2 else {})) for n in range(1, 151)]
    pull = hook(vendor, connect).fetch(SCOPE, week)
    assert len(pull.payload["opened"]) == 150
    assert (len(pull.payload["open_now"]), pull.payload["closed"]) == (75, [])
    assert pull.requests == 2 + 3 + 1 + 1 + 2 + 1


def test_a_client_of_few_tickets_is_read_whole_where_a_list_is_empty(
    vendor: Vendor, instance: Instance, connect: Define, week: ReportingWeek
) -> None:
    instance.finds_by_date = False
    pull = hook(vendor, connect).fetch(SCOPE, week)
    assert sorted(r["id"] for r in pull.payload["opened"]) == [1, 2]
    assert pull.requests == 7


def test_a_quiet_week_is_told_from_an_instance_that_finds_nothing(
    vendor: Vendor, instance: Instance, connect: Define, week: ReportingWeek
) -> None:
    old = {"dateoccurred": "2026-01-10T08:00:00", "dateclosed": "2026-01-11T08:00:00"}
    instance.rows = [row(n, **old) for n in range(1, 151)]
    pull = hook(vendor, connect).fetch(SCOPE, week)
    assert [pull.payload[name] for name in ("open_now", "closed", "opened")] == [[], [], []]
    assert [q.get("startdate") for q in lists(vendor)[4:6]] == [
        "2026-01-10T08:00:00Z",
        "2026-01-09T08:00:00Z",
    ]
    assert pull.requests == 2 + 3 + 1 + 2


def test_a_client_without_tickets_is_told_from_one_that_does_not_exist(
    vendor: Vendor, instance: Instance, connect: Define, week: ReportingWeek
) -> None:
    instance.rows = []
    instance.told["/Client/12"] = Reply(body={"id": 12, "name": "Acme"})
    assert hook(vendor, connect).fetch(SCOPE, week).requests == 7
    for refusal in (Reply(status=404, body={}), Reply(body={"id": 0}), Reply(body=None)):
        instance.told["/Client/12"] = refusal
        with pytest.raises(FatalSourceError, match="no client 12"):
            hook(vendor, connect).fetch(SCOPE, week)


def test_a_list_that_changes_while_it_is_read_is_read_again(
    vendor: Vendor, instance: Instance, connect: Define, week: ReportingWeek
) -> None:
    instance.rows, instance.page = [row(n) for n in range(1, 6)], 2
    closing = iter([None, row(1)])

    def answer(asked: Asked) -> Reply:
        reply = instance(asked)
        if asked.query.get("open_only") and next(closing, None):
            instance.rows[0]["dateclosed"] = CLOSED["dateclosed"]
            return instance(asked)
        return reply

    vendor.answer = answer
    pull = hook(vendor, connect).fetch(SCOPE, week)
    assert [r["id"] for r in pull.payload["open_now"]] == [2, 3, 4, 5]
    assert [r["id"] for r in pull.payload["closed"]] == [1]


def test_a_list_that_never_stands_still_is_left_for_later(
    vendor: Vendor, instance: Instance, connect: Define, week: ReportingWeek
) -> None:
    instance.page = 1

    def answer(asked: Asked) -> Reply:
        reply = instance(asked)
        if "record_count" in (reply.body or {}):
            reply.body["record_count"] = 5 + len(vendor.asked)
        return reply

    vendor.answer = answer
    with pytest.raises(ListChangedError):
        hook(vendor, connect).fetch(SCOPE, week)


def test_a_token_that_expires_in_mid_pull_is_renewed(
    vendor: Vendor, instance: Instance, connect: Define, week: ReportingWeek
) -> None:
    tokens = iter(["first-token", "second-token"])

    def answer(asked: Asked) -> Reply:
        if asked.path.endswith("/token"):
            return Reply(body={"access_token": next(tokens)})
        if asked.query.get("datesearch") and asked.headers["authorization"] != "Bearer second-token":
            return Reply(status=401, body={"ClassName": "Unauthorized", "Message": "expired"})
        return instance(asked)

    vendor.answer = answer
    pull = hook(vendor, connect).fetch(SCOPE, week)
    assert [r["id"] for r in pull.payload["opened"]] == [1, 2]
    assert pull.requests == 7


@pytest.mark.parametrize(
    ("extra", "info", "tenant"),
    [
        ({"tenant": "acme-eu"}, {"auth_url": "{url}/auth", "tenant_id": "acme"}, "acme-eu"),
        ({}, {"auth_url": "{url}/auth/", "tenant_id": "acme"}, "acme"),
        ({}, {"auth_url": "{url}/auth"}, None),
        ({}, None, None),
        ({"tenant": "acme"}, [], "acme"),
    ],
)
def test_the_sign_in_is_where_the_instance_says_with_a_tenant_where_it_is_hosted(
    vendor: Vendor,
    instance: Instance,
    connect: Define,
    extra: dict[str, str],
    info: Any,
    tenant: str | None,
) -> None:
    if isinstance(info, dict):
        info = {key: value.replace("{url}", vendor.url) for key, value in info.items()}
    instance.told["/authinfo"] = Reply(body=info) if info is not None else Reply(status=404, raw=b"<html>")
    assert hook(vendor, connect, "/api", **extra).test_connection()[0] is True
    token = vendor.asked[1]
    assert (token.path, token.query.get("tenant")) == ("/auth/token", tenant)
    assert token.body == {
        "grant_type": "client_credentials",
        "client_id": "app-id",
        "client_secret": "s3cret-value",
        "scope": "all",
    }
    assert vendor.asked[2].path == "/api/Tickets"
    assert len(vendor.asked) == 3


def test_the_secret_is_not_sent_to_another_server_in_the_clear(
    vendor: Vendor, instance: Instance, connect: Define, week: ReportingWeek
) -> None:
    instance.told["/authinfo"] = Reply(body={"auth_url": "http://elsewhere.example/auth"})
    with pytest.raises(ConfigurationError, match="not encrypted"):
        hook(vendor, connect).fetch(SCOPE, week)
    assert len(vendor.asked) == 1


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"resultCode": 7, "errorMessage": "No permission"}, "No permission"),
        ({"ClassName": "System.Exception", "Message": "Bad column"}, "Bad column"),
        ({"Message": "Not allowed here"}, "Not allowed here"),
        ({"error": "invalid_scope", "error_description": "scope all"}, "invalid_scope scope all"),
        ([1], ""),
    ],
)
def test_every_shape_of_its_errors_is_understood(
    vendor: Vendor, instance: Instance, connect: Define, week: ReportingWeek, body: Any, words: str
) -> None:
    instance.told["/Tickets"] = Reply(status=403, body=body)
    with pytest.raises(PermissionMissingError) as caught:
        hook(vendor, connect).fetch(SCOPE, week)
    assert words in str(caught.value)


@pytest.mark.parametrize("status", [400, 401])
def test_a_refused_sign_in_says_what_to_enter(
    vendor: Vendor, instance: Instance, connect: Define, week: ReportingWeek, status: int
) -> None:
    instance.told["/token"] = Reply(status=status, body={"error": "invalid_client"})
    with pytest.raises(CredentialsRefusedError, match="invalid_client") as caught:
        hook(vendor, connect).fetch(SCOPE, week)
    assert "s3cret" not in str(caught.value)


def test_a_throttled_pull_waits_long_enough(
    vendor: Vendor, instance: Instance, connect: Define, week: ReportingWeek, naps: list[float]
) -> None:
    limit = Reply(status=429, body={"errorMessage": "Rate Limit Reached"})
    instance.told["/Priority"] = limit
    with pytest.raises(RetriableSourceError, match="Rate Limit Reached"):
        hook(vendor, connect).fetch(SCOPE, week)
    assert naps == [30.0, 30.0]


def test_priorities_that_may_not_be_read_leave_the_tickets(
    vendor: Vendor, instance: Instance, connect: Define, week: ReportingWeek
) -> None:
    instance.told["/Priority"] = Reply(status=403, body={})
    payload = hook(vendor, connect).fetch(SCOPE, week).payload
    assert (len(payload["opened"]), payload["priorities"]) == (2, [])
    assert "/api/Priority" in payload["priorities_refused"]


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply(raw=b"<html>maintenance"), ChangedShapeError),
        (Reply(body={"Message": "sorry"}), ChangedShapeError),
        (Reply(body={"tickets": [1], "record_count": 1}), ChangedShapeError),
        (Reply(body={"tickets": [], "record_count": "many"}), ChangedShapeError),
        (Reply(body={"page_no": 2, "tickets": [row(1)], "record_count": 1}), IncompletePullError),
        (Reply(body={"page_no": 1, "tickets": [], "record_count": 3}), IncompletePullError),
        (Reply(body={"page_no": 1, "tickets": [row(1), row(1)], "record_count": 2}), IncompletePullError),
    ],
)
def test_trouble_has_a_name(
    vendor: Vendor,
    instance: Instance,
    connect: Define,
    week: ReportingWeek,
    reply: Reply,
    error: type[Exception],
) -> None:
    instance.told["/Tickets"] = reply
    with pytest.raises(error):
        hook(vendor, connect).fetch(SCOPE, week)
