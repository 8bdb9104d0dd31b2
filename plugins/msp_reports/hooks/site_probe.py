"""One look at a public site, as the five-minute Dag takes it."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Container
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal
from urllib.parse import urlsplit

import requests

CONNECT_SECONDS = 5.0
READ_SECONDS = 10.0
TOTAL_SECONDS = 20.0
MAX_REDIRECTS = 5
MAX_BYTES = 2_000_000
USER_AGENT = "msp-reports-site-check/1"

ErrorKind = Literal["dns", "connect", "tls", "timeout", "http_status", "body"]
_NAME_ERRORS = ("NameResolutionError", "getaddrinfo", "gaierror")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeResult:
    ok: bool
    status_code: int | None
    """None: there was no answer."""
    error_kind: ErrorKind | None
    total_ms: int
    cert_expires_at: datetime | None


def probe(
    url: str, *, expect_status: Container[int] = range(200, 400), expect_text: str | None = None
) -> ProbeResult:
    """Look once, and once more at once if that failed: a single lost packet is no outage."""
    result = _look(url, expect_status, expect_text)
    if not result.ok:
        result = _look(url, expect_status, expect_text)
    return result


def _look(url: str, expect_status: Container[int], expect_text: str | None) -> ProbeResult:
    began = time.monotonic()
    status, error = _ask(url, expect_status, expect_text)
    total_ms = round((time.monotonic() - began) * 1000)
    return ProbeResult(
        ok=error is None,
        status_code=status,
        error_kind=error,
        total_ms=total_ms,
        cert_expires_at=certificate_expiry(url) if status is not None else None,
    )


def _ask(
    url: str, expect_status: Container[int], expect_text: str | None
) -> tuple[int | None, ErrorKind | None]:
    with requests.Session() as session:
        session.max_redirects = MAX_REDIRECTS
        session.trust_env = False
        try:
            with session.get(
                url, timeout=(CONNECT_SECONDS, READ_SECONDS), headers={"User-Agent": USER_AGENT}, stream=True
            ) as response:
                body = _beginning(response)
        except requests.exceptions.TooManyRedirects as trouble:
            return getattr(trouble.response, "status_code", None), "http_status"
        except (requests.RequestException, ValueError) as trouble:
            return None, _kind(trouble)
    if response.status_code not in expect_status:
        return response.status_code, "http_status"
    if expect_text is not None and expect_text not in _text(body, response.encoding):
        return response.status_code, "body"
    return response.status_code, None


def _beginning(response: requests.Response) -> bytes:
    """Read what a visitor would wait for: an endless or dripping page ends the probe as a timeout."""
    deadline = time.monotonic() + TOTAL_SECONDS
    body = b""
    for part in response.iter_content(64 * 1024):
        body += part
        if len(body) >= MAX_BYTES:
            break
        if time.monotonic() > deadline:
            raise requests.exceptions.ReadTimeout
    return body


def _text(body: bytes, encoding: str | None) -> str:
    """Decode as the site says; a charset that does not exist is read as UTF-8."""
    try:
        return body.decode(encoding or "utf-8", "replace")
    except LookupError:
        return body.decode("utf-8", "replace")


def _kind(trouble: Exception) -> ErrorKind:
    text = str(trouble)
    if isinstance(trouble, requests.exceptions.SSLError):
        return "tls"
    if isinstance(trouble, requests.exceptions.Timeout) or "timed out" in text:
        return "timeout"
    return "dns" if any(mark in text for mark in _NAME_ERRORS) else "connect"


def certificate_expiry(url: str) -> datetime | None:
    """Return when the site's certificate ends. None: not https, or it could not be read."""
    parts = urlsplit(url)
    if parts.scheme != "https" or parts.hostname is None:
        return None
    try:
        with (
            socket.create_connection((parts.hostname, parts.port or 443), CONNECT_SECONDS) as plain,
            ssl.create_default_context().wrap_socket(plain, server_hostname=parts.hostname) as secured,
        ):
            certificate = secured.getpeercert()
    except (OSError, ValueError):
        return None
    ends = certificate.get("notAfter") if certificate else None
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(ends), UTC) if isinstance(ends, str) else None
