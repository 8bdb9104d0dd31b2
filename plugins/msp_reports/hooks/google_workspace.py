"""Gmail and Google Drive through a service account.

https://developers.google.com/identity/protocols/oauth2/service-account
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from airflow.providers.google.common.hooks.base_google import (  # noqa: TID253 - imported where mail leaves
    GoogleBaseHook,
)
from airflow.sdk.exceptions import AirflowException, AirflowNotFoundException
from google.auth.exceptions import GoogleAuthError, TransportError

from msp_reports.domain.errors import ChannelUnreachableError, ConfigurationError, DeliveryError

if TYPE_CHECKING:
    from google.auth.transport.requests import AuthorizedSession

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

    def session(self, scopes: Sequence[str], *, subject: str | None = None) -> AuthorizedSession:
        """Return a session with a fresh token that makes every call once, even if the token is refused.

        Args:
            scopes: OAuth scopes, authorised for the account in the Workspace admin console.
            subject: user to act as, by domain-wide delegation.

        Raises:
            ChannelUnreachableError: Google's token desk cannot be reached.
            DeliveryError: Google refuses the account.
            ConfigurationError: the connection has no service account key.
        """
        from google.auth.transport.requests import AuthorizedSession, Request

        credentials = self._service_account().with_scopes(list(scopes))
        if subject is not None:
            credentials = credentials.with_subject(subject)
        try:
            credentials.refresh(Request())
        except TransportError as trouble:
            raise ChannelUnreachableError(f"Google's sign-in cannot be reached: {trouble}") from None
        except GoogleAuthError as refusal:
            raise DeliveryError(
                f"Google refuses the sign-in as {subject or 'the service account'}: {refusal}. Authorise the "
                f"account's client id for {', '.join(scopes)} in the Workspace admin console."
            ) from None
        session = AuthorizedSession(credentials, max_refresh_attempts=0)  # type: ignore[no-untyped-call]
        # With any auth of its own, `requests` does not put a .netrc login in the token's place.
        session.auth = lambda request: request
        return session

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
