"""Attachments over 3 MB: an address that is its own authorisation, for ranges in order, for an hour.

https://learn.microsoft.com/graph/outlook-large-attachments. Which statuses refuse a range out of order and an
address that has ended is not documented; 416 and 404 are assumed.
"""

from __future__ import annotations

import re
import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from demo.vendors.outlook_store import Attachment, Mail, MailStore

SMALLEST, LARGEST, LARGEST_RANGE = 3 * 1024 * 1024, 150 * 1024 * 1024, 4 * 1024 * 1024
LIFETIME = 3600
_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")


@dataclass(slots=True)
class Upload:
    mail: Mail
    item: dict[str, Any]
    token: str
    expires: float
    content: bytes = b""

    def told(self) -> dict[str, Any]:
        moment = datetime.fromtimestamp(self.expires, UTC).isoformat()
        return {"expirationDateTime": moment, "nextExpectedRanges": [str(len(self.content))]}


class UploadDesk:
    """The sessions that are open. A restart ends them."""

    def __init__(self, store: MailStore) -> None:
        self._store = store
        self._open: dict[str, Upload] = {}

    async def open(self, request: Request, mail: Mail) -> Response:
        item = (await request.json()).get("AttachmentItem", {})
        if item.get("attachmentType") != "file" or not item.get("name") or not item.get("size"):
            return _refusal(400, "ErrorInvalidRequest", "The attachment item is not valid.")
        if item["size"] < SMALLEST:
            code = "ErrorAttachmentSizeShouldNotBeLessThanMinimumSize"
            return _refusal(400, code, "Attachment size must be at least 3 MB for upload sessions.")
        if item["size"] > LARGEST:
            return _refusal(413, "ErrorAttachmentSizeLimitExceeded", "The attachment is too large.")
        number, token = secrets.token_hex(8), secrets.token_urlsafe(24)
        upload = Upload(mail, item, token, time.time() + LIFETIME)
        self._open[number] = upload
        place = f"Users('{mail.user}')/Messages('{mail.id}')/AttachmentSessions('{number}')"
        address = f"{request.base_url}outlook/api/v2.0/{place}?authtoken={token}"
        told = {**upload.told(), "uploadUrl": address, "nextExpectedRanges": ["0-"]}
        return JSONResponse(told, 201)

    async def take(self, request: Request) -> Response:
        upload = self._upload(request)
        if isinstance(upload, Response):
            return upload
        if request.method == "GET":
            return JSONResponse(upload.told())
        if request.method == "DELETE":
            del self._open[request.path_params["number"]]
            return Response(status_code=204)
        return self._range(request, upload, await request.body())

    def _range(self, request: Request, upload: Upload, body: bytes) -> Response:
        found = _RANGE.fullmatch(request.headers.get("content-range", ""))
        start, end, total = (int(part) for part in found.groups()) if found else (0, 0, 0)
        if total != upload.item["size"] or len(body) != end - start + 1 or len(body) > LARGEST_RANGE:
            return _refusal(400, "ErrorInvalidRequest", "The range does not fit the body or the file.")
        if start != len(upload.content):
            return _refusal(416, "ErrorInvalidRange", "The range is not the next expected one.")
        upload.content += body
        if len(upload.content) < total:
            return JSONResponse(upload.told())
        return self._finish(request, upload)

    def _finish(self, request: Request, upload: Upload) -> Response:
        content_type = upload.item.get("contentType", "application/octet-stream")
        attachment = Attachment(name=upload.item["name"], content_type=content_type, content=upload.content)
        self._store.attach(upload.mail, attachment)
        del self._open[request.path_params["number"]]
        address = request.url.path.partition("/AttachmentSessions")[0]
        return Response(status_code=201, headers={"Location": f"{address}/Attachments('{attachment.id}')"})

    def _upload(self, request: Request) -> Upload | Response:
        if "authorization" in request.headers:
            return _refusal(401, "Unauthorized", "This address takes no Authorization header.")
        upload = self._open.get(request.path_params["number"])
        if upload is None:
            return _refusal(404, "ErrorItemNotFound", "The upload session was not found.")
        if request.query_params.get("authtoken") != upload.token or upload.expires < time.time():
            return _refusal(401, "Unauthorized", "The upload session has expired.")
        return upload

    def routes(self) -> list[BaseRoute]:
        place = "Users('{user}')/Messages('{message}')/AttachmentSessions('{number}')"
        return [Route(f"/outlook/api/v2.0/{place}", self.take, methods=["GET", "PUT", "DELETE"])]


def _refusal(status: int, code: str, message: str) -> JSONResponse:
    return JSONResponse({"error": {"code": code, "message": message}}, status)
