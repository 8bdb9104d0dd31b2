"""Questions in KQL to one Log Analytics workspace, answered as rows by column name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msp_reports.domain.errors import ChangedShapeError
from msp_reports.hooks.rest import RestClient

Row = dict[str, Any]


class LogAnalytics:
    """The query API of Azure Monitor Logs (learn.microsoft.com/azure/azure-monitor/logs/api).

    No time span is sent: it would apply in addition to the question's own times.
    """

    def __init__(self, client: RestClient, url: str, workspace_id: str) -> None:
        self.client = client
        self.warnings: list[str] = []
        """What the vendor said it left out of answers that it gave all the same."""
        self._url = f"{url}/workspaces/{workspace_id}/query"

    def rows(self, question: str, columns: Sequence[str]) -> list[Row]:
        """Ask, and return the named columns of each row.

        Raises:
            ChangedShapeError: the answer is not a table with these columns.
        """
        label = self.client.label
        body = self.client.post_read(self._url, body={"query": question}).body
        table = _primary(body)
        if table is None:
            raise ChangedShapeError(f"{label}: the answer has no table. Check the connection's host.")
        self._note(body.get("error"))
        try:
            names = [column["name"] for column in table["columns"]]
            rows = [dict(zip(names, row, strict=True)) for row in table["rows"]]
        except (KeyError, TypeError, ValueError):
            raise ChangedShapeError(f"{label}: the rows of a table do not fit its columns.") from None
        missing = [name for name in columns if name not in names]
        if missing:
            raise ChangedShapeError(f"{label}: the table lacks {', '.join(missing)}.")
        return [{name: row[name] for name in columns} for row in rows]

    def _note(self, error: object) -> None:
        """An error beside the tables (200, code ``PartialError``) means that rows are left out."""
        if error is None:
            return
        words = [error.get("code"), error.get("message")] if isinstance(error, dict) else [error]
        said = self.client.redact(" ".join(str(word) for word in words if word))[:200]
        self.warnings.append(f"the log of incidents: the vendor's answer is partial ({said})")


def _primary(body: object) -> Any:
    """Return the table that answers the question; others would hold statistics."""
    tables = body.get("tables") if isinstance(body, dict) else None
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        return None
    named = [table for table in tables if table.get("name") == "PrimaryResult"]
    return next(iter(named or tables), None)
