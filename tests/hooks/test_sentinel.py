from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
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
from msp_reports.hooks.sentinel import SentinelHook
from msp_reports.hooks.sentinel_questions import COLUMNS
from msp_reports.sources.sentinel import SentinelScope
from tests.hooks.conftest import Asked, Reply, Vendor

pytestmark = pytest.mark.airflow
TENANT = "11111111-2222-3333-4444-555555555555"
WORKSPACE = "22222222-3333-4444-5555-666666666666"
SCOPE = SentinelScope.model_validate({
    "workspace_id": WORKSPACE,
    "subscription_id": "33333333-4444-5555-6666-777777777777",
    "resource_group": "rg-soc",
    "workspace": "law-acme",
})
LISTED, RECORD, TABLE, QUERY = "/incidents", "/law-acme", "/SecurityIncident", "/query"
Define = Callable[..., str]


class Azure:
    """Signs in to both APIs, answers both questions, and gives three pages of open incidents."""

    def __init__(self, vendor: Vendor) -> None:
        self.vendor = vendor
        self.special: dict[str, Reply] = {}
        self.oldest: str | None = "2026-08-25T00:00:00Z"
        self.workspace: dict[str, Any] = {"customerId": WORKSPACE.upper(), "retentionInDays": 30}
        self.error: object = None

    def __call__(self, asked: Asked) -> Reply:
        if asked.path.endswith("/token"):
            audience = asked.body["scope"].split("/")[2]
            return self.special.get("/token", Reply(body={"access_token": f"ey-token-for-{audience}"}))
        for end, reply in self.special.items():
            if asked.path.endswith(end):
                return reply
        answers: dict[str, Callable[[], Reply]] = {
            QUERY: lambda: self._log(asked),
            RECORD: lambda: Reply(body={"properties": self.workspace}),
            LISTED: lambda: self._page(asked),
            "/subscriptions": lambda: Reply(body={"value": [{"subscriptionId": "s"}]}),
        }
        return next(answer for end, answer in answers.items() if asked.path.endswith(end))()

    def _log(self, asked: Asked) -> Reply:
        if "min(TimeGenerated)" in asked.body["query"]:
            table = {"columns": [{"name": "Oldest", "type": "datetime"}], "rows": [[self.oldest]]}
        else:
            names = [*reversed(COLUMNS), "Comments"]
            table = {"columns": [{"name": n} for n in names], "rows": [[f"of {n}" for n in names]]}
        body = {
            "tables": [{"name": "QueryStatus", "columns": [], "rows": []}, {"name": "PrimaryResult"} | table]
        }
        return Reply(body=body | ({"error": self.error} if self.error else {}))

    def _page(self, asked: Asked) -> Reply:
        page = asked.query.get("$skipToken", "a")
        row = {"id": f"/x/{page}", "name": page, "properties": {"title": "T", "description": "not kept"}}
        body: dict[str, Any] = {"value": [row]}
        following = {"a": "b", "b": "c"}.get(page)
        if following:
            body["nextLink"] = f"{self.vendor.url}{asked.path}?$skipToken={following}"
        return Reply(body=body)


def hook(vendor: Vendor, connect: Define, **extra: str) -> SentinelHook:
    settings = {
        "tenant_id": TENANT,
        "token_url": vendor.url,
        "management_url": f"{vendor.url}/azure/",
        **extra,
    }
    return SentinelHook(connect("sentinel", f"{vendor.url}/v1", login="client-id", extra=settings))


@pytest.fixture
def azure(vendor: Vendor) -> Azure:
    vendor.answer = Azure(vendor)
    return vendor.answer


@pytest.mark.usefixtures("azure")
def test_a_pull_needs_six_requests_and_one_per_further_page(
    vendor: Vendor, connect: Define, week: ReportingWeek
) -> None:
    pull = hook(vendor, connect).fetch(SCOPE, week)
    assert pull.requests == len(vendor.asked) == 6 + 2
    assert [row["name"] for row in pull.payload["open_now"]] == ["a", "b", "c"]
    assert [a.query.get("$skipToken") for a in vendor.asked if a.path.endswith(LISTED)] == [None, "b", "c"]


