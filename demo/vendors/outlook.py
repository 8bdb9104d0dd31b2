"""Mail of Exchange Online through Microsoft Graph: drafts, attachments, sending, Sent Items.

https://learn.microsoft.com/graph/api/resources/message, outlook-immutable-id, outlook-large-attachments.
An id is immutable only for who prefers that; any other changes as the mail moves to Sent Items. Sending is
taken first (202) and done a moment later. The extended property with a key goes along.
"""

from __future__ import annotations

import re
import time
from typing import Any
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from demo.vendors.outbox import Outbox
from demo.vendors.outlook_store import Attachment, Mail, MailStore, NotMailError, eml_of
from demo.vendors.outlook_uploads import UploadDesk
from demo.vendors.tokens import bearer

APP, SCOPE = "demo-graph-mail", "https://graph.microsoft.com/.default"
TENANT = "99999999-0000-4000-8000-000000000001"
MAILBOXES = {"reports@northwind-msp.example"}
"""That the app may use: RBAC for Applications limits it."""
LARGEST_REQUEST, LARGEST_MAIL = 4 * 1024 * 1024, 35 * 1024 * 1024
_BY_KEY = re.compile(
    r"singleValueExtendedProperties/Any\(ep: ep/id eq '(String \{[0-9a-f-]{36}\} Name \w+)'"
    r" and ep/value eq '([^']*)'\)"
)
_REFUSED = re.compile(r"(?i)[^@\s]+@(?:.*\.)?invalid|[^@]*|.*\s.*")
"""Addresses that Exchange does not take: of the domain that stands for none (RFC 2606), or none at all."""


class Outlook:
    def __init__(self, outbox: Outbox) -> None:
        self._outbox, self._store = outbox, MailStore(outbox.root / "outlook")
        self._uploads = UploadDesk(self._store)

    async def folder(self, request: Request) -> Response:
        folder = request.path_params["folder"]
        if folder not in {"drafts", "sentitems"}:
            return error(404, "ErrorItemNotFound", "The specified folder could not be found in the store.")
        return _user(request) or JSONResponse({"id": f"folder-{folder}", "displayName": folder})

    async def search(self, request: Request) -> Response:
        refusal = _user(request)
        if refusal:
            return refusal
        found = _BY_KEY.fullmatch(request.query_params.get("$filter", ""))
        if found is None:
            return error(
                400, "ErrorInvalidUrlQueryFilter", "The query filter contains one or more invalid nodes."
            )
        mails = self._store.find(request.path_params["folder"], *found.groups())
        return JSONResponse({"value": [_shown(mail, request) for mail in mails]})

    async def create(self, request: Request) -> Response:
        refusal = _user(request)
        if refusal:
            return refusal
        if len(await request.body()) > LARGEST_REQUEST:
            return error(413, "RequestEntityTooLarge", "The request is too large.")
        try:
            mail = self._store.add(request.path_params["user"], await request.json())
        except NotMailError as wrong:
            return error(400, "ErrorInvalidRequest", str(wrong))
        return JSONResponse(_shown(mail, request), 201)

    async def read(self, request: Request) -> Response:
        found = self._mail(request)
        if isinstance(found, Response):
            return found
        if request.method == "DELETE":
            self._store.forget(found)
            return Response(status_code=204)
        return JSONResponse(_shown(found, request))

    async def send(self, request: Request) -> Response:
        mail = self._mail(request)
        if isinstance(mail, Response):
            return mail
        if mail.taken_at is not None:
            return _not_found()
        addresses = [str(to["emailAddress"].get("address", "")) for to in mail.recipients]
        if not addresses or any(_REFUSED.fullmatch(address) for address in addresses):
            return error(400, "ErrorInvalidRecipients", "At least one recipient isn't valid.")
        attachments = self._store.attachments(mail)
        if sum(len(attachment.content) for attachment in attachments) > LARGEST_MAIL:
            return error(413, "ErrorMessageSizeExceeded", "The message exceeds the maximum supported size.")
        about = {"user": request.path_params["user"], "message": mail.id}
        self._outbox.write(f"mail/{mail.id}.eml", eml_of(mail, attachments), about)
        self._store.save(mail.taken(time.time()))
        return Response(status_code=202)

    async def attachments(self, request: Request) -> Response:
        mail = self._mail(request)
        if isinstance(mail, Response):
            return mail
        if request.method == "GET":
            return JSONResponse({"value": [_attached(one, request) for one in self._store.attachments(mail)]})
        if len(await request.body()) > LARGEST_REQUEST:
            return error(413, "RequestEntityTooLarge", "The request is too large.")
        try:
            attachment = Attachment.read(await request.json())
        except NotMailError as wrong:
            return error(400, "ErrorInvalidRequest", str(wrong))
        self._store.attach(mail, attachment)
        return JSONResponse(_attached(attachment, request), 201)

    async def attachment(self, request: Request) -> Response:
        mail = self._mail(request)
        if isinstance(mail, Response):
            return mail
        wanted = request.path_params["attachment"]
        found = next((one for one in self._store.attachments(mail) if one.id == wanted), None)
        if found is None:
            return _not_found()
        if request.method == "DELETE":
            self._store.detach(mail, found)
            return Response(status_code=204)
        return JSONResponse(_attached(found, request))

    async def open_upload(self, request: Request) -> Response:
        mail = self._mail(request)
        if isinstance(mail, Response):
            return mail
        return await self._uploads.open(request, mail)

    def _mail(self, request: Request) -> Mail | Response:
        refusal = _user(request)
        if refusal:
            return refusal
        mail = self._store.get(request.path_params["message"])
        if mail is None or mail.user != request.path_params["user"]:
            return _not_found()
        return mail

    def routes(self) -> list[BaseRoute]:
        user = "/graph/v1.0/users/{user}"
        one, folder = f"{user}/messages/{{message}}", f"{user}/mailFolders/{{folder}}"
        return [
            Route(folder, self.folder, methods=["GET"]),
            Route(f"{folder}/messages", self.search, methods=["GET"]),
            Route(f"{user}/messages", self.create, methods=["POST"]),
            Route(one, self.read, methods=["GET", "DELETE"]),
            Route(f"{one}/send", self.send, methods=["POST"]),
            Route(f"{one}/attachments", self.attachments, methods=["GET", "POST"]),
            Route(f"{one}/attachments/createUploadSession", self.open_upload, methods=["POST"]),
            Route(f"{one}/attachments/{{attachment}}", self.attachment, methods=["GET", "DELETE"]),
            *self._uploads.routes(),
        ]


