"""Sign-in at Microsoft Entra ID for one tenant, as an application."""

from __future__ import annotations

from urllib.parse import quote

from airflow.sdk.log import mask_secret

from msp_reports.domain.errors import (
    ChangedShapeError,
    ChannelUnreachableError,
    CredentialsRefusedError,
    DeliveryError,
    DeliveryThrottledError,
    RetriableSourceError,
    SourceError,
    UnreachableError,
)
from msp_reports.hooks.connection import Endpoint
from msp_reports.hooks.rest import HeaderAuth, RestClient
from msp_reports.hooks.signed_in import SignedInSession
from msp_reports.hooks.verdicts import UnexpectedStatusError

LOGIN = "https://login.microsoftonline.com"
GRAPH = "https://graph.microsoft.com/.default"


def sign_in(client: RestClient, endpoint: Endpoint, tenant: str, *, scope: str = GRAPH) -> None:
    """Sign a client in at one tenant, and again when the token expires in the middle of a pull."""

    def renew() -> None:
        token = fetch_token(client, endpoint, tenant, scope=scope)
        client.authorise(HeaderAuth(f"Bearer {token}"), token)

    renew()
    client.renew_by(renew)


def signed_in(label: str, endpoint: Endpoint, tenant: str, *, scope: str = GRAPH) -> SignedInSession:
    """Return a session of one tenant that makes every call once.

    Raises:
        DeliveryThrottledError: Microsoft's token desk cannot be reached.
        DeliveryError: it refuses the application.
    """

    def fetch() -> str:
        client = RestClient(label=label, secrets=[endpoint.password])
        try:
            return fetch_token(client, endpoint, tenant, scope=scope)
        except UnreachableError as trouble:
            raise ChannelUnreachableError(str(trouble)) from None
        except RetriableSourceError as trouble:
            raise DeliveryThrottledError(str(trouble), retry_after=trouble.retry_after) from None
        except SourceError as refusal:
            raise DeliveryError(str(refusal)) from None

    return SignedInSession(fetch)


def fetch_token(client: RestClient, endpoint: Endpoint, tenant: str, *, scope: str) -> str:
    """Fetch a token for one tenant (Microsoft identity platform, client credentials flow).

    Raises:
        RetriableSourceError: the token desk cannot be reached.
        CredentialsRefusedError: it refuses the application.
        ChangedShapeError: it answers without a token.
    """
    base = endpoint.text("token_url", LOGIN).rstrip("/")
    try:
        body = client.post_read(
            f"{base}/{quote(tenant, safe='')}/oauth2/v2.0/token",
            form={
                "grant_type": "client_credentials",
                "client_id": endpoint.login,
                "client_secret": endpoint.password,
                "scope": scope,
            },
        ).body
    except UnexpectedStatusError as refusal:
        raise CredentialsRefusedError(
            f"{refusal} Enter a valid client secret in connection {endpoint.conn_id!r}, and see that the app "
            f"has admin consent in tenant {tenant}."
        ) from None
    token = body.get("access_token") if isinstance(body, dict) else None
    if not isinstance(token, str) or not token:
        raise ChangedShapeError(
            f"{client.label}: the token answer has no access_token. Check extra.token_url."
        )
    mask_secret(token)
    return token
