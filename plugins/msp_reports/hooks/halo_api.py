"""The HaloPSA API: its sign-in, its lists of tickets and what explains a ticket."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from http import HTTPStatus
from typing import Any

from airflow.sdk.log import mask_secret

from msp_reports.domain.errors import (
    ChangedShapeError,
    ConfigurationError,
    CredentialsRefusedError,
    FatalSourceError,
    PermissionMissingError,
    RetriableSourceError,
)
from msp_reports.hooks.connection import Endpoint
from msp_reports.hooks.pagination import ListChangedError, RecordCountPaginator, read_pages, with_query
from msp_reports.hooks.rest import HeaderAuth, RestClient
from msp_reports.hooks.verdicts import UnexpectedStatusError, same_origin

LABEL = "HaloPSA"
PAGE_SIZE = 100
"""The vendor's maximum, whatever is asked."""
READINGS = 3
"""How often a list is read that changes while it is read."""

_TICKET = (
    "id", "summary", "client_id", "tickettype_name", "use", "team", "status_id", "sla_id", "priority_id",
    "priority_name", "dateoccurred", "dateclosed", "respondbydate", "responsedate", "slaresponsestate",
    "fixbydate", "slastate", "onhold", "slaholdtime", "excludefromsla", "merged_into_id",
)  # fmt: skip
_DETAIL = ("id", "client_id", "slastate")
_PRIORITY = ("slaid", "priorityid", "name")

Row = dict[str, Any]


class HaloApi:
    """The API below ``{host}/api``, asked as an application ("Client ID and Secret (Services)")."""

    def __init__(self, client: RestClient, endpoint: Endpoint) -> None:
        self.client = client
        self._endpoint = endpoint
        self._host = endpoint.url.removesuffix("/api")
        self.base = f"{self._host}/api"
        self._token_url = self._find_token_url()
        self._sign_in()
        client.renew_by(self._sign_in)

    def finds(self, **query: object) -> bool:
        """Tell whether there is any such ticket, by asking for one."""
        asked = _ticket_query(page_no=1, **query) | {"page_size": 1}
        return bool(_tickets_in(self.client.get(with_query(f"{self.base}/Tickets", **asked)).body))

    def tickets(self, **query: object) -> list[Row]:
        """Read a list of tickets, all pages.

        Raises:
            RetriableSourceError: the list changed each time while it was read.
        """
        for _ in range(READINGS - 1):
            try:
                return self._all_pages(query)
            except ListChangedError:
                continue
        return self._all_pages(query)

    def newest(self, client_id: int) -> tuple[list[Row], bool]:
        """Read one page, the newest tickets first; also tell whether that is all there are."""
        asked = _ticket_query(client_id=client_id, order="id", orderdesc="true", page_no=1)
        body = self.client.get(with_query(f"{self.base}/Tickets", **asked)).body
        rows, total = _tickets_in(body), body.get("record_count")
        return rows, isinstance(total, int) and total <= len(rows)

    def details(self, ids: Iterable[int]) -> list[Row]:
        """Read single tickets. One that is gone meanwhile is left out."""
        found = []
        for number in ids:
            try:
                body = self.client.get(f"{self.base}/Tickets/{number}").body
            except UnexpectedStatusError as refusal:
                if refusal.status != HTTPStatus.NOT_FOUND:
                    raise
                continue
            found.append(_kept(body, _DETAIL))
        return found

    def priorities(self, slas: Sequence[int]) -> Row:
        """Read the names of priorities by SLA. No right to read them leaves the names that tickets carry."""
        rows: list[Row] = []
        try:
            for number in slas:
                body = self.client.get(with_query(f"{self.base}/Priority", slaid=number)).body
                if not isinstance(body, list):
                    raise ChangedShapeError(f"{LABEL}: the priorities of SLA {number} are no list.")
                rows += [_kept(row, _PRIORITY) for row in body]
        except (PermissionMissingError, UnexpectedStatusError) as refusal:
            return {"priorities": rows, "priorities_refused": str(refusal)}
        return {"priorities": rows, "priorities_refused": None}

    def must_know(self, client_id: int) -> None:
        """Tell a client without tickets from one that does not exist.

        Raises:
            FatalSourceError: there is no client of that number.
        """
        try:
            body = self.client.get(f"{self.base}/Client/{client_id}").body
        except UnexpectedStatusError as refusal:
            if refusal.status != HTTPStatus.NOT_FOUND:
                raise
            body = None
        if not isinstance(body, dict) or body.get("id") != client_id:
            raise FatalSourceError(
                f"{LABEL}: there is no client {client_id}. Correct client_id in the customer's file, or let "
                "the API application see the client."
            )

    def _all_pages(self, query: dict[str, object]) -> list[Row]:
        paginator = RecordCountPaginator(rows="tickets", label=LABEL)
        address, asked = f"{self.base}/Tickets", _ticket_query(order="id", **query)
        answers = read_pages(
            paginator, lambda page: self.client.get(with_query(address, **asked, page_no=page))
        )
        return [row for answer in answers for row in _tickets_in(answer.body)]

    def _find_token_url(self) -> str:
        """Ask where to sign in; an instance that does not say has it at ``/auth``.

        The secret goes there, so it must be this very server or an encrypted connection.
        """
        try:
            body = self.client.get(f"{self.base}/authinfo").body
        except RetriableSourceError:
            raise
        except FatalSourceError:
            body = None
        about = body if isinstance(body, dict) else {}
        address = str(about.get("auth_url") or f"{self._host}/auth").rstrip("/")
        if not address.startswith("https://") and not same_origin(address, self._host):
            raise ConfigurationError(
                f"connection {self._endpoint.conn_id!r}: HaloPSA wants the sign-in at {address}, which is "
                "not encrypted. Set the connection's host to the instance's https address."
            )
        tenant = self._endpoint.extra.get("tenant") or about.get("tenant_id")
        return with_query(f"{address}/token", tenant=str(tenant).strip()) if tenant else f"{address}/token"

    def _sign_in(self) -> None:
        form = {
            "grant_type": "client_credentials",
            "client_id": self._endpoint.login,
            "client_secret": self._endpoint.password,
            "scope": "all",
        }
        try:
            body = self.client.post_read(self._token_url, form=form).body
        except UnexpectedStatusError as refusal:
            raise CredentialsRefusedError(
                f"{refusal} Enter client id, secret and, for a hosted instance, extra.tenant in connection "
                f"{self._endpoint.conn_id!r}."
            ) from None
        token = body.get("access_token") if isinstance(body, dict) else None
        if not isinstance(token, str) or not token:
            raise ChangedShapeError(f"{LABEL}: the token answer has no access_token. Check the host.")
        mask_secret(token)
        self.client.authorise(HeaderAuth(f"Bearer {token}"), token)


def _ticket_query(**query: object) -> dict[str, object]:
    """Spell the parameters as the vendor does: one that it does not know is silently ignored."""
    return {
        "pageinate": "true",
        "page_size": PAGE_SIZE,
        "domain": "reqs",
        "includetickettype": "true",
        **query,
    }


def _tickets_in(body: Any) -> list[Row]:
    rows = body.get("tickets") if isinstance(body, dict) else None
    if not isinstance(rows, list):
        raise ChangedShapeError(f"{LABEL}: a page has no list of tickets. Check the connection's host.")
    return [_kept(row, _TICKET) for row in rows]


def _kept(row: Any, names: tuple[str, ...]) -> Row:
    if not isinstance(row, dict):
        raise ChangedShapeError(f"{LABEL}: a row is not an object.")
    return {name: row[name] for name in names if name in row}
