"""Cards in Teams, posted and edited by the bot: a channel's weekly post, its standing post, a chat's message.

https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-api-reference.
A bot cannot list what it has posted. Where a Graph connection may read the channel or chat, a post whose
answer was lost is looked up there by the delivery key in its card; elsewhere it stays in doubt.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import cached_property
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from msp_reports.delivery.contract import CardPackage, Found, NotSent, Receipt, Record, RemoteIds
from msp_reports.delivery.exchange import Reply, exchange
from msp_reports.delivery.teams_posts import TeamsPosts
from msp_reports.domain.errors import DeliveryError, DeliveryOutcomeUnknownError, DeliveryThrottledError
from msp_reports.hooks.teams_bot import TeamsBotHook

if TYPE_CHECKING:
    import requests

SETTLES_AFTER = timedelta(minutes=5)
"""How long a post that Teams took may be missing from Graph's list of posts."""


class TeamsChannel:
    """Implements `Channel[CardPackage]`, and edits what was posted.

    Args:
        conn_id: the bot's connection.
        graph: connection that may read the place. None: what became of a post cannot be looked up.
    """

    def __init__(self, conn_id: str, graph: str | None = None) -> None:
        self._hook = TeamsBotHook(conn_id)
        self._posts = TeamsPosts(graph) if graph is not None else None

    @cached_property
    def _session(self) -> requests.Session:
        return self._hook.session()

    def look(self) -> str:
        """Sign in. A bot cannot read a channel: whether it is in the team shows at the first post."""
        self._session  # noqa: B018 - signs in
        return "the bot signs in"

    def prepare(self, package: CardPackage, known: RemoteIds, record: Record) -> RemoteIds:
        """Sign in: all that can be done unseen, and nothing that could fail in the middle of a post."""
        self._session  # noqa: B018 - signs in
        return known

    def send(self, package: CardPackage, known: RemoteIds, record: Record) -> Receipt:
        """Post the card as a new conversation of the channel: one attempt."""
        body = {
            "isGroup": True,
            "tenantId": package.tenant_id,
            "channelData": {"channel": {"id": package.thread_id}},
            "activity": _activity(package),
        }
        posted = self._call("POST", "/v3/conversations", visible=True, json=body).body
        if not posted.get("id") or not posted.get("activityId"):
            raise DeliveryOutcomeUnknownError("Teams accepted the post but did not name it")
        return Receipt(
            remote_ids={"conversation_id": str(posted["id"]), "activity_id": str(posted["activityId"])}
        )

    def edit(self, package: CardPackage, known: RemoteIds) -> bool:
        """Replace the card of an earlier post; False: the post is not there any more.

        May be repeated: the same card gives the same post.
        """
        conversation, activity = (quote(known[key], safe="") for key in ("conversation_id", "activity_id"))
        path = f"/v3/conversations/{conversation}/activities/{activity}"
        reply = self._call("PUT", path, accept=(HTTPStatus.NOT_FOUND,), json=_activity(package))
        return reply.status != HTTPStatus.NOT_FOUND

    def look_up(self, package: CardPackage, known: RemoteIds) -> Found:
        """A post whose id came back stands; else Graph is asked for the post with this key."""
        if known.get("activity_id"):
            return Receipt(remote_ids=dict(known))
        if self._posts is None:
            return None
        try:
            found = self._find(self._posts, package)
        except DeliveryThrottledError:
            raise
        except DeliveryError:
            return None
        return NotSent(settles_after=SETTLES_AFTER) if found is None else Receipt(remote_ids=found)

    def _find(self, posts: TeamsPosts, package: CardPackage) -> RemoteIds | None:
        if package.team_id is None:
            raise DeliveryError("Teams: the channel's team is not known")
        message = posts.in_channel(package.team_id, package.thread_id, package.key)
        if message is None:
            return None
        return {"conversation_id": f"{package.thread_id};messageid={message}", "activity_id": message}

    def _call(self, method: str, path: str, *, visible: bool = False, **options: Any) -> Reply:
        url = f"{self._hook.service_url}{path}"
        return exchange(self._session, method, url, channel="Teams", visible=visible, **options)


class TeamsChat(TeamsChannel):
    """Implements `Channel[CardPackage]` for a group chat, in which every post is a message of its own."""

    def send(self, package: CardPackage, known: RemoteIds, record: Record) -> Receipt:
        """Post the card in the chat: one attempt."""
        path = f"/v3/conversations/{quote(package.thread_id, safe='')}/activities"
        posted = self._call("POST", path, visible=True, json=_activity(package)).body
        if not posted.get("id"):
            raise DeliveryOutcomeUnknownError("Teams accepted the post but did not name it")
        return Receipt(remote_ids={"conversation_id": package.thread_id, "activity_id": str(posted["id"])})

    def _find(self, posts: TeamsPosts, package: CardPackage) -> RemoteIds | None:
        message = posts.in_chat(package.thread_id, package.key)
        return None if message is None else {"conversation_id": package.thread_id, "activity_id": message}


class StandingPost(TeamsChannel):
    """Implements `Channel[CardPackage]` for the post that is pinned once and edited every week.

    Editing may be repeated, so only the post's making can end in doubt.
    """

    def prepare(self, package: CardPackage, known: RemoteIds, record: Record) -> RemoteIds:
        """Edit the post that stands, if one does; nobody is notified of an edit."""
        known = super().prepare(package, known, record)
        if package.standing and self.edit(package, package.standing):
            return {**known, **package.standing}
        return {key: value for key, value in known.items() if key not in {"conversation_id", "activity_id"}}

    def send(self, package: CardPackage, known: RemoteIds, record: Record) -> Receipt:
        """Make the post where none stands."""
        if known.get("activity_id"):
            return Receipt(remote_ids=dict(known))
        return super().send(package, known, record)


def _activity(package: CardPackage) -> Mapping[str, Any]:
    return {
        "type": "message",
        "summary": package.summary,
        "attachments": [
            {"contentType": "application/vnd.microsoft.card.adaptive", "content": dict(package.card)}
        ],
    }
