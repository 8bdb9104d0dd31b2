"""When a send began, and what a person decided about one in doubt."""

from __future__ import annotations

from alembic import op

from msp_reports.assets import sql_dir

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.get_bind().exec_driver_sql(
        (sql_dir() / "schema" / "0010_sends_in_doubt.sql").read_text(encoding="utf-8")
    )
