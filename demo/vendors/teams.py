"""Bot Connector REST: a bot posts to channels and chats and edits its own posts.

https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-api-reference
"""

from __future__ import annotations

import json
import re
import secrets
import time
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from demo.vendors.outbox import Outbox
from demo.vendors.tokens import bearer

LARGEST = 28_000
BOT, SCOPE = "demo-teams-bot", "https://api.botframework.com/.default"
FLOW_SIGNATURE = "demo-flow-signature"
_CHANNEL = re.compile(r"19:[\w.-]+@thread\.tacv2")
_CHAT = re.compile(r"19:[\w.-]+@thread\.v2")


class Teams:
    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    async def post(self, request: Request) -> Response:
        refusal = _refusal(request)
        if refusal:
            return refusal
        body = await request.json()
        channel = str(body.get("channelData", {}).get("channel", {}).get("id", ""))
        if not _CHANNEL.fullmatch(channel) or not body.get("isGroup") or not body.get("tenantId"):
            return _error(404, "ConversationNotFound", "Conversation not found.")
        wrong = _wrong(body.get("activity"))
        if wrong:
            return wrong
        activity_id = self._keep(channel, body["activity"])
        conversation = f"{channel};messageid={activity_id}"
        return JSONResponse({"id": conversation, "activityId": activity_id}, 201)

    async def say(self, request: Request) -> Response:
        """A message in a group chat."""
        refusal = _refusal(request)
        if refusal:
            return refusal
        chat, activity = request.path_params["conversation"], await request.json()
        if not _CHAT.fullmatch(chat):
            return _error(
                403, "BotNotInConversationRoster", "The bot is not part of the conversation roster."
            )
        wrong = _wrong(activity)
        if wrong:
            return wrong
        return JSONResponse({"id": self._keep(chat, activity)}, 201)

    async def run_flow(self, request: Request) -> Response:
        """A Workflows webhook: it says that the flow has begun, and names no post."""
        body = await request.json()
        if request.query_params.get("sig") != FLOW_SIGNATURE:
            return _error(401, "DirectApiAuthorizationRequired", "The signature is not valid.")
        wrong = _wrong({"type": body.get("type"), "attachments": body.get("attachments")})
        if wrong:
            return wrong
        self._keep(f"flow:{request.path_params['flow']}", {"attachments": body["attachments"]})
        return Response(status_code=202)

    def _keep(self, thread: str, activity: Any) -> str:
        activity_id = f"{time.time_ns() // 1_000_000}{secrets.randbits(20):07d}"
        self._write({"channel": thread, "activity_id": activity_id, "edits": 0, "activity": activity})
        return activity_id

    async def edit(self, request: Request) -> Response:
        refusal = _refusal(request)
        if refusal:
            return refusal
        path = self._outbox.root / "teams" / f"{request.path_params['activity']}.json"
        post = json.loads(path.read_text(encoding="utf-8")) if path.exists() else None
        if post is None or request.path_params["conversation"].partition(";")[0] != post["channel"]:
            return _error(404, "ActivityNotFoundInConversation", "The activity does not exist.")
        activity = await request.json()
        wrong = _wrong(activity)
        if wrong:
            return wrong
        self._write(post | {"activity": activity, "edits": post["edits"] + 1})
        return JSONResponse({"id": post["activity_id"]})

    def _write(self, post: dict[str, Any]) -> None:
        text = json.dumps(post, ensure_ascii=False, indent=1)
        self._outbox.write(f"teams/{post['activity_id']}.json", text.encode())

    def routes(self) -> list[BaseRoute]:
        one = "/teams/v3/conversations/{conversation}/activities/{activity}"
        return [
            Route("/workflows/{flow}", self.run_flow, methods=["POST"]),
            Route("/teams/v3/conversations", self.post, methods=["POST"]),
            Route("/teams/v3/conversations/{conversation}/activities", self.say, methods=["POST"]),
            Route(one, self.edit, methods=["PUT"]),
        ]


def _refusal(request: Request) -> Response | None:
    grant = bearer(request)
    if grant is None or grant.client_id != BOT or grant.scope != SCOPE:
        return _error(401, "Unauthorized", "Authorization has been denied for this request.")
    return None


def _wrong(activity: Any) -> Response | None:
    if not isinstance(activity, dict) or activity.get("type") != "message" or not activity.get("attachments"):
        return _error(400, "BadSyntax", "Invalid activity")
    if len(json.dumps(activity, ensure_ascii=False).encode()) > LARGEST:
        return _error(413, "MessageSizeTooBig", "Message size too large.")
    return None


def _error(status: int, code: str, message: str) -> Response:
    return JSONResponse({"error": {"code": code, "message": message}}, status)
