"""HaloPSA: one customer's tickets opened, closed or open at the end of one week."""

from __future__ import annotations

import logging
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import ClassVar, Protocol

from msp_reports.domain.snapshot import Pull
from msp_reports.domain.week import ReportingWeek
from msp_reports.hooks.halo_api import LABEL, HaloApi, Row
from msp_reports.hooks.rest import RestClient
from msp_reports.hooks.vendor import VendorHook

log = logging.getLogger(__name__)

THROTTLE_SECONDS = 30.0
"""300 requests per rolling five minutes and instance: a shorter wait only meets the next 429."""

_LAST_EMPTY_YEAR = 1900
_DAY = timedelta(days=1)
_COLUMNS = {"closed": ("datecleared", "dateclosed"), "opened": ("dateoccured", "dateoccurred")}
"""What ``datesearch`` calls the dates of each list, and what the answer calls them."""


class HaloClients(Protocol):
    """What is read of the scope."""

    @property
    def clients(self) -> Sequence[int]: ...


class HaloHook(VendorHook):
    """Reads with the API application of the connection: login its client id, password its client secret.

    A pull needs the sign-in (2), three ticket lists per client, one page per 100 rows, one call per SLA in
    use and one per ticket that was closed after its time: 6 requests for a usual customer with one SLA and
    none late. A list that comes back empty takes one to three more. An instance that finds nothing by date
    takes all of the client's tickets, one page per 100.
    """

    conn_type = "halo"
    hook_name = "HaloPSA"
    default_conn_name = "halo_default"
    field_labels: ClassVar = {"host": "Instance", "login": "Client id", "password": "Client secret"}
    field_examples: ClassVar = {"host": "https://acme.halopsa.com", "extra": '{"tenant": "acme"}'}

    def greet(self) -> str:
        with self._api() as api:
            api.finds()
            return f"{LABEL}: tickets readable at {api.base}"

    def fetch(self, scope: HaloClients, week: ReportingWeek) -> Pull:
        with self._api() as api:
            lists: dict[str, list[Row]] = {"open_now": [], "closed": [], "opened": []}
            for client_id in scope.clients:
                for name, rows in _ticket_lists(api, client_id, week).items():
                    lists[name] += rows
            payload = {
                **lists,
                "details": api.details(_closed_late(lists, week)),
                **api.priorities(_slas_in_use(lists.values())),
            }
            return Pull(payload=payload, fetched_at=datetime.now(UTC), requests=api.client.requests)

    @contextmanager
    def _api(self) -> Generator[HaloApi, None, None]:
        endpoint = self.endpoint
        with RestClient(label=LABEL, secrets=[endpoint.password], throttle_pause=THROTTLE_SECONDS) as client:
            yield HaloApi(client, endpoint)


def _ticket_lists(api: HaloApi, client_id: int, week: ReportingWeek) -> dict[str, list[Row]]:
    """Ask what is open now, what was closed since the week began, and what was opened in the week.

    In this order a ticket that is closed meanwhile is met twice, and never missed. ``datesearch`` takes the
    names of database columns, which are not those of the answer. In whose zone its edges are read, and
    whether the later one is inclusive, is not documented: each is asked a day wider, and the parser cuts.
    """
    lists = {
        "open_now": api.tickets(client_id=client_id, open_only="true"),
        "closed": api.tickets(
            client_id=client_id, **_around("datecleared", week.start_utc, datetime.now(UTC))
        ),
        "opened": api.tickets(client_id=client_id, **_around("dateoccured", week.start_utc, week.end_utc)),
    }
    if lists["closed"] and lists["opened"]:
        return lists
    return _looked_again(api, client_id, lists)


def _looked_again(api: HaloApi, client_id: int, lists: dict[str, list[Row]]) -> dict[str, list[Row]]:
    """Make sure of an empty list: there are instances that find nothing by date, whatever is asked.

    A client of few tickets is read whole. Else a ticket that is known to be there is looked for by its date.
    """
    newest, is_all = api.newest(client_id)
    if not newest:
        api.must_know(client_id)
    if is_all:
        return {**lists, "closed": [], "opened": newest}
    if all(lists[name] or _finds(api, client_id, name, newest) for name in _COLUMNS):
        return lists
    log.warning("%s: %s finds no ticket by date; all of client %d are read.", LABEL, api.base, client_id)
    return {**lists, "closed": [], "opened": api.tickets(client_id=client_id)}


def _finds(api: HaloApi, client_id: int, name: str, newest: Sequence[Row]) -> bool:
    column, field = _COLUMNS[name]
    known = next((at for row in newest if (at := _moment(row.get(field))) is not None), None)
    if known is None:
        return False
    return api.finds(client_id=client_id, **_around(column, known, known))


def _closed_late(lists: Mapping[str, Sequence[Row]], week: ReportingWeek) -> list[int]:
    """Return the tickets whose dates say that they were resolved too late: Halo's own verdict decides."""
    open_now = {row.get("id") for row in lists["open_now"]}
    late = set()
    for row in (*lists["closed"], *lists["opened"]):
        closed, due = _moment(row.get("dateclosed")), _moment(row.get("fixbydate"))
        if closed is None or due is None or not week.contains(closed) or closed <= due:
            continue
        if row.get("slastate") or row.get("excludefromsla") or row.get("id") in open_now:
            continue
        late.add(_number(row.get("id")))
    return sorted(late - {0})


def _slas_in_use(lists: Iterable[Sequence[Row]]) -> list[int]:
    return sorted({_number(row.get("sla_id")) for rows in lists for row in rows} - {0})


def _number(value: object) -> int:
    """Read the number of a thing. 0: it has none."""
    return int(str(value)) if str(value).isdecimal() else 0


def _around(column: str, start: datetime, end: datetime) -> dict[str, str]:
    return {"datesearch": column, "startdate": _stamp(start - _DAY), "enddate": _stamp(end + _DAY)}


def _stamp(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _moment(value: object) -> datetime | None:
    """Read a time; without a zone it is UTC, and up to 1900 it is empty. None too where it is none."""
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return moment if moment.year > _LAST_EMPTY_YEAR else None
