"""Prometheus: the samples that the Blackbox exporter's probes of one customer's sites left behind."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar, Protocol

from requests.auth import AuthBase, HTTPBasicAuth

from msp_reports.domain.errors import ChangedShapeError, FatalSourceError
from msp_reports.domain.snapshot import Pull
from msp_reports.domain.week import ReportingWeek
from msp_reports.hooks.connection import Endpoint
from msp_reports.hooks.rest import HeaderAuth, NoAuth, RestClient
from msp_reports.hooks.vendor import VendorHook

LABEL = "Prometheus Blackbox"
_MILLISECOND = 0.001
_LABELS = ("__name__", "instance", "job")

Row = dict[str, Any]


class Site(Protocol):
    """What is read of a site."""

    @property
    def id(self) -> str: ...

    def labels(self, job: str | None) -> dict[str, str]: ...


class Sites(Protocol):
    """What is read of the scope."""

    @property
    def job(self) -> str | None: ...

    @property
    def sites(self) -> Sequence[Site]: ...


class BlackboxHook(VendorHook):
    """Reads with a bearer token (password alone), with Basic (login and password) or with nothing at all.

    A pull needs two requests per site: its samples of the week as they were scraped, and the last
    expiry of its certificate. Samples rather than ``avg_over_time``: they can be counted, and failures
    in a row be seen, without a step that repeats one sample and passes over another.
    """

    conn_type = "blackbox"
    hook_name = "Prometheus Blackbox"
    default_conn_name = "blackbox_default"
    needs_login = False
    needs_password = False
    field_labels: ClassVar = {
        "host": "Prometheus address",
        "login": "User (Basic only)",
        "password": "Password or bearer token",
    }
    field_examples: ClassVar = {
        "host": "https://prometheus.example",
        "extra": '{"ca_bundle": "/etc/ssl/own-authority.pem"}',
    }

    def greet(self) -> str:
        endpoint = self.endpoint
        with _client(endpoint) as client:
            _Prometheus(client, endpoint.url).query("vector(1)", datetime.now(UTC).timestamp(), "vector")
            return f"{LABEL}: samples readable at {endpoint.url}"

    def fetch(self, scope: Sites, week: ReportingWeek) -> Pull:
        endpoint = self.endpoint
        with _client(endpoint) as client:
            prometheus = _Prometheus(client, endpoint.url)
            sites = {site.id: prometheus.site(site.labels(scope.job), week) for site in scope.sites}
            payload = {"sites": sites, "warnings": prometheus.warnings}
            return Pull(payload=payload, fetched_at=datetime.now(UTC), requests=client.requests)


class _Prometheus:
    """The HTTP API, version 1."""

    def __init__(self, client: RestClient, url: str) -> None:
        self._client = client
        self._url = url
        self.warnings: list[str] = []

    def site(self, labels: Mapping[str, str], week: ReportingWeek) -> Row:
        """Ask for ``[start, end)``.

        A range is open at its left edge (closed before Prometheus 3) and closed at its right; samples
        have whole milliseconds, so one millisecond earlier it is the week's window.
        """
        at, length = week.end_utc.timestamp() - _MILLISECOND, f"[{week.seconds}s]"
        samples = _selector('__name__=~"probe_success|probe_duration_seconds"', labels) + length
        expiry = "probe_ssl_earliest_cert_expiry" + _selector("", labels) + length
        return {
            "series": self.query(samples, at, "matrix"),
            "certificate": self.query(f"last_over_time({expiry})", at, "vector"),
        }

    def query(self, expression: str, at: float, kind: str) -> list[Row]:
        body = self._client.get(
            f"{self._url}/api/v1/query", params={"query": expression, "time": f"{at:.3f}"}
        ).body
        if isinstance(body, dict) and body.get("status") == "error":
            raise FatalSourceError(
                f"{LABEL}: the question was refused. It said: {str(body.get('errorType'))[:40]} "
                f"{self._client.redact(str(body.get('error')))[:200]}."
            )
        data = body.get("data") if isinstance(body, dict) else None
        rows = data.get("result") if isinstance(data, dict) and data.get("resultType") == kind else None
        if not isinstance(rows, list) or not all(_is_series(row) for row in rows):
            raise ChangedShapeError(
                f"{LABEL}: the answer is no {kind}. Check that the connection's host is a Prometheus server."
            )
        self.warnings += [self._client.redact(str(warning))[:200] for warning in body.get("warnings") or ()]
        return [_kept(row) for row in rows]


def _selector(first: str, labels: Mapping[str, str]) -> str:
    """Select by labels. A value is quoted as JSON, whose escapes PromQL shares: it cannot end the string."""
    tests = [f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in labels.items()]
    return "{" + ",".join(filter(None, (first, *tests))) + "}"


def _is_series(row: object) -> bool:
    return isinstance(row, dict) and isinstance(row.get("metric"), dict)


def _kept(row: Row) -> Row:
    metric = {name: row["metric"][name] for name in _LABELS if name in row["metric"]}
    return {"metric": metric, **{name: row[name] for name in ("value", "values") if name in row}}


def _client(endpoint: Endpoint) -> RestClient:
    auth: AuthBase = NoAuth()
    if endpoint.login:
        auth = HTTPBasicAuth(endpoint.login.encode(), endpoint.password.encode())
    elif endpoint.password:
        auth = HeaderAuth(f"Bearer {endpoint.password}")
    return RestClient(
        label=LABEL,
        auth=auth,
        secrets=[endpoint.password, f"{endpoint.login}:{endpoint.password}"],
        ca_bundle=endpoint.text("ca_bundle", "") or None,
    )
