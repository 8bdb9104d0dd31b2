"""Microsoft's token endpoint: one token is for one tenant, one client and one scope.

learn.microsoft.com: OAuth 2.0 client credentials flow on the Microsoft identity platform.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from demo.vendors.world import now

LIFETIME = 3600
CLIENTS = {
    "demo-defender-app": "demo-defender-secret",
    "demo-sentinel-app": "demo-sentinel-secret",
    "demo-teams-bot": "demo-teams-secret",
    "demo-graph-files": "demo-graph-files-secret",
}


@dataclass(frozen=True, slots=True)
class Grant:
    tenant: str
    client_id: str
    scope: str
    expires: int


class TokenDesk:
    """Issues and checks bearer tokens."""

    def __init__(self) -> None:
        self._grants: dict[str, Grant] = {}

    def issue(self, tenant: str, client_id: str, scope: str) -> str:
        token = "tok-" + secrets.token_urlsafe(24)
        self._grants[token] = Grant(tenant, client_id, scope, now() + LIFETIME)
        return token

    def check(self, token: str) -> Grant | None:
        grant = self._grants.get(token)
        return grant if grant is not None and grant.expires > now() else None


DESK = TokenDesk()


def bearer(request: Request) -> Grant | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return DESK.check(token) if scheme.lower() == "bearer" else None


async def issue(request: Request) -> Response:
    form = await request.form()
    client, secret = str(form.get("client_id", "")), str(form.get("client_secret", ""))
    if form.get("grant_type") != "client_credentials":
        return _refused(400, "unsupported_grant_type", "only client_credentials here")
    if not secret or CLIENTS.get(client) != secret:
        return _refused(401, "invalid_client", "AADSTS7000215: Invalid client secret provided.")
    scope = str(form.get("scope", ""))
    if not scope.endswith("/.default"):
        return _refused(400, "invalid_scope", "AADSTS70011: The provided value for scope is not valid.")
    token = DESK.issue(request.path_params["tenant"], client, scope)
    return JSONResponse({"token_type": "Bearer", "expires_in": LIFETIME, "access_token": token})


def _refused(status: int, error: str, description: str) -> Response:
    return JSONResponse({"error": error, "error_description": description}, status)


def routes() -> list[BaseRoute]:
    return [Route("/login/{tenant}/oauth2/v2.0/token", issue, methods=["POST"])]
