"""A file in a document library of SharePoint, by Graph: once at its path, and never over other bytes.

https://learn.microsoft.com/graph/api/driveitem-put-content, driveitem-createuploadsession and
onedrive-addressing-driveitems. A path holds one file, so the second upload is refused, whoever makes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from msp_reports.delivery.contract import FilePackage, Found, NotSent, Receipt
from msp_reports.delivery.exchange import Reply, confirm, exchange
from msp_reports.delivery.quick_xor import quick_xor_hash
from msp_reports.delivery.ranges import put_in_ranges
from msp_reports.domain.errors import DeliveryError, DeliveryThrottledError
from msp_reports.hooks.graph import GraphHook

if TYPE_CHECKING:
    from msp_reports.hooks.signed_in import SignedInSession

SMALL = 4_000_000
"""One request up to here: 4 MB in older copies of the documentation, 250 MB in newer ones."""
RANGE = 16 * 320 * 1024
"""Ranges are multiples of 320 KiB."""
_BEHAVIOUR = "@microsoft.graph.conflictBehavior"
_BROKEN_OFF = (HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT, HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE)
"""The session is over, the name taken, or the range there already: what stands at the path decides."""


class DocumentLibrary:
    """Libraries that one application may write to."""

    def __init__(self, conn_id: str, label: str) -> None:
        """Args: label: the channel's name, for messages."""
        self._hook, self._label = GraphHook(conn_id), label

    def read(self, path: str, **options: Any) -> Reply:
        """Ask Graph for something: invisible, may be repeated."""
        return self._call("GET", path, **options)

    def put(self, package: FilePackage) -> Receipt:
        """Upload, unless it stands there already.

        Raises:
            DeliveryOutcomeUnknownError: the answer was lost, or the file is not seen to be whole.
            DeliveryThrottledError: not uploaded.
            DeliveryError: refused, or other bytes stand there.
        """
        if len(package.content) <= SMALL:
            self._call(
                "PUT",
                f"{_place(package)}:/content",
                visible=True,
                accept=(HTTPStatus.CONFLICT,),
                params={_BEHAVIOUR: "fail"},
                data=package.content,
                headers={"Content-Type": package.mime_type},
            )
        else:
            self._put_large(package)
        doubt = f"{self._label} took {package.name} but does not show it"
        return confirm(lambda: self.find(package), doubt)

    def find(self, package: FilePackage) -> Found:
        """Read what stands at the path. Where nothing does, it may go up again: a path holds one file.

        Raises:
            DeliveryThrottledError: its content cannot be told yet.
            DeliveryError: other bytes stand there.
        """
        params = {"$select": "id,name,size,file,webUrl"}
        item = self.read(_place(package), accept=(HTTPStatus.NOT_FOUND,), params=params)
        if item.status == HTTPStatus.NOT_FOUND:
            return NotSent()
        self._see_that_bytes_are_ours(package, item.body)
        ids = {"drive_id": package.drive_id, "item_id": str(item.need("id"))}
        return Receipt(remote_ids=ids, link=item.body.get("webUrl"))

    def _see_that_bytes_are_ours(self, package: FilePackage, item: Mapping[str, Any]) -> None:
        hashes = (item.get("file") or {}).get("hashes") or {}
        sha256, quick = hashes.get("sha256Hash"), hashes.get("quickXorHash")
        is_whole = item.get("size") == len(package.content)
        if "size" not in item or (is_whole and not (sha256 or quick)):
            raise DeliveryThrottledError(f"{self._label} shows no hash of {package.name} yet; looking again")
        same = sha256.lower() == package.sha256 if sha256 else quick == quick_xor_hash(package.content)
        if not (is_whole and same):
            where = item.get("webUrl") or "/".join((*package.path, package.name))
            raise DeliveryError(
                f"{self._label}: {package.name} stands there with other bytes than approved ({where}) and is "
                "not overwritten; rename or move it, then clear the task"
            )

    def _put_large(self, package: FilePackage) -> None:
        self._make_folders(package)
        opened = self._call(
            "POST",
            f"{_place(package)}:/createUploadSession",
            accept=(HTTPStatus.CONFLICT,),
            json={"item": {_BEHAVIOUR: "fail", "name": package.name}},
        )
        if opened.status == HTTPStatus.CONFLICT:
            return
        put_in_ranges(
            self._session,
            str(opened.need("uploadUrl")),
            package.content,
            size=RANGE,
            channel=self._label,
            ends=_BROKEN_OFF,
        )

    def _make_folders(self, package: FilePackage) -> None:
        """Make what is missing above: an upload session may want its folder to be there."""
        for depth, name in enumerate(package.path):
            self._call(
                "POST",
                f"{_item(package, package.path[:depth])}/children",
                accept=(HTTPStatus.CONFLICT,),
                json={"name": name, "folder": {}, _BEHAVIOUR: "fail"},
            )

    @cached_property
    def _session(self) -> SignedInSession:
        return self._hook.session()

    def _call(self, method: str, path: str, *, visible: bool = False, **options: Any) -> Reply:
        url = f"{self._hook.url}{path}"
        return exchange(self._session, method, url, channel=self._label, visible=visible, **options)


def _place(package: FilePackage) -> str:
    """Address the file by its path below the folder."""
    return _item(package, (*package.path, package.name)).removesuffix(":")


def _item(package: FilePackage, path: tuple[str, ...]) -> str:
    start = f"/drives/{quoted(package.drive_id)}/items/{quoted(package.folder_id)}"
    return f"{start}:/{'/'.join(map(quoted, path))}:" if path else start


def quoted(name: str) -> str:
    """Encode one id or name for an address: a slash in it starts no new segment."""
    return quote(name, safe="!@")
