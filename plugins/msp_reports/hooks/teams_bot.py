"""A Teams bot: signs in at the Bot Connector, which posts and edits for it.

https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-authentication
"""

from __future__ import annotations

from typing import ClassVar

from msp_reports.hooks.entra import signed_in
from msp_reports.hooks.signed_in import SignedInSession
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

    def session(self) -> SignedInSession:
        """Return a signed-in session that makes every call once.

        Raises:
            DeliveryThrottledError: Microsoft's token desk cannot be reached.
            DeliveryError: it refuses the bot.
        """
        endpoint = self.endpoint
        return signed_in("Teams bot", endpoint, endpoint.text("bot_tenant_id", BOT_TENANT), scope=SCOPE)

    def greet(self) -> str:
        self.session()
        return f"signed in as {self.endpoint.login}"
