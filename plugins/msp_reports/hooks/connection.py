"""What a vendor hook needs of its Airflow connection, read at the moment of the first call."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from airflow.sdk import BaseHook, Connection
from airflow.sdk.exceptions import AirflowNotFoundException

from msp_reports.domain.errors import ConfigurationError

_WEB = ("http", "https")


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Address and credentials of one connection. Its text form shows no secret."""

    conn_id: str
    url: str
    login: str
    password: str = field(repr=False)
    extra: dict[str, Any] = field(repr=False)

    def text(self, key: str, default: str | None = None) -> str:
        """Return a setting of the connection's extra.

        Raises:
            ConfigurationError: it is not there and has no default.
        """
        value = self.extra.get(key) or default
        if not isinstance(value, str):
            raise ConfigurationError(f"connection {self.conn_id!r}: extra.{key} is missing; set it to a text")
        return value.strip()

    @property
    def zone(self) -> str | None:
        """Time zone of the server, from extra.timezone: for systems whose API does not tell it.

        Raises:
            ConfigurationError: it is not the name of a time zone.
        """
        name = self.extra.get("timezone")
        if name is not None and name not in available_timezones():
            raise ConfigurationError(
                f"connection {self.conn_id!r}: extra.timezone must be an IANA time zone such as Europe/Berlin"
            )
        return name


def read_endpoint(
    conn_id: str, *, needs_login: bool = True, needs_password: bool = True, default_url: str | None = None
) -> Endpoint:
    """Read a connection. A login never stands without its password.

    Args:
        default_url: where the system is if the connection's host is empty. None: the host must be there.

    Raises:
        ConfigurationError: the connection is not defined, or a part of it is missing.
    """
    try:
        connection = BaseHook.get_connection(conn_id)
    except AirflowNotFoundException:
        raise ConfigurationError(
            f"connection {conn_id!r} is not defined; add it under Admin > Connections"
        ) from None
    login = (connection.login or "").strip()
    password = (connection.password or "").strip()
    if (not password and (needs_password or login)) or (needs_login and not login):
        missing = "password" if not password else "login"
        raise ConfigurationError(f"connection {conn_id!r}: {missing} is empty; enter the vendor's key there")
    return Endpoint(
        conn_id=conn_id,
        url=default_url if default_url and not (connection.host or "").strip() else web_address(connection),
        login=login,
        password=password,
        extra=dict(connection.extra_dejson),
    )


def web_address(connection: Connection) -> str:
    """Put the address together again, however Airflow split it.

    A connection given as JSON keeps ``https://host:port/path`` in host. One given as a URI has it in
    host, port and schema, where schema is the path or, in the manner of the HTTP hook, the scheme.

    Raises:
        ConfigurationError: it is not the address of a web server.
    """
    host, schema = (connection.host or "").strip(), (connection.schema or "").strip().strip("/")
    named_scheme = schema.lower() if schema.lower() in _WEB else ""
    if "://" not in host:
        host = f"{named_scheme or 'https'}://{host}"
    try:
        parts = urlsplit(host)
        port = parts.port or connection.port
    except ValueError:
        raise _not_an_address(connection) from None
    if parts.scheme not in _WEB or not parts.hostname or parts.username or parts.query or parts.fragment:
        raise _not_an_address(connection)
    name = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    path = parts.path.rstrip("/")
    if schema and not named_scheme and not path.endswith(f"/{schema}"):
        path = f"{path}/{schema}"
    return f"{parts.scheme}://{name}{f':{port}' if port else ''}{path}"


def _not_an_address(connection: Connection) -> ConfigurationError:
    return ConfigurationError(
        f"connection {connection.conn_id!r}: host must be a web address such as https://host/path, "
        "without user, query or fragment"
    )
