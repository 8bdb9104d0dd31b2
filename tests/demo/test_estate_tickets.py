"""The estate's ticket systems are strict where the vendors are strict and wide where they are wide."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from demo.vendors.tenants import TENANTS

CONNECTWISE = "/connectwise/v4_6_release/apis/3.0/service/tickets"
FORM = {
    "grant_type": "client_credentials",
    "client_id": "demo-halo-app",
    "client_secret": "demo-halo-secret",
    "scope": "all",
}
Bearer = dict[str, str]


@pytest.fixture
def bearer(client: TestClient) -> Bearer:
    token = client.post("/halo/auth/token?tenant=northwind", data=FORM).json()["access_token"]
    return {"Authorization": f"Bearer {token}"}


def halo(client: TestClient, bearer: Bearer, **params: object) -> dict[str, Any]:
    asked = {"pageinate": "true", "page_size": 100, "page_no": 1, "order": "id", **params}
    found: dict[str, Any] = client.get("/halo/api/Tickets", params=asked, headers=bearer).json()
    return found


@pytest.mark.parametrize("change", [{"client_secret": "wrong"}, {"client_id": "else"}, {"scope": "some"}])
def test_halo_gives_no_token_for_wrong_credentials(client: TestClient, change: dict[str, str]) -> None:
    assert client.post("/halo/auth/token?tenant=northwind", data=FORM | change).status_code in {400, 401}


def test_a_hosted_halo_wants_its_tenant(client: TestClient) -> None:
    assert client.post("/halo/auth/token", data=FORM).status_code == 400
    told = client.get("/halo/api/authinfo").json()
    assert told["auth_url"].endswith("/halo/auth")
    assert told["tenant_id"] == "northwind"


@pytest.mark.parametrize("path", ["Tickets", "Tickets/5", "Priority", "Client/305"])
def test_halo_shows_nothing_without_a_token(client: TestClient, path: str) -> None:
    assert client.get(f"/halo/api/{path}").status_code == 401


def test_halo_ignores_what_it_does_not_know_and_then_shows_everybodys_tickets(
    client: TestClient, bearer: Bearer
) -> None:
    narrow = halo(client, bearer, client_id=305)
    assert {row["client_id"] for row in narrow["tickets"]} == {305}
    misspelt = halo(client, bearer, clientid=305)
    assert misspelt["record_count"] > narrow["record_count"]
    wide = misspelt["tickets"] + halo(client, bearer, clientid=305, orderdesc="true")["tickets"]
    assert len({row["client_id"] for row in wide}) > 1


def test_a_page_of_halo_holds_a_hundred_rows_whatever_is_asked(client: TestClient, bearer: Bearer) -> None:
    first = halo(client, bearer, page_size=1000)
    assert len(first["tickets"]) == first["page_size"] == 100
    assert first["record_count"] > 100
    second = halo(client, bearer, page_size=1000, page_no=2)
    assert not {row["id"] for row in first["tickets"]} & {row["id"] for row in second["tickets"]}


def test_halo_knows_its_columns_by_other_names_than_its_fields(client: TestClient, bearer: Bearer) -> None:
    since = {"startdate": "2020-01-01T00:00:00Z", "enddate": "2099-01-01T00:00:00Z", "client_id": 305}
    assert halo(client, bearer, datesearch="dateoccured", **since)["record_count"] > 0
    assert halo(client, bearer, datesearch="dateoccurred", **since)["record_count"] == 0


def test_for_one_client_halo_finds_nothing_by_date(client: TestClient, bearer: Bearer) -> None:
    since = {"startdate": "2020-01-01T00:00:00Z", "enddate": "2099-01-01T00:00:00Z", "client_id": 311}
    assert halo(client, bearer, client_id=311)["record_count"] > 0
    assert halo(client, bearer, datesearch="dateoccured", **since)["record_count"] == 0


def test_a_list_of_halo_has_no_verdict_a_single_ticket_has(client: TestClient, bearer: Bearer) -> None:
    row = next(row for row in halo(client, bearer)["tickets"] if not row["dateclosed"].startswith("1900"))
    assert "slastate" not in row
    detail = client.get(f"/halo/api/Tickets/{row['id']}", headers=bearer).json()
    assert detail["slastate"] in {"I", "O"}


def test_a_priority_has_another_number_in_another_sla(client: TestClient, bearer: Bearer) -> None:
    rows = client.get("/halo/api/Priority", headers=bearer).json()
    assert len({row["name"] for row in rows if row["priorityid"] == 1}) == 2


def test_connectwise_reads_forward_by_the_last_id_to_an_empty_link(client: TestClient) -> None:
    seen: list[int] = []
    address = f"{CONNECTWISE}?pageSize=1000&conditions=company/identifier%3D%22HANSA%22"
    headers = {"clientId": "demo-client-id", "pagination-type": "forward-only"}
    while address:
        page = client.get(address, headers=headers, auth=("northwind+demo-public", "demo-private-key"))
        seen += [row["id"] for row in page.json()]
        address = page.headers["Link"].partition(">")[0].removeprefix("<")
    assert len(seen) > 3000
    assert seen == sorted(set(seen))


def test_connectwise_holds_nobody_who_moved_to_halo(client: TestClient) -> None:
    moved = next(tenant for tenant in TENANTS if tenant.uses("halo"))
    asked = {"conditions": f'company/identifier="{moved.tag}"'}
    headers, login = {"clientId": "demo-client-id"}, ("northwind+demo-public", "demo-private-key")
    assert client.get(CONNECTWISE, params=asked, headers=headers, auth=login).json() == []


def test_the_log_of_exchanges_holds_no_secret_of_halo(
    client: TestClient, bearer: Bearer, tmp_path: Path
) -> None:
    halo(client, bearer, client_id=305)
    log = (tmp_path / "exchanges.jsonl").read_text(encoding="utf-8")
    assert {json.loads(line)["system"] for line in log.splitlines()} == {"halo"}
    for secret in ("demo-halo-secret", bearer["Authorization"].removeprefix("Bearer ")):
        assert secret not in log
