"""The archive in a document library of SharePoint."""

from __future__ import annotations

from http import HTTPStatus

from msp_reports.delivery.contract import FilePackage, Found, Receipt, Record, RemoteIds
from msp_reports.delivery.library import DocumentLibrary, quoted
from msp_reports.domain.errors import DeliveryError


class SharePointArchive:
    """Implements `Channel[FilePackage]`."""

    def __init__(self, conn_id: str) -> None:
        self._library = DocumentLibrary(conn_id, "SharePoint")

    def look(self, drive_id: str) -> str:
        """See that a library is there. Graph tells an application nothing of what it may write.

        Raises:
            DeliveryError: it is not there, or not to be seen.
        """
        return f"library {self._see(drive_id)} is there; that it may be written to shows at the first upload"

    def prepare(self, package: FilePackage, known: RemoteIds, record: Record) -> RemoteIds:
        """See that the library is there and that nothing else has the name. Uploading makes the folders."""
        self._see(package.drive_id)
        self._library.find(package)
        return known

    def send(self, package: FilePackage, known: RemoteIds, record: Record) -> Receipt:
        """Upload to its path."""
        return self._library.put(package)

    def look_up(self, package: FilePackage, known: RemoteIds) -> Found:
        """Read what stands at its path."""
        return self._library.find(package)

    def _see(self, drive_id: str) -> str:
        path, params = f"/drives/{quoted(drive_id)}/root", {"$select": "id,name,webUrl"}
        root = self._library.read(path, accept=(HTTPStatus.NOT_FOUND,), params=params)
        if root.status == HTTPStatus.NOT_FOUND:
            raise DeliveryError(
                f"SharePoint: the library {drive_id} is not there, or the app has no grant on its site. "
                "Correct drive_id, or grant the app write on the site (README, SharePoint)"
            )
        return str(root.body.get("webUrl") or drive_id)
