"""One HaloPSA instance with the tickets of every client, hosted, API v2.

Parameters that it does not know are ignored: without ``client_id`` everybody's tickets come. Pages hold at
most 100 rows whatever is asked. Times are UTC without a zone; empty ones lie in 1899 or 1900. For one of
its clients it finds nothing by ``datesearch``, as a public project met.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from demo.vendors.tenants import TENANTS, Tenant
from demo.vendors.tokens import LIFETIME, TokenDesk
from demo.vendors.world import (
    PRIORITIES,
    RESOLVE_MINUTES,
    RESPOND_MINUTES,
    WEEKS_KEPT,
    Ticket,
    mondays_between,
    now,
    tickets,
)

HOSTED_AS = "northwind"
CLIENT_ID, CLIENT_SECRET = "demo-halo-app", "demo-halo-secret"
LARGEST_PAGE, DEFAULT_COUNT = 100, 50
WITHOUT_DATESEARCH = "olympia"
RATE, RATE_SECONDS = 3000, 300
"""The vendor says 300 in five minutes; the demo's tests ask for many weeks at once."""

COLUMNS = {"dateoccured": "dateoccurred", "datecleared": "dateclosed"}
"""What ``datesearch`` calls the fields of the answer."""

EMPTY, NEVER_DUE = "1900-01-01T00:00:00", "1899-12-30T00:00:00"
DESK = TokenDesk()
Row = dict[str, Any]

_asked: list[int] = []


def clients_of(tenant: Tenant) -> tuple[int, ...]:
    """Numbers of a customer's clients: one, for a customer of three sites two."""
    return (300 + tenant.number, 400 + tenant.number)[: 2 if len(tenant.sites) > 2 else 1]


def served() -> list[Tenant]:
    return [tenant for tenant in TENANTS if tenant.uses("halo")]


def _client_of(tenant: Tenant, ticket: Ticket) -> int:
    numbers = clients_of(tenant)
    return numbers[ticket.number % len(numbers)]


async def auth_info(request: Request) -> Response:
    return JSONResponse({"auth_url": f"{request.base_url}halo/auth", "tenant_id": HOSTED_AS})