@pytest.mark.usefixtures("azure")
def test_each_api_is_asked_with_a_token_of_its_own(
    vendor: Vendor, connect: Define, week: ReportingWeek
) -> None:
    hook(vendor, connect).fetch(SCOPE, week)
    tokens = [a for a in vendor.asked if a.path.endswith("/token")]
    assert {a.path for a in tokens} == {f"/{TENANT}/oauth2/v2.0/token"}
    assert {a.body["scope"] for a in tokens} == {
        "https://api.loganalytics.io/.default",
        "https://management.azure.com/.default",
    }
    for asked in vendor.asked:
        if asked.path.startswith("/v1"):
            assert asked.headers["authorization"] == "Bearer ey-token-for-api.loganalytics.io"
        if asked.path.startswith("/azure"):
            assert asked.headers["authorization"] == "Bearer ey-token-for-management.azure.com"


@pytest.mark.usefixtures("azure")
def test_one_workspace_is_asked_as_of_the_weeks_end(
    vendor: Vendor, connect: Define, week: ReportingWeek
) -> None:
    hook(vendor, connect).fetch(SCOPE, week)
    begin, states = [a for a in vendor.asked if a.path.endswith(QUERY)]
    assert begin.path == states.path == f"/v1/workspaces/{WORKSPACE}/query"
    assert begin.body == {"query": "SecurityIncident | summarize Oldest = min(TimeGenerated)"}
    assert list(states.body) == ["query"], "no time span, and no other workspace"
    assert states.body["query"].startswith("let E = datetime(2026-11-22T23:00:00Z);")
    (listed, *_) = [a for a in vendor.asked if a.path.endswith(LISTED)]
    assert listed.path == f"/azure{SCOPE.resource_id}/providers/Microsoft.SecurityInsights/incidents"
    assert listed.query["$top"] == "1000"
    assert listed.query["$filter"] == (
        "properties/status ne 'Closed' and properties/createdTimeUtc lt 2026-11-22T23:00:00Z"
    )


@pytest.mark.usefixtures("azure")
def test_columns_are_found_by_name_and_only_those_asked_for_are_kept(
    vendor: Vendor, connect: Define, week: ReportingWeek
) -> None:
    payload = hook(vendor, connect).fetch(SCOPE, week).payload
    assert payload["changes"] == [{name: f"of {name}" for name in COLUMNS}]
    assert set(payload["open_now"][0]) == {
        "id", "name", "title", "severity", "status", "createdTimeUtc", "lastModifiedTimeUtc", "providerName",
        "providerIncidentId",
    }  # fmt: skip
    assert payload["warnings"] == []


def test_a_log_that_holds_older_rows_is_known_since_the_oldest(
    vendor: Vendor, connect: Define, week: ReportingWeek, azure: Azure
) -> None:
    assert hook(vendor, connect).fetch(SCOPE, week).payload["known_since"] == "2026-08-25T00:00:00+00:00"
    assert not [a for a in vendor.asked if a.path.endswith(TABLE)]


@pytest.mark.parametrize("oldest", [None, "2026-11-20T00:00:00Z"])
@pytest.mark.parametrize(("own", "days"), [(None, 30), (365, 365)])
def test_a_quiet_log_is_known_for_as_long_as_its_table_is_kept(
    vendor: Vendor,
    connect: Define,
    week: ReportingWeek,
    azure: Azure,
    oldest: str | None,
    own: int | None,
    days: int,
) -> None:
    azure.oldest = oldest
    azure.special[TABLE] = Reply(body={"properties": {"retentionInDays": own}})
    pull = hook(vendor, connect).fetch(SCOPE, week)
    kept = datetime.now(UTC) - timedelta(days=days)
    told = datetime.fromisoformat(pull.payload["known_since"])
    expected = kept if oldest is None else min(kept, datetime.fromisoformat(oldest))
    assert abs(told - expected) < timedelta(minutes=1)
    assert pull.requests == 6 + 2 + 1


