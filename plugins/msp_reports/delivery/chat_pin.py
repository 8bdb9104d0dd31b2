"""The week's message at the top of a group chat: pinned through Graph, last week's pin taken away.

https://learn.microsoft.com/graph/api/chat-post-pinnedmessages. Chats alone have pins: a channel's thread
answers 201 and shows nothing (microsoft-graph-explorer-v4 #3814), which the customer's file refuses.
"""

from __future__ import annotations

from msp_reports.delivery.contract import Found, NotSent, PinPackage, Receipt, Record, RemoteIds
from msp_reports.delivery.teams_posts import TeamsPosts
from msp_reports.domain.errors import DeliveryThrottledError


class ChatPin:
    """Implements `Channel[PinPackage]`."""

    def __init__(self, conn_id: str) -> None:
        self._posts = TeamsPosts(conn_id)

    def prepare(self, package: PinPackage, known: RemoteIds, record: Record) -> RemoteIds:
        """Nothing to prepare: what is pinned is read right before it is changed."""
        return known

    def send(self, package: PinPackage, known: RemoteIds, record: Record) -> Receipt:
        """Pin the message unless it is, then take our earlier pin away. Pins of others stay."""
        pinned = self._posts.pinned(package.chat_id)
        if package.message_id not in pinned:
            self._posts.pin(package.chat_id, package.message_id)
        if package.replaces is not None and package.replaces in pinned:
            self._posts.unpin(package.chat_id, pinned[package.replaces])
        found = self.look_up(package, known)
        if not isinstance(found, Receipt):
            raise DeliveryThrottledError("Teams: the chat does not show the new pin yet; trying again")
        return found

    def look_up(self, package: PinPackage, known: RemoteIds) -> Found:
        """Done is when ours is pinned and the one before it is not. Anything less may be done again."""
        pinned = self._posts.pinned(package.chat_id)
        if package.message_id not in pinned or package.replaces in pinned:
            return NotSent()
        return Receipt(remote_ids={"message_id": package.message_id, "pin_id": pinned[package.message_id]})
