"""The archive in a Google shared drive: an id first, then one upload under that id.

https://developers.google.com/workspace/drive/api/reference/rest/v3/files. Names are not unique in
Drive, ids are: the second upload with the same id is refused, whoever makes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from msp_reports.delivery.contract import FilePackage, Found, NotSent, Receipt, Record, RemoteIds
from msp_reports.delivery.exchange import Reply, confirm, exchange
from msp_reports.delivery.multipart import related
from msp_reports.delivery.ranges import put_in_ranges
from msp_reports.domain.errors import DeliveryError, DeliveryThrottledError
from msp_reports.hooks.google_workspace import DRIVE, GoogleWorkspaceHook

if TYPE_CHECKING:
    import requests

ROOT = "https://www.googleapis.com"
FOLDER = "application/vnd.google-apps.folder"
_FIELDS = "id,name,sha256Checksum,webViewLink,trashed"
_SHARED = {"supportsAllDrives": "true"}
_UPLOAD = "/upload/drive/v3/files"
SMALL = 5_000_000
"""One request up to here; above, a resumable upload
(https://developers.google.com/workspace/drive/api/guides/manage-uploads)."""
RANGE = 16 * 256 * 1024
"""Ranges are multiples of 256 KiB."""
_BROKEN_OFF = (HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT)
"""The session is over, or the id taken: what stands under the id decides."""


class DriveArchive:
    """Implements `Channel[FilePackage]`."""

    def __init__(self, conn_id: str) -> None:
        self._hook = GoogleWorkspaceHook(conn_id)

    def look(self, drive_id: str, folder_id: str) -> str:
        """See that a folder is there, of this drive, and may be written to. Nothing is made.

        Raises:
            DeliveryError: it is not so.
        """
        params = {**_SHARED, "fields": "id,name,mimeType,driveId,trashed,capabilities/canAddChildren"}
        folder = self._call("GET", f"/drive/v3/files/{quote(folder_id, safe='')}", params=params).body
        if folder.get("mimeType") != FOLDER or folder.get("trashed") or folder.get("driveId") != drive_id:
            raise DeliveryError(f"Drive: {folder_id} is no folder in use of the shared drive {drive_id}")
        if not (folder.get("capabilities") or {}).get("canAddChildren"):
            raise DeliveryError(f"Drive: the account may read folder {folder_id} but add nothing to it")
        return f"folder {folder.get('name')} may be written to"

    def prepare(self, package: FilePackage, known: RemoteIds, record: Record) -> RemoteIds:
        """Find or make the folders, see that the name is free, and have an id reserved."""
        folder = package.folder_id
        for name in package.path:
            folder = self._folder(package, folder, name)
        ids = {**known, "folder_id": folder}
        if "file_id" not in ids:
            self._see_that_name_is_free(package, folder)
            ids["file_id"] = self._new_id()
        record(ids)
        return ids

    def send(self, package: FilePackage, known: RemoteIds, record: Record) -> Receipt:
        """Upload under the reserved id."""
        metadata = {
            "id": known["file_id"],
            "name": package.name,
            "mimeType": package.mime_type,
            "parents": [known["folder_id"]],
            "appProperties": {"rptKey": package.key},
        }
        if len(package.content) <= SMALL:
            self._put_whole(package, metadata)
        else:
            self._put_large(package, metadata)
        doubt = "Drive took the file but does not show it under its id"
        return confirm(lambda: self.look_up(package, known), doubt)

    def _put_whole(self, package: FilePackage, metadata: Mapping[str, Any]) -> None:
        body, headers = related(metadata, package.mime_type, package.content)
        self._call(
            "POST",
            _UPLOAD,
            visible=True,
            accept=(HTTPStatus.CONFLICT,),
            params={**_SHARED, "uploadType": "multipart", "fields": _FIELDS},
            data=body,
            headers=headers,
        )

    def _put_large(self, package: FilePackage, metadata: Mapping[str, Any]) -> None:
        opened = self._call(
            "POST",
            _UPLOAD,
            accept=(HTTPStatus.CONFLICT,),
            params={**_SHARED, "uploadType": "resumable", "fields": _FIELDS},
            json=metadata,
            headers={
                "X-Upload-Content-Type": package.mime_type,
                "X-Upload-Content-Length": str(len(package.content)),
            },
        )
        if opened.status == HTTPStatus.CONFLICT:
            return
        address = opened.headers.get("Location")
        if not address:
            raise DeliveryThrottledError("Drive opened an upload without an address; trying again")
        put_in_ranges(self._session, address, package.content, size=RANGE, channel="Drive", ends=_BROKEN_OFF)

    def look_up(self, package: FilePackage, known: RemoteIds) -> Found:
        """Read the file under its id. Where none stands it may go up again: the id lets one stand.

        Raises:
            DeliveryThrottledError: its content cannot be told yet.
            DeliveryError: other bytes stand there.
        """
        if "file_id" not in known:
            return None
        file = self._call(
            "GET",
            f"/drive/v3/files/{known['file_id']}",
            accept=(HTTPStatus.NOT_FOUND,),
            params={**_SHARED, "fields": _FIELDS},
        )
        if file.status == HTTPStatus.NOT_FOUND:
            return NotSent()
        if file.body.get("trashed"):
            raise DeliveryError(f"Drive: {package.name} is in the trash; restore it, then clear the task")
        if file.need("sha256Checksum") != package.sha256:
            raise DeliveryError(f"Drive: {package.name} stands in the archive with other bytes than approved")
        return Receipt(remote_ids=dict(known), link=file.body.get("webViewLink"))

    def _folder(self, package: FilePackage, parent: str, name: str) -> str:
        found = self._named(package, parent, name, f"mimeType = '{FOLDER}'")
        if found:
            return str(found[0]["id"])
        # With an id of our own, a creation whose answer was lost is not made a second time.
        folder = {"id": self._new_id(), "name": name, "mimeType": FOLDER, "parents": [parent]}
        made = self._call("POST", "/drive/v3/files", params={**_SHARED, "fields": "id"}, json=folder)
        return str(made.need("id"))

    def _see_that_name_is_free(self, package: FilePackage, folder: str) -> None:
        standing = self._named(package, folder, package.name, f"mimeType != '{FOLDER}'")
        if standing:
            raise DeliveryError(
                f"Drive: {package.name} stands in the archive already (id {standing[0]['id']}) and is not of "
                "this delivery; rename or move it, then clear the task"
            )

    def _named(self, package: FilePackage, parent: str, name: str, kind: str) -> list[Mapping[str, Any]]:
        query = f"'{_quoted(parent)}' in parents and name = '{_quoted(name)}' and {kind} and trashed = false"
        params = {
            **_SHARED,
            "q": query,
            "corpora": "drive",
            "driveId": package.drive_id,
            "includeItemsFromAllDrives": "true",
            "orderBy": "createdTime",
            "fields": "files(id,name)",
        }
        return self._call("GET", "/drive/v3/files", params=params).rows("files")

    def _new_id(self) -> str:
        params = {"count": "1", "space": "drive"}
        return str(self._call("GET", "/drive/v3/files/generateIds", params=params).need("ids")[0])

    @cached_property
    def _session(self) -> requests.Session:
        return self._hook.session([DRIVE])

    @cached_property
    def _root(self) -> str:
        return self._hook.root(ROOT)

    def _call(self, method: str, path: str, *, visible: bool = False, **options: Any) -> Reply:
        url = f"{self._root}{path}"
        return exchange(self._session, method, url, channel="Drive", visible=visible, **options)


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace("'", "\\'")