def test_a_quiet_log_is_not_known_for_longer_than_its_workspace_exists(
    vendor: Vendor, connect: Define, week: ReportingWeek, azure: Azure
) -> None:
    azure.oldest = None
    azure.workspace |= {"createdDate": "2026-11-24T12:00:00.5Z", "retentionInDays": 4000}
    azure.special[TABLE] = Reply(body={"properties": {}})
    payload = hook(vendor, connect).fetch(SCOPE, week).payload
    assert payload["known_since"] == "2026-11-24T12:00:00.500000+00:00"


def test_a_quiet_log_of_which_nobody_says_how_long_it_is_kept_is_not_known(
    vendor: Vendor, connect: Define, week: ReportingWeek, azure: Azure
) -> None:
    azure.oldest = None
    azure.workspace["retentionInDays"] = None
    azure.special[TABLE] = Reply(body={"properties": {}})
    assert hook(vendor, connect).fetch(SCOPE, week).payload["known_since"] is None


def test_a_file_that_names_two_workspaces_is_a_mistake(
    vendor: Vendor, connect: Define, week: ReportingWeek, azure: Azure
) -> None:
    azure.workspace["customerId"] = "99999999-3333-4444-5555-666666666666"
    with pytest.raises(ConfigurationError, match="99999999"):
        hook(vendor, connect).fetch(SCOPE, week)
    assert not [a for a in vendor.asked if a.path.endswith((QUERY, LISTED))]


def test_a_partial_answer_is_kept_and_said_to_be_partial(
    vendor: Vendor, connect: Define, week: ReportingWeek, azure: Azure
) -> None:
    azure.error = {"code": "PartialError", "message": "s3cret-value: the result set is too large"}
    payload = hook(vendor, connect).fetch(SCOPE, week).payload
    assert payload["changes"]
    assert "PartialError" in payload["warnings"][-1]
    assert "s3cret" not in str(payload["warnings"])


@pytest.mark.parametrize("end", [QUERY, LISTED])
def test_a_token_that_expires_in_mid_pull_is_renewed_for_its_own_api(
    vendor: Vendor, connect: Define, week: ReportingWeek, azure: Azure, end: str
) -> None:
    refused: list[Asked] = []

    def once(asked: Asked) -> Reply:
        if asked.path.endswith(end) and not refused:
            refused.append(asked)
            return Reply(status=401, body={"error": {"code": "ExpiredAuthenticationToken"}})
        return azure(asked)

    vendor.answer = once
    assert hook(vendor, connect).fetch(SCOPE, week).payload["changes"]
    scopes = [a.body["scope"] for a in vendor.asked if a.path.endswith("/token")]
    assert len(scopes) == 3
    api = "api.loganalytics.io" if end == QUERY else "management.azure.com"
    assert scopes[-1] == f"https://{api}/.default"


def test_a_throttled_question_is_asked_again_when_told(
    vendor: Vendor, connect: Define, week: ReportingWeek, azure: Azure, naps: list[float]
) -> None:
    waits = [Reply(status=429, body={}, headers={"Retry-After": "7"})]
    vendor.answer = lambda asked: waits.pop() if asked.path.endswith(QUERY) and waits else azure(asked)
    hook(vendor, connect).fetch(SCOPE, week)
    assert naps == [7]


