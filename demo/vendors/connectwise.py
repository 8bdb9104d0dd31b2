"""One ConnectWise PSA with all customers' tickets, REST 3.0.

developer.connectwise.com: conditions, paging by ``Link`` (by number, or forward only by the last id), at
most 1000 rows a page. Without a company in the conditions the tickets of every company come back.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from demo.vendors.tenants import TENANTS, Tenant
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

LOGIN, CLIENT_ID = "northwind+demo-public:demo-private-key", "demo-client-id"
DEFAULT_PAGE, LARGEST_PAGE = 25, 1000
Row = dict[str, Any]
Test = Callable[[Row], bool]

_TOKEN = re.compile(
    r"\s*(?:(?P<op><=|>=|!=|=|<|>)|(?P<paren>[()])|(?P<comma>,)|\[(?P<date>[^\]]+)\]|\"(?P<text>[^\"]*)\""
    r"|(?P<word>[\w/.+-]+))"
)


class BadConditionError(Exception):
    pass


def _authorised(request: Request) -> Response | None:
    expected = "Basic " + base64.b64encode(LOGIN.encode()).decode()
    if request.headers.get("authorization") != expected or request.headers.get("clientid") != CLIENT_ID:
        body = {"code": "Unauthorized", "message": "UserNotAuthenticated", "errors": []}
        return JSONResponse(body, 401)
    return None


async def list_tickets(request: Request) -> Response:
    refused = _authorised(request)
    if refused is not None:
        return refused
    query = request.query_params
    body = await request.json() if request.method == "POST" else {}
    try:
        test = parse(body.get("conditions") or query.get("conditions", ""))
    except BadConditionError as bad:
        return JSONResponse({"code": "InvalidCondition", "message": str(bad), "errors": []}, 400)
    rows = sorted((row for row in _all_tickets(now() // 60) if test(row)), key=lambda row: int(row["id"]))
    if request.url.path.endswith("/count"):
        return JSONResponse({"count": len(rows)})
    return _page(request, rows)


def _page(request: Request, rows: list[Row]) -> Response:
    query = dict(request.query_params)
    size = min(int(query.get("pageSize", DEFAULT_PAGE)), LARGEST_PAGE)
    if request.headers.get("pagination-type") == "forward-only":
        return _forward(request, sorted(rows, key=lambda row: int(row["id"])), size)
    page = max(1, int(query.get("page", 1)))
    last = max(1, -(-len(rows) // size))
    links = []
    for rel, number in (("next", page + 1), ("last", last)):
        if page < last:
            links.append(f'<{request.url.replace(query=urlencode(query | {"page": number}))}>; rel="{rel}"')
    chosen = rows[(page - 1) * size : page * size]
    headers = {"Link": ", ".join(links)} if links else {}
    return JSONResponse([_fields(row, query.get("fields")) for row in chosen], headers=headers)


def _forward(request: Request, rows: list[Row], size: int) -> Response:
    """Continue after the id that the last page ended with; the last page has an empty Link."""
    query = dict(request.query_params)
    left = [row for row in rows if int(row["id"]) > int(query.get("pageId", 0))]
    chosen, link = left[:size], ""
    if len(left) > size:
        following = request.url.replace(query=urlencode(query | {"pageId": chosen[-1]["id"]}))
        link = f'<{following}>; rel="next"'
    body = [_fields(row, query.get("fields")) for row in chosen]
    return JSONResponse(body, headers={"Link": link})


def _fields(row: Row, wanted: str | None) -> Row:
    visible = {key: value for key, value in row.items() if not key.startswith("~")}
    if not wanted:
        return visible
    names = {name.split("/")[0] for name in wanted.split(",")}
    return {key: value for key, value in visible.items() if key in names}


def served() -> list[Tenant]:
    return [tenant for tenant in TENANTS if tenant.uses("connectwise")]


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
    name = next(name for rank, name, _ in PRIORITIES if rank == ticket.rank)
    responded_late = ticket.responded > RESPOND_MINUTES[ticket.rank]
    resolved_late = (ticket.resolved or 0) > RESOLVE_MINUTES[ticket.rank]
    return {
        "id": ticket.number,
        "summary": ticket.summary,
        "recordType": ticket.record,
        "board": {"id": 3, "name": ticket.board},
        "status": {"id": 512, "name": "Closed" if closed else "In Progress", "sort": 20},
        "priority": {"id": ticket.rank + 5, "name": name, "sort": ticket.rank},
        "type": {"id": 31, "name": ticket.kind},
        "company": {"id": 200 + tenant.number, "identifier": tenant.tag, "name": tenant.name},
        "closedFlag": closed is not None,
        "closedDate": _iso(closed),
        "sla": {"id": 4, "name": "Gold"},
        "slaStatus": "Resolved" if closed else "Resolve by Thu 11/26 4:00 PM UTC+01",
        "isInSla": not (responded_late or resolved_late),
        "dateResponded": _iso(ticket.opened + ticket.responded * 60),
        "dateResplan": None,
        "dateResolved": _iso(closed),
        **_minutes(ticket, is_closed=closed is not None),
        "mergedParentTicket": {"id": ticket.merged_into} if ticket.merged_into else None,
        "_info": {"dateEntered": _iso(ticket.opened), "lastUpdated": _iso(closed or ticket.opened)},
        "~dateEntered": ticket.opened,
        "~closedDate": closed,
    }


def _minutes(ticket: Ticket, *, is_closed: bool) -> dict[str, int]:
    """The stages add up. A ticket that was resolved before anybody had answered skipped the first one."""
    taken = (ticket.resolved or 0) if is_closed else 0
    skipped = is_closed and taken < ticket.responded
    plan = 0 if skipped or not is_closed else (taken - ticket.responded) // 2
    return {
        "respondMinutes": 0 if skipped else ticket.responded,
        "respondedSkippedMinutes": ticket.responded if skipped else 0,
        "resPlanMinutes": plan,
        "resplanSkippedMinutes": 0,
        "resolveMinutes": taken if skipped else max(0, taken - ticket.responded - plan),
        "minutesWaiting": ticket.number % 3 * 60,
        "minutesBeforeWaiting": 0,
    }


def _iso(moment: int | None) -> str | None:
    if moment is None:
        return None
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse(conditions: str) -> Test:
    """Read the query language: comparisons, ``in``, ``contains``, ``and``, ``or``, parentheses."""
    if not conditions.strip():
        return lambda _row: True
    return _Parser(conditions).whole()


class _Parser:
    def __init__(self, text: str) -> None:
        self._tokens: list[tuple[str, str]] = []
        position = 0
        while position < len(text.rstrip()):
            found = _TOKEN.match(text, position)
            if found is None:
                raise BadConditionError(f"cannot read conditions at {text[position : position + 20]!r}")
            self._tokens.append((str(found.lastgroup), found[str(found.lastgroup)]))
            position = found.end()
        self._at = 0

    def whole(self) -> Test:
        test = self._any()
        if self._at != len(self._tokens):
            raise BadConditionError(f"unexpected {self._tokens[self._at][1]!r}")
        return test

    def _any(self) -> Test:
        parts = [self._all()]
        while self._word("or"):
            parts.append(self._all())
        return lambda row: any(part(row) for part in parts)

    def _all(self) -> Test:
        parts = [self._one()]
        while self._word("and"):
            parts.append(self._one())
        return lambda row: all(part(row) for part in parts)

    def _one(self) -> Test:
        if self._take() == ("paren", "("):
            test = self._any()
            if self._take() != ("paren", ")"):
                raise BadConditionError("a closing parenthesis is missing")
            return test
        name = self._tokens[self._at - 1][1]
        kind, operator = self._take()
        if kind == "word" and operator.lower() == "in":
            values = self._list()
            return lambda row: _value(row, name) in values
        if kind == "word" and operator.lower() in {"contains", "like"}:
            part = str(self._literal()).replace("%", "").lower()
            return lambda row: part in str(_value(row, name)).lower()
        return _comparison(name, operator, self._literal())

    def _list(self) -> set[Any]:
        if self._take() != ("paren", "("):
            raise BadConditionError("in needs a list in parentheses")
        values = {self._literal()}
        while self._take() == ("comma", ","):
            values.add(self._literal())
        return values

    def _literal(self) -> Any:
        kind, text = self._take()
        if kind == "date":
            moment = datetime.fromisoformat(text)
            return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
        if kind == "word":
            known = {"true": True, "false": False, "null": None}
            return known.get(text.lower(), int(text) if text.lstrip("-").isdigit() else text)
        return text

    def _word(self, word: str) -> bool:
        if self._at < len(self._tokens) and self._tokens[self._at][1].lower() == word:
            self._at += 1
            return True
        return False

    def _take(self) -> tuple[str, str]:
        if self._at >= len(self._tokens):
            raise BadConditionError("conditions end too early")
        self._at += 1
        return self._tokens[self._at - 1]


def _value(row: Row, name: str) -> Any:
    if name in {"dateEntered", "closedDate"}:
        return row[f"~{name}"]
    found: Any = row
    for part in name.split("/"):
        if not isinstance(found, dict) or part not in found:
            raise BadConditionError(f"unknown field {name!r}")
        found = found[part]
    return found


def _comparison(name: str, operator: str, wanted: Any) -> Test:
    def test(row: Row) -> bool:
        have = _value(row, name)
        if isinstance(have, str) and isinstance(wanted, str):
            return (have.lower() == wanted.lower()) == (operator == "=")
        if operator in {"=", "!="}:
            return bool(have == wanted) == (operator == "=")
        if have is None or wanted is None:
            return False
        order = {"<": have < wanted, "<=": have <= wanted, ">": have > wanted, ">=": have >= wanted}
        return bool(order[operator])

    return test


async def company_info(_: Request) -> Response:
    return JSONResponse({"CompanyName": "Northwind", "Codebase": "v4_6_release/", "SiteUrl": "127.0.0.1"})


async def sla(request: Request) -> Response:
    return _authorised(request) or JSONResponse({
        "id": 4,
        "name": "Gold",
        "respondHours": 8,
        "planWithin": 8,
        "resolutionHours": 72,
        "basedOn": "AllTime",
    })


async def sla_priorities(request: Request) -> Response:
    rows = [
        {
            "id": rank,
            "priority": {"id": rank + 5, "name": name, "sort": rank},
            "respondHours": RESPOND_MINUTES[rank] / 60,
            "planWithin": 8,
            "resolutionHours": RESOLVE_MINUTES[rank] / 60,
        }
        for rank, name, _ in PRIORITIES
    ]
    return _authorised(request) or _page(request, rows)


async def companies(request: Request) -> Response:
    rows: list[Row] = [{"id": 200 + t.number, "identifier": t.tag, "name": t.name} for t in served()]
    test = parse(request.query_params.get("conditions", ""))
    return _authorised(request) or _page(request, [row for row in rows if test(row)])


async def system_info(request: Request) -> Response:
    return _authorised(request) or JSONResponse({"version": "v2025.16", "isCloud": True})


def routes() -> list[BaseRoute]:
    api = "/connectwise/v4_6_release/apis/3.0"
    return [
        Route("/connectwise/login/companyinfo/{company}", company_info),
        Route(f"{api}/service/tickets", list_tickets),
        Route(f"{api}/service/tickets/count", list_tickets),
        Route(f"{api}/service/tickets/search", list_tickets, methods=["POST"]),
        Route(f"{api}/service/SLAs/{{number}}", sla),
        Route(f"{api}/service/SLAs/{{number}}/priorities", sla_priorities),
        Route(f"{api}/company/companies", companies),
        Route(f"{api}/system/info", system_info),
    ]
