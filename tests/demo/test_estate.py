"""The estate is strict where a vendor is strict and wide where a vendor is wide."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from demo.setting import CONFIG, ROOT, Setting
from demo.vendors.app import build_app
from demo.vendors.tenants import TENANTS
from msp_reports.customer_files import read_customers
from tests.demo.conftest import label

CONNECTWISE = "/connectwise/v4_6_release/apis/3.0/service/tickets"
CONNECTWISE_LOGIN = ("northwind+demo-public", "demo-private-key")
LIBRENMS = "/librenms/api/v0"
LIBRENMS_LOGIN = {"X-Auth-Token": "demo-librenms-token"}
DATTO_LOGIN = ("demo-datto-public", "demo-datto-secret")


def zabbix(client: TestClient, method: str, params: object, token: str = "demo-zabbix-token") -> object:  # noqa: S107
    answer = client.post(
        "/zabbix74/api_jsonrpc.php",
        json={"jsonrpc": "2.0", "method": method, "params": params, "id": 1},
        headers={"Authorization": f"Bearer {token}"},
    ).json()
    return answer.get("result", answer.get("error"))


def tickets(client: TestClient, **params: str) -> list[dict[str, object]]:
    headers = {"clientId": "demo-client-id"}
    found: list[dict[str, object]] = client.get(
        CONNECTWISE, params=params, auth=CONNECTWISE_LOGIN, headers=headers
    ).json()
    return found


def test_it_imports_nothing_of_the_package_it_tests() -> None:
    for path in (ROOT / "demo" / "vendors").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            assert not any(name.startswith("msp_reports") for name in names), path.name


@pytest.mark.parametrize("weeks_before", [0, 1, 30, 59])
def test_the_same_customer_and_week_give_the_same_truth(
    client: TestClient, tmp_path: Path, weeks_before: int
) -> None:
    with TestClient(build_app(tmp_path / "other")) as other:
        for tenant in TENANTS:
            path = f"/estate/truth/{tenant.code}/{label(weeks_before)}"
            assert client.get(path).json() == other.get(path).json()


@pytest.mark.parametrize(
    "path",
    [
        CONNECTWISE,
        "/datto/v1/bcdr/device",
        "/graph/v1.0/security/incidents",
        "/drive/v3/files",
        f"{LIBRENMS}/devices",
        "/prometheus/api/v1/query",
        "/cloudflare/client/v4/user/tokens/verify",
    ],
)
def test_without_credentials_a_vendor_answers_401(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 401
    assert client.get(path, auth=("someone", "wrong")).status_code == 401
    assert client.get(path, headers={"Authorization": "Bearer wrong"}).status_code == 401


def test_zabbix_refuses_a_wrong_token_in_its_own_way(client: TestClient) -> None:
    refusal = zabbix(client, "host.get", {"output": ["hostid"]}, token="wrong")
    assert isinstance(refusal, dict)
    assert "code" in refusal


def test_zabbix_asked_without_a_tag_shows_every_customers_hosts(client: TestClient) -> None:
    hosts = zabbix(client, "host.get", {"output": ["hostid", "host"], "selectTags": "extend"})
    assert isinstance(hosts, list)
    customers = {tag["value"] for host in hosts for tag in host["tags"] if tag["tag"] == "customer"}
    assert len(customers) > 1


def test_a_tag_compared_by_contains_lets_a_similar_name_in(client: TestClient) -> None:
    def asked(operator: int) -> set[str]:
        hosts = zabbix(
            client,
            "host.get",
            {
                "output": ["hostid"],
                "selectTags": "extend",
                "tags": [{"tag": "customer", "value": "ACME", "operator": operator}],
            },
        )
        assert isinstance(hosts, list)
        return {tag["value"] for host in hosts for tag in host["tags"] if tag["tag"] == "customer"}

    assert asked(1) == {"ACME"}
    assert asked(0) > {"ACME"}


def test_connectwise_gives_one_page_and_other_companies_unless_told_otherwise(client: TestClient) -> None:
    first = tickets(client, pageSize="100", orderBy="id asc")
    assert len(first) == 100
    wide = tickets(client, pageSize="1000", conditions="closedFlag=false")
    assert len({ticket["company"]["identifier"] for ticket in wide}) > 1  # type: ignore[index]
    assert first != tickets(client, pageSize="100", orderBy="id asc", page="2")


def test_datto_shows_the_appliances_of_all_clients(client: TestClient) -> None:
    page = client.get("/datto/v1/bcdr/device", params={"_perPage": "5"}, auth=DATTO_LOGIN).json()
    assert len(page["items"]) == 5
    assert page["pagination"]["totalPages"] > 1
    assert len({item["organizationId"] for item in page["items"]}) > 1


def test_librenms_shows_everybody_s_devices_with_their_secrets(client: TestClient) -> None:
    rows = client.get(f"{LIBRENMS}/devices", headers=LIBRENMS_LOGIN).json()["devices"]
    assert {row["location"].split(" - ")[0] for row in rows} == {"CLEARVIEW", "OLYMPIA"}
    assert all(row["community"] and row["authpass"] and row["cryptopass"] for row in rows)


def test_librenms_takes_a_name_of_digits_for_an_id_and_an_empty_group_for_an_error(
    client: TestClient,
) -> None:
    def members(name: str) -> tuple[int, int]:
        answer = client.get(f"{LIBRENMS}/devicegroups/{name}", headers=LIBRENMS_LOGIN)
        return answer.status_code, len(answer.json().get("devices", ()))

    assert members("CLEARVIEW") == (200, 18)
    assert members("11") == (200, 36)
    assert members("Spare parts") == members("none") == (404, 0)


def test_librenms_has_no_outage_of_a_device_that_it_does_not_know(client: TestClient) -> None:
    answer = client.get(f"{LIBRENMS}/devices/nowhere/outages", headers=LIBRENMS_LOGIN)
    assert (answer.status_code, answer.json()["outages"]) == (200, [])


def veeam_token(client: TestClient, server: str, user: str) -> int:
    form = {"grant_type": "password", "username": f"svc-{user}", "password": f"demo-veeam-{user}-secret"}
    version = {"x-api-version": "1.2-rev1"}
    return client.post(f"/veeam/{server}/api/oauth2/token", data=form, headers=version).status_code


def test_a_backup_server_refuses_another_customers_account_and_no_revision(client: TestClient) -> None:
    assert veeam_token(client, "clearview", "clearview") == 200
    assert veeam_token(client, "clearview", "bergmann") == 401
    assert client.get("/veeam/clearview/api/v1/sessions").status_code == 400


def test_the_console_shows_every_company_unless_asked_for_one(client: TestClient) -> None:
    path = "/veeam_console/api/v3/protectedWorkloads/computersManagedByBackupServer"
    key = {"Authorization": "Bearer demo-vspc-api-key"}
    assert client.get(path).status_code == 401
    body = client.get(path, headers=key, params={"limit": "9999"}).json()
    assert len({row["organizationUid"] for row in body["data"]}) > 1
    assert len(client.get(path, headers=key).json()["data"]) == 100


def test_the_log_of_exchanges_holds_no_secret(client: TestClient, tmp_path: Path) -> None:
    tickets(client, pageSize="1")
    zabbix(client, "host.get", {"output": ["hostid"], "limit": 1})
    client.get(f"{LIBRENMS}/devices", headers=LIBRENMS_LOGIN)
    client.post(
        "/login/11111111-2222-3333-4444-555555555501/oauth2/v2.0/token",
        data={
            "grant_type": "client_credentials",
            "client_id": "demo-defender-app",
            "client_secret": "demo-defender-secret",
            "scope": "https://graph.microsoft.com/.default",
        },
    )
    veeam_token(client, "clearview", "clearview")
    log = (tmp_path / "exchanges.jsonl").read_text(encoding="utf-8")
    entries = [json.loads(line) for line in log.splitlines()]
    assert [entry["system"] for entry in entries] == ["connectwise", "zabbix", "librenms", "login", "veeam"]
    for secret in (
        "demo-private-key",
        "demo-zabbix-token",
        "demo-librenms-token",
        "demo-snmp",
        "demo-defender-secret",
        "tok-",
        "clearview-secret",
    ):
        assert secret not in log


def test_a_fault_hits_one_system_of_one_customer_until_it_is_lifted(client: TestClient) -> None:
    client.post("/estate/faults", json={"system": "zabbix", "mode": "off"})
    assert client.post("/zabbix74/api_jsonrpc.php", json={}).status_code == 502
    assert tickets(client, pageSize="1")
    client.delete("/estate/faults")
    assert zabbix(client, "apiinfo.version", {}) == zabbix(client, "apiinfo.version", {})


def test_every_customer_file_of_the_demo_is_valid(pointed: Setting) -> None:
    customers = read_customers()
    assert customers.left_out == ()
    assert customers.codes() == tuple(sorted(tenant.code for tenant in TENANTS))
    assert {path.stem for path in (CONFIG / "customers").glob("*.yaml")} == set(customers.codes())
