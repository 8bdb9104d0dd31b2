"""A run belongs to the day it ended on."""

from __future__ import annotations

from alembic import op

from msp_reports.assets import sql_dir

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.get_bind().exec_driver_sql((sql_dir() / "schema" / "0006_run_ends.sql").read_text(encoding="utf-8"))
