"""Cloudflare and Prometheus in the estate: as strict and as wide as their vendors."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from demo.vendors.graphql import NotGraphQLError, read
from demo.vendors.tenants import BY_CODE
from demo.vendors.visits import zone_id
from demo.vendors.world import now

GRAPHQL = "/cloudflare/client/v4/graphql"
TOKEN = {"Authorization": "Bearer demo-cloudflare-token"}
PROMETHEUS = {"Authorization": "Bearer demo-prometheus-token"}
ROWS = "{ count dimensions { clientRequestHTTPHost } }"


def stamp(days_ago: float) -> str:
    return (datetime.fromtimestamp(now(), UTC) - timedelta(days=days_ago)).strftime("%Y-%m-%dT%H:%M:%SZ")


def asked(client: TestClient, selection: str, zone: str = "") -> dict[str, Any]:
    query = f"query Q($z: string!) {{ viewer {{ zones(filter: {{zoneTag: $z}}) {{ {selection} }} }} }}"
    body = {"query": query, "variables": {"z": zone or zone_id(BY_CODE["olympia"])}}
    told: dict[str, Any] = client.post(GRAPHQL, json=body, headers=TOKEN).json()
    return told


def requests_of(since: float, until: float, limit: int = 100, more: str = "") -> str:
    window = f'datetime_geq: "{stamp(since)}", datetime_lt: "{stamp(until)}"{more}'
    return f"found: httpRequestsAdaptiveGroups(limit: {limit}, filter: {{{window}}}) {ROWS}"


def test_without_a_host_every_host_of_the_zone_comes_back(client: TestClient) -> None:
    rows = asked(client, requests_of(2, 1))["data"]["viewer"]["zones"][0]["found"]
    hosts = {row["dimensions"]["clientRequestHTTPHost"] for row in rows}
    assert hosts == {f"{site}.olympia.example" for site in ("shop", "portal", "static")}
    only = requests_of(2, 1, more=', clientRequestHTTPHost_in: ["shop.olympia.example"]')
    rows = asked(client, only)["data"]["viewer"]["zones"][0]["found"]
    assert {row["dimensions"]["clientRequestHTTPHost"] for row in rows} == {"shop.olympia.example"}
    assert len(rows) == 100, "cut off at the limit"


@pytest.mark.parametrize(
    ("selection", "message"),
    [
        (requests_of(95, 94.5), "cannot request data older than"),
        (requests_of(5, 3), "query time range is too large"),
        (requests_of(2, 1, limit=10_001), "limit must be positive"),
        (requests_of(2, 1, limit=0), "limit must be positive"),
        ("zoneName", "unknown field"),
        ("settings {", "syntax error"),
    ],
)
def test_a_question_beyond_the_plan_is_refused_with_200(
    client: TestClient, selection: str, message: str
) -> None:
    told = asked(client, selection)
    assert told["data"] is None
    assert message in told["errors"][0]["message"]


def test_more_questions_than_the_budget_are_refused(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("demo.vendors.cloudflare._asked", [])
    monkeypatch.setattr("demo.vendors.cloudflare.RATE", 2)
    told = [asked(client, "zoneTag") for _ in range(3)]
    assert [answer["errors"] is None for answer in told] == [True, True, False]
    assert "budget depleted" in told[2]["errors"][0]["message"]


def test_another_account_s_zone_is_not_authorised(client: TestClient) -> None:
    told = asked(client, "zoneTag", zone=zone_id(BY_CODE["acme"]))
    assert "are not authorized" in told["errors"][0]["message"]
    answer = client.get(f"/cloudflare/client/v4/zones/{zone_id(BY_CODE['acme'])}", headers=TOKEN)
    assert (answer.status_code, answer.json()["success"]) == (404, False)


def test_settings_tell_what_the_plan_allows(client: TestClient) -> None:
    told = asked(client, "zoneTag settings { httpRequestsAdaptiveGroups { enabled notOlderThan } }")
    (zone,) = told["data"]["viewer"]["zones"]
    assert zone["settings"]["httpRequestsAdaptiveGroups"] == {"enabled": True, "notOlderThan": 90 * 86_400}


def test_graphql_is_read_with_aliases_arguments_and_variables() -> None:
    (field,) = read('query A($x: [string!]) { a: b(c: $x, d: [1, "}"], e: {f: true}) { g } }', {"x": ["y"]})
    assert (field.alias, field.name, field.arguments) == (
        "a",
        "b",
        {"c": ["y"], "d": [1, "}"], "e": {"f": "true"}},
    )
    assert [one.name for one in field.fields] == ["g"]
    for broken in ("", "query", "{ a", "{ a } }", "{ a(b) }"):
        with pytest.raises(NotGraphQLError):
            read(broken, {})


def prometheus(client: TestClient, query: str, at: float) -> Any:
    params = {"query": query, "time": str(at)}
    return client.get("/prometheus/api/v1/query", params=params, headers=PROMETHEUS)


def test_a_range_is_open_at_its_left_edge_and_closed_at_its_right(client: TestClient) -> None:
    around = (now() // 300 - 20) * 300
    result = prometheus(client, "probe_success{}[3000s]", around).json()["data"]["result"]
    last = result[0]["values"][-1][0]
    for length, offset, inside in ((300, 0, 1), (1, 0, 1), (1, 1, 0), (300, 300, 0)):
        answer = prometheus(client, f"probe_success{{}}[{length}s]", last + offset).json()["data"]["result"]
        moments = [value[0] for value in answer[0]["values"]] if answer else []
        assert moments.count(last) == inside


@pytest.mark.parametrize("query", ["probe_success[", "probe_success{a=b}[5m]", 'probe_success{a~"b"}[300s]'])
def test_a_question_that_cannot_be_read_is_bad_data(client: TestClient, query: str) -> None:
    answer = prometheus(client, query, now())
    assert (answer.status_code, answer.json()["errorType"]) == (400, "bad_data")


def test_the_log_of_exchanges_holds_neither_token(client: TestClient, tmp_path: Path) -> None:
    asked(client, "zoneTag")
    prometheus(client, "vector(1)", now())
    log = (tmp_path / "exchanges.jsonl").read_text(encoding="utf-8")
    assert '"system": "cloudflare"' in log
    assert '"system": "blackbox"' in log
    assert "demo-cloudflare-token" not in log
    assert "demo-prometheus-token" not in log


def test_only_customers_with_checks_of_our_own_have_probes_to_seed(client: TestClient) -> None:
    from tests.demo.conftest import label

    seeded = {
        code: len(client.get(f"/estate/probes/{code}/{label()}").json()["sites"])
        for code in ("acme", "delta", "enoteca", "olympia", "obrien")
    }
    assert seeded == {"acme": 2, "delta": 2, "enoteca": 2, "olympia": 0, "obrien": 0}
