"""Which named error a vendor's refusal is, and how it is said without a secret in it."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlsplit

import requests

from msp_reports.domain.errors import (
    ChangedShapeError,
    ConfigurationError,
    CredentialsRefusedError,
    FatalSourceError,
    PermissionMissingError,
    ReportError,
    RetriableSourceError,
    UnreachableError,
)

_SHORTEST_SECRET = 4
_VENDOR_WORDS = 300
_MESSAGES = ("message", "errorMessage", "Message")
_TRANSIENT = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS})


class UnexpectedStatusError(FatalSourceError):
    """A refusal that has no name of its own, such as 400 or 404."""

    def __init__(self, message: str, *, status: int) -> None:
        super().__init__(message)
        self.status = status


class Redactor:
    """Takes known secrets out of texts."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._spellings: tuple[str, ...] = ()
        self.add(*secrets)

    def add(self, *secrets: str) -> None:
        """Know these too: as they are, as in a URL, as in JSON and as in Basic authentication."""
        plain = [secret for secret in secrets if len(secret) >= _SHORTEST_SECRET]
        forms = {form for s in plain for form in (s, quote(s, safe=""), json.dumps(s)[1:-1])}
        forms |= {base64.b64encode(s.encode()).decode() for s in plain}
        self._spellings = tuple(sorted({*self._spellings, *forms}, key=len, reverse=True))

    def __call__(self, text: str) -> str:
        for spelling in self._spellings:
            text = text.replace(spelling, "***")
        return text


def refusal(label: str, response: requests.Response, redact: Redactor) -> ReportError:
    """Name an answer that is not a success."""
    status, place = response.status_code, place_of(response.url)
    words = vendor_words(response, redact)
    said = f" It said: {words}." if words else ""
    if status == HTTPStatus.UNAUTHORIZED:
        return CredentialsRefusedError(
            f"{label}: credentials refused (401) at {place}.{said} Enter a valid key in the connection."
        )
    if status == HTTPStatus.FORBIDDEN:
        return PermissionMissingError(
            f"{label}: not permitted to read {place} (403).{said} Give the API account the right to read it."
        )
    if status in _TRANSIENT or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        what = "asked us to slow down" if status == HTTPStatus.TOO_MANY_REQUESTS else "is in trouble"
        return RetriableSourceError(
            f"{label}: {what} ({status}) at {place}.{said} It may work later.",
            retry_after=_asked_to_wait(response),
        )
    if status < HTTPStatus.BAD_REQUEST:
        return ChangedShapeError(
            f"{label}: {place} answered {status}, a redirect, and credentials do not follow one. "
            "Set the connection's host to the API's final address."
        )
    return UnexpectedStatusError(
        f"{label}: {place} answered {status}.{said} Check the address in the connection and the "
        "identifiers in the customer's file.",
        status=status,
    )


def network_trouble(label: str, trouble: requests.RequestException, url: str) -> ReportError:
    """Name the trouble by its type: the texts of `requests` may quote a header with its secret."""
    kind, place = type(trouble).__name__, place_of(url)
    if isinstance(trouble, requests.exceptions.SSLError) and "CERTIFICATE_VERIFY_FAILED" in str(trouble):
        return FatalSourceError(
            f"{label}: the TLS certificate of {place} is not trusted. Renew it, or add its authority to "
            "the trust store."
        )
    if isinstance(trouble, ValueError) and not isinstance(trouble, requests.exceptions.JSONDecodeError):
        return ConfigurationError(
            f"{label}: the request to {place} cannot be made ({kind}). Check host, login and password of "
            "the Airflow connection for stray characters."
        )
    unmet = isinstance(trouble, requests.ConnectionError | requests.Timeout)
    error = UnreachableError if unmet else RetriableSourceError
    return error(f"{label}: no answer from {place} ({kind}). It may work later.")


def not_json(label: str, response: requests.Response) -> ChangedShapeError:
    """Name a success whose body is a web page, cut off or empty."""
    kind = response.headers.get("Content-Type", "no content type")[:60]
    return ChangedShapeError(
        f"{label}: {place_of(response.url)} answered {response.status_code} with {len(response.content)} "
        f"bytes of {kind} that are not whole JSON. Check that the connection's host is the API's address "
        "and not a web page or a login portal."
    )


def _asked_to_wait(response: requests.Response) -> float | None:
    """Read the wait from the header, or from the error itself as Veeam's console tells it."""
    told = retry_after_seconds(response.headers.get("Retry-After"))
    first = _first_error(response) if told is None else {}
    seconds = first.get("retryAfter")
    is_number = isinstance(seconds, (int, float)) and not isinstance(seconds, bool) and seconds >= 0
    return float(seconds) if is_number and seconds is not None else told


def _first_error(response: requests.Response) -> dict[str, Any]:
    try:
        body = json.loads(response.content)
    except (ValueError, RecursionError):
        return {}
    errors = body.get("errors") if isinstance(body, dict) else None
    first = errors[0] if isinstance(errors, list) and errors else None
    return first if isinstance(first, dict) else {}


def retry_after_seconds(header: str | None) -> float | None:
    """Read ``Retry-After`` (RFC 9110 10.2.3): seconds or a date."""
    if not header:
        return None
    if header.strip().isdecimal():
        return float(header)
    try:
        moment = parsedate_to_datetime(header)
    except (ValueError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())


def vendor_words(response: requests.Response, redact: Redactor) -> str:
    """Take code and message out of the vendor's error body, as one short printable line.

    Redacted before it is cut: half a secret would not be recognised.
    """
    try:
        body = json.loads(response.content)
    except (ValueError, RecursionError):
        return ""
    if not isinstance(body, dict):
        return ""
    inner = body.get("error")
    source = inner if isinstance(inner, dict) else first_of(body.get("errors")) or body
    said = next((source[name] for name in _MESSAGES if source.get(name)), None)
    words = [source.get("code"), said, inner if isinstance(inner, str) else None]
    words += [body.get("error_description"), _request_id(source)]
    line = redact(" ".join(str(word) for word in words if word))
    return "".join(c if c.isprintable() else " " for c in line)[:_VENDOR_WORDS].rstrip(". ")


def first_of(errors: object) -> dict[str, Any]:
    """The first of a list of error objects, as GraphQL and Cloudflare have it; empty when there is none."""
    first = errors[0] if isinstance(errors, list) and errors else None
    return first if isinstance(first, dict) else {}


def _request_id(error: dict[str, Any]) -> str | None:
    """What Microsoft's support asks for: Graph puts it into the inner error."""
    inner = error.get("innerError")
    number = inner.get("request-id") if isinstance(inner, dict) else None
    return f"(request-id {number})" if number else None


def place_of(url: str | None) -> str:
    """Return host and path of an address: no query, no user."""
    parts = urlsplit(url or "")
    return f"{parts.hostname or ''}{parts.path}"


def same_origin(first: str, second: str) -> bool:
    """Tell whether two addresses are one server: scheme, host and port."""
    return _origin(first) == _origin(second)


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    standard = {"http": 80, "https": 443}.get(parts.scheme)
    return parts.scheme, parts.hostname, parts.port or standard