@pytest.mark.parametrize(
    ("link", "error"),
    [
        ("https://management.evil.example/x", ChangedShapeError),
        ("{url}/azure/again", IncompletePullError),
        (17, ChangedShapeError),
    ],
)
def test_a_link_elsewhere_or_back_ends_the_pull(
    vendor: Vendor, connect: Define, week: ReportingWeek, azure: Azure, link: object, error: type[Exception]
) -> None:
    told = link.format(url=vendor.url) if isinstance(link, str) else link
    azure.special = {end: Reply(body={"value": [], "nextLink": told}) for end in (LISTED, "/again")}
    with pytest.raises(error):
        hook(vendor, connect).fetch(SCOPE, week)


TROUBLE = [
    (Reply(status=401, body={"error": {"code": "InvalidToken"}}), CredentialsRefusedError),
    (Reply(status=403, body={"error": {"code": "InsufficientAccessError"}}), PermissionMissingError),
    (Reply(status=429, body={}, headers={"Retry-After": "90"}), RetriableSourceError),
    (Reply(status=504, raw=b"<html>"), RetriableSourceError),
    (Reply(body=[]), ChangedShapeError),
    (Reply(body={}), ChangedShapeError),
    (Reply(raw=b'{"value": [{'), ChangedShapeError),
    (Reply(body={"tables": [], "value": [], "properties": {}}, cut=True), RetriableSourceError),
]


@pytest.mark.parametrize("end", [RECORD, QUERY, LISTED])
@pytest.mark.parametrize(("reply", "error"), TROUBLE)
def test_trouble_has_a_name(
    vendor: Vendor,
    connect: Define,
    week: ReportingWeek,
    azure: Azure,
    reply: Reply,
    error: type[Exception],
    end: str,
) -> None:
    azure.special[end] = reply
    with pytest.raises(error):
        hook(vendor, connect).fetch(SCOPE, week)


@pytest.mark.parametrize("end", [RECORD, QUERY, LISTED])
def test_no_message_holds_a_token(
    vendor: Vendor, connect: Define, week: ReportingWeek, azure: Azure, end: str
) -> None:
    def echo(asked: Asked) -> Reply:
        said = {"error": {"message": asked.headers.get("authorization")}}
        return Reply(status=400, body=said) if asked.path.endswith(end) else azure(asked)

    vendor.answer = echo
    with pytest.raises(FatalSourceError, match="Bearer") as caught:
        hook(vendor, connect).fetch(SCOPE, week)
    assert "ey-token" not in str(caught.value)


@pytest.mark.parametrize(
    "tables",
    [
        [],
        "none",
        [{"name": "PrimaryResult"}],
        [{"name": "PrimaryResult", "columns": [{"name": "Oldest"}], "rows": [[1, 2]]}],
        [{"name": "PrimaryResult", "columns": [{"name": "Youngest"}], "rows": [[None]]}],
        [{"name": "PrimaryResult", "columns": [{"name": "Oldest"}], "rows": [["soon"]]}],
    ],
)
def test_a_table_of_another_shape_is_refused(
    vendor: Vendor, connect: Define, week: ReportingWeek, azure: Azure, tables: object
) -> None:
    azure.special[QUERY] = Reply(body={"tables": tables})
    with pytest.raises(ChangedShapeError):
        hook(vendor, connect).fetch(SCOPE, week)


@pytest.mark.parametrize("row", ["x", {"id": "/x", "name": "x"}, {"properties": []}])
def test_an_incident_without_properties_is_refused(
    vendor: Vendor, connect: Define, week: ReportingWeek, azure: Azure, row: object
) -> None:
    azure.special[LISTED] = Reply(body={"value": [row]})
    with pytest.raises(ChangedShapeError):
        hook(vendor, connect).fetch(SCOPE, week)


def test_the_connection_test_signs_in_to_both_apis(vendor: Vendor, connect: Define, azure: Azure) -> None:
    assert hook(vendor, connect).test_connection()[0] is True
    assert len(vendor.asked) == 3
    azure.special["/subscriptions"] = Reply(body={"value": []})
    worked, said = hook(vendor, connect).test_connection()
    assert not worked
    assert "Microsoft Sentinel Reader" in said
