"""The report in the customer's archive: PDF, text and numbers, each once."""

from __future__ import annotations

from functools import partial

from msp_reports.steps.ledger import deliver
from msp_reports.steps.packages import archive_channel, archive_package, sealed_file_package
from msp_reports.store.database import transaction
from msp_reports.store.reports import ReportKey, ReportRepository
from msp_reports.store.sealed_files import SealedFile, SealedFileRepository


def file_report(key: ReportKey) -> dict[str, str]:
    """File what is sealed; return how its PDF stands there.

    Raises:
        DeliveryError: as `ledger.deliver` does.
    """
    # The PDF last: once its line in the ledger says sent, all of the report is in the archive.
    shelf = archive_channel(key.customer)
    for file in _sealed_files(key):
        deliver(key, f"{shelf}_{file.kind}", partial(sealed_file_package, file=file), even_superseded=True)
    return deliver(key, shelf, archive_package, even_superseded=True)


def _sealed_files(key: ReportKey) -> tuple[SealedFile, ...]:
    with transaction() as connection:
        _, approval = ReportRepository(connection).sealed(key)
        return SealedFileRepository(connection).load(key, approved=approval.sha256)
