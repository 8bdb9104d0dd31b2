"""ConnectWise PSA: one company's service tickets opened, closed or open at the end of one week."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from contextlib import contextmanager
from datetime import UTC, datetime
from http import HTTPStatus
from typing import ClassVar, Protocol

from requests.auth import HTTPBasicAuth

from msp_reports.domain.snapshot import Pull
from msp_reports.domain.week import ReportingWeek
from msp_reports.hooks.connectwise_api import LABEL, ConnectWiseApi, Row, minute_rules
from msp_reports.hooks.rest import RestClient
from msp_reports.hooks.vendor import VendorHook
from msp_reports.hooks.verdicts import UnexpectedStatusError

_ACCEPT = "application/vnd.connectwise.com+json; version=2025.16"


class ConnectWiseCompany(Protocol):
    """What is read of the scope."""

    @property
    def company(self) -> str: ...


class ConnectWiseHook(VendorHook):
    """Reads with the API member of the connection: login ``company+public``, password the private key.

    A pull needs three ticket lists, one page per 1000 rows, and two calls per SLA in use: 5 requests
    for a customer with one SLA. Three empty lists take one more, to tell a quiet week from a company
    that does not exist; a stale codebase takes two more. Pages are read forward only: no row moves from
    one to the next meanwhile. How the installation counts a ticket's minutes can be said in the connection's
    extra: ``sla_minutes`` and ``sla_waiting`` (see `minute_rules`).
    """

    conn_type = "connectwise"
    hook_name = "ConnectWise PSA"
    default_conn_name = "connectwise_default"
    field_labels: ClassVar = {"host": "API site", "login": "Company+public key", "password": "Private key"}
    field_examples: ClassVar = {
        "host": "https://api-eu.myconnectwise.net",
        "login": "msp+AbCdEf",
        "extra": '{"client_id": "..."}',
    }

    def greet(self) -> str:
        with self._api() as api:
            api.rows("service/tickets", fields="id", pageSize="1", max_pages=1)
            return f"{LABEL}: tickets readable at {api.base}"

    def fetch(self, scope: ConnectWiseCompany, week: ReportingWeek) -> Pull:
        rules = minute_rules(self.endpoint)
        with self._api() as api:
            lists = _ticket_lists(api, scope.company, week)
            if not any(lists.values()):
                api.must_know(scope.company)
            levels = api.service_levels(_slas_in_use(lists.values()))
            payload = {**lists, **levels, "minutes": rules}
            return Pull(payload=payload, fetched_at=datetime.now(UTC), requests=api.client.requests)

    @contextmanager
    def _api(self) -> Generator[ConnectWiseApi, None, None]:
        endpoint = self.endpoint
        with RestClient(
            label=LABEL,
            auth=HTTPBasicAuth(endpoint.login.encode(), endpoint.password.encode()),
            secrets=[endpoint.password, f"{endpoint.login}:{endpoint.password}", endpoint.text("client_id")],
            headers={
                "clientId": endpoint.text("client_id"),
                "Accept": _ACCEPT,
                "pagination-type": "forward-only",
            },
        ) as client:
            yield ConnectWiseApi(client, endpoint)


def _ticket_lists(api: ConnectWiseApi, company: str, week: ReportingWeek) -> dict[str, list[Row]]:
    """Ask the three questions of reference 1.3; dates are UTC with Z and whole seconds."""
    mine = f'company/identifier="{company}" and recordType="ServiceTicket"'
    start, end = (f"[{edge:%Y-%m-%dT%H:%M:%SZ}]" for edge in (week.start_utc, week.end_utc))
    entered_before = f"{mine} and dateEntered<{end}"
    return {
        "opened": api.tickets(f"{mine} and dateEntered>={start} and dateEntered<{end}"),
        "closed": api.tickets(f"{mine} and closedFlag=true and closedDate>={start} and closedDate<{end}"),
        "open_at_end": _either(api, entered_before, "closedFlag=false", f"closedDate>={end}"),
    }


def _either(api: ConnectWiseApi, common: str, first: str, second: str) -> list[Row]:
    """Ask with ``or``; no source shows that in use, so a server that refuses it is asked for each half."""
    try:
        return api.tickets(f"{common} and ({first} or {second})")
    except UnexpectedStatusError as refusal:
        if refusal.status != HTTPStatus.BAD_REQUEST:
            raise
    return [row for half in (first, second) for row in api.tickets(f"{common} and {half}")]


def _slas_in_use(lists: Iterable[list[Row]]) -> list[int]:
    slas = (row.get("sla") for rows in lists for row in rows)
    return sorted({sla["id"] for sla in slas if isinstance(sla, dict) and isinstance(sla.get("id"), int)})
