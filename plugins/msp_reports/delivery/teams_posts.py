"""What stands in a Teams channel or chat, read through Graph: a bot alone cannot read either.

https://learn.microsoft.com/graph/api/channel-list-messages, chat-list-messages,
chat-list-pinnedmessages. The application needs ChannelMessage.Read.Group or ChatMessage.Read.Chat,
consented for the one team or chat, and Chat.ReadWrite.All to pin.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import cached_property
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from msp_reports.delivery.exchange import Reply, exchange
from msp_reports.domain.errors import DeliveryError
from msp_reports.hooks.graph import GraphHook

if TYPE_CHECKING:
    import requests

LABEL = "Teams"
_PAGES = 20
"""Of fifty posts each. What is not among them, nor older than what is looked for, cannot be told."""
_LOOKED_FOR = timedelta(days=30)
"""A delivery in doubt is looked up, or decided, within that time."""

Row = Mapping[str, Any]


class TeamsPosts:
    """Posts of channels and chats, and what is pinned in a chat."""

    def __init__(self, conn_id: str) -> None:
        self._hook = GraphHook(conn_id)

    def in_channel(self, team_id: str, channel_id: str, key: str) -> str | None:
        """Return the id of the post that carries a delivery key.

        Raises:
            DeliveryError: the application may not read the channel.
        """
        return self._carrying(key, f"/teams/{_quoted(team_id)}/channels/{_quoted(channel_id)}/messages")

    def in_chat(self, chat_id: str, key: str) -> str | None:
        """Return the id of the message that carries a delivery key.

        Raises:
            DeliveryError: the application may not read the chat.
        """
        return self._carrying(key, f"/chats/{_quoted(chat_id)}/messages")

    def pinned(self, chat_id: str) -> dict[str, str]:
        """Return the pins of a chat: id of each by the id of its message."""
        url = f"{self._root}{_pins(chat_id)}?$expand=message"
        rows = self._call("GET", url).rows()
        return {str((row.get("message") or {}).get("id")): str(row["id"]) for row in rows}

    def pin(self, chat_id: str, message_id: str) -> None:
        """Pin a message of a chat: one attempt. Others see it, so what was pinned is read first."""
        message = f"{self._root}/chats/{_quoted(chat_id)}/messages/{_quoted(message_id)}"
        self._call(
            "POST", f"{self._root}{_pins(chat_id)}", visible=True, json={"message@odata.bind": message}
        )

    def unpin(self, chat_id: str, pin_id: str) -> None:
        """Take a pin away; one that is gone already is as good."""
        url = f"{self._root}{_pins(chat_id)}/{_quoted(pin_id)}"
        self._call("DELETE", url, accept=(HTTPStatus.NOT_FOUND,))

    def _carrying(self, key: str, path: str) -> str | None:
        return next((str(row["id"]) for row in self._newest(path) if f"RPT-{key}" in _shown(row)), None)

    def _newest(self, path: str) -> Iterator[Row]:
        url: str | None = f"{self._root}{path}?$top=50"
        for _ in range(_PAGES):
            if url is None:
                return
            page = self._call("GET", url)
            rows = page.rows()
            yield from rows
            url = page.body.get("@odata.nextLink")
            if rows and all(map(_is_older, rows)):
                return
        if url is not None:
            raise DeliveryError("Teams: there are too many newer posts to find one among them")

    @cached_property
    def _root(self) -> str:
        return self._hook.url

    @cached_property
    def _session(self) -> requests.Session:
        return self._hook.session()

    def _call(self, method: str, url: str, *, visible: bool = False, **options: Any) -> Reply:
        return exchange(self._session, method, url, channel=LABEL, visible=visible, **options)


def _is_older(row: Row) -> bool:
    """Tell whether a post was neither made nor touched since a send that is looked for: in either order of
    the list nothing newer follows a page of these."""
    moments = [row.get("createdDateTime"), row.get("lastModifiedDateTime") or row.get("createdDateTime")]
    edge = datetime.now(UTC) - _LOOKED_FOR
    return all(isinstance(one, str) and datetime.fromisoformat(one) < edge for one in moments)


def _shown(row: Row) -> str:
    """All text of a message; a card's content is JSON inside of JSON."""
    if row.get("deletedDateTime"):
        return ""
    attachments = [attachment.get("content") for attachment in row.get("attachments") or ()]
    return json.dumps([(row.get("body") or {}).get("content"), attachments], ensure_ascii=False)


def _pins(chat_id: str) -> str:
    return f"/chats/{_quoted(chat_id)}/pinnedMessages"


def _quoted(part: str) -> str:
    return quote(part, safe="")
