"""The estate's Sentinel is strict where Azure is strict and wide where Azure is wide."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from demo.vendors.tenants import BY_CODE, PROVIDER_TENANT
from msp_reports.hooks.sentinel_questions import COLUMNS, LOG_BEGIN

LOGS, MANAGEMENT = "https://api.loganalytics.io/.default", "https://management.azure.com/.default"
OWN, OTHER = BY_CODE["clearview"], BY_CODE["delta"]
INCIDENTS = f"/azure{OWN.workspace_path}/providers/Microsoft.SecurityInsights/incidents"
VERSION = {"api-version": "2025-09-01"}


def signed_in(client: TestClient, scope: str, tenant: str = OWN.tenant_id) -> dict[str, str]:
    login = {
        "grant_type": "client_credentials",
        "client_id": "demo-sentinel-app",
        "client_secret": "demo-sentinel-secret",
        "scope": scope,
    }
    token = client.post(f"/login/{tenant}/oauth2/v2.0/token", data=login).json()["access_token"]
    return {"Authorization": f"Bearer {token}"}


def ask(client: TestClient, login: dict[str, str], query: str, **body: Any) -> Any:
    path = f"/loganalytics/v1/workspaces/{OWN.workspace_id}/query"
    return client.post(path, json={"query": query} | body, headers=login)


def test_a_token_is_for_one_api_and_one_tenant(client: TestClient) -> None:
    assert ask(client, {}, LOG_BEGIN).status_code == 401
    assert ask(client, signed_in(client, MANAGEMENT), LOG_BEGIN).status_code == 401
    assert client.get(INCIDENTS, params=VERSION, headers=signed_in(client, LOGS)).status_code == 401
    assert ask(client, signed_in(client, LOGS, OTHER.tenant_id), LOG_BEGIN).status_code == 403
    stranger = signed_in(client, MANAGEMENT, OTHER.tenant_id)
    assert client.get(INCIDENTS, params=VERSION, headers=stranger).status_code == 404


def test_asked_for_more_workspaces_the_provider_s_token_shows_other_customers(client: TestClient) -> None:
    login = signed_in(client, LOGS, PROVIDER_TENANT)
    query = "SecurityIncident | distinct TenantId"
    assert ask(client, login, query).json()["tables"][0]["rows"] == [[OWN.workspace_id]]
    wide = ask(client, login, query, workspaces=[OTHER.workspace_id]).json()["tables"][0]["rows"]
    assert sorted(wide) == [[OWN.workspace_id], [OTHER.workspace_id]]


def test_without_the_last_change_alone_an_incident_is_counted_more_than_once(client: TestClient) -> None:
    login = signed_in(client, LOGS)
    rows = ask(client, login, "SecurityIncident | project IncidentName").json()["tables"][0]["rows"]
    names = ask(client, login, "SecurityIncident | distinct IncidentName").json()["tables"][0]["rows"]
    assert len(rows) > len(names) > 0


@pytest.mark.parametrize(
    "query",
    ["", "SecurityAlert | take 1", "SecurityIncident | where Nothing == 'x'", "SecurityIncident | where x"],
)
def test_a_question_that_makes_no_sense_is_refused(client: TestClient, query: str) -> None:
    refusal = ask(client, signed_in(client, LOGS), query)
    assert (refusal.status_code, refusal.json()["error"]["code"]) == (400, "BadArgumentError")


def test_every_column_that_is_asked_for_is_there(client: TestClient) -> None:
    query = f"SecurityIncident | project {', '.join(COLUMNS)}"
    table = ask(client, signed_in(client, LOGS), query).json()["tables"][0]
    assert [column["name"] for column in table["columns"]] == list(COLUMNS)


def test_too_many_questions_are_throttled(client: TestClient) -> None:
    login = signed_in(client, LOGS)
    answers = [ask(client, login, LOG_BEGIN) for _ in range(201)]
    assert {answer.status_code for answer in answers[:200]} == {200}
    assert (answers[-1].status_code, answers[-1].headers["Retry-After"]) == (429, "5")


def test_the_list_comes_in_pages_of_fifty_unless_asked_for_more(client: TestClient) -> None:
    login = signed_in(client, MANAGEMENT)
    first = client.get(INCIDENTS, params=VERSION, headers=login).json()
    assert len(first["value"]) == 50
    whole = client.get(INCIDENTS, params=VERSION | {"$top": "1000"}, headers=login).json()
    assert "nextLink" not in whole
    names, link = [row["name"] for row in first["value"]], first["nextLink"]
    while link:
        page = client.get(link, headers=login).json()
        names, link = names + [row["name"] for row in page["value"]], page.get("nextLink")
    assert names == [row["name"] for row in whole["value"]]
    assert client.get(INCIDENTS, params=VERSION | {"$top": "1001"}, headers=login).status_code == 400
    assert client.get(INCIDENTS, params=VERSION | {"$filter": "x"}, headers=login).status_code == 400
    assert client.get(INCIDENTS, headers=login).status_code == 400


def test_a_resource_s_address_ignores_case(client: TestClient) -> None:
    login = signed_in(client, MANAGEMENT)
    record = client.get(f"/azure{OWN.workspace_path.upper()}", params=VERSION, headers=login).json()
    assert record["properties"]["customerId"] == OWN.workspace_id
