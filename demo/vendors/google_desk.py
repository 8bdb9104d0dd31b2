"""Google's token endpoint for service accounts.

https://developers.google.com/identity/protocols/oauth2/service-account#httprest: a JWT, signed by the
account's key, buys a token for its scopes and, by delegation, for one user.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from google.auth import jwt
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from demo.vendors.world import now

LIFETIME = 3600
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
GMAIL = "https://www.googleapis.com/auth/gmail.modify"
DRIVE = "https://www.googleapis.com/auth/drive"
AUDIENCE = "https://oauth2.googleapis.com/token"
DELEGATED = {GMAIL, DRIVE}
"""Scopes that the Workspace's admin has authorised the account for."""
USERS = {"reports@northwind-msp.example"}


@dataclass(frozen=True, slots=True)
class GoogleGrant:
    user: str
    scopes: frozenset[str]
    expires: int


class GoogleDesk:
    """Issues and checks Google's bearer tokens."""

    def __init__(self, build: Path) -> None:
        self._key = build / "google-key.json"
        self._grants: dict[str, GoogleGrant] = {}

    def check(self, request: Request, scope: str) -> GoogleGrant | Response:
        """Return the grant behind a request, or Google's refusal."""
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        grant = self._grants.get(token) if kind.lower() == "bearer" else None
        if grant is None or grant.expires <= now():
            return error(401, "authError", "Invalid Credentials")
        if scope not in grant.scopes:
            return error(403, "insufficientPermissions", "Request had insufficient authentication scopes.")
        return grant

    async def issue(self, request: Request) -> Response:
        form = await request.form()
        if form.get("grant_type") != GRANT:
            return _refused("unsupported_grant_type", "Invalid grant_type")
        key = json.loads(self._key.read_text(encoding="utf-8"))
        private = serialization.load_pem_private_key(key["private_key"].encode(), password=None)
        public = private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        try:
            claims = jwt.decode(
                str(form.get("assertion")), certs=public, audience=[AUDIENCE, key["token_uri"]]
            )  # type: ignore[no-untyped-call]
        except ValueError as wrong:
            return _refused("invalid_grant", f"Invalid JWT: {wrong}")
        scopes = frozenset(str(claims.get("scope", "")).split())
        subject = str(claims.get("sub") or claims["iss"])
        if claims["iss"] != key["client_email"] or not scopes:
            return _refused("invalid_grant", "Invalid JWT: unknown issuer or no scope")
        if not scopes <= DELEGATED or subject not in USERS | {claims["iss"]}:
            return _refused("unauthorized_client", "Client is unauthorized for these scopes", 401)
        token = "ya29." + secrets.token_urlsafe(24)
        self._grants[token] = GoogleGrant(subject, scopes, now() + LIFETIME)
        return JSONResponse({"access_token": token, "expires_in": LIFETIME, "token_type": "Bearer"})

    def routes(self) -> list[BaseRoute]:
        return [Route("/google/token", self.issue, methods=["POST"])]


def error(status: int, reason: str, message: str) -> JSONResponse:
    """Google's error body (https://developers.google.com/workspace/gmail/api/guides/handle-errors)."""
    entry = {"domain": "global", "reason": reason, "message": message}
    return JSONResponse({"error": {"code": status, "message": message, "errors": [entry]}}, status)


def _refused(kind: str, description: str, status: int = 400) -> Response:
    return JSONResponse({"error": kind, "error_description": description}, status)
