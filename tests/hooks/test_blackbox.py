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
    PermissionMissingError,
    RetriableSourceError,
)
from msp_reports.domain.week import ReportingWeek
from msp_reports.hooks.blackbox import BlackboxHook
from msp_reports.hooks.verdicts import UnexpectedStatusError
from msp_reports.sources.blackbox import BlackboxScope
from tests.hooks.conftest import Asked, Reply, Vendor

pytestmark = pytest.mark.airflow
Define = Callable[..., str]
URL = "https://shop.acme.example/"
SITES = [
    {"id": "shop", "name": "Shop", "url": URL},
    {"id": "portal", "name": "Portal", "url": "https://portal.acme.example/"},
    {"id": "api", "name": "API", "url": "https://api.acme.example/", "instance": 'a"}[1s] or {x="\\'},
]
SCOPE = BlackboxScope.model_validate({"job": "blackbox", "sites": SITES})


def success(kind: str, result: Any, **more: Any) -> dict[str, Any]:
    return {"status": "success", "data": {"resultType": kind, "result": result}, **more}


def answer(asked: Asked) -> Reply:
    if asked.query["query"].startswith("last_over_time"):
        return Reply(body=success("vector", [{"metric": {"instance": URL}, "value": [1, "1.8e9"]}]))
    labels = {"__name__": "probe_success", "instance": URL, "job": "blackbox", "pod": "prober-7"}
    return Reply(body=success("matrix", [{"metric": labels, "values": [[1, "1"], [2, "NaN"]]}]))


def hook(vendor: Vendor, connect: Define, **parts: Any) -> BlackboxHook:
    return BlackboxHook(connect("blackbox", f"{vendor.url}/prom", **{"login": "", **parts}))


def test_every_site_is_asked_for_twice_and_by_its_labels(
    vendor: Vendor, connect: Define, week: ReportingWeek
) -> None:
    """There are no pages: a range comes whole. Three sites stand for three pages."""
    vendor.answer = answer
    pull = hook(vendor, connect).fetch(SCOPE, week)
    assert list(pull.payload["sites"]) == ["shop", "portal", "api"]
    assert pull.requests == len(vendor.asked) == 6
    assert {asked.path for asked in vendor.asked} == {"/prom/api/v1/query"}
    assert [asked.query["query"] for asked in vendor.asked[:2]] == [
        f'{{__name__=~"probe_success|probe_duration_seconds",instance="{URL}",job="blackbox"}}[604800s]',
        f'last_over_time(probe_ssl_earliest_cert_expiry{{instance="{URL}",job="blackbox"}}[604800s])',
    ]


def test_a_label_cannot_end_its_own_string(vendor: Vendor, connect: Define, week: ReportingWeek) -> None:
    vendor.answer = answer
    hook(vendor, connect).fetch(SCOPE, week)
    assert r'instance="a\"}[1s] or {x=\"\\",job="blackbox"}[604800s]' in vendor.asked[4].query["query"]


@pytest.mark.parametrize(
    ("label", "seconds"), [("2026-W47", 604_800), ("2026-W13", 601_200), ("2026-W43", 608_400)]
)
def test_the_window_is_the_week_s_real_length_and_excludes_its_end(
    vendor: Vendor, connect: Define, label: str, seconds: int
) -> None:
    vendor.answer = answer
    week = ReportingWeek.parse(label, "Europe/Berlin")
    hook(vendor, connect).fetch(SCOPE, week)
    for asked in vendor.asked:
        assert f"[{seconds}s]" in asked.query["query"]
        assert asked.query["time"] == f"{int(week.end_utc.timestamp()) - 1}.999"


def test_only_the_labels_that_are_read_are_kept(vendor: Vendor, connect: Define, week: ReportingWeek) -> None:
    vendor.answer = answer
    payload = hook(vendor, connect).fetch(SCOPE, week).payload
    assert payload["sites"]["shop"]["series"] == [
        {
            "metric": {"__name__": "probe_success", "instance": URL, "job": "blackbox"},
            "values": [[1, "1"], [2, "NaN"]],
        }
    ]
    assert payload["warnings"] == []


def test_a_warning_is_kept(vendor: Vendor, connect: Define, week: ReportingWeek) -> None:
    def warned(asked: Asked) -> Reply:
        reply = answer(asked)
        reply.body |= {"warnings": ["store gateway down"]} if "last_over" not in asked.query["query"] else {}
        return reply

    vendor.answer = warned
    assert hook(vendor, connect).fetch(SCOPE, week).payload["warnings"] == ["store gateway down"] * 3


@pytest.mark.parametrize(
    ("parts", "header"),
    [
        ({}, "Bearer s3cret-value"),
        ({"login": "me"}, f"Basic {base64.b64encode(b'me:s3cret-value').decode()}"),
        ({"password": ""}, None),
    ],
)
def test_it_signs_in_with_a_token_with_basic_or_not_at_all(
    vendor: Vendor, connect: Define, monkeypatch: pytest.MonkeyPatch, tmp_path: Any, parts: Any, header: Any
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else", encoding="utf-8")
    monkeypatch.setenv("NETRC", str(netrc))
    vendor.answer = lambda _: Reply(body=success("vector", []))
    assert hook(vendor, connect, **parts).test_connection()[0] is True
    assert [asked.headers.get("authorization") for asked in vendor.asked] == [header]


def test_a_login_without_a_password_is_a_mistake(
    vendor: Vendor, connect: Define, week: ReportingWeek
) -> None:
    with pytest.raises(ConfigurationError, match="password is empty"):
        hook(vendor, connect, login="me", password="").fetch(SCOPE, week)
    assert vendor.asked == []


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply(status=401, raw=b"Unauthorized"), CredentialsRefusedError),
        (Reply(status=403, body={}), PermissionMissingError),
        (Reply(status=400, body={"status": "error", "error": "parse error"}), UnexpectedStatusError),
        (Reply(status=422, body={"status": "error", "error": "too many samples"}), UnexpectedStatusError),
        (Reply(status=503, body={"status": "error", "error": "timed out"}), RetriableSourceError),
        (Reply(status=429, body={}, headers={"Retry-After": "60"}), RetriableSourceError),
        (Reply(body={"status": "error", "errorType": "x", "error": "s3cret-value"}), FatalSourceError),
        (Reply(body=success("vector", [])), ChangedShapeError),
        (Reply(body=success("matrix", None)), ChangedShapeError),
        (Reply(body=success("matrix", [{"values": []}])), ChangedShapeError),
        (Reply(body=[]), ChangedShapeError),
        (Reply(raw=b"<html>"), ChangedShapeError),
        (Reply(body={}, cut=True), RetriableSourceError),
    ],
)
def test_trouble_has_a_name(
    vendor: Vendor, connect: Define, week: ReportingWeek, reply: Reply, error: type[Exception]
) -> None:
    vendor.answer = lambda _: reply
    with pytest.raises(error) as caught:
        hook(vendor, connect).fetch(SCOPE, week)
    assert type(caught.value) is error
    assert "s3cret" not in str(caught.value)


def test_the_form_shows_a_login_that_may_stay_empty() -> None:
    assert BlackboxHook.get_ui_field_behaviour()["hidden_fields"] == ["schema", "port"]