def error(status: int, code: str, message: str) -> JSONResponse:
    inner = {"date": "2026-01-01T00:00:00", "request-id": "0", "client-request-id": "0"}
    return JSONResponse({"error": {"code": code, "message": message, "innerError": inner}}, status)


def _not_found() -> JSONResponse:
    return error(404, "ErrorItemNotFound", "The specified object was not found in the store.")


def _user(request: Request) -> Response | None:
    grant = bearer(request)
    if grant is None or (grant.client_id, grant.tenant, grant.scope) != (APP, TENANT, SCOPE):
        return error(401, "InvalidAuthenticationToken", "Access token is empty or expired.")
    if unquote(request.path_params["user"]) not in MAILBOXES:
        return error(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")
    return None


def _shown(mail: Mail, request: Request) -> dict[str, Any]:
    is_immutable = 'IdType="ImmutableId"' in request.headers.get("prefer", "")
    told = {
        "isDraft": mail.is_draft,
        "internetMessageId": mail.internet_message_id,
        "parentFolderId": f"folder-{mail.folder}",
        "subject": mail.content.get("subject", ""),
    }
    wanted = _selected(request)
    shown = {name: value for name, value in told.items() if wanted is None or name in wanted}
    return {"id": mail.id if is_immutable else mail.passing_id, **shown}


def _attached(attachment: Attachment, request: Request) -> dict[str, Any]:
    wanted = _selected(request)
    shown = {name: value for name, value in attachment.told().items() if wanted is None or name in wanted}
    return {"@odata.type": "#microsoft.graph.fileAttachment", "id": attachment.id, **shown}


def _selected(request: Request) -> set[str] | None:
    asked = request.query_params.get("$select")
    return None if asked is None else set(asked.split(","))
