"""Registers the package's web page with Airflow, and nothing else.

Every task loads plugins, so the page's application is imported at its first request, which only
the API server ever gets.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from airflow.plugins_manager import AirflowPlugin

Message = MutableMapping[str, Any]


async def reports_page(
    scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
) -> None:
    """Hand a request to the console's application (ASGI)."""
    from msp_reports.console.app import app

    await app(scope, receive, send)


class MspReportsPlugin(AirflowPlugin):
    name = "msp_reports"
    fastapi_apps = [  # noqa: RUF012 - as Airflow declares it
        {"app": reports_page, "url_prefix": "/msp-reports", "name": "MSP reports"}
    ]
