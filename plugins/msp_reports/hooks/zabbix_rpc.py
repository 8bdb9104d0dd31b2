"""Zabbix JSON-RPC: the version decides how to authenticate, and errors come with HTTP 200."""

from __future__ import annotations

import re
from typing import Any, NoReturn

from msp_reports.domain.errors import (
    ChangedShapeError,
    ConfigurationError,
    CredentialsRefusedError,
    FatalSourceError,
    PermissionMissingError,
)
from msp_reports.hooks.connection import Endpoint
from msp_reports.hooks.rest import HeaderAuth, RestClient

_VERSION = re.compile(r"^(\d+)\.(\d+)")
_OLDEST = (6, 0)
_HEADER_SINCE = (6, 4)
_HOST_GROUPS_SINCE = (6, 2)
_REFUSED = re.compile(r"not authori[sz]ed|re-?login|token (has )?expired|incorrect user name", re.IGNORECASE)
_FORBIDDEN = re.compile(r"no permissions?|permission denied", re.IGNORECASE)


class ZabbixRpc:
    """One conversation with ``api_jsonrpc.php`` (zabbix.com/documentation, manual/api)."""

    def __init__(self, client: RestClient, endpoint: Endpoint) -> None:
        self._client = client
        self._url = endpoint.url
        self._token = endpoint.password
        self._conn_id = endpoint.conn_id
        self._zone = endpoint.zone
        self._in_body = False
        self.version = (0, 0)

    def begin(self) -> str:
        """Ask for the version, without credentials as the API demands, and choose how to send them.

        6.0 and 6.2 want the token in the body; 6.4 prefers the header; 7.2 knows only the header.
        """
        text = str(self.call("apiinfo.version", {}))
        found = _VERSION.match(text)
        if found is None:
            raise ChangedShapeError(f"Zabbix: {text[:40]!r} is not a version. Check the connection's host.")
        self.version = (int(found[1]), int(found[2]))
        if self.version < _OLDEST:
            raise ConfigurationError(
                f"connection {self._conn_id!r}: Zabbix {text} is older than 6.0 and not supported; upgrade it"
            )
        self._in_body = self.version < _HEADER_SINCE
        if not self._in_body:
            self._client.authorise(HeaderAuth(f"Bearer {self._token}"), self._token)
        return text

    @property
    def server_zone(self) -> str | None:
        """Time zone of the Zabbix server, which the API does not tell; extra.timezone may."""
        return self._zone

    @property
    def groups(self) -> str:
        """Name of the option that selects a host's groups: renamed in 6.2, old name gone in 7.2."""
        return "selectHostGroups" if self.version >= _HOST_GROUPS_SINCE else "selectGroups"

    def rows(self, method: str, params: dict[str, Any], *, key: str) -> list[dict[str, Any]]:
        """Call a ``get`` method.

        Raises:
            ChangedShapeError: the result is not a list of objects that each have their id.
        """
        result = self.call(method, params)
        if not isinstance(result, list) or not all(isinstance(row, dict) and row.get(key) for row in result):
            raise ChangedShapeError(f"Zabbix: {method} did not answer with a list of objects with {key}.")
        return result

    def call(self, method: str, params: dict[str, Any]) -> Any:
        """Call a method and return its result."""
        number = self._client.requests + 1
        body: dict[str, Any] = {"jsonrpc": "2.0", "method": method, "params": params, "id": number}
        if self._in_body:
            body["auth"] = self._token
        answer = self._client.post_read(self._url, body=body).body
        if isinstance(answer, dict) and "error" in answer:
            self._refuse(method, answer["error"])
        if not isinstance(answer, dict) or "result" not in answer or answer.get("id") != number:
            raise ChangedShapeError(
                f"Zabbix: {method} was not answered in JSON-RPC 2.0. Check that the connection's host is the "
                "full address of api_jsonrpc.php."
            )
        return answer["result"]

    def _refuse(self, method: str, error: Any) -> NoReturn:
        about = error if isinstance(error, dict) else {"message": error}
        said = " ".join(str(about[key]) for key in ("message", "data") if about.get(key))
        said = self._client.redact("".join(c if c.isprintable() else " " for c in said))[:200].rstrip(". ")
        if _REFUSED.search(said):
            raise CredentialsRefusedError(
                f"Zabbix: credentials refused at {method}. It said: {said}. Enter a valid API token in "
                f"connection {self._conn_id!r}."
            )
        if _FORBIDDEN.search(said):
            raise PermissionMissingError(
                f"Zabbix: not permitted to call {method}. It said: {said}. Give the token's user role this "
                "API method and the customer's host groups."
            )
        raise FatalSourceError(
            f"Zabbix: {method} failed. It said: {said}. Compare the request with the API of Zabbix "
            f"{self.version[0]}.{self.version[1]}."
        )
