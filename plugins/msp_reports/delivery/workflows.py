"""A card through a Workflows webhook ("When a Teams webhook request is received").

https://support.microsoft.com/office/create-incoming-webhooks-with-workflows-for-microsoft-teams. It
answers 202 when the flow has begun, names no post and edits none. The address carries its own signature,
so it is kept as the connection's password. Connectors of Office 365 (webhook.office.com) are retired.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

import requests
from airflow.sdk.log import mask_secret

from msp_reports.delivery.contract import CardPackage, Found, Receipt, Record, RemoteIds
from msp_reports.delivery.exchange import exchange
from msp_reports.domain.errors import ConfigurationError
from msp_reports.hooks.connection import read_password
from msp_reports.hooks.rest import NoAuth

LABEL = "Workflows webhook"
_HOSTS = (".logic.azure.com", ".api.powerplatform.com")
_BARE = "bare_card"


class WorkflowsWebhook:
    """Implements `Channel[CardPackage]`.

    Connection: password is the flow's whole address. extra ``wrapper``: ``message`` as Microsoft's template
    expects it, or ``bare_card`` for flows that post the body as it comes; extra ``host``: another host
    to be trusted, such as a proxy's.
    """

    def __init__(self, conn_id: str) -> None:
        self._conn_id = conn_id

    def look(self) -> str:
        """See that the address is a flow's. Whether the flow posts can only be seen by posting."""
        return f"flow at {urlsplit(self._flow.address).hostname}"

    def prepare(self, package: CardPackage, known: RemoteIds, record: Record) -> RemoteIds:
        """Read the connection: all that can be done unseen."""
        self._flow  # noqa: B018 - reads it
        return known

    def send(self, package: CardPackage, known: RemoteIds, record: Record) -> Receipt:
        """Start the flow: one attempt."""
        flow = self._flow
        with requests.Session() as session:
            session.auth = NoAuth()
            exchange(session, "POST", flow.address, channel=LABEL, visible=True, json=flow.body(package.card))
        return Receipt()

    def look_up(self, package: CardPackage, known: RemoteIds) -> Found:
        """Nothing can be asked of a flow."""
        return None

    @cached_property
    def _flow(self) -> _Flow:
        address, extra = read_password(self._conn_id)
        mask_secret(address)
        parts = urlsplit(address)
        host, trusted = parts.hostname or "", str(extra.get("host") or "")
        is_flow = parts.scheme == "https" and host.endswith(_HOSTS)
        if not is_flow and (not trusted or host != trusted):
            raise ConfigurationError(
                f"connection {self._conn_id!r}: password must be the https address of a Workflows webhook "
                f"(…{' or …'.join(_HOSTS)}); Office 365 connectors are retired"
            )
        return _Flow(address, is_bare=extra.get("wrapper") == _BARE)


class _Flow:
    def __init__(self, address: str, *, is_bare: bool) -> None:
        self.address, self._is_bare = address, is_bare

    def body(self, card: Mapping[str, Any]) -> Mapping[str, Any]:
        if self._is_bare:
            return card
        kind = "application/vnd.microsoft.card.adaptive"
        return {
            "type": "message",
            "attachments": [{"contentType": kind, "contentUrl": None, "content": dict(card)}],
        }
