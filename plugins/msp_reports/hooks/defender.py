"""Microsoft Defender through Graph: one tenant's incidents, their alerts and its secure score."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any, ClassVar, Protocol

from msp_reports.domain.errors import (
    ChangedShapeError,
    ConfigurationError,
    PermissionMissingError,
)
from msp_reports.domain.snapshot import Pull
from msp_reports.domain.week import ReportingWeek
from msp_reports.hooks.entra import sign_in
from msp_reports.hooks.pagination import NextLinkPaginator, read_pages, with_query
from msp_reports.hooks.rest import RestClient
from msp_reports.hooks.vendor import VendorHook

LABEL = "Microsoft Defender"
INCIDENTS_PER_PAGE = 50
"""The maximum for incidents; more fails (elastic/integrations #20234, wazuh #27579)."""
ALERTS_PER_PAGE = 50
SCORE_DAYS_KEPT = 90
SCORE_PERMISSION = "SecurityEvents.Read.All"
SCORE_DAYS_BEFORE = 8
"""A score may be up to 7 days older than the edge of the week it stands for."""
HANDED_ON = timedelta(hours=1)
"""How much later than Defender another system may write down that an incident was closed: those of the
hour before the week are read too, so that it is known whose they are."""

_INCIDENT = (
    "id",
    "displayName",
    "createdDateTime",
    "lastUpdateDateTime",
    "severity",
    "status",
    "redirectIncidentId",
    "tenantId",
)
_ALERT = ("id", "incidentId", "status", "resolvedDateTime", "tenantId")
_SCORE = ("id", "azureTenantId", "createdDateTime", "currentScore", "maxScore")

Row = dict[str, Any]


class DefenderTenant(Protocol):
    """What is read of the scope."""

    @property
    def tenant_id(self) -> object: ...


class DefenderHook(VendorHook):
    """Reads one customer tenant: login the app's client id, password its secret, extra.tenant_id the tenant.

    A pull needs one token, three lists of incidents (one page per 50), one of alerts, the secure
    scores and the titles of their controls: 7 requests for a usual customer.
    """

    conn_type = "defender"
    hook_name = "Microsoft Defender"
    default_conn_name = "defender_default"
    field_labels: ClassVar = {"host": "Graph address", "login": "Client id", "password": "Client secret"}
    field_examples: ClassVar = {
        "host": "https://graph.microsoft.com/v1.0",
        "extra": '{"tenant_id": "...", "token_url": "https://login.microsoftonline.com"}',
    }

    def greet(self) -> str:
        with self._graph() as graph:
            graph.client.get(f"{graph.url}/security/incidents?$top=1")
            return f"{LABEL}: incidents of tenant {graph.tenant} readable"

    def fetch(self, scope: DefenderTenant, week: ReportingWeek) -> Pull:
        with self._graph(str(scope.tenant_id)) as graph:
            incidents = {name: graph.incidents(name, rule) for name, rule in _incident_filters(week).items()}
            payload = {
                **incidents,
                "alerts": graph.alerts(week),
                **graph.posture(week),
                "warnings": graph.warnings,
            }
            return Pull(payload=payload, fetched_at=datetime.now(UTC), requests=graph.client.requests)

    def standing(self, scope: DefenderTenant) -> Pull:
        """Read the secure scores of the last days, which Microsoft keeps for ninety: 3 requests.

        Raises:
            PermissionMissingError: the app may not read scores.
        """
        with self._graph(str(scope.tenant_id)) as graph:
            payload = graph.posture(ReportingWeek.ended_before(datetime.now(UTC), "UTC"))
            if graph.warnings:
                raise PermissionMissingError("; ".join(graph.warnings))
            return Pull(payload=payload, fetched_at=datetime.now(UTC), requests=graph.client.requests)

    @contextmanager
    def _graph(self, tenant_id: str | None = None) -> Generator[_Graph, None, None]:
        endpoint = self.endpoint
        tenant = endpoint.text("tenant_id")
        if tenant_id is not None and tenant_id.lower() != tenant.lower():
            raise ConfigurationError(
                f"connection {endpoint.conn_id!r} is for tenant {tenant}, the customer's file says "
                f"{tenant_id}; correct one of them"
            )
        with RestClient(label=LABEL, secrets=[endpoint.password]) as client:
            sign_in(client, endpoint, tenant)
            yield _Graph(client, endpoint.url, tenant)


class _Graph:
    """The security part of Graph v1.0."""

    def __init__(self, client: RestClient, url: str, tenant: str) -> None:
        self.client = client
        self.url = url
        self.tenant = tenant
        self.warnings: list[str] = []

    def incidents(self, name: str, rule: str) -> list[Row]:
        url = _asked(f"{self.url}/security/incidents", INCIDENTS_PER_PAGE, rule)
        return self._rows(url, f"incidents {name}", _INCIDENT)

    def alerts(self, week: ReportingWeek) -> list[Row]:
        """Read resolved alerts: they hold the time of closing that an incident lacks."""
        rule = f"lastUpdateDateTime ge {_stamp(week.start_utc - HANDED_ON)} and status eq 'resolved'"
        return self._rows(_asked(f"{self.url}/security/alerts_v2", ALERTS_PER_PAGE, rule), "alerts", _ALERT)

    def posture(self, week: ReportingWeek) -> Row:
        """Read scores, newest first, back to the week's start. Incidents stand without this permission."""
        days = (datetime.now(UTC) - week.start_utc) // timedelta(days=1) + SCORE_DAYS_BEFORE
        top = max(1, min(SCORE_DAYS_KEPT, days))
        try:
            scores = self._rows(
                f"{self.url}/security/secureScores?$top={top}",
                "secure scores",
                (*_SCORE, "controlScores"),
                enough=top,
            )
            titles = f"{self.url}/security/secureScoreControlProfiles"
            profiles = self._rows(titles, "control titles", ("id", "title"))
        except PermissionMissingError as refusal:
            self.warnings.append(f"{refusal} Needed: {SCORE_PERMISSION}.")
            return {"secure_scores": [], "control_profiles": []}
        for score in scores:
            controls = score["controlScores"] or []
            score["controlScores"] = [_kept(control, ("controlName", "score")) for control in controls]
        return {"secure_scores": scores, "control_profiles": profiles}

    def _rows(self, url: str, what: str, names: tuple[str, ...], *, enough: int | None = None) -> list[Row]:
        paginator = NextLinkPaginator(url, label=LABEL)
        rows: list[Row] = []
        for answer in read_pages(paginator, self.client.get):
            values = answer.body.get("value") if isinstance(answer.body, dict) else None
            if not isinstance(values, list):
                raise ChangedShapeError(
                    f"{LABEL}: the list of {what} has no value. Check the connection's host."
                )
            if answer.status == HTTPStatus.PARTIAL_CONTENT:
                said = self.client.redact(answer.headers.get("Warning", "no reason given"))[:200]
                self.warnings.append(f"{what}: the vendor's answer is partial ({said})")
            rows += [_kept(value, names) for value in values]
            if enough is not None and len(rows) >= enough:
                break
        return rows


def _incident_filters(week: ReportingWeek) -> dict[str, str]:
    """Name the three questions (reference 3.2): closing times are not held, so closing is derived."""
    start, end = _stamp(week.start_utc), _stamp(week.end_utc)
    return {
        "created": f"createdDateTime ge {start} and createdDateTime lt {end}",
        "resolved": f"lastUpdateDateTime ge {_stamp(week.start_utc - HANDED_ON)} and status eq 'resolved'",
        "open_now": f"createdDateTime lt {end} and status ne 'resolved' and status ne 'redirected'",
    }


def _asked(url: str, top: int, rule: str) -> str:
    return with_query(url, **{"$top": top, "$filter": rule})


def _stamp(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _kept(row: Any, names: tuple[str, ...]) -> Row:
    if not isinstance(row, dict):
        raise ChangedShapeError(f"{LABEL}: a row is not an object.")
    return {name: row.get(name) for name in names}
