"""Gmail and Google Drive through a service account.

https://developers.google.com/identity/protocols/oauth2/service-account
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from airflow.providers.google.common.hooks.base_google import (  # noqa: TID253 - imported where mail leaves
    GoogleBaseHook,
)
from airflow.sdk.exceptions import AirflowException, AirflowNotFoundException
from google.auth.exceptions import GoogleAuthError, TransportError

from msp_reports.domain.errors import (
    ChannelUnreachableError,
    ConfigurationError,
    DeliveryError,
    DeliveryThrottledError,
)
from msp_reports.hooks.signed_in import SignedInSession

GMAIL_MODIFY = "https://www.googleapis.com/auth/gmail.modify"
DRIVE = "https://www.googleapis.com/auth/drive"


class GoogleWorkspaceHook(GoogleBaseHook):
    """The provider's Google connection, with what it lacks: delegation and sending without hidden retries."""

    hook_name = "Google Workspace"

    def __init__(self, conn_id: str) -> None:
        try:
            super().__init__(gcp_conn_id=conn_id)  # reads the connection at once
        except AirflowNotFoundException:
            raise ConfigurationError(
                f"connection {conn_id!r} is not defined; add it under Admin > Connections"
            ) from None

    def root(self, default: str) -> str:
        """Return the address of an API: Google's own, or extra ``api_root`` of the connection."""
        return str(self.extras.get("api_root") or default).rstrip("/")

    def session(self, scopes: Sequence[str], *, subject: str | None = None) -> SignedInSession:
        """Return a session with a fresh token that makes every call once.

        Args:
            scopes: OAuth scopes, authorised for the account in the Workspace admin console.
            subject: user to act as, by domain-wide delegation.

        Raises:
            DeliveryThrottledError: Google's token desk cannot be reached, or is in trouble.
            DeliveryError: Google refuses the account.
            ConfigurationError: the connection has no service account key.
        """
        from google.auth.transport.requests import Request

        credentials = self._service_account().with_scopes(list(scopes))
        if subject is not None:
            credentials = credentials.with_subject(subject)

        def fetch() -> str:
            try:
                credentials.refresh(Request())
            except TransportError as trouble:
                raise ChannelUnreachableError(f"Google's sign-in cannot be reached: {trouble}") from None
            except GoogleAuthError as refusal:
                raise _refused(refusal, scopes, subject or "the service account") from None
            return str(credentials.token)

        return SignedInSession(fetch)

    def test_connection(self) -> tuple[bool, str]:
        """Sign in for Drive, which needs no delegation."""
        try:
            self.session([DRIVE])
        except (DeliveryError, ConfigurationError) as trouble:
            return False, str(trouble)
        return True, "signed in as the service account"

    def _service_account(self) -> Any:
        try:
            credentials = self.get_credentials()
        except (AirflowException, OSError, ValueError) as trouble:
            raise ConfigurationError(f"connection {self.gcp_conn_id!r}: {trouble}") from None
        if not hasattr(credentials, "with_subject"):
            raise ConfigurationError(
                f"connection {self.gcp_conn_id!r}: set key_path or keyfile_dict to a service account's key"
            )
        return credentials


def _refused(refusal: GoogleAuthError, scopes: Sequence[str], user: str) -> DeliveryError:
    if refusal.retryable:
        return DeliveryThrottledError(f"Google's sign-in is in trouble: {refusal}; trying again")
    return DeliveryError(
        f"Google refuses the sign-in as {user}: {refusal}. Authorise the account's client id for "
        f"{', '.join(scopes)} in the Workspace admin console."
    )
