"""Gmail API v1: drafts, sending, threads.

https://developers.google.com/workspace/gmail/api/reference/rest. A draft that is sent is no draft any
more; its message gets a new id, the label SENT, and stays in the thread.
"""

from __future__ import annotations

import json
import secrets
from base64 import urlsafe_b64decode
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from demo.vendors.google_desk import GMAIL, GoogleDesk, GoogleGrant, error
from demo.vendors.multipart import MultipartError, parts_of
from demo.vendors.outbox import Outbox


class Gmail:
    def __init__(self, desk: GoogleDesk, outbox: Outbox) -> None:
        self._desk, self._outbox = desk, outbox

    async def profile(self, request: Request) -> Response:
        grant = self._user(request)
        if isinstance(grant, Response):
            return grant
        told = {"emailAddress": grant.user, "messagesTotal": 12, "threadsTotal": 9, "historyId": "4711"}
        return JSONResponse(told)

    async def create(self, request: Request) -> Response:
        grant = self._user(request)
        if isinstance(grant, Response):
            return grant
        try:
            mail = await _mail_in(request)
        except (MultipartError, KeyError, ValueError) as wrong:
            return error(400, "badRequest", f"Invalid draft: {wrong}")
        draft, thread = f"r-{secrets.randbits(60)}", f"{secrets.randbits(60):x}"
        self._outbox.write(f"drafts/{draft}.eml", mail, {"thread": thread, "user": grant.user})
        return JSONResponse(_draft(draft, thread))

    async def read(self, request: Request) -> Response:
        grant = self._user(request)
        if isinstance(grant, Response):
            return grant
        found = self._stored("drafts", request.path_params["draft"], grant)
        if found is None:
            return error(404, "notFound", "Requested entity was not found.")
        if request.method == "DELETE":
            self._forget(request.path_params["draft"])
            return JSONResponse({})
        return JSONResponse(_draft(request.path_params["draft"], found["thread"]))

    async def send(self, request: Request) -> Response:
        grant = self._user(request)
        if isinstance(grant, Response):
            return grant
        draft = str((await request.json()).get("id", ""))
        found = self._stored("drafts", draft, grant)
        if found is None:
            return error(404, "notFound", "Requested entity was not found.")
        path = self._outbox.root / "drafts" / f"{draft}.eml"
        message = f"{secrets.randbits(60):x}"
        self._outbox.write(f"mail/{message}.eml", path.read_bytes(), found)
        self._forget(draft)
        return JSONResponse({"id": message, "threadId": found["thread"], "labelIds": ["SENT"]})

    async def thread(self, request: Request) -> Response:
        grant = self._user(request)
        if isinstance(grant, Response):
            return grant
        asked = request.path_params["thread"]
        messages = [
            {"id": path.name.split(".")[0], "threadId": asked, "labelIds": [label]}
            for folder, label in (("mail", "SENT"), ("drafts", "DRAFT"))
            for path in self._outbox.read(folder, "*.eml")
            if (self._stored(folder, path.stem, grant) or {}).get("thread") == asked
        ]
        if not messages:
            return error(404, "notFound", "Requested entity was not found.")
        return JSONResponse({"id": asked, "messages": messages})

    def _forget(self, draft: str) -> None:
        path = self._outbox.root / "drafts" / f"{draft}.eml"
        path.unlink()
        path.with_name(f"{path.name}.about.json").unlink()

    def _user(self, request: Request) -> GoogleGrant | Response:
        grant = self._desk.check(request, GMAIL)
        if isinstance(grant, Response) or request.path_params["user"] in {"me", grant.user}:
            return grant
        return error(403, "forbidden", f"Delegation denied for {grant.user}")

    def _stored(self, folder: str, name: str, grant: GoogleGrant) -> dict[str, Any] | None:
        path = self._outbox.root / folder / f"{name}.eml.about.json"
        if "/" in name or not path.exists():
            return None
        about: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return about if about["user"] == grant.user else None

    def routes(self) -> list[BaseRoute]:
        user = "/gmail/v1/users/{user}"
        return [
            Route(f"{user}/profile", self.profile, methods=["GET"]),
            Route(f"{user}/drafts", self.create, methods=["POST"]),
            Route(f"/upload{user}/drafts", self.create, methods=["POST"]),
            Route(f"{user}/drafts/send", self.send, methods=["POST"]),
            Route(f"{user}/drafts/{{draft}}", self.read, methods=["GET", "DELETE"]),
            Route(f"{user}/threads/{{thread}}", self.thread, methods=["GET"]),
        ]


async def _mail_in(request: Request) -> bytes:
    if request.url.path.startswith("/upload/"):
        _, mail = parts_of(request.headers.get("content-type", ""), await request.body())
        return mail
    raw: str = (await request.json())["message"]["raw"]
    return urlsafe_b64decode(raw + "=" * (-len(raw) % 4))


def _draft(draft: str, thread: str) -> dict[str, Any]:
    message = {"id": thread, "threadId": thread, "labelIds": ["DRAFT"]}
    return {"id": draft, "message": message}
