"""The numbers behind the page, for machines: `report.json` and one CSV per table of data.

Attached to the PDF as PDF/A-3 allows (ISO 19005-3, 6.8). Same model, same bytes: no clock is read.
CSV: RFC 4180 in UTF-8; times are ISO 8601 with their offset in the customer's zone, an empty cell is
not known. Vendor text cannot become a formula in a spreadsheet, also where lists are separated by
semicolons (German and French Windows): there a cell of ours is no cell, and its text may begin some.
"""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import asdict, dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from msp_reports.domain.language import say
from msp_reports.domain.report import ReportModel
from msp_reports.domain.trace import trace
from msp_reports.rendering.tables import DataTable, data_tables
from msp_reports.rendering.text import visible

SCHEMA = "msp-report/1"
_BEFORE_A_FORMULA = re.compile(r'(?<![\s";])[\s";]*+(?=[=+\-@＝＋－＠])')
_BEGINS_A_CELL = re.compile(r"[;\t\r\n]")
"""https://owasp.org/www-community/attacks/CSV_Injection"""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachedFile:
    name: str
    content: bytes
    description: str
    relationship: str
    """AFRelationship: ``Source``, what the page was made from, or ``Data``, what a table shows."""


def attached_files(model: ReportModel) -> tuple[AttachedFile, ...]:
    """All attachments by name, the order that a PDF's name tree asks for (ISO 32000-1, 7.9.6)."""
    tables = (
        AttachedFile(
            name=f"{table.name}.csv",
            content=_csv(table, ZoneInfo(model.zone)),
            description=table.title,
            relationship="Data",
        )
        for table in data_tables(model)
    )
    whole = AttachedFile(
        name="report.json",
        content=report_json(model),
        description=say("All numbers of this report, and where each came from"),
        relationship="Source",
    )
    return tuple(sorted((whole, *tables), key=lambda file: file.name))


def report_json(model: ReportModel) -> bytes:
    """Return the whole model with the trace of its numbers; docs/attachments.md describes the shape."""
    traced = trace(model)
    content = {
        "schema": SCHEMA,
        "report": asdict(model),
        "origins": {name: asdict(origin) for name, origin in traced.origins.items()},
        "trace": traced.numbers,
    }
    text = json.dumps(content, default=_moment, ensure_ascii=False, allow_nan=False, indent=1)
    return f"{text}\n".encode("utf-8", "backslashreplace")  # half a surrogate pair as JSON writes it


def _moment(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in report.json")


def _csv(table: DataTable, zone: ZoneInfo) -> bytes:
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\r\n")
    writer.writerow(table.columns)
    writer.writerows([_cell(value, zone) for value in row] for row in table.rows)
    return lines.getvalue().encode()


def _cell(value: object, zone: ZoneInfo) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, datetime):
        return value.astimezone(zone).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    text = _BEFORE_A_FORMULA.sub(_closed, visible(str(value)))
    return f"'{text}" if text.startswith(("\t", "\r", "\n")) else text


def _closed(found: re.Match[str]) -> str:
    """Put the apostrophe of a text before what a cell would begin with, in whichever spreadsheet."""
    begins = found.start() == 0 or _BEGINS_A_CELL.search(found[0])
    return f"{found[0]}'" if begins else found[0]
