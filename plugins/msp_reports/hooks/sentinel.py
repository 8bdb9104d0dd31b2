"""Microsoft Sentinel: the log of one workspace's incidents, and its list of those still open."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Protocol

from msp_reports.domain.errors import ChangedShapeError, ConfigurationError, PermissionMissingError
from msp_reports.domain.snapshot import Pull
from msp_reports.domain.week import ReportingWeek
from msp_reports.hooks.entra import sign_in
from msp_reports.hooks.log_analytics import LogAnalytics
from msp_reports.hooks.pagination import NextLinkPaginator, read_pages, with_query
from msp_reports.hooks.rest import RestClient
from msp_reports.hooks.sentinel_questions import COLUMNS, LOG_BEGIN, states_at
from msp_reports.hooks.vendor import VendorHook

LABEL = "Microsoft Sentinel"
LOGS_SCOPE = "https://api.loganalytics.io/.default"
MANAGEMENT = "https://management.azure.com"
MANAGEMENT_SCOPE = f"{MANAGEMENT}/.default"
SUBSCRIPTIONS_VERSION, WORKSPACES_VERSION, INCIDENTS_VERSION = "2022-12-01", "2023-09-01", "2025-09-01"
INCIDENTS_PER_PAGE = 1000
"""The maximum; without it a short first page comes."""

_PROPERTIES = (
    "title", "severity", "status", "createdTimeUtc", "lastModifiedTimeUtc", "providerName",
    "providerIncidentId",
)  # fmt: skip
Row = dict[str, Any]


class SentinelWorkspace(Protocol):
    """What is read of the scope."""

    @property
    def workspace_id(self) -> object: ...

    @property
    def resource_id(self) -> str: ...


class SentinelHook(VendorHook):
    """Reads one workspace: login the app's client id, password its secret, extra.tenant_id the tenant.

    A pull needs two tokens, the workspace's own record, two questions to its log and the list of open
    incidents (one page per 1000): 6 requests, and one more where the log holds nothing older than the week.
    """

    conn_type = "sentinel"
    hook_name = "Microsoft Sentinel"
    default_conn_name = "sentinel_default"
    field_labels: ClassVar = {
        "host": "Log Analytics address",
        "login": "Client id",
        "password": "Client secret",
    }
    field_examples: ClassVar = {
        "host": "https://api.loganalytics.io/v1",
        "extra": '{"tenant_id": "...", "management_url": "https://management.azure.com"}',
    }

    def greet(self) -> str:
        tenant = self.endpoint.text("tenant_id")
        with self._signed_in(LOGS_SCOPE), self._signed_in(MANAGEMENT_SCOPE) as client:
            url = f"{self._management}/subscriptions?api-version={SUBSCRIPTIONS_VERSION}"
            seen = _values(client.get(url).body, "subscriptions")
        if not seen:
            raise PermissionMissingError(
                f"{LABEL}: the app sees no subscription of tenant {tenant}. Give it the roles Microsoft "
                "Sentinel Reader and Log Analytics Reader on the workspace."
            )
        return f"{LABEL}: {len(seen)} subscription(s) of tenant {tenant} readable"

    def fetch(self, scope: SentinelWorkspace, week: ReportingWeek) -> Pull:
        with ExitStack() as stack:
            resources = _Resources(
                stack.enter_context(self._signed_in(MANAGEMENT_SCOPE)), self._management, scope.resource_id
            )
            workspace = resources.workspace(str(scope.workspace_id))
            log = LogAnalytics(
                stack.enter_context(self._signed_in(LOGS_SCOPE)), self.endpoint.url, str(scope.workspace_id)
            )
            oldest = log.rows(LOG_BEGIN, ("Oldest",))
            begin = _moment(oldest[0]["Oldest"]) if oldest else None
            if begin is None or begin > week.start_utc:
                begin = _earliest(begin, resources.kept_since(workspace))
            payload = {
                "known_since": begin and begin.isoformat(),
                "changes": log.rows(states_at(week.end_utc), COLUMNS),
                "open_now": resources.open_incidents(week),
                "warnings": log.warnings,
            }
            requests = resources.client.requests + log.client.requests
            return Pull(payload=payload, fetched_at=datetime.now(UTC), requests=requests)

    @property
    def _management(self) -> str:
        return self.endpoint.text("management_url", MANAGEMENT).rstrip("/")

    @contextmanager
    def _signed_in(self, scope: str) -> Generator[RestClient, None, None]:
        """One token is for one API, so each has a client of its own."""
        endpoint = self.endpoint
        with RestClient(label=LABEL, secrets=[endpoint.password]) as client:
            sign_in(client, endpoint, endpoint.text("tenant_id"), scope=scope)
            yield client


class _Resources:
    """The workspace as a resource in Azure Resource Manager."""

    def __init__(self, client: RestClient, url: str, resource_id: str) -> None:
        self.client = client
        self._url = f"{url}{resource_id}"

    def workspace(self, workspace_id: str) -> Row:
        """Read the workspace's own record, and see that its log is the one in the customer's file.

        Raises:
            ConfigurationError: the file names two workspaces.
        """
        properties = self._properties(self._url, "the workspace")
        owner = str(properties.get("customerId"))
        if owner.casefold() != workspace_id:
            raise ConfigurationError(
                f"{LABEL}: the customer's file names log {workspace_id}, and a workspace whose log is "
                f"{owner}; correct one of them"
            )
        return properties

    def kept_since(self, workspace: Row) -> datetime | None:
        """Tell since when nothing has been deleted: a table may be kept for a time of its own."""
        table = self._properties(f"{self._url}/tables/SecurityIncident", "the table")
        days = table.get("retentionInDays") or workspace.get("retentionInDays")
        if not isinstance(days, int) or days <= 0:
            return None
        kept, made = datetime.now(UTC) - timedelta(days=days), _moment(workspace.get("createdDate"))
        return kept if made is None else max(kept, made)

    def open_incidents(self, week: ReportingWeek) -> list[Row]:
        end = f"{week.end_utc:%Y-%m-%dT%H:%M:%SZ}"
        rule = f"properties/status ne 'Closed' and properties/createdTimeUtc lt {end}"
        url = with_query(
            f"{self._url}/providers/Microsoft.SecurityInsights/incidents",
            **{"api-version": INCIDENTS_VERSION, "$top": INCIDENTS_PER_PAGE, "$filter": rule},
        )
        paginator = NextLinkPaginator(url, label=LABEL, key="nextLink")
        return [
            _flat(row)
            for answer in read_pages(paginator, self.client.get)
            for row in _values(answer.body, "incidents")
        ]

    def _properties(self, url: str, what: str) -> Row:
        body = self.client.get(with_query(url, **{"api-version": WORKSPACES_VERSION})).body
        properties = body.get("properties") if isinstance(body, dict) else None
        if not isinstance(properties, dict):
            raise ChangedShapeError(f"{LABEL}: the record of {what} has no properties.")
        return properties


def _values(body: Any, what: str) -> list[Any]:
    values = body.get("value") if isinstance(body, dict) else None
    if not isinstance(values, list):
        raise ChangedShapeError(f"{LABEL}: the list of {what} has no value. Check extra.management_url.")
    return values


def _flat(row: Any) -> Row:
    """Put the properties of an incident beside its id and name."""
    properties = row.get("properties") if isinstance(row, dict) else None
    if not isinstance(properties, dict):
        raise ChangedShapeError(f"{LABEL}: an incident of the list has no properties.")
    return {"id": row.get("id"), "name": row.get("name")} | {n: properties.get(n) for n in _PROPERTIES}


def _moment(value: Any) -> datetime | None:
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        raise ChangedShapeError(f"{LABEL}: a date of the workspace cannot be read.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _earliest(*moments: datetime | None) -> datetime | None:
    return min((moment for moment in moments if moment is not None), default=None)
