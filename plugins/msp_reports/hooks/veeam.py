"""Veeam Backup & Replication: the runs and restore points of one backup server."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import ClassVar

from airflow.sdk.log import mask_secret

from msp_reports.domain.errors import ChangedShapeError, CredentialsRefusedError
from msp_reports.domain.snapshot import Pull
from msp_reports.domain.week import ReportingWeek
from msp_reports.hooks.connection import Endpoint
from msp_reports.hooks.rest import HeaderAuth, RestClient
from msp_reports.hooks.veeam_belongings import VeeamJobs
from msp_reports.hooks.veeam_server import LABEL, BackupServer
from msp_reports.hooks.vendor import VendorHook
from msp_reports.hooks.verdicts import UnexpectedStatusError

API_VERSION = "1.2-rev1"


class VeeamHook(VendorHook):
    """Reads with an account of role Veeam Backup Viewer.

    extra.api_version pins the REST revision (default 1.2-rev1; task sessions need 1.2), extra.ca_bundle
    names a file with the authority of the server's own certificate. A pull needs a token, the server's
    clock, its oldest session, repositories, scale-out repositories, backups, sessions and task sessions of
    five weeks, and the restore points: 9 requests, and one more for each further 500 rows of a list.
    """

    conn_type = "veeam"
    hook_name = LABEL
    default_conn_name = "veeam_default"
    field_labels: ClassVar = {"host": "Server address", "login": "User", "password": "Password"}
    field_examples: ClassVar = {
        "host": "https://vbr.example:9419",
        "extra": '{"api_version": "1.2-rev1", "ca_bundle": "/etc/ssl/vbr.pem"}',
    }

    def greet(self) -> str:
        with self._server() as server:
            server.client.get(f"{server.url}/api/v1/sessions", params={"skip": 0, "limit": 1})
            return f"{LABEL}: sessions readable at {server.url}"

    def fetch(self, scope: VeeamJobs, week: ReportingWeek) -> Pull:
        with self._server() as server:
            payload = server.week(scope, week)
            return Pull(payload=payload, fetched_at=datetime.now(UTC), requests=server.client.requests)

    @contextmanager
    def _server(self) -> Generator[BackupServer, None, None]:
        endpoint = self.endpoint
        with RestClient(
            label=LABEL,
            secrets=[endpoint.password],
            headers={"x-api-version": endpoint.text("api_version", API_VERSION)},
            ca_bundle=endpoint.text("ca_bundle", "") or None,
        ) as client:
            _sign_in(client, endpoint)
            yield BackupServer(client, endpoint.url)


def _sign_in(client: RestClient, endpoint: Endpoint) -> None:
    """Sign in, and again when the token's fifteen minutes are over in the middle of a pull."""

    def renew() -> None:
        form = {"grant_type": "password", "username": endpoint.login, "password": endpoint.password}
        try:
            body = client.post_read(f"{endpoint.url}/api/oauth2/token", form=form).body
        except UnexpectedStatusError as refusal:
            raise CredentialsRefusedError(
                f"{refusal} Enter a valid user and password in connection {endpoint.conn_id!r}, and see that "
                "the server knows the REST revision in extra.api_version."
            ) from None
        token = body.get("access_token") if isinstance(body, dict) else None
        if not isinstance(token, str) or not token:
            raise ChangedShapeError(f"{LABEL}: the token answer has no access_token. Check the host.")
        mask_secret(token)
        client.authorise(HeaderAuth(f"Bearer {token}"), token)

    renew()
    client.renew_by(renew)
