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
    ForeignRowError,
    IncompletePullError,
    PermissionMissingError,
    RetriableSourceError,
)
from msp_reports.domain.week import ReportingWeek
from msp_reports.hooks.cloudflare import CloudflareHook
from msp_reports.sources.cloudflare import CloudflareScope
from tests.hooks.conftest import Asked, Reply, Vendor

pytestmark = pytest.mark.airflow
Define = Callable[..., str]
ZONE = "0" * 31 + "1"
HOSTS = ["shop.acme.example", "acme.example"]
SCOPE = CloudflareScope.model_validate({
    "sites": [{"id": f"s{n}", "name": f"S{n}", "host": host, "zone": ZONE} for n, host in enumerate(HOSTS)]
})
WEEK = ReportingWeek.parse("2026-W47", "Europe/Berlin")
FINE, COARSE = "httpRequestsAdaptiveGroups", "httpRequests1dGroups"


def row(at: str, status: int = 200, host: str = HOSTS[0]) -> dict[str, Any]:
    dimensions = {"clientRequestHTTPHost": host, "datetimeFiveMinutes": at, "edgeResponseStatus": status}
    return {"count": 7, "avg": {"sampleInterval": 1}, "dimensions": dimensions}


def limits(days: int = 30, longest: int = 86400, rows: int = 10_000) -> dict[str, Any]:
    return {
        "enabled": True,
        "notOlderThan": days * 86400,
        "maxDuration": longest,
        "maxPageSize": rows,
    }


class Cloudflare:
    """One zone, and a row in every window that is asked for."""

    def __init__(self, **settings: Any) -> None:
        self.settings = {FINE: limits(), COARSE: limits(365, 365 * 86400)} | settings
        self.zone: dict[str, Any] = {"id": ZONE, "name": "acme.example"}
        self.rows: Callable[[dict[str, Any]], list[dict[str, Any]]] = lambda asked: [row(asked["start"])]
        self.tag = ZONE
        self.error: str | None = None

    def __call__(self, asked: Asked) -> Reply:
        if asked.method == "GET":
            return Reply(body={"success": True, "errors": [], "messages": [], "result": self.zone})
        query, variables = asked.body["query"], asked.body["variables"]
        if self.error is not None and "start" in variables:
            return Reply(body={"data": None, "errors": [{"message": self.error, "path": ["viewer"]}]})
        told: dict[str, Any] = {"zoneTag": self.tag}
        if "settings" in query:
            told["settings"] = self.settings
        elif COARSE in query:
            counts = [{"edgeResponseStatus": 200, "requests": 5}]
            told[COARSE] = [
                {"dimensions": {"date": variables["first"]}, "sum": {"responseStatusMap": counts, "bytes": 1}}
            ]
        else:
            told[FINE] = self.rows(variables)
        return Reply(body={"data": {"viewer": {"zones": [told]}}, "errors": None})


class Monday(datetime):
    """Always the Monday after the week, six in the morning in Berlin."""

    @classmethod
    def now(cls, tz: Any = None) -> Monday:
        return cls(2026, 11, 23, 5, tzinfo=tz)


