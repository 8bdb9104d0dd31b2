"""The plugin's own web page: the PDF of a report, for whoever may see its review."""

from __future__ import annotations

from typing import Annotated

from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity
from airflow.api_fastapi.core_api.security import requires_access_dag
from fastapi import Depends, FastAPI, HTTPException, Path, Response

from msp_reports.domain.errors import DatabaseUnusableError
from msp_reports.store.database import transaction
from msp_reports.store.reports import ReportKey, ReportRepository

DAG_ID = "weekly_customer_reports"

_may_see_reviews = Depends(
    requires_access_dag(method="GET", access_entity=DagAccessEntity.HITL_DETAIL, param_dag_id=DAG_ID)
)

app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, dependencies=[_may_see_reviews])


@app.get("/reports/{customer}/{week}/{revision}.pdf")
def report_pdf(
    customer: Annotated[str, Path(pattern=r"^[a-z0-9-]{1,40}$")],
    week: Annotated[str, Path(pattern=r"^\d{4}-W\d{2}$")],
    revision: Annotated[int, Path(ge=1)],
) -> Response:
    """Return one revision's PDF as it is stored."""
    key = ReportKey(customer=customer, week=week, revision=revision)
    try:
        with transaction() as connection:
            report = ReportRepository(connection).load(key)
    except LookupError as absent:
        raise HTTPException(404, str(absent)) from None
    except DatabaseUnusableError as unusable:
        raise HTTPException(503, str(unusable)) from None
    headers = {
        "Content-Disposition": f'inline; filename="{customer}-{week}.pdf"',
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
    }
    return Response(report.pdf, media_type="application/pdf", headers=headers)
