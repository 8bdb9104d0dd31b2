"""One call to a channel, and what its failure means for the ledger.

A call is *visible* when a recipient may notice it. Only a visible call can end in doubt; anything
else may simply be made again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import requests
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from msp_reports.delivery.contract import Found, Receipt
from msp_reports.domain.errors import (
    ChannelUnreachableError,
    DeliveryError,
    DeliveryOutcomeUnknownError,
    DeliveryThrottledError,
    RecipientRefusedError,
)
from msp_reports.hooks.signed_in import SignedInSession
from msp_reports.hooks.verdicts import Redactor, retry_after_seconds

SECONDS = 60.0
_LONGEST_QUOTE = 300
_RECIPIENTS = ("ErrorInvalidRecipients", "Invalid To header", "Invalid Cc header")
"""How Exchange and Gmail refuse a mail for one of its addresses."""
_RACES = (
    HTTPStatus.CONFLICT,
    HTTPStatus.PRECONDITION_FAILED,
    HTTPStatus.LOCKED,
    HTTPStatus.TOO_EARLY,
)
"""Somebody else was at the same thing. What nobody notices may be done again."""
_QUOTA = ("rateLimitExceeded", "userRateLimitExceeded", "dailyLimitExceeded")
_HINTS: dict[int, str] = {
    HTTPStatus.UNAUTHORIZED: "Check the key or secret of the connection.",
    HTTPStatus.FORBIDDEN: "The account may not do this: grant the permission named in README.",
    HTTPStatus.NOT_FOUND: "It is not there, or the account cannot see it: check the id in the file.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "It is too large for this channel.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    channel: str
    status: int
    body: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)

    def need(self, key: str) -> Any:
        """Return a field of the answer to an invisible call.

        Raises:
            DeliveryThrottledError: it is not there.
        """
        value = self.body.get(key)
        if not value:
            raise DeliveryThrottledError(f"{self.channel} answered {self.status} without {key}; trying again")
        return value

    def rows(self, key: str = "value") -> list[Mapping[str, Any]]:
        """Return what is listed in answer to an invisible call: things with an id.

        Args:
            key: of the list; the default is Microsoft Graph's.

        Raises:
            DeliveryThrottledError: it is no such list.
        """
        rows = self.body.get(key)
        if not isinstance(rows, list) or not all(isinstance(row, dict) and row.get("id") for row in rows):
            raise DeliveryThrottledError(
                f"{self.channel} answered {self.status} without a list; trying again"
            )
        return rows


def exchange(
    session: requests.Session,
    method: str,
    url: str,
    *,
    channel: str,
    visible: bool,
    accept: tuple[int, ...] = (),
    **options: Any,
) -> Reply:
    """Make one attempt.

    A refused token is none: the server looked at nothing else of the call. It may have expired, so a new
    one is fetched, once, and the call is made with that.

    Args:
        channel: its name, for messages.
        visible: a recipient may notice this call.
        accept: refusals that mean something to the caller, returned instead of raised.
        options: for `requests.Session.request`.

    Raises:
        DeliveryThrottledError: certainly without effect, trying again is safe.
        DeliveryOutcomeUnknownError: visible, and it may have arrived.
        RecipientRefusedError: for one of a mail's addresses.
        DeliveryError: refused.
    """

    def ask() -> requests.Response:
        try:
            return session.request(method, url, timeout=SECONDS, allow_redirects=False, **options)
        except requests.RequestException as trouble:
            # All of them: a body cut in the middle is no ConnectionError, and just as much in doubt.
            raise _broken(channel, trouble, visible=visible) from None

    answer = ask()
    is_refused = answer.status_code == HTTPStatus.UNAUTHORIZED and "auth" not in options
    if is_refused and isinstance(session, SignedInSession):
        session.sign_in()
        answer = ask()
    done = HTTPStatus.OK <= answer.status_code < HTTPStatus.MULTIPLE_CHOICES
    if done or answer.status_code in accept:
        body = _body(channel, answer, visible=visible) if done else _words(answer)
        return Reply(channel=channel, status=answer.status_code, body=body, headers=answer.headers)
    raise _refused(channel, answer, visible=visible)


def confirm(look: Callable[[], Found], doubt: str) -> Receipt:
    """See that what was sent has arrived. Until it is seen, a send that was answered is in doubt.

    Raises:
        DeliveryOutcomeUnknownError: it does not show, or nothing can be seen just now.
        DeliveryError: something else stands in its place.
    """
    try:
        found = look()
    except DeliveryThrottledError as later:
        raise DeliveryOutcomeUnknownError(str(later)) from None
    if not isinstance(found, Receipt):
        raise DeliveryOutcomeUnknownError(doubt)
    return found


def _broken(channel: str, trouble: requests.RequestException, *, visible: bool) -> DeliveryError:
    if isinstance(trouble, ValueError):
        return DeliveryError(f"{channel}: the address in the connection cannot be asked; correct it")
    if isinstance(trouble, requests.exceptions.SSLError) and "CERTIFICATE_VERIFY_FAILED" in str(trouble):
        return DeliveryError(f"{channel}: its TLS certificate is not trusted; nothing was sent. Renew it.")
    reason = trouble.args[0] if trouble.args else None
    cause = getattr(reason, "reason", reason)
    if not visible or isinstance(cause, NewConnectionError | ConnectTimeoutError):
        return ChannelUnreachableError(
            f"{channel} cannot be reached ({type(trouble).__name__}); trying again"
        )
    return DeliveryOutcomeUnknownError(
        f"{channel}: the connection broke ({type(trouble).__name__}) before an answer came"
    )


def _body(channel: str, answer: requests.Response, *, visible: bool) -> Mapping[str, Any]:
    try:
        body = answer.json() if answer.content else {}
    except requests.JSONDecodeError:
        body = None
    if isinstance(body, dict):
        return body
    message = f"{channel} answered {answer.status_code} with something that is not JSON"
    raise DeliveryOutcomeUnknownError(message) if visible else DeliveryThrottledError(message)


def _words(answer: requests.Response) -> Mapping[str, Any]:
    """Read an accepted refusal, which may be of any form."""
    try:
        body = answer.json()
    except requests.JSONDecodeError:
        return {}
    return body if isinstance(body, dict) else {}


def _refused(channel: str, answer: requests.Response, *, visible: bool) -> DeliveryError:
    status, quote = answer.status_code, _quote(answer)
    message = f"{channel} answered {status}: {quote}"
    quota = status == HTTPStatus.FORBIDDEN and any(reason in answer.text for reason in _QUOTA)
    if status == HTTPStatus.TOO_MANY_REQUESTS or quota:
        return DeliveryThrottledError(
            message, retry_after=retry_after_seconds(answer.headers.get("Retry-After"))
        )
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.REQUEST_TIMEOUT:
        return DeliveryOutcomeUnknownError(message) if visible else DeliveryThrottledError(message)
    if status in _RACES and not visible:
        return DeliveryThrottledError(message)
    if any(reason in answer.text for reason in _RECIPIENTS):
        return RecipientRefusedError(f"{message} Correct the address in the customer's file.")
    if "ErrorMessageSizeExceeded" in answer.text:
        status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    return DeliveryError(f"{message} {_HINTS.get(status, '')}".strip())


def _quote(answer: requests.Response) -> str:
    """Quote a refusal, without the token that was sent should it be echoed."""
    token = answer.request.headers.get("Authorization", "").partition(" ")[2]
    return Redactor([token])(answer.text)[:_LONGEST_QUOTE]