@pytest.fixture(autouse=True)
def monday(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("msp_reports.hooks.cloudflare.datetime", Monday)


def hook(vendor: Vendor, connect: Define, **parts: Any) -> CloudflareHook:
    return CloudflareHook(connect("cloudflare", f"{vendor.url}/client/v4", **{"login": "", **parts}))


def read(vendor: Vendor, connect: Define, week: ReportingWeek = WEEK) -> dict[str, Any]:
    zone: dict[str, Any] = hook(vendor, connect).fetch(SCOPE, week).payload["zones"][ZONE]
    return zone


def windows(vendor: Vendor) -> list[tuple[str, str]]:
    bodies = [asked.body["variables"] for asked in vendor.asked if asked.method == "POST"]
    return [(asked["start"], asked["end"]) for asked in bodies if "start" in asked]


def test_the_week_is_asked_for_day_by_day_all_sites_of_a_zone_together(
    vendor: Vendor, connect: Define
) -> None:
    """There are no pages: seven windows stand for them."""
    vendor.answer = Cloudflare()
    pull = hook(vendor, connect).fetch(SCOPE, WEEK)
    days = [f"2026-11-{day}T23:00:00Z" for day in range(15, 23)]
    assert windows(vendor) == list(zip(days, days[1:], strict=False))
    rows = pull.payload["zones"][ZONE]["requests"]
    assert (len(rows), rows[-1]["dimensions"]["datetimeFiveMinutes"]) == (7, days[-2])
    assert pull.requests == len(vendor.asked) == 9
    assert [asked.path for asked in vendor.asked[:2]] == [f"/client/v4/zones/{ZONE}", "/client/v4/graphql"]
    last = vendor.asked[-1]
    assert last.body["variables"]["hosts"] == sorted(HOSTS)
    assert 'requestSource: "eyeball"' in last.body["query"]
    assert last.headers["authorization"] == "Bearer s3cret-value"


@pytest.mark.parametrize(("label", "requests"), [("2026-W47", 9), ("2026-W43", 10), ("2026-W13", 9)])
def test_a_pull_needs_one_request_a_day_and_two(
    vendor: Vendor, connect: Define, label: str, requests: int
) -> None:
    vendor.answer = Cloudflare(**{FINE: limits(365)})
    pull = hook(vendor, connect).fetch(SCOPE, ReportingWeek.parse(label, "Europe/Berlin"))
    assert pull.requests == requests


def test_a_full_answer_is_asked_for_in_halves_and_counted_once(vendor: Vendor, connect: Define) -> None:
    vendor.answer = cloudflare = Cloudflare(**{FINE: limits(rows=2)})
    full = ("2026-11-15T23:00:00Z", "2026-11-16T23:00:00Z")
    cloudflare.rows = lambda asked: [row(asked["start"])] * (1 + ((asked["start"], asked["end"]) == full))
    assert len(read(vendor, connect)["requests"]) == 8
    assert windows(vendor)[:3] == [
        full,
        ("2026-11-15T23:00:00Z", "2026-11-16T11:00:00Z"),
        ("2026-11-16T11:00:00Z", "2026-11-16T23:00:00Z"),
    ]
    assert "limit: 2," in vendor.asked[-1].body["query"]


def test_an_answer_that_stays_full_ends_the_pull(vendor: Vendor, connect: Define) -> None:
    vendor.answer = Cloudflare(**{FINE: limits(rows=1)})
    with pytest.raises(IncompletePullError, match="limit of one answer"):
        read(vendor, connect)


def test_a_plan_that_allows_an_hour_is_asked_by_the_hour(vendor: Vendor, connect: Define) -> None:
    vendor.answer = Cloudflare(**{FINE: limits(longest=3600)})
    assert len(read(vendor, connect)["requests"]) == 168


def test_an_answer_for_another_window_is_not_taken(vendor: Vendor, connect: Define) -> None:
    vendor.answer = cloudflare = Cloudflare()
    cloudflare.rows = lambda _: [row("2026-11-15T23:00:00Z")]
    with pytest.raises(IncompletePullError, match="another time"):
        read(vendor, connect)


def test_only_what_is_read_is_kept(vendor: Vendor, connect: Define) -> None:
    vendor.answer = cloudflare = Cloudflare()
    cloudflare.rows = lambda asked: [row(asked["start"]) | {"sum": {"edgeResponseBytes": 1}}]
    assert set(read(vendor, connect)["requests"][0]) == {"count", "avg", "dimensions"}


@pytest.mark.parametrize(
    ("settings", "days"),
    [
        ({FINE: limits(days=7)}, ["2026-11-16"]),
        ({FINE: {"enabled": False, "notOlderThan": None}}, ["2026-11-16"]),
        ({FINE: None}, ["2026-11-16"]),
        ({FINE: limits(days=7), COARSE: limits(days=6, longest=9 * 86400)}, None),
        ({FINE: limits(days=7), COARSE: limits(days=365, longest=86400)}, None),
        ({FINE: limits(days=7), COARSE: None}, None),
    ],
)
def test_what_the_plan_does_not_keep_is_asked_for_by_day_or_not_at_all(
    vendor: Vendor, connect: Define, settings: dict[str, Any], days: list[str] | None
) -> None:
    vendor.answer = Cloudflare(**settings)
    told = read(vendor, connect)
    assert told["requests"] is None
    assert days == (None if told["days"] is None else [day["dimensions"]["date"] for day in told["days"]])
    assert windows(vendor) == []


def test_a_plan_that_turns_out_to_keep_less_is_believed(vendor: Vendor, connect: Define) -> None:
    vendor.answer = cloudflare = Cloudflare()
    cloudflare.error = "cannot request data older than 604800s"
    told = read(vendor, connect)
    assert told["requests"] is None
    assert len(told["days"]) == 1


@pytest.mark.parametrize(
    ("message", "error", "wait"),
    [
        ("rate limiter budget depleted, try again after 5 minutes", RetriableSourceError, 300),
        (
            "your request queries too many nodes, zones and accounts",
            RetriableSourceError,
            300,
        ),
        ("query consumed excessive resources, please try", RetriableSourceError, 300),
        ("unable to execute query, please try again later", RetriableSourceError, None),
        ("too many queries in progress, please try again later", RetriableSourceError, None),
        ("Internal server error", RetriableSourceError, None),
        (f"zones [{ZONE}] are not authorized", PermissionMissingError, None),
        (f"zone '{ZONE}' does not have access to the path", PermissionMissingError, None),
        ("not authorized for that account", PermissionMissingError, None),
        ("Unauthorized", CredentialsRefusedError, None),
        ("query time range is too large. Time range can't be wider than 86400s", FatalSourceError, None),
        ("number of fields can't be more than 30", FatalSourceError, None),
        ("limit must be positive number and not greater than 1000", FatalSourceError, None),
        ('unknown field "clientRequestHTTPHost"', ChangedShapeError, None),
        ("s3cret-value is wrong", ChangedShapeError, None),
    ],
)
@pytest.mark.parametrize("status", [200, 400])
def test_a_refusal_is_named_by_its_words_whatever_its_status(
    vendor: Vendor, connect: Define, message: str, error: type[Exception], wait: float | None, status: int
) -> None:
    if error is ChangedShapeError and status != 200:
        error = FatalSourceError
    body = {"data": None, "errors": [{"message": message, "path": ["viewer", "zones", "0"]}]}
    zone = Cloudflare()
    vendor.answer = lambda asked: zone(asked) if asked.method == "GET" else Reply(status=status, body=body)
    with pytest.raises(error) as caught:
        read(vendor, connect)
    assert isinstance(caught.value, error)
    assert getattr(caught.value, "retry_after", None) == wait
    assert "s3cret" not in str(caught.value)


def test_the_budget_that_is_spent_with_429_waits_as_long(
    vendor: Vendor, connect: Define, naps: list[float]
) -> None:
    body = {"data": None, "errors": [{"message": "rate limiter budget depleted, try again after 5 minutes"}]}
    zone = Cloudflare()
    vendor.answer = lambda asked: zone(asked) if asked.method == "GET" else Reply(status=429, body=body)
    with pytest.raises(RetriableSourceError) as caught:
        read(vendor, connect)
    assert caught.value.retry_after == 300
    assert len(naps) == 2


@pytest.mark.parametrize(
    ("spoil", "error"),
    [
        ({"zone": {"id": "2" * 32, "name": "acme.example"}}, ChangedShapeError),
        ({"zone": {"id": ZONE}}, ChangedShapeError),
        ({"zone": {"id": ZONE, "name": "beta.example"}}, ConfigurationError),
        ({"zone": {"id": ZONE, "name": "cme.example"}}, ConfigurationError),
        ({"tag": "2" * 32}, ForeignRowError),
        ({"settings": None}, ChangedShapeError),
        ({"settings": {FINE: limits()}}, ChangedShapeError),
        ({"settings": {FINE: {"enabled": True}, COARSE: None}}, ChangedShapeError),
        ({"settings": {FINE: limits() | {"enabled": None}, COARSE: None}}, ChangedShapeError),
        ({"settings": {FINE: limits(longest=0), COARSE: None}}, ChangedShapeError),
        ({"rows": lambda _: None}, ChangedShapeError),
        ({"rows": lambda _: [{"count": 1}]}, ChangedShapeError),
        ({"rows": lambda _: [row("yesterday")]}, ChangedShapeError),
    ],
)
def test_an_answer_that_is_not_of_this_zone_or_not_as_documented_is_refused(
    vendor: Vendor, connect: Define, spoil: dict[str, Any], error: type[Exception]
) -> None:
    vendor.answer = cloudflare = Cloudflare()
    for name, value in spoil.items():
        setattr(cloudflare, name, value)
    with pytest.raises(error):
        read(vendor, connect)


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply(status=401, body={"success": False, "errors": [{"code": 1000}]}), CredentialsRefusedError),
        (Reply(status=403, body={}), PermissionMissingError),
        (Reply(status=429, body={}, headers={"Retry-After": "60"}), RetriableSourceError),
        (Reply(body={"success": False, "errors": [{"code": 7003, "message": "no zone"}]}), FatalSourceError),
        (Reply(body={"success": True, "result": None}), FatalSourceError),
        (Reply(body=[]), ChangedShapeError),
        (Reply(raw=b"<html>"), ChangedShapeError),
        (Reply(body={}, cut=True), RetriableSourceError),
    ],
)
def test_trouble_has_a_name(vendor: Vendor, connect: Define, reply: Reply, error: type[Exception]) -> None:
    vendor.answer = lambda _: reply
    with pytest.raises(error) as caught:
        read(vendor, connect)
    assert type(caught.value) is error
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("extra", "path"),
    [({}, "/client/v4/user/tokens/verify"), ({"account_id": "a1"}, "/client/v4/accounts/a1/tokens/verify")],
)
@pytest.mark.parametrize(("status", "good"), [("active", True), ("disabled", False), ("expired", False)])
def test_the_connection_test_asks_about_the_token(
    vendor: Vendor, connect: Define, extra: dict[str, str], path: str, status: str, good: bool
) -> None:
    body = {"success": True, "errors": [], "messages": [], "result": {"id": "t", "status": status}}
    vendor.answer = lambda _: Reply(body=body)
    assert hook(vendor, connect, extra=extra).test_connection()[0] is good
    assert [asked.path for asked in vendor.asked] == [path]


def test_a_week_that_is_partly_too_old_is_not_told_in_part(vendor: Vendor, connect: Define) -> None:
    vendor.answer = Cloudflare(**{FINE: limits(days=7)})
    assert Monday.now(UTC) == WEEK.start_utc + timedelta(days=7, hours=6)
    assert read(vendor, connect)["requests"] is None
