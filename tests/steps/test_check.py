"""``python -m msp_reports check``: every connection is tried, nothing is changed, no secret is shown."""

from __future__ import annotations

import base64
import json
import logging
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import requests
from airflow.secrets.metastore import MetastoreBackend

from demo.setting import ROOT, Setting
from demo.vendors.google_key import write_key
from demo.vendors.tenants import BY_CODE, TENANTS, Story
from msp_reports.__main__ import main
from msp_reports.customer_files import read_customer
from msp_reports.domain.records import RECORD_TYPES
from msp_reports.sources.catalog import BY_SYSTEM
from msp_reports.steps import check as step
from msp_reports.steps import trials
from msp_reports.steps.check_lines import Line, Outcome
from msp_reports.steps.sights import NOUNS
from msp_reports.store.database import transaction
from msp_reports.store.probes import Probe, ProbeRepository
from tests.demo.conftest import estate, label, pointed  # noqa: F401 - fixtures
from tests.demo.drawn import probes
from tests.hooks.conftest import Asked, Reply, Vendor, vendor  # noqa: F401 - fixtures

pytestmark = [pytest.mark.airflow, pytest.mark.db, pytest.mark.usefixtures("database", "as_it_was")]


@pytest.fixture
def as_it_was(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The command marks its process and silences its log; this process lives on."""
    monkeypatch.setenv("_AIRFLOW_PROCESS_CONTEXT", "client")
    monkeypatch.setenv("AIRFLOW__LOGGING__LOGGING_LEVEL", "INFO")
    yield
    logging.disable(logging.NOTSET)


def seed_probes(setting: Setting, code: str) -> int:
    from datetime import datetime

    from msp_reports.domain.week import ReportingWeek

    customer = read_customer(code)
    seen = probes(setting, customer, ReportingWeek.parse(label(), customer.zone)).payload["probes"]
    rows = [
        Probe(
            customer=code,
            site=site,
            host="acme.example",
            slot=slot,
            checked_at=slot,
            ok=ok,
            status_code=200,
            error_kind=None,
            total_ms=90,
            cert_expires_at=None,
        )
        for site, slots in seen.items()
        for slot, ok, *_ in slots
        if isinstance(slot, datetime)
    ]
    with transaction() as connection:
        ProbeRepository(connection).save(rows)
    return len(rows)


def lines_of(outcome: Outcome, code: str) -> dict[str, Line]:
    (group,) = [group for group in outcome.groups if group.title.startswith(f"{code} (")]
    return {line.label: line for line in group.lines}


def test_what_a_customers_systems_show_is_said_in_words(
    pointed: Setting,  # noqa: F811
    capsys: pytest.CaptureFixture[str],
) -> None:
    made = seed_probes(pointed, "acme")
    assert main(["check", "acme"]) == 0
    told = capsys.readouterr().out
    assert f"acme (ACME Maschinenbau GmbH), week {label()}" in told
    for words in (
        f"{BY_CODE['acme'].devices} devices, ",
        " tickets\n",
        " machines, ",
        " incident",
        " secure scores",
        f"2 sites, {made:,} probes",
        "signed in as reports@northwind-msp.example",
        "folder acme may be written to",
        "the bot signs in",
        "Roll-up in Teams",
    ):
        assert words in told, words
    assert "!!" not in told
    assert told.rstrip().endswith("11 connections tried, all well.")


def test_all_customers_are_tried_and_what_is_amiss_is_marked(pointed: Setting) -> None:  # noqa: F811
    outcome = step.check()
    assert [group.title.split(" (")[0] for group in outcome.groups] == [
        *sorted(tenant.code for tenant in TENANTS),
        "provider",
    ]
    assert not outcome.is_well
    for tenant in TENANTS:
        lines = lines_of(outcome, tenant.code)
        used = {BY_SYSTEM[system].label for system in tenant.systems}
        routes = read_customer(tenant.code).delivery
        channels = ["Outlook" if routes.outlook else "Gmail"]
        if routes.teams:
            channels += ["Teams", "Files in Teams"] if routes.teams.graph else ["Teams"]
        else:
            channels += ["Teams chat", "Pins in the chat"]
        channels += ["SharePoint" if routes.sharepoint else "Google Drive"]
        assert list(lines)[-len(channels) :] == channels
        assert set(list(lines)[: -len(channels)]) == used
        down = {"Microsoft Defender"} if tenant.story is Story.SOURCE_DOWN else set()
        unprobed = {"Own site checks"} if tenant.uses("site_checks") else set()
        assert {name for name, line in lines.items() if not line.is_well} == down | unprobed
        assert all("probes of that week" in lines[name].told for name in unprobed)
    assert "library" in lines_of(outcome, "delta")["SharePoint"].told
    assert "pinned message" in lines_of(outcome, "kranich")["Pins in the chat"].told
    outlook = lines_of(outcome, "clearview")["Outlook"]
    assert outlook.told == "reads the mailbox of reports@northwind-msp.example"
    down_line = lines_of(outcome, "fjord")["Microsoft Defender"]
    assert "503" in down_line.told
    assert (down_line.reached, down_line.authorised) == ("reachable", "-")


def test_nothing_is_sent_posted_or_stored(pointed: Setting) -> None:  # noqa: F811
    log = pointed.build / "exchanges.jsonl"
    before, received = len(log.read_text("utf-8").splitlines()), outbox(pointed)
    step.check("acme")
    exchanges = [json.loads(line) for line in log.read_text("utf-8").splitlines()[before:]]
    assert {"zabbix", "gmail", "drive", "login", "google"} <= {entry["system"] for entry in exchanges}
    written = [
        entry["url"]
        for entry in exchanges
        if entry["method"] not in {"GET", "HEAD"} and not _reads(entry["url"], entry["body"])
    ]
    assert written == []
    assert outbox(pointed) == received
    with transaction() as connection, connection.cursor() as cursor:
        cursor.execute("select tablename from pg_tables where schemaname = 'msp_reports'")
        for (table,) in cursor.fetchall():
            cursor.execute(f"select count(*) from {table}")  # noqa: S608 - our own tables' names
            assert cursor.fetchone() == (0,), table


def _reads(url: str, body: str) -> bool:
    """A token request, a JSON-RPC read or a search changes nothing."""
    return "token" in url or '"method": "' in body or '"method":"' in body or url.endswith("/search")


def outbox(setting: Setting) -> Any:
    return requests.get(f"{setting.estate_url}/estate/outbox", timeout=30).json()


def test_files_in_teams_are_looked_at_where_a_connection_may_write_them(
    pointed: Setting,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    shutil.copytree(pointed.config, tmp_path / "config")
    monkeypatch.setenv("MSP_REPORTS_CONFIG", str(tmp_path / "config"))
    file = tmp_path / "config" / "customers" / "fjord.yaml"
    more = "    team_id: team-1\n    graph: graph_files\n    channel_id:"
    file.write_text(file.read_text("utf-8").replace("    channel_id:", more), encoding="utf-8")
    line = lines_of(step.check("fjord"), "fjord")["Files in Teams"]
    assert line.is_well
    assert "/fjord is there" in line.told


def test_an_unknown_code_names_the_known_ones(
    pointed: Setting,  # noqa: F811
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["check", "acne"]) == 2
    said = capsys.readouterr().err
    assert "'acne'" in said
    assert "acme, acme-labs, bergmann" in said


def test_as_a_command_it_says_its_lines_and_nothing_else(config: Path, tmp_path: Path) -> None:
    """With a server that is not there, which the log has much to say about."""
    connection = {"conn_type": "zabbix", "host": "http://127.0.0.1:9/api_jsonrpc.php", "password": "a-token"}
    environment = os.environ | {
        "AIRFLOW_CONN_ZABBIX_EU": json.dumps(connection),
        "AIRFLOW_HOME": str(tmp_path),
    }
    done = subprocess.run(
        [sys.executable, "-m", "msp_reports", "check", "acme"],
        env=environment | {"PYTHONPATH": str(ROOT / "plugins")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith("acme (ACME GmbH), week ")
    starts = {line[:3] for line in done.stdout.splitlines() if line} - {"acm", "pro", "   ", "!! "}
    assert starts == {"7 c"}, "only groups, lines and the sum"
    assert "NOT REACHABLE" in done.stdout


def test_misuse_is_two() -> None:
    for arguments in ([], ["check", "a", "b"], ["send"]):
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        assert ended.value.code == 2


def test_without_the_providers_file_nothing_can_be_tried(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (config / "provider.yaml").unlink()
    assert main(["check"]) == 2
    assert "provider.yaml" in capsys.readouterr().err


def test_a_wrong_file_is_listed_with_line_key_and_expectation(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = config / "customers" / "acme.yaml"
    path.write_text(path.read_text("utf-8").replace("2025-06-02", "soon"), encoding="utf-8")
    assert main(["check"]) == 1
    told = capsys.readouterr().out
    assert "!! acme.yaml:3: service_start: " in told
    assert "1 file wrong" in told
    assert main(["check", "acme"]) == 2
    assert "acme.yaml:3: service_start: " in capsys.readouterr().err


def test_a_wrong_look_and_one_of_nobody_are_listed(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for folder, text in ((config / "brand", "logo: none.svg"), (config / "brand" / "former", "")):
        folder.mkdir()
        (folder / "brand.yaml").write_text(text, encoding="utf-8")
    assert main(["check"]) == 1
    told = capsys.readouterr().out
    assert "!! brand/brand.yaml: logo: expected a file none.svg beside brand.yaml" in told
    assert "!! brand/former/brand.yaml: file: expected a folder named after a customer's code" in told
    assert "2 files wrong" in told


def test_a_connection_that_is_not_defined_says_where_to_add_it(config: Path) -> None:
    lines = lines_of(step.check("acme"), "acme")
    assert {line.is_well for line in lines.values()} == {False}
    assert "'zabbix_eu' is not defined" in lines["Zabbix"].told
    assert "Admin > Connections" in lines["Google Drive"].told
    assert (lines["Zabbix"].reached, lines["Zabbix"].authorised) == ("-", "-")


def test_connections_in_airflows_own_database_are_found(
    config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from airflow.sdk import Connection

    def stored(_self: object, conn_id: str, **_: object) -> Connection | None:
        host = "ftp://nowhere.example"
        return Connection(conn_id=conn_id, conn_type="zabbix", host=host, password="stored-secret")

    monkeypatch.setattr(MetastoreBackend, "get_connection", stored)
    assert main(["check", "acme"]) == 1
    told = capsys.readouterr().out
    assert "host must be a web address" in told
    assert "is not defined" not in told
    assert "stored-secret" not in told


def test_a_connection_that_cannot_be_read_says_only_what_kind_of_trouble_it_is(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trials, "_secrets_of", _spills)
    line = lines_of(step.check("acme"), "acme")["Zabbix"]
    assert line.told == "connection 'zabbix_eu' cannot be read (ValueError)"


def _spills(_: str) -> Iterator[str]:
    raise ValueError("a-secret")


@pytest.mark.parametrize("status", [401, 403])
def test_a_refusal_names_the_permission_that_is_needed(
    config: Path,
    vendor: Vendor,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    status: int,
) -> None:
    vendor.answer = lambda _: Reply(status=status, body={"message": "no"})
    connection = {"conn_type": "connectwise", "host": vendor.url, "login": "n+pub", "password": "private"}
    monkeypatch.setenv("AIRFLOW_CONN_CONNECTWISE", json.dumps(connection | {"extra": {"client_id": "an-id"}}))
    line = lines_of(step.check("acme"), "acme")["ConnectWise PSA"]
    assert (line.reached, line.authorised, line.is_well) == ("reachable", "NOT AUTHORISED", False)
    assert BY_SYSTEM["connectwise"].right in line.told


def test_a_server_that_is_not_there_is_not_reachable(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    connection = {"conn_type": "zabbix", "host": "http://127.0.0.1:9/api_jsonrpc.php", "password": "a-token"}
    monkeypatch.setenv("AIRFLOW_CONN_ZABBIX_EU", json.dumps(connection))
    line = lines_of(step.check("acme"), "acme")["Zabbix"]
    assert (line.reached, line.authorised, line.is_well) == ("NOT REACHABLE", "-", False)


def test_what_hangs_is_left_behind_and_holds_nobody(
    config: Path,
    vendor: Vendor,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    over = threading.Event()

    def hang(_: Asked) -> Reply:
        over.wait(20)
        return Reply(body={})

    vendor.answer = hang
    connection = {"conn_type": "zabbix", "host": vendor.url, "password": "a-token"}
    monkeypatch.setenv("AIRFLOW_CONN_ZABBIX_EU", json.dumps(connection))
    try:
        lines = lines_of(step.check("acme", patience=1), "acme")
    finally:
        over.set()
    assert list(lines) == ["Zabbix", "ConnectWise PSA", "Gmail", "Teams", "Google Drive"]
    assert "no end after 1 second" in lines["Zabbix"].told
    assert "is not defined" in lines["ConnectWise PSA"].told


def _disguised(setting: Setting, url: str, key: Path) -> tuple[dict[str, dict[str, Any]], set[str]]:
    """The demo's connections pointed at another server, with a secret of its own in every field."""
    secrets: set[str] = set()

    def secret(name: str) -> str:
        secrets.add(f"Zq9/{name}+x7Qz")
        return f"Zq9/{name}+x7Qz"

    found = {}
    for name, connection in setting.connections().items():
        text = json.dumps(connection).replace(setting.estate_url, url)
        made = json.loads(text.replace(str(setting.build / "google-key.json"), str(key)))
        for part in {"login", "password"} & set(made):
            made[part] = secret(f"{name}-{part}")
        extra = made.setdefault("extra", {})
        public = {"tenant_id", "bot_tenant_id", "token_url", "api_root", "key_path", "num_retries"}
        for part in extra.keys() - public:
            extra[part] = secret(f"{name}-{part}")
        extra["of_no_use"] = {"deep": [secret(f"{name}-deep")]}
        found[name] = made
    return found, secrets


@pytest.mark.parametrize("signs_in", [False, True])
@pytest.mark.parametrize("status", [200, 400, 401, 403])
def test_a_vendor_that_echoes_everything_brings_no_secret_to_light(
    pointed: Setting,  # noqa: F811
    vendor: Vendor,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    status: int,
    signs_in: bool,
) -> None:
    write_key(tmp_path, f"{vendor.url}/google/token")
    connections, secrets = _disguised(pointed, vendor.url, tmp_path / "google-key.json")
    for name, connection in connections.items():
        monkeypatch.setenv(f"AIRFLOW_CONN_{name.upper()}", json.dumps(connection))
    token = "tok-Zq9-issued-x7Qz"

    def echo(asked: Asked) -> Reply:
        if signs_in and "token" in asked.path:
            return Reply(body={"access_token": token, "expires_in": 3600, "token_type": "Bearer"})
        given = asked.headers.get("authorization", "")
        decoded = base64.b64decode(given[6:]).decode() if given.startswith("Basic ") else ""
        words = f"{decoded} {given} {asked.headers.get('clientid', '')} {json.dumps(asked.body)}"
        return Reply(status=status, body={"code": words, "message": words, "error_description": words})

    vendor.answer = echo
    told = step.check().text
    assert "***" in told, "the vendor's echo is quoted"
    for secret in secrets | {token}:
        forms = {secret, quote(secret, safe=""), base64.b64encode(secret.encode()).decode()}
        assert [form for form in forms if form in told] == []
    assert "x7Qz" not in told
    assert "eyJ" not in told


def test_every_record_has_a_word() -> None:
    assert set(NOUNS) == {kind for kinds in RECORD_TYPES.values() for kind in kinds}
