"""A card in a Teams channel, posted and edited by the bot.

https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-api-reference.
A bot cannot list what stands in a channel, so a post whose answer was lost stays in doubt.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from msp_reports.delivery.contract import CardPackage, Receipt, Record, RemoteIds
from msp_reports.delivery.exchange import exchange
from msp_reports.domain.errors import DeliveryOutcomeUnknownError
from msp_reports.hooks.teams_bot import TeamsBotHook

if TYPE_CHECKING:
    import requests


class TeamsChannel:
    """Implements `Channel[CardPackage]`, and edits what was posted."""

    def __init__(self, conn_id: str) -> None:
        self._hook = TeamsBotHook(conn_id)

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
            "channelData": {"channel": {"id": package.channel_id}},
            "activity": _activity(package),
        }
        url = f"{self._hook.service_url}/v3/conversations"
        posted = exchange(self._session, "POST", url, channel="Teams", visible=True, json=body).body
        if not posted.get("id") or not posted.get("activityId"):
            raise DeliveryOutcomeUnknownError("Teams accepted the post but did not name it")
        return Receipt(
            remote_ids={"conversation_id": str(posted["id"]), "activity_id": str(posted["activityId"])}
        )

    def edit(self, package: CardPackage, known: RemoteIds) -> None:
        """Replace the card of an earlier post. May be repeated: the same card gives the same post."""
        conversation, activity = (quote(known[key], safe="") for key in ("conversation_id", "activity_id"))
        url = f"{self._hook.service_url}/v3/conversations/{conversation}/activities/{activity}"
        exchange(self._session, "PUT", url, channel="Teams", visible=False, json=_activity(package))

    def look_up(self, package: CardPackage, known: RemoteIds) -> Receipt | None:
        """Only a post whose id came back is known to stand."""
        return Receipt(remote_ids=dict(known)) if known.get("activity_id") else None


def _activity(package: CardPackage) -> Mapping[str, Any]:
    return {
        "type": "message",
        "summary": package.summary,
        "attachments": [
            {"contentType": "application/vnd.microsoft.card.adaptive", "content": dict(package.card)}
        ],
    }
