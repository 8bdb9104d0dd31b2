"""What is sealed together with the PDF: the report as Markdown and as JSON, to the byte."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from hashlib import sha256
from typing import TYPE_CHECKING

from msp_reports.domain.errors import NotApprovedError
from msp_reports.store.queries import run
from msp_reports.store.reports import ReportKey

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection


class FileKind(StrEnum):
    JSON = "json"
    MARKDOWN = "markdown"


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedFile:
    kind: FileKind
    content: bytes
    sha256: str
    """Of the content, in hex."""


class SealedFileRepository:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def save(self, report: ReportKey, *, approved: str, kind: FileKind, content: bytes) -> None:
        """Put a file under the approval of a PDF (its sha256); the table refuses it without one."""
        row = asdict(report) | {"sha256": approved, "kind": kind, "content": content}
        run(self._connection, "insert_sealed_file", row | {"content_sha256": sha256(content).hexdigest()})

    def load(self, report: ReportKey, *, approved: str) -> tuple[SealedFile, ...]:
        """Return the files of an approval; none for one that was given before files were sealed.

        Raises:
            NotApprovedError: one of them has changed since.
        """
        rows = run(self._connection, "load_sealed_files", asdict(report) | {"sha256": approved})
        for row in rows:
            if sha256(row["content"]).hexdigest() != row["sha256"]:
                raise NotApprovedError(
                    f"report {report.customer} {report.week} revision {report.revision}: its {row['kind']} "
                    "file is not the one that was approved: nothing is sent"
                )
        return tuple(SealedFile(**row | {"kind": FileKind(row["kind"])}) for row in rows)
