"""Where a customer's reports are filed."""

from __future__ import annotations

from pathlib import Path

import pytest

from msp_reports.customer_files import read_customer
from msp_reports.domain.errors import CustomerFileError
from msp_reports.steps.shelves import shelf_of, week_folders

DRIVE = "drive: {connection: google_workspace, drive_id: d-1, folder_id: f-1}"


def in_sharepoint(config: Path, folder: str = "") -> None:
    path = config / "customers" / "acme.yaml"
    block = f"sharepoint: {{connection: graph_files, drive_id: b!1{folder}}}"
    text = path.read_text("utf-8")
    assert DRIVE in text
    path.write_text(text.replace(DRIVE, block), encoding="utf-8")


def test_a_drive_folder_is_the_customers_own(config: Path) -> None:
    shelf = shelf_of(read_customer("acme"))
    assert shelf is not None
    assert (shelf.channel, shelf.folder_id, shelf.path, shelf.place) == (
        "drive",
        "f-1",
        ("ACME GmbH",),
        "f-1",
    )


def test_a_library_is_shared_so_the_folder_says_the_code(config: Path) -> None:
    in_sharepoint(config, ", folder: Reviews/Customers")
    shelf = shelf_of(read_customer("acme"))
    assert shelf is not None
    assert (shelf.channel, shelf.drive_id, shelf.folder_id) == ("sharepoint", "b!1", "root")
    assert shelf.path == ("Reviews", "Customers", "ACME GmbH (acme)")
    assert shelf.place == "b!1/Reviews/Customers"


@pytest.mark.parametrize("folder", ["/Reviews", "Reviews/", "a//b", "a:b", "a ", "con", "~a", "a."])
def test_a_folder_that_no_library_takes_is_refused(config: Path, folder: str) -> None:
    in_sharepoint(config, f', folder: "{folder}"')
    with pytest.raises(CustomerFileError, match=r"delivery\.sharepoint\.folder"):
        read_customer("acme")


@pytest.mark.parametrize(
    ("week", "folders"),
    [
        ("2026-W47", ("2026", "Q4", "2026-W47")),
        ("2026-W01", ("2026", "Q1", "2026-W01")),
        ("2026-W14", ("2026", "Q2", "2026-W14")),
        ("2026-W53", ("2026", "Q4", "2026-W53")),
    ],
)
def test_a_week_is_of_the_quarter_of_its_thursday(config: Path, week: str, folders: tuple[str, ...]) -> None:
    assert week_folders(read_customer("acme"), week) == folders
