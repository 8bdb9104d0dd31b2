"""Of how much of the week a figure by requests is."""

from __future__ import annotations

from alembic import op

from msp_reports.assets import sql_dir

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.get_bind().exec_driver_sql(
        (sql_dir() / "schema" / "0005_requests_on_record.sql").read_text(encoding="utf-8")
    )
