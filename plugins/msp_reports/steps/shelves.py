"""Where a customer's reports are filed: ``<root>/<customer>/<year>/Q<n>/<week>/`` in either archive."""

from __future__ import annotations

from dataclasses import dataclass

from msp_reports.delivery.sharepoint_names import customer_folder
from msp_reports.domain.customer import Customer
from msp_reports.domain.week import ReportingWeek

ROOT = "root"
"""What Graph takes for the id of a library's own folder."""
_MONTHS_PER_QUARTER = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """A customer's place in an archive."""

    channel: str
    """The archive's name in the ledger."""
    connection: str
    drive_id: str
    folder_id: str
    path: tuple[str, ...]
    """Names of the folders below `folder_id`, the customer's own last."""
    place: str
    """Canonical text of all that, as recipient."""


def shelf_of(customer: Customer) -> Shelf | None:
    """Return where the customer's reports are filed. None: nowhere."""
    drive, library = customer.delivery.drive, customer.delivery.sharepoint
    if library is not None:
        return Shelf(
            channel="sharepoint",
            connection=library.connection,
            drive_id=library.drive_id,
            folder_id=ROOT,
            path=(*library.folder.split("/"), customer_folder(customer.name, customer.code)),
            place=f"{library.drive_id}/{library.folder}",
        )
    if drive is None:
        return None
    return Shelf(
        channel="drive",
        connection=drive.connection,
        drive_id=drive.drive_id,
        folder_id=drive.folder_id,
        path=(customer.name,),  # what is above is the customer's alone
        place=drive.folder_id,
    )


def week_folders(customer: Customer, label: str) -> tuple[str, ...]:
    """Return the folders of a week; a week belongs to the quarter of its Thursday, as in ISO 8601."""
    week = ReportingWeek.parse(label, customer.zone)
    thursday = week.days[3]
    quarter = (thursday.month - 1) // _MONTHS_PER_QUARTER + 1
    return (str(thursday.year), f"Q{quarter}", label)
