"""Typed rows of a snapshot: one table per record type of `domain/records.py`.

The columns are the dataclass's fields, so a record type and its table cannot drift apart unseen:
an insert into a table that lacks a field fails, and a test compares both.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import astuple, fields
from itertools import groupby
from typing import TYPE_CHECKING, get_args

from msp_reports.domain.records import Record
from msp_reports.store.queries import plain, storable

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection

RECORD_TYPES: tuple[type[Record], ...] = get_args(Record)
KEY_COLUMNS = ("customer", "week", "system", "position")


def table_of(kind: type[Record]) -> str:
    """``DeviceUptime`` → ``device_uptime``."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).lower()


def columns_of(kind: type[Record]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


def save_facts(
    connection: Connection, *, customer: str, week: str, system: str, records: Iterable[Record]
) -> None:
    """Add the records of one snapshot; the snapshot's earlier facts are gone with its old row."""
    from psycopg2 import sql
    from psycopg2.extras import execute_values

    by_type = sorted(enumerate(records), key=lambda numbered: type(numbered[1]).__name__)
    with connection.cursor() as cursor:
        for kind, numbered in groupby(by_type, key=lambda pair: type(pair[1])):
            insert = sql.SQL("insert into {table} ({columns}) values %s").format(
                table=sql.Identifier(table_of(kind)),
                columns=sql.SQL(", ").join(map(sql.Identifier, KEY_COLUMNS + columns_of(kind))),
            )
            rows = [
                (customer, week, system, position, *map(storable, astuple(record)))
                for position, record in numbered
            ]
            execute_values(cursor, insert, rows, page_size=1000)


def load_facts(
    connection: Connection, *, customer: str, weeks: Sequence[str]
) -> dict[str, dict[str, list[Record]]]:
    """Return the records of several weeks by week and system, in stored order."""
    from psycopg2 import sql

    found: dict[str, dict[str, list[Record]]] = {week: {} for week in weeks}
    with connection.cursor() as cursor:
        for kind in RECORD_TYPES:
            select = sql.SQL(
                "select week, system, {columns} from {table} where customer = %s and week = any(%s)"
                " order by week, system, position"
            ).format(
                table=sql.Identifier(table_of(kind)),
                columns=sql.SQL(", ").join(map(sql.Identifier, columns_of(kind))),
            )
            cursor.execute(select, (customer, list(weeks)))
            names = columns_of(kind)
            for week, system, *values in cursor.fetchall():
                record = kind(**dict(zip(names, map(plain, values), strict=True)))
                found[week].setdefault(system, []).append(record)
    return found
