from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from msp_reports.domain.errors import (
    ChangedShapeError,
    ConfigurationError,
    CredentialsRefusedError,
    IncompletePullError,
    PermissionMissingError,
    RetriableSourceError,
)
from msp_reports.domain.week import ReportingWeek
from msp_reports.hooks.defender import DefenderHook
from msp_reports.sources.defender import DefenderScope
from tests.hooks.conftest import Asked, Reply, Vendor

pytestmark = pytest.mark.airflow
TENANT = "11111111-2222-3333-4444-555555555555"
SCOPE = DefenderScope.model_validate({"tenant_id": TENANT})
Define = Callable[..., str]


class Graph:
    """Signs in, and gives three pages of incidents."""

    def __init__(self, vendor: Vendor) -> None:
        self.vendor = vendor
        self.token = Reply(body={"access_token": "ey-access-token", "expires_in": 3599})
        self.special: dict[str, Reply] = {}

    def __call__(self, asked: Asked) -> Reply:
        if asked.path.endswith("/token"):
            return self.token
        for end, reply in self.special.items():
            if asked.path.endswith(end):
                return reply
        body: dict[str, Any] = {"value": [{"id": asked.query.get("$skiptoken", "a"), "summary": "not kept"}]}
        if asked.path.endswith("/incidents"):
            turn = {None: "b", "b": "c", "c": None}[asked.query.get("$skiptoken")]
            if turn:
                body["@odata.nextLink"] = f"{self.vendor.url}{asked.path}?$skiptoken={turn}"
        return Reply(body=body)


def hook(vendor: Vendor, connect: Define, **extra: str) -> DefenderHook:
    settings = {"tenant_id": TENANT.upper(), "token_url": vendor.url, **extra}
    return DefenderHook(connect("defender", f"{vendor.url}/v1.0", login="client-id", extra=settings))


@pytest.fixture
def graph(vendor: Vendor) -> Graph:
    vendor.answer = Graph(vendor)
    return vendor.answer


@pytest.mark.usefixtures("graph")
def test_all_pages_are_read_with_the_tenant_s_own_token(
    vendor: Vendor, connect: Define, week: ReportingWeek
) -> None:
    pull = hook(vendor, connect).fetch(SCOPE, week)
    assert [row["id"] for row in pull.payload["created"]] == ["a", "b", "c"]
    assert "summary" not in pull.payload["created"][0]
    assert pull.requests == len(vendor.asked) == 1 + 3 * 3 + 3
    token, first, *_ = vendor.asked
    assert token.path == f"/{TENANT.upper()}/oauth2/v2.0/token"
    assert token.body["scope"] == "https://graph.microsoft.com/.default"
    assert first.headers["authorization"] == "Bearer ey-access-token"
    assert [a.query.get("$skiptoken") for a in vendor.asked[1:4]] == [None, "b", "c"]


@pytest.mark.usefixtures("graph")
def test_the_questions_are_those_of_the_reference(
    vendor: Vendor, connect: Define, week: ReportingWeek
) -> None:
    hook(vendor, connect).fetch(SCOPE, week)
    start, end, hour_before = "2026-11-15T23:00:00Z", "2026-11-22T23:00:00Z", "2026-11-15T22:00:00Z"
    filters = [a.query["$filter"] for a in vendor.asked if "$filter" in a.query]
    assert filters == [
        f"createdDateTime ge {start} and createdDateTime lt {end}",
        f"lastUpdateDateTime ge {hour_before} and status eq 'resolved'",
        f"createdDateTime lt {end} and status ne 'resolved' and status ne 'redirected'",
        f"lastUpdateDateTime ge {hour_before} and status eq 'resolved'",
    ]
    assert {a.query["$top"] for a in vendor.asked if "$filter" in a.query} == {"50"}
    (scores,) = [a for a in vendor.asked if a.path.endswith("/secureScores")]
    assert 1 <= int(scores.query["$top"]) <= 90


def test_a_connection_for_another_tenant_is_not_used(
    vendor: Vendor, connect: Define, week: ReportingWeek
) -> None:
    with pytest.raises(ConfigurationError, match="is for tenant other"):
        hook(vendor, connect, tenant_id="other").fetch(SCOPE, week)
    assert vendor.asked == []


def test_a_partial_answer_is_kept_and_said_to_be_partial(
    vendor: Vendor, connect: Define, week: ReportingWeek, graph: Graph
) -> None:
    warning = {"Warning": '199 - "Microsoft/MDATP/504/10000"'}
    graph.special["/alerts_v2"] = Reply(status=206, body={"value": [{"id": "x"}]}, headers=warning)
    payload = hook(vendor, connect).fetch(SCOPE, week).payload
    assert payload["alerts"][0]["id"] == "x"
    assert "MDATP" in payload["warnings"][0]


def test_scores_that_may_not_be_read_leave_the_incidents(
    vendor: Vendor, connect: Define, week: ReportingWeek, graph: Graph
) -> None:
    graph.special["/secureScores"] = Reply(status=403, body={"error": {"code": "Forbidden"}})
    payload = hook(vendor, connect).fetch(SCOPE, week).payload
    assert payload["secure_scores"] == []
    assert "403" in payload["warnings"][0]


