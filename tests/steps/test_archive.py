"""An approved report is archived as PDF, text and numbers: each once, the PDF last."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Self

import pytest
import requests
from pypdf import PdfReader

from demo.setting import Setting
from msp_reports.delivery.contract import FilePackage, Receipt
from msp_reports.domain.errors import DeliveryThrottledError, NotApprovedError
from msp_reports.rendering.pdf import render_pdf
from msp_reports.steps import packages
from msp_reports.steps.deliver import archive
from msp_reports.steps.model_json import dump_model
from msp_reports.steps.release import _seal_files
from msp_reports.steps.run import ReportRef
from msp_reports.store.database import transaction
from msp_reports.store.deliveries import DeliveryRepository
from msp_reports.store.reports import Approval, ReportKey, ReportRepository
from tests.demo.conftest import estate, pointed  # noqa: F401 - fixtures
from tests.unit.rendering import models

pytestmark = [pytest.mark.airflow, pytest.mark.db, pytest.mark.usefixtures("database")]

REF = ReportRef(code="acme", week="2026-W47", revision=1)
KEY = ReportKey(customer="acme", week="2026-W47", revision=1)
MODEL = models.bad()
DRAWN = render_pdf(MODEL)


@dataclass
class Shelf:
    """An archive that keeps what it is sent, and refuses what it is told to refuse."""

    files: dict[str, FilePackage] = field(default_factory=dict)
    sent: list[str] = field(default_factory=list)
    refused: str = "nothing"

    def __call__(self, conn_id: str) -> Self:
        return self

    def prepare(self, package: FilePackage, known: Mapping[str, str], record: Any) -> Mapping[str, str]:
        record({"file_id": package.name})
        return {"file_id": package.name}

    def send(self, package: FilePackage, known: Mapping[str, str], record: Any) -> Receipt:
        if package.name.endswith(self.refused):
            raise DeliveryThrottledError("429")
        self.sent.append(package.name)
        self.files[package.name] = package
        return Receipt(remote_ids=dict(known), link=f"https://drive.example/{package.name}")

    def look_up(self, package: FilePackage, known: Mapping[str, str]) -> Receipt | None:
        return Receipt(remote_ids=dict(known)) if package.name in self.files else None


@pytest.fixture
def shelf(monkeypatch: pytest.MonkeyPatch, config: Path) -> Shelf:
    shelf = Shelf()
    monkeypatch.setattr(packages, "load", lambda _: shelf)
    return shelf


def a_report(
    *, state: str = "delivered", approved: bool = True, files: bool = True, key: ReportKey = KEY
) -> None:
    with transaction() as connection:
        reports = ReportRepository(connection)
        draft = {"model": dump_model(MODEL), "markdown": DRAWN.markdown, "pdf": DRAWN.pdf}
        reports.save_draft(customer=key.customer, week=key.week, run_id="r", **draft)  # type: ignore[arg-type]
        if not approved:
            reports.set_state(key, state)
            return
        approval = Approval(
            sha256=DRAWN.sha256,
            draft_sha256=DRAWN.sha256,
            approved_by="Jana",
            approved_at=datetime(2026, 11, 23, tzinfo=UTC),
            how="answered",
            edits="",
        )
        reports.seal(key, approval=approval, **draft)  # type: ignore[arg-type]
        if files:
            _seal_files(connection, key, approval, model=MODEL, markdown=DRAWN.markdown)
        reports.set_state(key, state)


def state() -> str:
    with transaction() as connection:
        return ReportRepository(connection).load(KEY).state


def ledger() -> dict[str, str]:
    with transaction() as connection:
        return {entry.channel: entry.state.value for entry in DeliveryRepository(connection).of_report(KEY)}


def test_three_files_of_one_name_stand_in_one_folder(shelf: Shelf) -> None:
    a_report()
    assert archive(report=REF)["link"] == "https://drive.example/acme-2026-W47.pdf"
    assert shelf.sent == ["acme-2026-W47.json", "acme-2026-W47.md", "acme-2026-W47.pdf"]
    assert {file.path for file in shelf.files.values()} == {("ACME GmbH", "2026", "Q4", "2026-W47")}
    assert state() == "archived"
    assert ledger() == {"drive": "sent", "drive_json": "sent", "drive_markdown": "sent"}


def test_in_sharepoint_too(shelf: Shelf, config: Path) -> None:
    file = config / "customers" / "acme.yaml"
    block = "sharepoint: {connection: graph_files, drive_id: b!1, folder: Reviews}"
    text = re.sub(r"drive: \{[^}]*\}", block, file.read_text("utf-8"))
    file.write_text(text, encoding="utf-8")
    a_report()
    archive(report=REF)
    assert shelf.sent == ["acme-2026-W47.json", "acme-2026-W47.md", "acme-2026-W47.pdf"]
    folders = ("Reviews", "ACME GmbH (acme)", "2026", "Q4", "2026-W47")
    assert {(file.drive_id, file.folder_id, file.path) for file in shelf.files.values()} == {
        ("b!1", "root", folders)
    }
    assert state() == "archived"
    assert ledger() == {"sharepoint": "sent", "sharepoint_json": "sent", "sharepoint_markdown": "sent"}


def test_the_estates_library_gets_all_three_once(pointed: Setting) -> None:  # noqa: F811
    """With no fake between the step and the vendor's side."""
    delta = ReportKey(customer="delta", week="2026-W47", revision=1)
    a_report(key=delta)
    ref = ReportRef(code="delta", week="2026-W47", revision=1)
    assert archive(report=ref)["link"].endswith("/2026/Q4/2026-W47/delta-2026-W47.pdf")
    archive(report=ref)
    outbox = requests.get(f"{pointed.estate_url}/estate/outbox", timeout=30).json()
    filed = {Path(file["path"]).name: file for file in outbox["files"] if "delta" in file["path"]}
    assert sorted(filed) == ["delta-2026-W47.json", "delta-2026-W47.md", "delta-2026-W47.pdf"]
    assert filed["delta-2026-W47.pdf"]["sha256"] == DRAWN.sha256
    folder = "sharepoint/Quarterly reviews/Delta Versicherungen (delta)/2026/Q4/2026-W47"
    assert {str(Path(file["path"]).parent) for file in filed.values()} == {folder}


