"""The PDF route shows nothing to anyone who may not see the review."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi import HTTPException
from fastapi.testclient import TestClient

from msp_reports.store.database import transaction
from msp_reports.store.reports import ReportRepository

pytestmark = [pytest.mark.airflow, pytest.mark.db, pytest.mark.usefixtures("database")]

PDF = b"%PDF-1.7 report"


@pytest.fixture
def client() -> Iterator[TestClient]:
    from msp_reports.console.app import app

    with transaction() as connection:
        ReportRepository(connection).save_draft(
            customer="acme", week="2026-W47", model="{}", markdown="", pdf=PDF, run_id="r"
        )
    with TestClient(app) as made:
        yield made
    app.dependency_overrides.clear()


def allowed() -> None:
    """In place of Airflow's own check, which needs its whole server."""


def forbidden() -> None:
    raise HTTPException(403)


def let_in(check: object) -> None:
    from msp_reports.console import app as module

    guard = module._may_see_reviews.dependency
    module.app.dependency_overrides[guard] = check  # type: ignore[index,assignment]


def test_every_route_asks_airflow_who_may_see_reviews() -> None:
    from msp_reports.console import app as module

    guarded = [route for route in module.app.routes if hasattr(route, "dependant")]
    assert guarded
    for route in guarded:
        assert module._may_see_reviews.dependency in [d.call for d in route.dependant.dependencies]


def test_without_a_login_there_is_no_report(client: TestClient) -> None:
    assert client.get("/reports/acme/2026-W47/1.pdf").status_code in {401, 403, 500}


def test_who_may_not_see_reviews_sees_no_report(client: TestClient) -> None:
    let_in(forbidden)
    assert client.get("/reports/acme/2026-W47/1.pdf").status_code == 403


def test_the_reviewer_gets_the_stored_bytes(client: TestClient) -> None:
    let_in(allowed)
    answer = client.get("/reports/acme/2026-W47/1.pdf")
    assert answer.content == PDF
    assert answer.headers["cache-control"] == "private, no-store"


@pytest.mark.parametrize(
    "path", ["acme/2026-W47/2.pdf", "other/2026-W47/1.pdf", "acme/2026-W46/1.pdf", "..%2facme/2026-W47/1.pdf"]
)
def test_what_is_not_there_is_not_found(client: TestClient, path: str) -> None:
    let_in(allowed)
    assert client.get(f"/reports/{path}").status_code in {404, 422}
