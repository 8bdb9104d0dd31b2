"""A Teams bot: signs in at the Bot Connector, which posts and edits for it.

https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-authentication
"""

from __future__ import annotations

from typing import ClassVar

import requests

from msp_reports.domain.errors import (
    ChannelUnreachableError,
    DeliveryError,
    DeliveryThrottledError,
    RetriableSourceError,
    SourceError,
    UnreachableError,
)
from msp_reports.hooks.entra import fetch_token
from msp_reports.hooks.rest import HeaderAuth, RestClient
from msp_reports.hooks.vendor import VendorHook

BOT_TENANT = "botframework.com"
SCOPE = "https://api.botframework.com/.default"


class TeamsBotHook(VendorHook):
    """Connection: host is the service URL, login and password the bot's app id and secret.

    extra: ``bot_tenant_id`` for a single-tenant bot, ``token_url`` to sign in elsewhere than at Microsoft.
    """

    hook_name = "Teams bot"
    field_labels: ClassVar[dict[str, str]] = {
        "host": "Service URL",
        "login": "App id",
        "password": "Client secret",
    }
    field_examples: ClassVar[dict[str, str]] = {"host": "https://smba.trafficmanager.net/emea"}

    @property
    def service_url(self) -> str:
        return self.endpoint.url

    def session(self) -> requests.Session:
        """Return a signed-in session that makes every call once.

        Raises:
            DeliveryThrottledError: Microsoft's token desk cannot be reached.
            DeliveryError: it refuses the bot.
        """
        try:
            token = self._token()
        except UnreachableError as trouble:
            raise ChannelUnreachableError(str(trouble)) from None
        except RetriableSourceError as trouble:
            raise DeliveryThrottledError(str(trouble), retry_after=trouble.retry_after) from None
        except SourceError as refusal:
            raise DeliveryError(str(refusal)) from None
        session = requests.Session()
        session.auth = HeaderAuth(f"Bearer {token}")
        return session

    def greet(self) -> str:
        self._token()
        return f"signed in as {self.endpoint.login}"

    def _token(self) -> str:
        endpoint = self.endpoint
        client = RestClient(label="Teams bot", secrets=[endpoint.password])
        return fetch_token(client, endpoint, endpoint.text("bot_tenant_id", BOT_TENANT), scope=SCOPE)