def test_each_file_holds_the_bytes_that_were_sealed(shelf: Shelf) -> None:
    a_report()
    archive(report=REF)
    json, markdown, pdf = (shelf.files[name] for name in shelf.sent)
    assert pdf.content == DRAWN.pdf
    assert markdown.content == DRAWN.markdown.encode()
    (attached,) = PdfReader(io.BytesIO(pdf.content)).attachments["report.json"]
    assert json.content == attached
    for file in (json, markdown, pdf):
        assert file.sha256 == sha256(file.content).hexdigest()
    assert len({file.key for file in (json, markdown, pdf)}) == 3
    assert [file.mime_type for file in (json, markdown, pdf)] == [
        "application/json",
        "text/markdown",
        "application/pdf",
    ]


def test_what_is_archived_is_not_archived_again(shelf: Shelf) -> None:
    a_report()
    archive(report=REF)
    archive(report=REF)
    assert len(shelf.sent) == 3


@pytest.mark.parametrize(("refused", "before"), [("json", 0), ("md", 1), ("pdf", 2)])
def test_after_a_refusal_the_rest_is_archived_and_nothing_twice(
    shelf: Shelf, refused: str, before: int
) -> None:
    a_report()
    shelf.refused = refused
    with pytest.raises(DeliveryThrottledError):
        archive(report=REF)
    assert len(shelf.sent) == before
    assert state() == "delivered"
    assert ledger().get("drive") != "sent"
    shelf.refused = "nothing"
    archive(report=REF)
    assert sorted(shelf.sent) == ["acme-2026-W47.json", "acme-2026-W47.md", "acme-2026-W47.pdf"]
    assert state() == "archived"


def test_without_an_approval_no_file_leaves(shelf: Shelf) -> None:
    a_report(approved=False)
    with pytest.raises(NotApprovedError):
        archive(report=REF)
    assert shelf.sent == []


def test_a_report_approved_before_files_were_sealed_is_archived_as_its_pdf(shelf: Shelf) -> None:
    a_report(files=False)
    archive(report=REF)
    assert shelf.sent == ["acme-2026-W47.pdf"]
    assert state() == "archived"
