"""One way to ask a vendor over HTTP: time limits, retries, named errors, and no secret in any message."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, NoReturn, Self

import requests
from requests.auth import AuthBase
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from msp_reports.domain.errors import (
    ConfigurationError,
    CredentialsRefusedError,
    ReportError,
    RetriableSourceError,
)
from msp_reports.hooks.verdicts import Redactor, network_trouble, not_json, place_of, refusal

log = logging.getLogger(__name__)

CONNECT_SECONDS = 5.0
READ_SECONDS = 30.0
ATTEMPTS = 3
PATIENCE_SECONDS = 30.0
"""A longer wait than this belongs to the task's retry policy, which does not hold a worker slot."""

_BACK_OFF = wait_random_exponential(multiplier=1, max=8)


class HeaderAuth(AuthBase):
    """Sets one header. An auth object also keeps `requests` from putting .netrc logins in its place."""

    def __init__(self, value: str, *, header: str = "Authorization") -> None:
        self._header, self._value = header, value

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers[self._header] = self._value
        return request


class NoAuth(AuthBase):
    """Sends no credentials, not even those that `requests` would find in .netrc."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A successful answer, its body read as JSON."""

    body: Any
    status: int
    headers: Mapping[str, str]
    url: str


class RestClient:
    """Asks one system. Only for reads: what is asked here may be asked twice."""

    def __init__(
        self,
        *,
        label: str,
        auth: AuthBase | None = None,
        secrets: Iterable[str] = (),
        headers: Mapping[str, str] | None = None,
        ca_bundle: str | None = None,
        throttle_pause: float | None = None,
        sleep: Callable[[float], None] | None = None,
    ) -> None:
        self.label = label
        self.requests = 0
        """Questions asked so far. One that is asked again counts once: a report says the same, however busy
        a vendor was."""
        self.redact = Redactor(secrets)
        self._throttle_pause = throttle_pause
        """Seconds to wait after a 429 that does not say how long."""
        self._sleep = sleep or time.sleep
        self._session = requests.Session()
        self._session.auth = auth
        self._session.headers.update({"Accept": "application/json", "User-Agent": "msp-reports/1"})
        self._session.headers.update(headers or {})
        self._verify: str | bool = ca_bundle or True
        """With each request: a bundle that the environment names would go before the session's."""
        self._renew: Callable[[], None] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def authorise(self, auth: AuthBase, *secrets: str) -> None:
        """Use these credentials from now on, and keep their secrets out of every message."""
        self._session.auth = auth
        self.redact.add(*secrets)

    def renew_by(self, sign_in: Callable[[], None]) -> None:
        """Sign in again, once per request, when credentials that worked are refused: a token expires."""
        self._renew = sign_in

    def get(self, url: str, *, params: Mapping[str, Any] | None = None) -> Answer:
        return self._ask("GET", url, params=params)

    def post_read(self, url: str, *, body: Any = None, form: Mapping[str, str] | None = None) -> Answer:
        """POST something that changes nothing at the vendor: a JSON-RPC read, a token request."""
        return self._ask("POST", url, json=body, data=form)

    def _ask(self, method: str, url: str, **options: Any) -> Answer:
        self.requests += 1
        attempts = Retrying(
            stop=stop_after_attempt(ATTEMPTS),
            wait=_pause,
            retry=retry_if_exception(_worth_waiting),
            before_sleep=_log_retry,
            sleep=self._sleep,
            reraise=True,
        )
        try:
            answer: Answer = attempts(self._ask_once, method, url, options)
        except CredentialsRefusedError:
            if self._renew is None:
                raise
            self._sign_in_again(self._renew)
            answer = attempts.copy()(self._ask_once, method, url, options)
        return answer

    def _sign_in_again(self, renew: Callable[[], None]) -> None:
        """A refusal of the sign-in itself is final: trying once more would lock the account."""
        self._renew = None
        renew()
        self._renew = renew

    def _ask_once(self, method: str, url: str, options: Mapping[str, Any]) -> Answer:
        try:
            response = self._session.request(
                method,
                url,
                timeout=(CONNECT_SECONDS, READ_SECONDS),
                allow_redirects=False,
                verify=self._verify,
                **options,
            )
        except requests.RequestException as trouble:
            raise network_trouble(self.label, trouble, url) from None
        except OSError as absent:
            raise ConfigurationError(
                f"{self.label}: extra.ca_bundle of the Airflow connection cannot be used: {absent}"
            ) from None
        except ValueError:
            raise ConfigurationError(
                f"{self.label}: login, password or an extra of the Airflow connection has a character that "
                "cannot be sent. Enter it again."
            ) from None
        if not HTTPStatus.OK <= response.status_code < HTTPStatus.MULTIPLE_CHOICES:
            raise self._patient(refusal(self.label, response, self.redact), response.status_code)
        if response.status_code == HTTPStatus.ACCEPTED and method == "GET":
            raise RetriableSourceError(
                f"{self.label}: the answer of {place_of(url)} is still being made (202). It may work later."
            )
        try:
            body = json.loads(response.content, parse_constant=_refuse_constant)
        except (ValueError, RecursionError):
            raise not_json(self.label, response) from None
        return Answer(
            body=body, status=response.status_code, headers=response.headers, url=response.url or url
        )

    def _patient(self, trouble: ReportError, status: int) -> ReportError:
        """Where a vendor throttles without saying for how long, wait what its limit is known to need."""
        throttled = status == HTTPStatus.TOO_MANY_REQUESTS
        if throttled and isinstance(trouble, RetriableSourceError) and trouble.retry_after is None:
            trouble.retry_after = self._throttle_pause
        return trouble


def _worth_waiting(trouble: BaseException) -> bool:
    return isinstance(trouble, RetriableSourceError) and (trouble.retry_after or 0) <= PATIENCE_SECONDS


def _pause(state: RetryCallState) -> float:
    trouble = state.outcome.exception() if state.outcome else None
    asked = trouble.retry_after if isinstance(trouble, RetriableSourceError) else None
    return asked if asked is not None else _BACK_OFF(state)


def _log_retry(state: RetryCallState) -> None:
    trouble = state.outcome.exception() if state.outcome else None
    pause = state.next_action.sleep if state.next_action else 0
    log.warning("%s Asking again in %.0f s.", trouble, pause)


def _refuse_constant(name: str) -> NoReturn:
    """NaN and Infinity are not JSON, and no vendor documents them."""
    raise ValueError(name)
