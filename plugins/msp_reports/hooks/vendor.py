"""What all vendor hooks share as Airflow hooks."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar

from airflow.sdk import BaseHook

from msp_reports.domain.errors import ReportError
from msp_reports.hooks.connection import Endpoint, read_endpoint


class VendorHook(BaseHook):
    """A source system behind an Airflow connection, which is read at the first call and not before."""

    conn_name_attr = "conn_id"
    needs_login: ClassVar[bool] = True
    needs_password: ClassVar[bool] = True
    """False: the system may also be open to whoever reaches it."""
    default_url: ClassVar[str | None] = None
    """Where the system is, of those that everybody finds at one address."""
    field_labels: ClassVar[dict[str, str]] = {}
    field_examples: ClassVar[dict[str, str]] = {}

    def __init__(self, conn_id: str) -> None:
        super().__init__()
        self.conn_id = conn_id

    @property
    def endpoint(self) -> Endpoint:
        """Address and credentials.

        Raises:
            ConfigurationError: the connection is missing or lacks something.
        """
        return read_endpoint(
            self.conn_id,
            needs_login=self.needs_login,
            needs_password=self.needs_password,
            default_url=self.default_url,
        )

    def test_connection(self) -> tuple[bool, str]:
        """Airflow's connection test: reachable and authorised, or the reason why not."""
        try:
            return True, self.greet()
        except ReportError as trouble:
            return False, str(trouble)

    @abstractmethod
    def greet(self) -> str:
        """Ask the smallest question that needs the credentials, and say who answered."""

    @classmethod
    def get_ui_field_behaviour(cls) -> dict[str, Any]:
        """Name the fields of Airflow's connection form after the vendor's own words."""
        takes_login = cls.needs_login or "login" in cls.field_labels
        hidden = ["schema", "port"] if takes_login else ["schema", "port", "login"]
        return {
            "hidden_fields": hidden,
            "relabeling": cls.field_labels,
            "placeholders": cls.field_examples,
        }
