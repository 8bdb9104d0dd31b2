"""Hand-written SQL by name: include/sql/queries/<name>.sql, with %(name)s parameters.

A statement for tables that are built alike has ``{table}`` for their name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from msp_reports.assets import sql_dir

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection

_NOT_TO_BE_STORED = re.compile("[\x00\ud800-\udfff]")
"""PostgreSQL's text is UTF-8 without NUL; a vendor's JSON may hold NUL and half a surrogate pair."""


@cache
def statement(name: str) -> str:
    return (sql_dir() / "queries" / f"{name}.sql").read_text(encoding="utf-8")


def run(
    connection: Connection, name: str, parameters: Mapping[str, Any], *, table: str | None = None
) -> list[dict[str, Any]]:
    """Run one statement and return its rows as dictionaries, times in UTC."""
    text = statement(name) if table is None else statement(name).format(table=table)
    with connection.cursor() as cursor:
        cursor.execute(text, {key: storable(value) for key, value in parameters.items()})
        if cursor.description is None:
            return []
        names = [column.name for column in cursor.description]
        return [dict(zip(names, map(plain, row), strict=True)) for row in cursor.fetchall()]


def storable(value: Any) -> Any:
    """Show by its number, as ``‹U+D83D›``, what no text of the database can hold; not in bytes and JSON."""
    if isinstance(value, str):
        return _NOT_TO_BE_STORED.sub(lambda found: f"‹U+{ord(found[0]):04X}›", value)
    return [*map(storable, value)] if isinstance(value, list) else value


def plain(value: Any) -> Any:
    """Bytes as bytes and times in UTC, whatever the driver hands out."""
    if isinstance(value, memoryview):
        return bytes(value)
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC)
    return value
