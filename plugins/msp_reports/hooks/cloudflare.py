"""Cloudflare: how the requests of visitors to one customer's sites were answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import ClassVar, Protocol

from msp_reports.domain.errors import (
    ChangedShapeError,
    ConfigurationError,
    CredentialsRefusedError,
    IncompletePullError,
)
from msp_reports.domain.snapshot import Pull
from msp_reports.domain.week import ReportingWeek
from msp_reports.hooks.cloudflare_api import (
    LABEL,
    Limits,
    Row,
    TooOldError,
    ZoneAnalytics,
    result_of,
    rows_in,
)
from msp_reports.hooks.connection import Endpoint
from msp_reports.hooks.rest import HeaderAuth, RestClient
from msp_reports.hooks.vendor import VendorHook
from msp_reports.hooks.windows import Window, WindowPaginator

PAGE_SIZE = 10_000
"""Rows in one answer, unless the zone's plan allows fewer."""
_DAY, _BUCKET = timedelta(days=1), timedelta(minutes=5)
_BY_REQUEST, _BY_DAY = "httpRequestsAdaptiveGroups", "httpRequests1dGroups"
_KEPT = ("count", "avg", "dimensions")
_SETTINGS = "enabled notOlderThan maxDuration maxPageSize"


class Sites(Protocol):
    """What is read of the scope."""

    @property
    def hosts_by_zone(self) -> Mapping[str, Sequence[str]]: ...


class CloudflareHook(VendorHook):
    """Reads with an API token as password: Zone Read and Analytics Read on the customer's zones.

    A pull needs, for each zone, its name, the limits of its plan, and one question per day of the week
    for all its sites together: 9 requests, 10 in the week that has 169 hours, more only where a day's
    rows do not fit into one answer. The vendor takes 300 GraphQL queries in five minutes.
    """

    conn_type = "cloudflare"
    hook_name = "Cloudflare"
    default_conn_name = "cloudflare_default"
    needs_login = False
    field_labels: ClassVar = {"host": "API address", "password": "API token"}
    field_examples: ClassVar = {
        "host": "https://api.cloudflare.com/client/v4",
        "extra": '{"account_id": "only for a token that an account owns"}',
    }

    def greet(self) -> str:
        endpoint = self.endpoint
        account = endpoint.text("account_id", "")
        owner = f"accounts/{account}" if account else "user"
        with _client(endpoint) as client:
            state = result_of(client, f"{endpoint.url}/{owner}/tokens/verify").get("status")
            if state != "active":
                raise CredentialsRefusedError(f"{LABEL}: the token is {state}; enter one that is active.")
            return f"{LABEL}: token active at {endpoint.url}"

    def fetch(self, scope: Sites, week: ReportingWeek) -> Pull:
        endpoint = self.endpoint
        with _client(endpoint) as client:
            zones = {
                zone: _Zone(client, endpoint.url, zone, hosts).week(week)
                for zone, hosts in scope.hosts_by_zone.items()
            }
            asked_at = datetime.now(UTC)
            payload = {"zones": zones, "asked_at": asked_at.isoformat()}
            return Pull(payload=payload, fetched_at=asked_at, requests=client.requests)