async def issue(request: Request) -> Response:
    form = await request.form()
    if request.query_params.get("tenant") != HOSTED_AS:
        return JSONResponse({"error": "invalid_tenant", "error_description": "Tenant not found"}, 400)
    if (form.get("client_id"), form.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
        return JSONResponse({"error": "invalid_client", "error_description": "Client not recognised"}, 401)
    if form.get("grant_type") != "client_credentials" or form.get("scope") != "all":
        return JSONResponse({"error": "invalid_request"}, 400)
    token = DESK.issue(HOSTED_AS, CLIENT_ID, "all")
    return JSONResponse({"token_type": "Bearer", "access_token": token, "expires_in": LIFETIME})


def _refused(request: Request) -> Response | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or DESK.check(token) is None:
        return JSONResponse({"ClassName": "Unauthorized", "Message": "The token is not valid"}, 401)
    moment = now()
    _asked[:] = [asked for asked in _asked if asked > moment - RATE_SECONDS] + [moment]
    if len(_asked) > RATE:
        words = f"Rate Limit Reached - {RATE} Requests per rolling 5 minute window"
        return JSONResponse({"resultCode": 429, "errorMessage": words}, 429)
    return None


async def list_tickets(request: Request) -> Response:
    refused = _refused(request)
    if refused is not None:
        return refused
    query = request.query_params
    rows = [_listed(row) for row in _all_tickets(now() // 60) if _matches(row, query)]
    rows.sort(key=lambda row: int(row["id"]), reverse=query.get("orderdesc") == "true")
    if query.get("pageinate") != "true":
        count = int(query.get("count", DEFAULT_COUNT))
        return JSONResponse({"record_count": len(rows), "tickets": rows[:count]})
    size, page = min(int(query.get("page_size", 50)), LARGEST_PAGE), int(query.get("page_no", 1))
    chosen = rows[(page - 1) * size : page * size]
    return JSONResponse({"page_no": page, "page_size": size, "record_count": len(rows), "tickets": chosen})


def _matches(row: Row, query: Any) -> bool:
    client = query.get("client_id", "")
    if client.isdecimal() and row["client_id"] != int(client):
        return False
    if query.get("open_only") == "true" and row["dateclosed"] != EMPTY:
        return False
    if "datesearch" not in query:
        return True
    column = COLUMNS.get(query["datesearch"])
    if column is None or row["~tenant"] == WITHOUT_DATESEARCH or row[column] == EMPTY:
        return False
    edges = [query.get(edge, "").removesuffix("Z") for edge in ("startdate", "enddate")]
    return bool(row[column] >= edges[0] and (not edges[1] or row[column] <= edges[1]))


def _listed(row: Row) -> Row:
    """A list has no verdict on the resolution, and no project budget either."""
    return {name: value for name, value in row.items() if name != "slastate" and not name.startswith("~")}


async def one_ticket(request: Request) -> Response:
    refused = _refused(request)
    if refused is not None:
        return refused
    number = request.path_params["number"]
    row = next((row for row in _all_tickets(now() // 60) if row["id"] == number), None)
    if row is None:
        return JSONResponse({"Message": "Ticket not found"}, 404)
    return JSONResponse({name: value for name, value in row.items() if not name.startswith("~")})


@lru_cache(maxsize=4)
def _all_tickets(_minute: int) -> tuple[Row, ...]:
    found = []
    for tenant in served():
        for monday in mondays_between(tenant, now() - WEEKS_KEPT * 7 * 86400, now()):
            found += [
                was_closed if ticket.closed is not None and ticket.closed <= now() else was_open
                for ticket, was_open, was_closed in _rows(tenant, monday)
                if ticket.opened <= now()
            ]
    return tuple(found)


@lru_cache(maxsize=2048)
def _rows(tenant: Tenant, monday: date) -> tuple[tuple[Ticket, Row, Row], ...]:
    """Each ticket of a week as it reads while it is open and after it was closed."""
    return tuple((t, _row(tenant, t, None), _row(tenant, t, t.closed)) for t in tickets(tenant, monday))


def _row(tenant: Tenant, ticket: Ticket, closed: int | None) -> Row:
    """Answers are told ahead of time, as by the demo's ConnectWise: it may run on a Monday morning."""
    sla = 1 + ticket.number % 2
    is_project = ticket.record == "ProjectTicket"
    is_late = (ticket.resolved or 0) > RESOLVE_MINUTES[ticket.rank]
    return {
        "id": ticket.number,
        "summary": ticket.summary,
        "client_id": _client_of(tenant, ticket),
        "client_name": tenant.name,
        "site_id": 18,
        "tickettype_id": 5 if is_project else 1,
        "tickettype_name": "Project" if is_project else ticket.kind,
        "use": "project" if is_project else "ticket",
        "team": ticket.board,
        "status_id": 9 if closed else 2,
        "hasbeenclosed": closed is not None,
        "sla_id": sla,
        "priority_id": priority_id(sla, ticket.rank),
        "dateoccurred": _stamp(ticket.opened),
        "dateclosed": EMPTY if closed is None else _stamp(closed),
        "respondbydate": _stamp(ticket.opened + RESPOND_MINUTES[ticket.rank] * 60),
        "responsedate": _stamp(ticket.opened + ticket.responded * 60),
        "slaresponsestate": "O" if ticket.responded > RESPOND_MINUTES[ticket.rank] else "I",
        "fixbydate": NEVER_DUE if is_project else _stamp(ticket.opened + RESOLVE_MINUTES[ticket.rank] * 60),
        "slastate": ("O" if is_late else "I") if closed else None,
        "onhold": False,
        "slaholdtime": 0.0,
        "excludefromsla": is_project,
        "merged_into_id": ticket.merged_into or 0,
        "~tenant": tenant.code,
    }


def priority_id(sla: int, rank: int) -> int:
    """The number of a priority within its SLA: the second SLA counts the other way round."""
    return rank if sla == 1 else len(PRIORITIES) + 1 - rank


def _stamp(moment: int) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%S")


async def priorities(request: Request) -> Response:
    wanted = request.query_params.get("slaid", "")
    rows = [
        {
            "id": f"00000000-0000-4000-8000-{sla:04d}{rank:08d}",
            "slaid": sla,
            "priorityid": priority_id(sla, rank),
            "name": name,
            "responsetime": RESPOND_MINUTES[rank] / 60,
            "responseunits": "H",
            "fixtime": RESOLVE_MINUTES[rank] / 60,
            "fixunits": "H",
            "ishidden": False,
        }
        for sla in (1, 2)
        for rank, name, _ in PRIORITIES
        if not wanted or wanted == str(sla)
    ]
    return _refused(request) or JSONResponse(rows)


async def one_client(request: Request) -> Response:
    refused = _refused(request)
    if refused is not None:
        return refused
    number = request.path_params["number"]
    tenant = next((tenant for tenant in served() if number in clients_of(tenant)), None)
    if tenant is None:
        return JSONResponse({"Message": "Client not found"}, 404)
    return JSONResponse({"id": number, "name": tenant.name, "inactive": False})


def routes() -> list[BaseRoute]:
    return [
        Route("/halo/api/authinfo", auth_info),
        Route("/halo/auth/token", issue, methods=["POST"]),
        Route("/halo/api/Tickets", list_tickets),
        Route("/halo/api/Tickets/{number:int}", one_ticket),
        Route("/halo/api/Priority", priorities),
        Route("/halo/api/Client/{number:int}", one_client),
    ]
