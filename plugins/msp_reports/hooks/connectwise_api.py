"""The ConnectWise REST API: its address, its lists and its SLA targets."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from msp_reports.domain.errors import (
    ChangedShapeError,
    ConfigurationError,
    FatalSourceError,
    PermissionMissingError,
)
from msp_reports.hooks.connection import Endpoint
from msp_reports.hooks.pagination import LinkHeaderPaginator, read_pages, with_query
from msp_reports.hooks.rest import RestClient
from msp_reports.hooks.verdicts import UnexpectedStatusError

LABEL = "ConnectWise PSA"
PAGE_SIZE = 1000
"""The vendor's maximum; the default is 25."""
CODEBASE = "v4_6_release/"
_FIELDS = (
    "id,summary,recordType,board/name,priority/id,priority/name,priority/sort,type/name,company/identifier,"
    "closedFlag,closedDate,sla/id,sla/name,isInSla,dateResponded,dateResolved,respondMinutes,"
    "respondedSkippedMinutes,resPlanMinutes,resolveMinutes,minutesWaiting,mergedParentTicket,_info"
)

Row = dict[str, Any]


class ConnectWiseApi:
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


def minute_rules(endpoint: Endpoint) -> dict[str, bool]:
    """Read how this installation counts a ticket's minutes, which the vendor does not document.

    ``sla_minutes``: ``stages`` (each field counts its own stage, the usual) or ``totals`` (each counts from
    the opening). ``sla_waiting``: ``apart`` (waiting is not part of them, the usual) or ``included``.

    Raises:
        ConfigurationError: an extra of the connection is neither.
    """
    counted = _one_of(endpoint, "sla_minutes", "stages", "totals")
    waiting = _one_of(endpoint, "sla_waiting", "apart", "included")
    return {"stages": counted == "stages", "waiting_included": waiting == "included"}


def _one_of(endpoint: Endpoint, key: str, usual: str, other: str) -> str:
    value = endpoint.text(key, usual)
    if value not in {usual, other}:
        raise ConfigurationError(
            f"connection {endpoint.conn_id!r}: extra.{key} must be {usual!r} or {other!r}, not {value!r}"
        )
    return value


def _kept(row: Any) -> Row:
    if not isinstance(row, dict):
        raise ChangedShapeError(f"{LABEL}: an SLA is not an object.")
    names = ("id", "name", "priority", "respondHours", "resolutionHours", "basedOn")
    return {name: row.get(name) for name in names}
