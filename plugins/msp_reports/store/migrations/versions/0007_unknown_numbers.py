"""Numbers in a review's comments that the report does not hold."""

from __future__ import annotations

from alembic import op

from msp_reports.assets import sql_dir

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.get_bind().exec_driver_sql(
        (sql_dir() / "schema" / "0007_unknown_numbers.sql").read_text(encoding="utf-8")
    )
