"""ConnectWise PSA: one company's service tickets opened, closed or open at the end of one week."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, ClassVar, Protocol

from requests.auth import HTTPBasicAuth

from msp_reports.domain.errors import (
    ChangedShapeError,
    ConfigurationError,
    FatalSourceError,
    PermissionMissingError,
)
from msp_reports.domain.snapshot import Pull
from msp_reports.domain.week import ReportingWeek
from msp_reports.hooks.connection import Endpoint
from msp_reports.hooks.pagination import LinkHeaderPaginator, read_pages, with_query
from msp_reports.hooks.rest import RestClient
from msp_reports.hooks.vendor import VendorHook
from msp_reports.hooks.verdicts import UnexpectedStatusError

LABEL = "ConnectWise PSA"
PAGE_SIZE = 1000
"""The vendor's maximum; the default is 25."""
CODEBASE = "v4_6_release/"
_ACCEPT = "application/vnd.connectwise.com+json; version=2025.16"
_FIELDS = (
    "id,summary,recordType,board/name,priority/id,priority/name,priority/sort,type/name,company/identifier,"
    "closedFlag,closedDate,sla/id,sla/name,respondMinutes,resolveMinutes,dateResponded,dateResolved,"
    "mergedParentTicket,_info"
)

Row = dict[str, Any]


class ConnectWiseCompany(Protocol):
    """What is read of the scope."""

    @property
    def company(self) -> str: ...


class ConnectWiseHook(VendorHook):
    """Reads with the API member of the connection: login ``company+public``, password the private key.

    A pull needs three ticket lists, one page per 1000 rows, and two calls per SLA in use: 5 requests
    for a customer with one SLA. Three empty lists take one more, to tell a quiet week from a company
    that does not exist; a stale codebase takes two more.
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
        with self._api() as api:
            asked = _conditions(scope.company, week)
            lists = {name: api.tickets(conditions) for name, conditions in asked.items()}
            if not any(lists.values()):
                api.must_know(scope.company)
            payload = {**lists, **api.service_levels(_slas_in_use(lists.values()))}
            return Pull(payload=payload, fetched_at=datetime.now(UTC), requests=api.client.requests)

    @contextmanager
    def _api(self) -> Generator[_Api, None, None]:
        endpoint = self.endpoint
        with RestClient(
            label=LABEL,
            auth=HTTPBasicAuth(endpoint.login.encode(), endpoint.password.encode()),
            secrets=[endpoint.password, f"{endpoint.login}:{endpoint.password}", endpoint.text("client_id")],
            headers={"clientId": endpoint.text("client_id"), "Accept": _ACCEPT},
        ) as client:
            yield _Api(client, endpoint)


class _Api:
    """The REST API below ``{site}/{codebase}apis/3.0/``."""

    def __init__(self, client: RestClient, endpoint: Endpoint) -> None:
        self.client = client
        self._endpoint = endpoint
        self._looked_up = False
        self.base = self._below(endpoint.text("codebase", CODEBASE))

    def tickets(self, conditions: str) -> list[Row]:
        return self.rows(
            "service/tickets",
            conditions=conditions,
            orderBy="id asc",
            fields=_FIELDS,
            pageSize=str(PAGE_SIZE),
        )

    def rows(self, path: str, *, max_pages: int | None = None, **query: str) -> list[Row]:
        """Read a list, all pages (or the first alone); a codebase that went stale is looked up once."""
        try:
            return self._read(path, max_pages, query)
        except UnexpectedStatusError as refusal:
            if refusal.status != HTTPStatus.NOT_FOUND or self._looked_up:
                raise
        self.base = self._below(self._current_codebase())
        return self._read(path, max_pages, query)

    def service_levels(self, ids: Sequence[int]) -> Row:
        """Read targets by priority. No right to read them leaves breaches unknown, not zero."""
        slas: list[Row] = []
        try:
            for number in ids:
                address = f"{self.base}service/SLAs/{number}"
                priorities = self._read(
                    f"service/SLAs/{number}/priorities", None, {"pageSize": str(PAGE_SIZE)}
                )
                slas.append({**_kept(self.client.get(address).body), "priorities": [*map(_kept, priorities)]})
        except (PermissionMissingError, UnexpectedStatusError) as refusal:
            return {"slas": slas, "slas_refused": str(refusal)}
        return {"slas": slas, "slas_refused": None}

    def must_know(self, company: str) -> None:
        """Tell a week without tickets from a company that does not exist.

        Raises:
            FatalSourceError: there is no company of that identifier.
        """
        found = self.rows("company/companies", conditions=f'identifier="{company}"', fields="id,identifier")
        if not found:
            raise FatalSourceError(
                f"{LABEL}: there is no company with the identifier {company!r}. Correct it in the customer's "
                "file, or let the API member see the company."
            )

    def _read(self, path: str, max_pages: int | None, query: dict[str, str]) -> list[Row]:
        paginator = LinkHeaderPaginator(
            with_query(f"{self.base}{path}", **query), label=LABEL, page_size=int(query.get("pageSize", "25"))
        )
        rows: list[Row] = []
        for answer in read_pages(paginator, self.client.get):
            if not isinstance(answer.body, list) or not all(isinstance(row, dict) for row in answer.body):
                raise ChangedShapeError(f"{LABEL}: {path} did not answer with a list of objects.")
            rows += answer.body
            if max_pages == 1:
                break
        return rows

    def _current_codebase(self) -> str:
        """Ask which codebase is in use; it changes with every upgrade and the old one yields 404."""
        self._looked_up = True
        company = self._endpoint.login.partition("+")[0]
        about = self.client.get(f"{self._endpoint.url}/login/companyinfo/{company}").body
        codebase = about.get("Codebase") if isinstance(about, dict) else None
        if not isinstance(codebase, str):
            raise ConfigurationError(
                f"connection {self._endpoint.conn_id!r}: ConnectWise does not know the company {company!r}; "
                "login must read company+publickey"
            )
        return codebase

    def _below(self, codebase: str) -> str:
        return f"{self._endpoint.url}/{codebase.strip('/')}/apis/3.0/"


def _conditions(company: str, week: ReportingWeek) -> dict[str, str]:
    """Name the three lists (reference 1.3); dates are UTC with Z and whole seconds."""
    mine = f'company/identifier="{company}" and recordType="ServiceTicket"'
    start, end = (f"[{edge:%Y-%m-%dT%H:%M:%SZ}]" for edge in (week.start_utc, week.end_utc))
    return {
        "opened": f"{mine} and dateEntered>={start} and dateEntered<{end}",
        "closed": f"{mine} and closedFlag=true and closedDate>={start} and closedDate<{end}",
        "open_at_end": f"{mine} and dateEntered<{end} and (closedFlag=false or closedDate>={end})",
    }


def _slas_in_use(lists: Any) -> list[int]:
    slas = (row.get("sla") for rows in lists for row in rows)
    return sorted({sla["id"] for sla in slas if isinstance(sla, dict) and isinstance(sla.get("id"), int)})


def _kept(row: Any) -> Row:
    if not isinstance(row, dict):
        raise ChangedShapeError(f"{LABEL}: an SLA is not an object.")
    names = ("id", "name", "priority", "respondHours", "resolutionHours", "basedOn")
    return {name: row.get(name) for name in names}
