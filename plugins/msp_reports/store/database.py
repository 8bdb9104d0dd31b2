"""The way to the report database: one Airflow connection, PostgreSQL only."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from msp_reports.domain.errors import DatabaseUnreachableError, DatabaseUnusableError

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection

CONN_ID = "msp_reports_db"
_TLS = ("sslmode", "sslrootcert", "sslcert", "sslkey")
"""Extras of the connection that libpq is given."""


@contextmanager
def transaction() -> Iterator[Connection]:
    """Open the database for one transaction: committed at the end, rolled back on an error.

    Raises:
        DatabaseUnusableError: no such Airflow connection, not PostgreSQL, or tables are missing.
        DatabaseUnreachableError: out of reach.
    """
    import psycopg2
    from airflow.sdk import BaseHook
    from airflow.sdk.exceptions import AirflowNotFoundException

    try:
        settings = BaseHook.get_connection(CONN_ID)
    except AirflowNotFoundException as absent:
        raise DatabaseUnusableError(
            f"the Airflow connection {CONN_ID!r} does not exist; create it with type 'postgres' "
            "for the database that holds Airflow's own tables"
        ) from absent
    if settings.conn_type not in {"postgres", "postgresql"}:
        raise DatabaseUnusableError(
            f"the Airflow connection {CONN_ID!r} is of type {settings.conn_type!r}; "
            "msp_reports needs PostgreSQL (type 'postgres')"
        )
    try:
        connection = psycopg2.connect(
            host=settings.extra_dejson.get("socket_dir") or settings.host,
            port=settings.port,
            user=settings.login,
            password=settings.password,
            dbname=settings.schema,
            connect_timeout=10,
            **{name: settings.extra_dejson[name] for name in _TLS if name in settings.extra_dejson},
            options="-c timezone=UTC -c search_path=msp_reports",
            application_name="msp_reports",
        )
    except psycopg2.OperationalError as unreachable:
        raise DatabaseUnreachableError(
            f"the report database of connection {CONN_ID!r} cannot be reached: "
            f"{str(unreachable).strip().splitlines()[0]}"
        ) from None
    try:
        with connection:
            yield connection
    except (psycopg2.errors.UndefinedTable, psycopg2.errors.UndefinedColumn) as absent:
        raise DatabaseUnusableError(
            f"the database of connection {CONN_ID!r} lacks the tables of msp_reports, or has older ones: run "
            f"`airflow db migrate` ({str(absent).strip().splitlines()[0]})"
        ) from None
    finally:
        connection.close()
