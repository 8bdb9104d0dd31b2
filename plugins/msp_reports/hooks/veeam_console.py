"""Veeam Service Provider Console: one company's protected machines and restore points."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import ClassVar

from msp_reports.domain.snapshot import Pull
from msp_reports.domain.week import ReportingWeek
from msp_reports.hooks.rest import HeaderAuth, RestClient
from msp_reports.hooks.veeam_console_api import LABEL, Company, Console, later, rows_of_body
from msp_reports.hooks.veeam_console_sessions import read_sessions
from msp_reports.hooks.vendor import VendorHook

CLIENT_VERSION = "3.6.1"


class VeeamConsoleHook(VendorHook):
    """Reads with a simple API key as the connection's password; extra.ca_bundle as for any own certificate.

    A pull needs jobs, three lists of workloads, the heatmap, the servers, one call per ten agents of backup
    servers (each has two UIDs), one per 20 of the console's own, and one per virtual machine that was
    backed up since the week's end, at most 100: with 300 machines, 180 of them agents of backup servers
    and 60 virtual, 27 requests right after the week and 87 later.
    """

    conn_type = "veeam_console"
    hook_name = LABEL
    default_conn_name = "veeam_console_default"
    needs_login = False
    field_labels: ClassVar = {"host": "API address", "password": "API key"}
    field_examples: ClassVar = {"host": "https://vspc.example:1280/api/v3"}

    def greet(self) -> str:
        with self._console() as console:
            body = console.client.get(f"{console.url}/organizations/companies", params={"limit": 1}).body
            rows_of_body(body, "companies")
            return f"{LABEL}: companies readable at {console.url}"

    def fetch(self, scope: Company, week: ReportingWeek) -> Pull:
        with self._console() as console:
            lists = console.workloads(scope)
            payload = {
                **lists,
                **console.points(lists, later(lists["virtual_machines"], week), week),
                **read_sessions(console, scope, lists["jobs"], week),
                "read_at": datetime.now(UTC).isoformat(),
            }
            return Pull(payload=payload, fetched_at=datetime.now(UTC), requests=console.client.requests)

    def standing(self, scope: Company) -> Pull:
        """Read jobs and workloads with their latest restore points, as they are now: 4 requests."""
        with self._console() as console:
            payload = console.workloads(scope)
            return Pull(payload=payload, fetched_at=datetime.now(UTC), requests=console.client.requests)

    @contextmanager
    def _console(self) -> Generator[Console, None, None]:
        endpoint = self.endpoint
        with RestClient(
            label=LABEL,
            auth=HeaderAuth(f"Bearer {endpoint.password}"),
            secrets=[endpoint.password],
            headers={"X-Client-Version": endpoint.text("client_version", CLIENT_VERSION)},
            ca_bundle=endpoint.text("ca_bundle", "") or None,
        ) as client:
            yield Console(client, endpoint.url)
