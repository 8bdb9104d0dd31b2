"""Microsoft Graph's side of Teams: what was posted, read by an application, and the pins of a chat.

https://learn.microsoft.com/graph/api/channel-list-messages, chat-list-messages and
chat-post-pinnedmessages. A channel's thread is taken for a chat there, and nothing is pinned in it.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from demo.vendors.outbox import Outbox
from demo.vendors.tokens import bearer

APP, SCOPE = "demo-graph-files", "https://graph.microsoft.com/.default"
PAGE = 50

Row = dict[str, Any]


class TeamsGraph:
    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    async def messages(self, request: Request) -> Response:
        """Newest first; ``$top`` at most fifty."""
        refusal = _refusal(request)
        if refusal:
            return refusal
        top, skip = (
            int(request.query_params.get("$top", "20")),
            int(request.query_params.get("$skiptoken", "0")),
        )
        if top > PAGE:
            return _error(400, "BadRequest", "The limit of 50 for Top was exceeded.")
        thread = request.path_params.get("channel") or request.path_params["chat"]
        posts = sorted(self._posts(thread), key=lambda post: str(post["activity_id"]), reverse=True)
        body: Row = {"value": [_message(post) for post in posts[skip : skip + top]]}
        if skip + top < len(posts):
            url = request.url.include_query_params(**{"$top": top, "$skiptoken": skip + top})
            body["@odata.nextLink"] = str(url)
        return JSONResponse(body)

    async def pinned(self, request: Request) -> Response:
        refusal = _refusal(request)
        if refusal:
            return refusal
        rows = [{"id": pin, "message": {"id": message}} for pin, message in self._pins(request).items()]
        if request.query_params.get("$expand") != "message":
            rows = [{"id": row["id"]} for row in rows]
        return JSONResponse({"value": rows})

    async def pin(self, request: Request) -> Response:
        refusal = _refusal(request)
        if refusal:
            return refusal
        chat = request.path_params["chat"]
        bound = str((await request.json()).get("message@odata.bind", ""))
        message = bound.rpartition("/messages/")[2]
        if chat.endswith("@thread.tacv2"):
            return JSONResponse({"id": secrets.token_hex(8)}, 201)
        if message not in {str(post["activity_id"]) for post in self._posts(chat)}:
            return _error(404, "NotFound", "Message not found.")
        pin = secrets.token_hex(8)
        self._write(chat, self._pins(request) | {pin: message})
        return JSONResponse({"id": pin}, 201)

    async def unpin(self, request: Request) -> Response:
        refusal = _refusal(request)
        if refusal:
            return refusal
        pins = self._pins(request)
        if pins.pop(request.path_params["pin"], None) is None:
            return _error(404, "NotFound", "Pinned message not found.")
        self._write(request.path_params["chat"], pins)
        return Response(status_code=204)

    def _posts(self, thread: str) -> Iterator[Row]:
        for path in self._outbox.read("teams", "*.json"):
            post: Row = json.loads(path.read_text(encoding="utf-8"))
            if post["channel"] == thread:
                yield post

    def _pins(self, request: Request) -> dict[str, str]:
        path = self._outbox.root / "pins" / f"{request.path_params['chat']}.json"
        if not path.exists():
            return {}
        pins: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
        return pins

    def _write(self, chat: str, pins: dict[str, str]) -> None:
        self._outbox.write(f"pins/{chat}.json", json.dumps(pins).encode())

    def routes(self) -> list[BaseRoute]:
        pins = "/graph/v1.0/chats/{chat}/pinnedMessages"
        channel = "/graph/v1.0/teams/{team}/channels/{channel}/messages"
        return [
            Route(channel, self.messages, methods=["GET"]),
            Route("/graph/v1.0/chats/{chat}/messages", self.messages, methods=["GET"]),
            Route(pins, self.pinned, methods=["GET"]),
            Route(pins, self.pin, methods=["POST"]),
            Route(f"{pins}/{{pin}}", self.unpin, methods=["DELETE"]),
        ]


def _message(post: Row) -> Row:
    cards = [
        {"contentType": card["contentType"], "content": json.dumps(card["content"])}
        for card in post["activity"]["attachments"]
    ]
    sender = {"application": {"id": "demo-teams-bot", "applicationIdentityType": "bot"}}
    return {
        "id": str(post["activity_id"]),
        "deletedDateTime": None,
        "from": sender,
        "body": {"contentType": "html", "content": ""},
        "attachments": cards,
    }


def _refusal(request: Request) -> Response | None:
    grant = bearer(request)
    if grant is None:
        return _error(401, "InvalidAuthenticationToken", "Access token is empty or expired.")
    if grant.client_id != APP or grant.scope != SCOPE:
        return _error(403, "Forbidden", "Missing role permissions on the request.")
    return None


def _error(status: int, code: str, message: str) -> Response:
    return JSONResponse({"error": {"code": code, "message": message}}, status)