@pytest.mark.parametrize(
    ("link", "error"),
    [
        ("https://graph.evil.example/v1.0/x", ChangedShapeError),
        ("{url}/v1.0/security/incidents?again", IncompletePullError),
    ],
)
def test_a_link_elsewhere_or_back_ends_the_pull(
    vendor: Vendor, connect: Define, week: ReportingWeek, graph: Graph, link: str, error: type[Exception]
) -> None:
    body = {"value": [], "@odata.nextLink": link.format(url=vendor.url)}
    graph.special["/incidents"] = Reply(body=body)
    with pytest.raises(error):
        hook(vendor, connect).fetch(SCOPE, week)


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (
            Reply(status=401, body={"error": "invalid_client", "error_description": "s3cret-value"}),
            CredentialsRefusedError,
        ),
        (Reply(status=400, body={"error": "unauthorized_client"}), CredentialsRefusedError),
        (Reply(status=503, raw=b""), RetriableSourceError),
        (Reply(body={}), ChangedShapeError),
        (Reply(body={"access_token": None}), ChangedShapeError),
        (Reply(raw=b"<html>"), ChangedShapeError),
    ],
)
def test_a_sign_in_that_fails_has_a_name(
    vendor: Vendor, connect: Define, week: ReportingWeek, graph: Graph, reply: Reply, error: type[Exception]
) -> None:
    graph.token = reply
    with pytest.raises(error) as caught:
        hook(vendor, connect).fetch(SCOPE, week)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply(status=401, body={"error": {"message": "ey-access-token expired"}}), CredentialsRefusedError),
        (Reply(status=403, body={"error": {"code": "Forbidden"}}), PermissionMissingError),
        (Reply(status=429, body={}, headers={"Retry-After": "90"}), RetriableSourceError),
        (Reply(body={"values": []}), ChangedShapeError),
        (Reply(body=[]), ChangedShapeError),
        (Reply(body={"value": ["x"]}), ChangedShapeError),
        (Reply(raw=b'{"value": [{'), ChangedShapeError),
        (Reply(body={"value": []}, cut=True), RetriableSourceError),
    ],
)
def test_trouble_has_a_name(
    vendor: Vendor, connect: Define, week: ReportingWeek, graph: Graph, reply: Reply, error: type[Exception]
) -> None:
    graph.special["/incidents"] = reply
    with pytest.raises(error) as caught:
        hook(vendor, connect).fetch(SCOPE, week)
    assert "ey-access" not in str(caught.value)


@pytest.mark.usefixtures("graph")
def test_the_connection_test_signs_in_and_asks_once(vendor: Vendor, connect: Define) -> None:
    assert hook(vendor, connect).test_connection()[0] is True
    assert len(vendor.asked) == 2


def test_scores_further_back_than_asked_for_are_not_read(
    vendor: Vendor, connect: Define, week: ReportingWeek, graph: Graph
) -> None:
    link = f"{vendor.url}/v1.0/security/secureScores?$skiptoken=90"
    rows = [{"id": str(n), "controlScores": None} for n in range(90)]
    graph.special["/secureScores"] = Reply(body={"value": rows, "@odata.nextLink": link})
    payload = hook(vendor, connect).fetch(SCOPE, week).payload
    assert len(payload["secure_scores"]) == 90
    assert len([a for a in vendor.asked if a.path.endswith("/secureScores")]) == 1


def three_pages(vendor: Vendor, asked: Asked, row: dict[str, Any]) -> Reply:
    page = asked.query.get("$skiptoken", "a")
    body: dict[str, Any] = {"value": [row | {"id": page}]}
    following = {"a": "b", "b": "c"}.get(page)
    if following:
        body["@odata.nextLink"] = f"{vendor.url}{asked.path}?$skiptoken={following}"
    return Reply(body=body)


@pytest.mark.parametrize(
    ("end", "name"), [("/alerts_v2", "alerts"), ("/secureScoreControlProfiles", "control_profiles")]
)
def test_the_other_lists_are_read_to_the_last_page(
    vendor: Vendor, connect: Define, week: ReportingWeek, graph: Graph, end: str, name: str
) -> None:
    vendor.answer = lambda asked: (
        three_pages(vendor, asked, {"title": "T"}) if asked.path.endswith(end) else graph(asked)
    )
    rows = hook(vendor, connect).fetch(SCOPE, week).payload[name]
    assert [row["id"] for row in rows] == ["a", "b", "c"]
    assert [a.query.get("$skiptoken") for a in vendor.asked if a.path.endswith(end)] == [None, "b", "c"]


@pytest.mark.usefixtures("graph")
def test_neither_skip_nor_expand_is_ever_asked_for(
    vendor: Vendor, connect: Define, week: ReportingWeek
) -> None:
    hook(vendor, connect).fetch(SCOPE, week)
    assert not [a for a in vendor.asked if {"$skip", "$expand", "$count"} & set(a.query)]


def test_scores_that_may_not_be_read_name_the_permission(
    vendor: Vendor, connect: Define, week: ReportingWeek, graph: Graph
) -> None:
    graph.special["/secureScoreControlProfiles"] = Reply(status=403, body={"error": {"code": "Forbidden"}})
    (warning,) = hook(vendor, connect).fetch(SCOPE, week).payload["warnings"]
    assert "SecurityEvents.Read.All" in warning
    with pytest.raises(PermissionMissingError, match=r"SecurityEvents\.Read\.All"):
        hook(vendor, connect).standing(SCOPE)
