"""As much of the Kusto query language as asks about incidents: let, union, where, summarize, join, project.

learn.microsoft.com/kusto/query. What is not understood is refused, as the real engine refuses it.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

Row = dict[str, Any]

_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "has": lambda have, word: word.casefold() in re.findall(r"\w+", str(have).casefold()),
}
_CLAUSE = re.compile(r"(\w+) (==|!=|<=|>=|<|>|has) ('[^']*'|datetime\([^)]+\)|\w+)")


class NotUnderstoodError(ValueError):
    """The question is not in the language, or names what is not there."""


@dataclass(frozen=True, slots=True)
class Table:
    columns: tuple[str, ...]
    rows: list[Row]

    def column(self, name: str) -> str:
        if name not in self.columns:
            raise NotUnderstoodError(f"Failed to resolve scalar expression named '{name}'")
        return name


def ask(question: str, tables: Mapping[str, Table]) -> Table:
    """Answer a question: statements apart by semicolons, the last of which is the answer."""
    *lets, last = [part.strip() for part in question.split(";") if part.strip()] or [""]
    known = _Known(dict(tables), {})
    for let in lets:
        found = re.fullmatch(r"let (\w+) = (.+)", let, re.DOTALL)
        if found is None:
            raise NotUnderstoodError(f"Syntax error near: {let[:40]}")
        name, text = found[1], found[2]
        if text.startswith("datetime("):
            known.moments[name] = known.value(text)
        else:
            known.tables[name] = known.pipeline(text)
    return known.pipeline(last)


@dataclass(slots=True)
class _Known:
    tables: dict[str, Table]
    moments: dict[str, Any]

    def pipeline(self, text: str) -> Table:
        source, *steps = [part.strip() for part in text.split("|")]
        table = self._source(source)
        for step in steps:
            verb, _, rest = step.partition(" ")
            if verb not in _STEPS:
                raise NotUnderstoodError(f"Unknown operator: {verb}")
            table = _STEPS[verb](self, table, rest.strip())
        return table

    def value(self, text: str) -> Any:
        if text.startswith("'"):
            return text.strip("'")
        if text.startswith("datetime("):
            return datetime.fromisoformat(text[len("datetime(") : -1])
        if text in self.moments:
            return self.moments[text]
        raise NotUnderstoodError(f"Failed to resolve scalar expression named '{text}'")

    def table(self, name: str) -> Table:
        if name not in self.tables:
            raise NotUnderstoodError(f"Failed to resolve table or column expression named '{name}'")
        return self.tables[name]

    def _source(self, text: str) -> Table:
        names = text.removeprefix("union ").split(",") if text.startswith("union ") else [text]
        parts = [self.table(name.strip()) for name in names]
        return Table(parts[0].columns, [row for part in parts for row in part.rows])


def _where(known: _Known, table: Table, text: str) -> Table:
    rows = table.rows
    for clause in text.split(" and "):
        found = _CLAUSE.fullmatch(clause.strip())
        if found is None:
            raise NotUnderstoodError(f"Syntax error near: {clause[:40]}")
        name, holds, wanted = table.column(found[1]), _COMPARISONS[found[2]], known.value(found[3])
        rows = [row for row in rows if row[name] is not None and holds(row[name], wanted)]
    return Table(table.columns, rows)


def _summarize(_: _Known, table: Table, text: str) -> Table:
    extreme = re.fullmatch(r"arg_(max|min)\((\w+), \*\) by (\w+)", text)
    if extreme is not None:
        by, key = table.column(extreme[2]), table.column(extreme[3])
        groups: dict[Any, Row] = {}
        for row in sorted(table.rows, key=lambda row: row[by], reverse=extreme[1] == "min"):
            groups[row[key]] = row
        return Table(table.columns, list(groups.values()))
    least = re.fullmatch(r"(\w+) = min\((\w+)\)", text)
    if least is None:
        raise NotUnderstoodError(f"Syntax error near: {text[:40]}")
    name = table.column(least[2])
    return Table((least[1],), [{least[1]: min((row[name] for row in table.rows), default=None)}])


def _join(known: _Known, table: Table, text: str) -> Table:
    found = re.fullmatch(r"kind=leftanti (\w+) on (\w+)", text)
    if found is None:
        raise NotUnderstoodError(f"Syntax error near: {text[:40]}")
    other, key = known.table(found[1]), table.column(found[2])
    taken = {row[key] for row in other.rows}
    return Table(table.columns, [row for row in table.rows if row[key] not in taken])


def _project(_: _Known, table: Table, text: str) -> Table:
    names = tuple(table.column(name.strip()) for name in text.split(","))
    return Table(names, [{name: row[name] for name in names} for row in table.rows])


def _distinct(known: _Known, table: Table, text: str) -> Table:
    narrow = _project(known, table, text)
    return Table(narrow.columns, list({tuple(row.values()): row for row in narrow.rows}.values()))


_STEPS: dict[str, Callable[[_Known, Table, str], Table]] = {
    "where": _where,
    "summarize": _summarize,
    "join": _join,
    "project": _project,
    "distinct": _distinct,
}
