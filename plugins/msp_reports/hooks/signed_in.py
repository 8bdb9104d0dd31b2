"""A session for what must not happen twice: it makes every call once, with a token of its own."""

from __future__ import annotations

from collections.abc import Callable

import requests

from msp_reports.hooks.rest import HeaderAuth


class SignedInSession(requests.Session):
    """Signed in from the start. Nothing is repeated by itself, not even after a refused token."""

    def __init__(self, fetch_token: Callable[[], str]) -> None:
        super().__init__()
        self._fetch_token = fetch_token
        self.sign_in()

    def sign_in(self) -> None:
        """Fetch a new token for all calls from now on: the one before may have expired."""
        self.auth = HeaderAuth(f"Bearer {self._fetch_token()}")
