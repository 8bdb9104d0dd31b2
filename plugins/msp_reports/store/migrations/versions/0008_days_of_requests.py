"""Daily sums of a whole domain are not the requests to one site."""

from __future__ import annotations

from alembic import op

from msp_reports.assets import sql_dir

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.get_bind().exec_driver_sql(
        (sql_dir() / "schema" / "0008_days_of_requests.sql").read_text(encoding="utf-8")
    )
