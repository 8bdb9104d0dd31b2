"""Ten systems: incidents handed on, requests counted, daily standings."""

from __future__ import annotations

from alembic import op

from msp_reports.assets import sql_dir

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.get_bind().exec_driver_sql((sql_dir() / "schema" / "0002_ten_systems.sql").read_text(encoding="utf-8"))
