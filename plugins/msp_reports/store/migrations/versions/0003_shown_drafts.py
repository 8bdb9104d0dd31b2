"""What each run put before its reviewer."""

from __future__ import annotations

from alembic import op

from msp_reports.assets import sql_dir

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.get_bind().exec_driver_sql(
        (sql_dir() / "schema" / "0003_shown_drafts.sql").read_text(encoding="utf-8")
    )