class _Zone:
    """One domain and the customer's sites in it."""

    def __init__(self, client: RestClient, url: str, zone: str, hosts: Sequence[str]) -> None:
        self._client = client
        self._address = f"{url}/zones/{zone}"
        self._zone = zone
        self._hosts = sorted(hosts)
        self._analytics = ZoneAnalytics(client, url, zone)

    def week(self, week: ReportingWeek) -> Row:
        """Read by request where the plan still keeps the week, else by whole days of the whole zone."""
        name = self._name()
        settings = self._analytics.ask(
            f"settings {{ {_BY_REQUEST} {{ {_SETTINGS} }} {_BY_DAY} {{ {_SETTINGS} }} }}"
        ).get("settings")
        if not isinstance(settings, dict) or not {_BY_REQUEST, _BY_DAY} <= settings.keys():
            raise ChangedShapeError(f"{LABEL}: zone {name} is answered without the settings asked for.")
        fine, coarse = Limits.of(settings[_BY_REQUEST]), Limits.of(settings[_BY_DAY])
        requests = self._requests(week, fine)
        days = self._days(week, coarse) if requests is None else None
        return {"name": name, "requests": requests, "days": days}

    def _name(self) -> str:
        """Read the domain, and see that the sites are in it: a wrong zone would look like no traffic."""
        result = result_of(self._client, self._address)
        name = result.get("name")
        if result.get("id") != self._zone or not isinstance(name, str) or not name:
            raise ChangedShapeError(f"{LABEL}: zone {self._zone} is answered without its id and name.")
        strangers = [host for host in self._hosts if host != name and not host.endswith(f".{name}")]
        if strangers:
            raise ConfigurationError(
                f"{LABEL}: zone {self._zone} is {name}, and {', '.join(strangers)} is not in it; correct "
                "zone or host in the customer's file"
            )
        return name

    def _requests(self, week: ReportingWeek, limits: Limits) -> list[Row] | None:
        if not limits.enabled or datetime.now(UTC) - week.start_utc > limits.kept:
            return None
        size = min(PAGE_SIZE, limits.page_size)
        windows = WindowPaginator(
            Window(week.start_utc, week.end_utc),
            longest=min(_DAY, limits.longest),
            shortest=_BUCKET,
            page_size=size,
            label=LABEL,
        )
        found: list[Row] = []
        try:
            while not windows.finished:
                window = windows.current
                rows = self._window(window, size)
                if windows.is_whole(len(rows)):
                    found += rows
        except TooOldError:
            return None
        return found

    def _window(self, window: Window, size: int) -> list[Row]:
        zone = self._analytics.ask(
            f"{_BY_REQUEST}(limit: {size}, orderBy: [datetimeFiveMinutes_ASC], filter: {{"
            'datetime_geq: $start, datetime_lt: $end, requestSource: "eyeball", '
            "clientRequestHTTPHost_in: $hosts}) { count avg { sampleInterval } "
            "dimensions { clientRequestHTTPHost datetimeFiveMinutes edgeResponseStatus } }",
            ", $start: Time!, $end: Time!, $hosts: [string!]",
            start=_stamp(window.start),
            end=_stamp(window.end),
            hosts=self._hosts,
        )
        rows = [{name: row.get(name) for name in _KEPT} for row in rows_in(zone, _BY_REQUEST)]
        if not all(window.contains(_moment(row)) for row in rows):
            raise IncompletePullError(
                f"{LABEL}: asked for {window.start:%F %H:%M} to {window.end:%F %H:%M} UTC and got another "
                "time. The week cannot be read to its end; run again."
            )
        return rows

    def _days(self, week: ReportingWeek, limits: Limits) -> list[Row] | None:
        first, last = week.monday, week.monday + 6 * _DAY
        age = datetime.now(UTC) - datetime.combine(first, time(), UTC)
        if not limits.enabled or age > limits.kept or limits.longest < 7 * _DAY:
            return None
        try:
            zone = self._analytics.ask(
                f"{_BY_DAY}(limit: 7, orderBy: [date_ASC], filter: {{date_geq: $first, date_leq: $last}}) "
                "{ dimensions { date } sum { responseStatusMap { edgeResponseStatus requests } } }",
                ", $first: Date!, $last: Date!",
                first=first.isoformat(),
                last=last.isoformat(),
            )
        except TooOldError:
            return None
        return [
            {"dimensions": row.get("dimensions"), "sum": row.get("sum")} for row in rows_in(zone, _BY_DAY)
        ]


def _client(endpoint: Endpoint) -> RestClient:
    return RestClient(
        label=LABEL, auth=HeaderAuth(f"Bearer {endpoint.password}"), secrets=[endpoint.password]
    )


def _moment(row: Row) -> datetime:
    try:
        moment = datetime.fromisoformat(row["dimensions"]["datetimeFiveMinutes"])
    except (KeyError, TypeError, ValueError):
        raise ChangedShapeError(f"{LABEL}: a row has no dimensions.datetimeFiveMinutes.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _stamp(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
