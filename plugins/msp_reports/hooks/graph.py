"""Microsoft Graph for what leaves: mail, files, pins. One application in one tenant.

https://learn.microsoft.com/graph/auth-v2-service
"""

from __future__ import annotations

from typing import ClassVar

from msp_reports.hooks.entra import signed_in
from msp_reports.hooks.signed_in import SignedInSession
from msp_reports.hooks.vendor import VendorHook


class GraphHook(VendorHook):
    """Connection: login and password are the app's client id and secret, extra ``tenant_id`` its tenant.

    host may be empty: Graph's own address. extra ``token_url`` to sign in elsewhere than at Microsoft.
    """

    hook_name = "Microsoft Graph"
    default_url = "https://graph.microsoft.com/v1.0"
    field_labels: ClassVar[dict[str, str]] = {
        "host": "Graph address",
        "login": "Client id",
        "password": "Client secret",
    }
    field_examples: ClassVar[dict[str, str]] = {"host": default_url, "extra": '{"tenant_id": "..."}'}

    @property
    def url(self) -> str:
        """Graph's address with its version, without a slash at the end."""
        return self.endpoint.url

    def session(self) -> SignedInSession:
        """Return a signed-in session that makes every call once.

        Raises:
            DeliveryThrottledError: Microsoft's token desk cannot be reached.
            DeliveryError: it refuses the app.
            ConfigurationError: the connection is missing or lacks something.
        """
        endpoint = self.endpoint
        return signed_in("Microsoft Graph", endpoint, endpoint.text("tenant_id"))

    def greet(self) -> str:
        self.session()
        return f"signed in as {self.endpoint.login}"
