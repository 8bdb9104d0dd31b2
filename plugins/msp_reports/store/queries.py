"""Hand-written SQL by name: include/sql/queries/<name>.sql, with %(name)s parameters."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from msp_reports.assets import sql_dir

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection


@cache
def statement(name: str) -> str:
    return (sql_dir() / "queries" / f"{name}.sql").read_text(encoding="utf-8")


def run(connection: Connection, name: str, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Run one statement and return its rows as dictionaries, times in UTC."""
    with connection.cursor() as cursor:
        cursor.execute(statement(name), dict(parameters))
        if cursor.description is None:
            return []
        names = [column.name for column in cursor.description]
        return [dict(zip(names, map(plain, row), strict=True)) for row in cursor.fetchall()]


def plain(value: Any) -> Any:
    """Bytes as bytes and times in UTC, whatever the driver hands out."""
    if isinstance(value, memoryview):
        return bytes(value)
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC)
    return value
