"""The first schema."""

from __future__ import annotations

from alembic import op

from msp_reports.assets import sql_dir

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.get_bind().exec_driver_sql((sql_dir() / "schema" / "0001_first.sql").read_text(encoding="utf-8"))
