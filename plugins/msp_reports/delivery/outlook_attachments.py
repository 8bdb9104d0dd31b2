"""The attachment of an Outlook draft: once, whole, and with the bytes that were approved.

https://learn.microsoft.com/graph/outlook-large-attachments
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from msp_reports.delivery.exchange import Reply, exchange
from msp_reports.domain.errors import DeliveryThrottledError
from msp_reports.hooks.rest import NoAuth

if TYPE_CHECKING:
    from msp_reports.hooks.signed_in import SignedInSession

LARGE = 3 * 1024 * 1024
"""Bytes from which on a file goes up in parts. Exchange refuses that for smaller ones."""
CHUNK = 12 * 320 * 1024
"""Bytes in one call: below 4 MB."""
_RESUMES = 3
_TYPE = "application/pdf"
_SESSION_ENDED = (
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.NOT_FOUND,
    HTTPStatus.CONFLICT,
    HTTPStatus.GONE,
    HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
)
"""Answers of the upload's address when it expired, is done with, or expects other bytes."""


@dataclass(frozen=True, slots=True)
class Attachments:
    """Those of one draft."""

    session: SignedInSession
    url: str

    def settle(self, name: str, content: bytes | None) -> None:
        """Leave the draft with this one attachment, or with none. May be repeated.

        Raises:
            DeliveryThrottledError: it broke off; the next try goes on from what arrived.
            DeliveryError: refused, or too large.
        """
        stands = False
        for standing in self._call("GET", f"{self.url}?$select=id,name").rows():
            if not stands and content is not None and self._is(standing, name, content):
                stands = True
            else:
                self._call("DELETE", self._of(standing), accept=(HTTPStatus.NOT_FOUND,))
        if content is not None and not stands:
            (self._upload if len(content) >= LARGE else self._add)(name, content)

    def _is(self, standing: Mapping[str, Any], name: str, content: bytes) -> bool:
        """Compare the bytes: Exchange's `size` is not the file's (microsoft-graph-docs #9796)."""
        if standing.get("name") != name:
            return False
        stored = self._call("GET", self._of(standing)).need("contentBytes")
        return bool(stored == b64encode(content).decode())

    def _of(self, standing: Mapping[str, Any]) -> str:
        return f"{self.url}/{quote(str(standing['id']), safe='')}"

    def _add(self, name: str, content: bytes) -> None:
        attachment = {
            "@odata.type": "#microsoft.graph.fileAttachment",
            "name": name,
            "contentType": _TYPE,
            "contentBytes": b64encode(content).decode(),
        }
        too_large = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        if self._call("POST", self.url, json=attachment, accept=(too_large,)).status == too_large:
            self._upload(name, content)

    def _upload(self, name: str, content: bytes) -> None:
        item = {"attachmentType": "file", "name": name, "size": len(content), "contentType": _TYPE}
        opened = self._call("POST", f"{self.url}/createUploadSession", json={"AttachmentItem": item})
        upload, start, resumed = str(opened.need("uploadUrl")), 0, 0
        while start < len(content):
            try:
                start = self._put(upload, content, start)
            except DeliveryThrottledError:
                resumed += 1
                if resumed > _RESUMES:
                    raise
                start = _next(self._at(upload, "GET"))

    def _put(self, upload: str, content: bytes, start: int) -> int:
        """Send the next bytes and return from where to go on."""
        end = min(start + CHUNK, len(content))
        headers = {
            "Content-Type": "application/octet-stream",
            "Content-Range": f"bytes {start}-{end - 1}/{len(content)}",
        }
        reply = self._at(upload, "PUT", data=content[start:end], headers=headers)
        if reply.status == HTTPStatus.CREATED:
            return len(content)
        following = _next(reply)
        if following <= start:
            raise DeliveryThrottledError(f"Outlook took bytes from {start} on and still expects them")
        return following

    def _at(self, upload: str, method: str, **options: Any) -> Reply:
        """Ask the upload's address, which bears its own authorisation and refuses any other."""
        reply = self._call(method, upload, accept=_SESSION_ENDED, auth=NoAuth(), **options)
        if reply.status in _SESSION_ENDED:
            raise DeliveryThrottledError(f"Outlook ended the upload ({reply.status}); trying again")
        return reply

    def _call(self, method: str, url: str, **options: Any) -> Reply:
        options.setdefault("headers", {"Prefer": 'IdType="ImmutableId"'})
        return exchange(self.session, method, url, channel="Outlook", visible=False, **options)


def _next(reply: Reply) -> int:
    """Read ``["3932160"]`` or, before the first bytes, ``["0-"]``."""
    ranges = reply.need("nextExpectedRanges")
    start = str(ranges[0]).partition("-")[0] if isinstance(ranges, list) else ""
    if not start.isdecimal():
        raise DeliveryThrottledError("Outlook does not say from where the upload goes on")
    return int(start)
